"""settle: the links of whatever is new or touched, a pure function of what is stored."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.concept import Concept
from models.link import Boxed, Link
from models.statistics import Current
from pipeline.flow.parts import Parts
from pipeline.stages.batches import batched

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
    _recount(parts)
    why = _due(parts)
    if why:
        yield _new_epoch(parts, why, now)
    current = parts.links.current()
    touched = parts.articles.unsettled()
    anew = current is not None and current.placing != _placing(parts)
    if current is None or not (touched or anew):
        return
    made = _links(parts) if touched else {}
    slugs = parts.links.concepts_of(touched) | made.keys() | (parts.glossary.by_slug.keys() if anew else set())
    for slug in sorted(slugs & parts.glossary.by_slug.keys()):
        concept = parts.glossary.by_slug[slug]
        boxed = _replace(parts, concept, made.get(slug, []), touched, current, why, now)
        yield Settled(slug, boxed, current.epoch, len(slugs))
    parts.articles.settled(touched)
    if anew:
        parts.links.placed(_placing(parts))


def _recount(parts: Parts) -> None:
    """Count again what an older version counted in another way."""
    from pipeline.stages import features

    for some in batched(parts.articles.uncounted(), _BATCH):
        counted = {number: features.count(title, text, said_by) for number, title, text, said_by in some}
        parts.articles.recount(counted)


def _placing(parts: Parts) -> str:
    """The settings that decide a box beside its links."""
    return f"box_size={parts.settings.box_size} per_source={parts.settings.per_source}"


def _due(parts: Parts) -> str:
    """Why a new epoch is needed, without loading the current one; "" where it is not, or there is no article."""
    current, count = parts.links.current(), parts.articles.count()
    if not count:
        return ""
    if current is None:
        return "new article"
    if current.glossary_digest != parts.glossary.digest:
        return "glossary"
    if current.parameters_digest != parts.parameters.digest:
        return "model"
    return "model" if count > current.collection * (1 + parts.settings.epoch_growth) else ""


def _new_epoch(parts: Parts, why: str, now: datetime) -> Settled:
    from pipeline.stages.relevance import epochs, neighbours
    from pipeline.stages.relevance.scoring import Scorer

    before = parts.links.current()
    newest = parts.articles.snapshot(newest=parts.settings.epoch_articles)
    number = before.epoch + 1 if before else 1
    counted = (features for _, features in newest)
    made = epochs.make(number, parts.glossary, parts.parameters, counted, parts.background())
    related = neighbours.related(Scorer(parts.glossary, parts.parameters, made), parts.settings.related_shown)
    key = Current(number, made.glossary_digest, made.parameters_digest, parts.articles.count(), why, _placing(parts))
    parts.links.begin(made, related, key, now)
    return Settled("", Boxed(), number)


def _links(parts: Parts) -> dict[str, list[Link]]:
    """The pairs above the cut of every unsettled article, with their evidence, by concept."""
    from pipeline.stages import ranking, stories
    from pipeline.stages.relevance.evidence import Explainer
    from pipeline.stages.relevance.scoring import Scorer

    statistics = parts.links.epoch()
    if statistics is None:
        raise RuntimeError("settling without an epoch")
    explainer = Explainer(Scorer(parts.glossary, parts.parameters, statistics))
    made: defaultdict[str, list[Link]] = defaultdict(list)
    for batch in batched(parts.articles.snapshot(unsettled=True), _BATCH):
        signals = explainer.scorer.signals([features for _, features in batch])
        scored = explainer.scorer.score([stored for stored, _ in batch], signals, parts.parameters.cut)
        pairs = ranking.cut(scored, parts.parameters.cut)
        known = {stored.id: (row, stored, features) for row, (stored, features) in enumerate(batch)}
        texts = parts.articles.texts({pair.article_id for pair in pairs})
        for pair in pairs:
            row, stored, features = known[pair.article_id]
            told = stored.title, texts[pair.article_id]
            evidence = explainer.explain(pair.concept_slug, signals.vectors[row], features, *told)
            made[pair.concept_slug].append(
                Link(
                    pair.concept_slug, stored.id, stored.url, stored.title, stored.published, stored.content_hash,
                    stored.source_slug, stored.source_name, stored.source_weight, pair.similarity, pair.relevance,
                    evidence, statistics.epoch, parts.parameters.scorer,
                    stories.gist(features, parts.background(), parts.glossary.language),
                )
            )  # fmt: skip
    return made


def _replace(
    parts: Parts, concept: Concept, made: Sequence[Link], touched: set[int], current: Current, why: str, now: datetime
) -> Boxed:
    from pipeline.stages import ranking, stories

    had = parts.links.of(concept)
    kept = [link for link in had if link.article_id not in touched]
    known = {link.url: link for link in had}
    grouped = stories.group([*kept, *made])
    settings = parts.settings
    placed = ranking.place(grouped, box_size=settings.box_size, per_source=settings.per_source)

    def reason(url: str) -> str:
        """Why a link changed; one of an earlier epoch changes for what made the current one."""
        before = known.get(url)
        if why or (before is not None and before.epoch != current.epoch):
            return current.reason
        return "edited article" if before is not None and before.article_id in touched else "new article"

    return parts.links.replace(concept, placed, reason, now)
