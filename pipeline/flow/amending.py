"""What a changed glossary, changed parameters or a grown collection mean for the epoch: a new one, or an amended one."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from models import change
from models.article import Features
from models.concept import Glossary
from models.statistics import Current, Statistics
from pipeline.flow.linking import MANY, shared
from pipeline.flow.parts import Parts
from pipeline.stages.batches import batched

if TYPE_CHECKING:
    from pipeline.stages.relevance.candidates import Estimator, Measured
    from pipeline.stages.relevance.indexing import Indexer

_WORTH_INDEXING = 500  # articles lacking in the index
_LARGE = 2500  # articles from which on the index is kept ready; fewer are indexed within two seconds when they are needed
_INDEXED_AT_ONCE = 1000
_STALE = 1000  # articles that the index tells old words of, and that are candidates of every concept
_NEAREST = 100  # articles that a context is chosen from; it takes 20, and estimates are good to some places
_FEW = (5, 0.1)  # concepts, or share of them, that may be amended before a new epoch is the better way


def due(parts: Parts, current: Current | None, *, anew: bool = False) -> str:
    """Why a new epoch is needed in place of the `current` one; "" where it is not, or there is no article."""
    if not parts.articles.count():
        return ""
    if current is None:
        return change.NEW
    if anew or current.parameters_digest != parts.parameters.digest:
        return change.MODEL
    if changed(parts, current):
        rewritten = {*current.amended, *differing(current, parts.glossary)}
        if len(rewritten) > max(_FEW[0], _FEW[1] * len(parts.glossary.concepts)):
            return change.GLOSSARY
    new = parts.articles.count(after=current.highest)  # and not how many more: as many may have been pruned
    return change.MODEL if new > current.collection * parts.settings.epoch_growth else ""


def overdue(parts: Parts) -> bool:
    """Whether a new epoch would be another one though the glossary is as the current one knows it.

    An epoch that was amended, or has not seen all articles, is good for runs; who asks for all links anew wants more.
    """
    current = parts.links.current()
    if current is None or changed(parts, current):
        return False
    return bool(current.amended) or current.articles_digest != parts.articles.digest()


def changed(parts: Parts, current: Current) -> bool:
    """Whether the glossary is another one than the epoch knows."""
    return current.glossary_digest != parts.glossary.digest


def placing(parts: Parts) -> str:
    """The settings that decide a box beside its links."""
    return f"box_size={parts.settings.box_size} per_source={parts.settings.per_source}"


def digests(glossary: Glossary) -> dict[str, str]:
    """By slug: what is scored of each concept."""
    return {one.slug: one.scored for one in glossary.concepts}


def differing(current: Current, glossary: Glossary) -> set[str]:
    """Slugs of concepts that were edited, added or removed since."""
    now = digests(glossary)
    return {slug for slug in now.keys() | current.digests.keys() if now.get(slug) != current.digests.get(slug)}


def amend(parts: Parts, current: Current) -> "Measured | None":
    """Bring the epoch up to the glossary: vectors and contexts of edited and new concepts, everybody's related ones.

    Gives what was measured of all articles on the way, if it was: `likely` needs it again.
    """
    from pipeline.stages.relevance import neighbours
    from pipeline.stages.relevance.scoring import Scorer

    known = parts.links.epoch()
    if known is None:
        return None
    rewritten = differing(current, parts.glossary)
    slugs = sorted(rewritten & parts.glossary.by_slug.keys())
    made, measured = _amended(parts, known, slugs) if slugs else (known, None)
    made = replace(made, glossary_digest=parts.glossary.digest)
    related = neighbours.related(Scorer(parts.glossary, parts.parameters, made), parts.settings.related_shown)
    key = replace(
        current,
        glossary_digest=parts.glossary.digest,
        digests=digests(parts.glossary),
        amended=tuple(sorted({*current.amended, *rewritten})),
    )
    parts.links.amend(made, related, key, slugs)
    return measured


def _amended(parts: Parts, known: Statistics, slugs: Collection[str]) -> "tuple[Statistics, Measured]":
    from pipeline.stages.relevance import amending

    indexer, glossary, parameters = indexed(parts), parts.glossary, parts.parameters
    count = max(1, parts.articles.count())
    share = min(count, parts.settings.epoch_articles) / count

    def holders(stems: Collection[str]) -> Mapping[str, float]:
        return {stem: count * share for stem, count in parts.words.holders(stems).items()}

    wide = amending.widened(known, glossary, parameters, slugs, holders, parts.background())
    estimator = _estimator(parts, wide, indexer, slugs)
    near = {slug: _features(parts, estimator.nearest(slug, _NEAREST)) for slug in slugs}
    return amending.amended(wide, glossary, parameters, near, holders, parts.background()), estimator.whole


def _features(parts: Parts, ids: Collection[int]) -> list[Features]:
    return [features for _, features in parts.articles.snapshot(ids=ids)]


def likely(parts: Parts, statistics: Statistics, slugs: Iterable[str], measured: "Measured | None" = None) -> dict[str, set[int]]:
    """By slug: the articles that may be links of each concept, found by the index."""
    wanted = sorted(slugs)
    if not wanted:
        return {}
    estimator = _estimator(parts, statistics, indexed(parts), wanted, measured)
    stale = parts.words.stale()
    return {slug: stale | set(estimator.likely(slug)) for slug in wanted}


def _estimator(
    parts: Parts, statistics: Statistics, indexer: "Indexer", slugs: Collection[str], measured: "Measured | None" = None
) -> "Estimator":
    from pipeline.stages.relevance.candidates import Estimator
    from pipeline.stages.relevance.scoring import Scorer

    scorer = Scorer(parts.glossary.only(slugs), parts.parameters, statistics)
    return Estimator(scorer, indexer, parts.words.postings, parts.words.highest() + 1, measured)


def indexed(parts: Parts) -> "Indexer":
    """The index on words, with every article in it. Made anew where it was made for other parameters."""
    from pipeline.stages.relevance.indexing import Indexer, Task, leveled

    indexer = Indexer.read(parts.words.made_with())
    fits = indexer is not None and indexer.fits(parts.parameters, parts.glossary.language)
    if indexer is None or not fits or len(parts.words.stale()) > _STALE:
        known = parts.links.epoch()
        indexer = Indexer.of(parts.glossary, parts.parameters, known.terms if known else ())
        parts.words.begin(indexer.written)
    written = indexer.written
    tasks = (Task(written, some) for some in batched(parts.words.unindexed(), _INDEXED_AT_ONCE))
    for levels in shared(parts, leveled, tasks) if parts.words.lacking() >= MANY else map(leveled, tasks):
        parts.words.add(levels)
    return indexer


def keep_index(parts: Parts) -> None:
    """Take what is new into the index where that would take long later."""
    if parts.articles.count() >= _LARGE and parts.words.lacking() >= _WORTH_INDEXING:
        indexed(parts)
