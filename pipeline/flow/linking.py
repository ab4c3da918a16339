"""Articles become links: scored, cut, and explained."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from models.article import Features, Stored
from models.link import Link, Scored
from models.statistics import Statistics
from pipeline.flow.parts import Parts
from pipeline.stages.batches import batched

if TYPE_CHECKING:
    from pipeline.stages.relevance.evidence import Explainer
    from pipeline.stages.relevance.scoring import Signals

BATCH = 200  # articles scored at once


class Linker:
    """Makes links with one epoch's statistics, of the whole glossary or of some concepts."""

    def __init__(self, parts: Parts, statistics: Statistics) -> None:
        self.parts, self.statistics = parts, statistics

    def all(self, articles: Iterable[tuple[Stored, Features]]) -> dict[str, list[Link]]:
        """Every pair above the cut, by concept."""
        from pipeline.stages import ranking

        explainer, cut = self.explainer(self.parts.glossary.by_slug), self.parts.parameters.cut
        made: defaultdict[str, list[Link]] = defaultdict(list)
        for batch in batched(articles, BATCH):
            signals = explainer.scorer.signals([features for _, features in batch])
            scored = explainer.scorer.score([stored for stored, _ in batch], signals, cut)
            for link in self._links(explainer, batch, signals, ranking.cut(scored, cut)):
                made[link.concept_slug].append(link)
        return made

    def of(self, slug: str, ids: Collection[int], *, forced: Collection[int] = ()) -> list[Link]:
        """The pairs of one concept with some articles: those above the cut, and the `forced` ones whatever they score."""
        explainer, cut = self.explainer((slug,)), self.parts.parameters.cut
        made = []
        for batch in batched(self.parts.articles.snapshot(ids=sorted(ids)), BATCH):
            signals = explainer.scorer.signals([features for _, features in batch])
            stored = [one for one, _ in batch]
            relevance = explainer.scorer.relevance(signals, [one.text_from for one in stored])
            pairs = [
                Scored(slug, one.id, one.url, float(signals.similarity[row, 0]), float(relevance[row, 0]))
                for row, one in enumerate(stored)
                if relevance[row, 0] >= cut or one.id in forced
            ]
            made += self._links(explainer, batch, signals, pairs)
        return made

    def explainer(self, slugs: Collection[str]) -> "Explainer":
        """What scores and explains some of the concepts."""
        from pipeline.stages.relevance.evidence import Explainer
        from pipeline.stages.relevance.scoring import Scorer

        glossary = self.parts.glossary.only(slugs)
        return Explainer(Scorer(glossary, self.parts.parameters, self.statistics))

    def _links(
        self, explainer: "Explainer", batch: Sequence[tuple[Stored, Features]], signals: "Signals", pairs: Sequence[Scored]
    ) -> list[Link]:
        from pipeline.stages import stories

        known = {stored.id: (row, stored, features) for row, (stored, features) in enumerate(batch)}
        texts = self.parts.articles.texts({pair.article_id for pair in pairs})
        made = []
        for pair in pairs:
            row, stored, features = known[pair.article_id]
            text = texts[pair.article_id]
            evidence = explainer.explain(pair.concept_slug, signals.vectors[row], pair.similarity, features, stored.title, text)
            if text == features.text:  # pruned: words are left, and no sentence
                evidence = replace(evidence, passage="")
            made.append(
                Link(
                    pair.concept_slug, stored.id, stored.url, stored.title, stored.published, stored.content_hash,
                    stored.source_slug, stored.source_name, stored.source_weight, pair.similarity, pair.relevance,
                    evidence, self.statistics.epoch, self.parts.parameters.scorer,
                    stories.gist(features, self.parts.background(), self.parts.glossary.language),
                )
            )  # fmt: skip
        return made
