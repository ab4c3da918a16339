"""settle: the links of whatever is new or touched, a pure function of what is stored."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from models.concept import Concept
from models.link import Boxed, Link
from pipeline.flow.parts import Parts

Item = TypeVar("Item")


_BATCH = 200  # articles scored at once


@dataclass(frozen=True, slots=True)
class Settled:
    """One concept whose links were made anew, or a new epoch (concept "")."""

    concept_slug: str
    boxed: Boxed
    epoch: int
    of: int = 0  # concepts in this settling


def settle(parts: Parts, now: datetime) -> Iterator[Settled]:
    """Make the links of whatever is new or touched; everything where a new epoch is due.

    Afterwards links are a function of stored articles, glossary and parameters alone. Imports nothing heavy where
    there is nothing to do.
    """
    why = _due(parts)
    if why:
        yield _new_epoch(parts, now)
    touched = {stored.id for stored, _ in parts.articles.snapshot(unsettled=True)}
    if not touched:
        return
    made, epoch = _links(parts)
    slugs = parts.links.concepts_of(touched) | made.keys()
    for slug in sorted(slugs & parts.glossary.by_slug.keys()):
        concept = parts.glossary.by_slug[slug]
        boxed = _replace(parts, concept, made.get(slug, []), touched, why, now)
        yield Settled(slug, boxed, epoch, len(slugs))
    parts.articles.settled(touched)


def _due(parts: Parts) -> str:
    """Why a new epoch is needed, without loading the current one; "" where it is not, or there is no article."""
    current, count = parts.links.digests(), parts.articles.count()
    if not count:
        return ""
    if current is None:
        return "new article"
    glossary, parameters, documents = current
    if glossary != parts.glossary.digest:
        return "glossary"
    if parameters != parts.parameters.digest:
        return "model"
    return "model" if count > documents * (1 + parts.settings.epoch_growth) else ""


def _new_epoch(parts: Parts, now: datetime) -> Settled:
    from pipeline.stages.relevance import epochs, neighbours
    from pipeline.stages.relevance.scoring import Scorer

    current = parts.links.epoch()
    newest = parts.articles.snapshot(newest=parts.settings.epoch_articles)
    number = current.epoch + 1 if current else 1
    made = epochs.make(number, parts.glossary, parts.parameters, (features for _, features in newest))
    scorer = Scorer(parts.glossary, parts.parameters, made)
    parts.links.begin(made, neighbours.related(scorer, parts.settings.related_shown), now)
    return Settled("", Boxed(), number)


def _links(parts: Parts) -> tuple[dict[str, list[Link]], int]:
    """The pairs above the cut of every unsettled article, with their evidence, by concept."""
    from pipeline.stages import ranking
    from pipeline.stages.relevance.evidence import Explainer
    from pipeline.stages.relevance.scoring import Scorer

    statistics = parts.links.epoch()
    if statistics is None:
        raise RuntimeError("settling without an epoch")
    explainer = Explainer(Scorer(parts.glossary, parts.parameters, statistics))
    made: defaultdict[str, list[Link]] = defaultdict(list)
    for batch in _batches(parts.articles.snapshot(unsettled=True), _BATCH):
        vectors = explainer.scorer.vectors([features for _, features in batch])
        pairs = ranking.cut(
            explainer.scorer.score([stored for stored, _ in batch], vectors, parts.parameters.cut), parts.parameters.cut
        )
        known = {stored.id: (row, stored, features) for row, (stored, features) in enumerate(batch)}
        texts = parts.articles.texts({pair.article_id for pair in pairs})
        for pair in pairs:
            row, stored, features = known[pair.article_id]
            told = stored.title, texts[pair.article_id]
            evidence = explainer.explain(pair.concept_slug, vectors[row], features, *told)
            made[pair.concept_slug].append(
                Link(
                    pair.concept_slug, stored.id, stored.url, stored.title, stored.published, stored.content_hash,
                    stored.source_slug, stored.source_name, stored.source_weight, pair.similarity, pair.relevance,
                    evidence, statistics.epoch, parts.parameters.scorer,
                )
            )  # fmt: skip
    return made, statistics.epoch


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _replace(parts: Parts, concept: Concept, made: Sequence[Link], touched: set[int], why: str, now: datetime) -> Boxed:
    from pipeline.stages import ranking, stories

    had = parts.links.of(concept)
    kept = [link for link in had if link.article_id not in touched]
    known = {link.url for link in had}
    grouped = stories.group([*kept, *made])
    settings = parts.settings
    placed = ranking.place(grouped, box_size=settings.box_size, per_source=settings.per_source)

    def reason(url: str) -> str:
        return why or ("edited article" if url in known else "new article")

    return parts.links.replace(concept, placed, reason, now)
