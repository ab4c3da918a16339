"""settle: the links of whatever is new or touched, a pure function of what is stored."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from models import change
from models.concept import Concept
from models.link import Boxed, Link, Placed, Verdicts
from models.statistics import Current
from pipeline.flow import amending
from pipeline.flow.linking import BATCH, Linker
from pipeline.flow.parts import Parts
from pipeline.stages.batches import batched

if TYPE_CHECKING:
    from pipeline.stages.relevance.candidates import Measured


@dataclass(frozen=True, slots=True)
class Settled:
    """One concept whose links were made anew, or a new epoch (concept "")."""

    concept_slug: str
    boxed: Boxed
    epoch: int
    of: int = 0  # concepts in this settling


@dataclass
class _Round:
    """What one settling knows."""

    parts: Parts
    now: datetime
    current: Current
    touched: set[int]
    unplaced: dict[str, str]
    why: str = ""  # why there is a new epoch, where there is
    measured: "Measured | None" = None  # of all articles, while the epoch was amended
    made: dict[str, list[Link]] = field(default_factory=dict)

    @cached_property
    def linker(self) -> Linker:
        """Made when it is needed: it loads the epoch."""
        statistics = self.parts.links.epoch()
        if statistics is None:
            raise RuntimeError("settling without an epoch")
        return Linker(self.parts, statistics)


def settle(parts: Parts, now: datetime, *, anew: bool = False) -> Iterator[Settled]:
    """Make the links of whatever is new or touched; everything where a new epoch is due, or `anew` asks for one.

    Afterwards links are a function of stored articles, glossary, parameters and decisions alone, and of the articles that the
    epoch saw. Imports nothing heavy where there is nothing to do.
    """
    _recount(parts)
    current, measured = parts.links.current(), None
    why = amending.due(parts, current, anew=anew)
    if why:
        yield _new_epoch(parts, current, why, now)
        current = parts.links.current()
    elif current is not None and amending.changed(parts, current):
        measured = amending.amend(parts, current)
        current = parts.links.current()
    if current is None:
        return
    one = _Round(parts, now, current, parts.articles.unsettled(), parts.links.unplaced(), why, measured)
    placing = amending.placing(parts)
    moved = current.placing != placing
    if not (one.touched or one.unplaced or moved):
        return
    yield from _boxes(one, parts.glossary.by_slug if moved else ())
    parts.articles.settled(one.touched)
    if moved:
        parts.links.placed(placing)
    if one.touched:
        amending.keep_index(parts)


def _recount(parts: Parts) -> None:
    """Count again what an older version counted in another way."""
    from pipeline.stages import features

    for some in batched(parts.articles.uncounted(), BATCH):
        counted = {number: features.count(title, text, said_by) for number, title, text, said_by in some}
        parts.articles.recount(counted)


def _new_epoch(parts: Parts, before: Current | None, why: str, now: datetime) -> Settled:
    from pipeline.stages.relevance import epochs, neighbours
    from pipeline.stages.relevance.scoring import Scorer

    newest = parts.articles.snapshot(newest=parts.settings.epoch_articles)
    number = before.epoch + 1 if before else 1
    counted = (features for _, features in newest)
    made = epochs.make(number, parts.glossary, parts.parameters, counted, parts.background())
    related = neighbours.related(Scorer(parts.glossary, parts.parameters, made), parts.settings.related_shown)
    key = Current(
        number, made.glossary_digest, made.parameters_digest, parts.articles.count(), why, amending.placing(parts),
        amending.digests(parts.glossary), parts.articles.digest(), parts.words.highest(),
    )  # fmt: skip
    parts.links.begin(made, related, key, now)
    return Settled("", Boxed(), number)


def _boxes(one: _Round, anyway: Iterable[str]) -> Iterator[Settled]:
    parts = one.parts
    if one.touched:
        one.made = one.linker.all(parts.articles.snapshot(unsettled=True), len(one.touched))
    slugs = parts.links.concepts_of(one.touched) | one.made.keys() | one.unplaced.keys() | set(anyway)
    wanted = sorted(slugs & parts.glossary.by_slug.keys())
    again = [slug for slug in wanted if one.unplaced.get(slug) == change.GLOSSARY]
    likely = amending.likely(parts, one.linker.statistics, again, one.measured) if again else {}
    for slug in wanted:
        boxed = _replace(one, parts.glossary.by_slug[slug], likely.get(slug))
        yield Settled(slug, boxed, one.current.epoch, len(wanted))


def _replace(one: _Round, concept: Concept, likely: set[int] | None) -> Boxed:
    """A concept's box. Of a rewritten one the `likely` articles are scored again."""
    from pipeline.stages import ranking, stories

    parts, slug = one.parts, concept.slug
    had = parts.links.of(concept)
    if likely is None:
        links = [*(link for link in had if link.article_id not in one.touched), *one.made.get(slug, [])]
    else:
        links = one.linker.of(slug, likely | one.touched)
    seen = parts.links.verdicts(concept, {link.article_id for link in links})
    lacking = seen.forced - {link.article_id for link in links}
    links += one.linker.of(slug, lacking, forced=lacking) if lacking else []
    passages = {link.article_id: link.evidence.passage for link in had}
    links = [
        _with_passage(link, passages)
        for link in links
        if link.relevance >= parts.parameters.cut or link.article_id in seen.forced
    ]
    shown = stories.group([link for link in links if link.article_id not in seen.withheld])
    settings = parts.settings
    placed = ranking.place(shown, box_size=settings.box_size, per_source=settings.per_source, pinned=seen.pinned)
    placed += [Placed(link, None, None) for link in links if link.article_id in seen.withheld]
    return parts.links.replace(concept, placed, _reasons(one, slug, had, links, seen), one.now, seen)


def _with_passage(link: Link, had: Mapping[int, str]) -> Link:
    """The passage there was, where the text that it was chosen from was pruned since."""
    if not link.pruned or link.article_id not in had:
        return link
    return replace(link, evidence=replace(link.evidence, passage=had[link.article_id]))


def _reasons(one: _Round, slug: str, had: Sequence[Link], links: Sequence[Link], seen: Verdicts) -> Callable[[str], str]:
    """Why a link changed; one of an earlier epoch changes for what made the current one."""
    before, after = ({link.url: link for link in some} for some in (had, links))

    def reason(url: str) -> str:
        was, now = before.get(url), after.get(url)
        number = (now or before[url]).article_id
        if one.why or (was is not None and was.epoch != one.current.epoch):
            return one.current.reason
        if was is not None and number in seen.gone:
            return change.GONE
        if number in seen.hidden or (was is None and number in seen.forced):
            return change.EDITOR
        if number in one.touched and one.unplaced.get(slug) != change.GLOSSARY:
            if was is None:
                return change.NEW
            if now is None or _said(now) != _said(was):
                return change.EDITED
        return one.unplaced.get(slug, change.NEW)

    return reason


def _said(link: Link) -> tuple[object, ...]:
    """What a link keeps of the words it was made from; it is read with its article as that is now."""
    return link.similarity, link.evidence, link.gist
