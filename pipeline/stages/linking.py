"""Articles become links: scored, cut, and explained; here, or a batch at a time in a worker process."""

import pickle
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from scipy import sparse

from models.article import Features, Stored
from models.background import Background
from models.concept import Glossary
from models.link import Link, Scored
from models.parameters import Parameters
from models.statistics import Statistics
from pipeline.stages import ranking, stories
from pipeline.stages.relevance.evidence import Explainer
from pipeline.stages.relevance.scoring import Scorer

Batch = Sequence[tuple[Stored, Features]]
Texts = Callable[[Collection[int]], Mapping[int, str]]  # of some articles, by id


@dataclass(frozen=True)
class Maker:
    """Makes the links of a glossary, or of some concepts, with one epoch's statistics."""

    glossary: Glossary
    parameters: Parameters
    statistics: Statistics
    background: Background

    def explainer(self) -> Explainer:
        """What scores and explains; keep it as long as there are articles."""
        return Explainer(Scorer(self.glossary, self.parameters, self.statistics))

    def links(self, explainer: Explainer, batch: Batch, texts: Texts, forced: Collection[int] = ()) -> list[Link]:
        """The pairs above the cut, best first, and every pair of the `forced` articles."""
        cut, stored = self.parameters.cut, [one for one, _ in batch]
        signals = explainer.scorer.signals([features for _, features in batch])
        pairs = ranking.cut(explainer.scorer.score(stored, signals, cut), cut)
        known = {one.id: row for row, one in enumerate(stored)}
        have = {pair.article_id for pair in pairs}
        for number in sorted(set(forced) & known.keys() - have):
            row = known[number]
            relevance = explainer.scorer.relevance(signals, [one.text_from for one in stored])
            pairs += [
                Scored(slug, number, stored[row].url, float(signals.similarity[row, column]), float(relevance[row, column]))
                for slug, column in explainer.scorer.rows.items()
            ]
        told = texts({pair.article_id for pair in pairs})
        return [
            self._link(
                explainer, pair, batch[known[pair.article_id]], signals.vectors[known[pair.article_id]], told[pair.article_id]
            )
            for pair in pairs
        ]

    def _link(
        self, explainer: Explainer, pair: Scored, article: tuple[Stored, Features], vector: sparse.csr_matrix, text: str
    ) -> Link:
        stored, features = article
        evidence = explainer.explain(pair.concept_slug, vector, pair.similarity, stored.title, text)
        pruned = text == features.text  # words are left, and no sentence
        if pruned:
            evidence = replace(evidence, passage="")
        return Link(
            pair.concept_slug, stored.id, stored.url, stored.title, stored.published, stored.content_hash,
            stored.source_slug, stored.source_name, stored.source_weight, pair.similarity, pair.relevance,
            evidence, self.statistics.epoch, self.parameters.scorer,
            stories.gist(features, self.background, self.glossary.language), pruned,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker gets: a Maker, packed once for all tasks, and a batch with its texts."""

    maker: bytes
    batch: Batch
    texts: Mapping[int, str]


def packed(maker: Maker) -> bytes:
    """A Maker for workers."""
    return pickle.dumps(maker)


@lru_cache(maxsize=1)
def _unpacked(maker: bytes) -> tuple[Maker, Explainer]:
    made: Maker = pickle.loads(maker)  # noqa: S301 - our own, from the process that started this one
    return made, made.explainer()


def linked(task: Task) -> list[Link]:
    """The links of a batch."""
    maker, explainer = _unpacked(task.maker)
    return maker.links(explainer, task.batch, lambda ids: {number: task.texts[number] for number in ids})
