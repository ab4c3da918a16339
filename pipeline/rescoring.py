"""Links made anew from what is stored, nothing fetched; and what that would change, tried on a copy."""

import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from models.errors import UsageError
from pipeline import passes, wiring
from pipeline.passes import Passed, Watcher


@dataclass(frozen=True, slots=True)
class Shown:
    """A link as an editor knows it."""

    title: str
    url: str
    source: str
    relevance: float


@dataclass(frozen=True, slots=True)
class Difference:
    """What would become of one concept's box and links."""

    concept: str
    box: tuple[Shown, ...]  # as it would be
    gains: tuple[Shown, ...]  # in the box then, not now
    loses: tuple[Shown, ...]  # in the box now, not then
    reordered: bool  # the same links in another order
    links_before: int
    links_after: int

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        return asdict(self)


def rescore(
    site: wiring.Site,
    now: datetime,
    *,
    everything: bool = False,
    patience: float = 0.0,
    watcher: Watcher | None = None,
) -> Passed:
    """Follow what changed: an edited concept has its links made anew; other weights, or all of them, a new epoch.

    Where the glossary is as it was, a new epoch is made if it would be another one; `everything` makes one in any case.
    Raises Locked, and UsageError where there is no article yet.
    """
    from pipeline.flow import amending

    _articles(site)
    return passes.settled(
        site, now, "conceptwire rescore", anew=lambda parts: everything or amending.overdue(parts), patience=patience,
        watcher=watcher,
    )  # fmt: skip


def difference(
    site: wiring.Site, now: datetime, *, everything: bool = False, followed: bool = False, watcher: Watcher | None = None
) -> list[Difference]:
    """What `rescore` would change, by concept; made on a copy of the database, so that nothing changes.

    `followed`: what the next run would change, which follows the glossary and makes no new epoch for anything else.
    """
    from pipeline.adapters.store.keeping import backup

    _articles(site)
    with tempfile.TemporaryDirectory(prefix="conceptwire-") as folder:
        copied = Path(folder) / "copy.db"
        backup(wiring.database_path(site), copied)
        tried = wiring.replaced(site, database_url=f"sqlite:///{copied}", publish="")
        before = _boxes(tried)
        if followed:
            passes.settled(tried, now, "conceptwire concepts diff", watcher=watcher)
        else:
            rescore(tried, now, everything=everything, watcher=watcher)
        after = _boxes(tried)
    differing = (
        _compared(slug, before.get(slug, _NONE), after.get(slug, _NONE)) for slug in sorted(before.keys() | after.keys())
    )
    return [one for one in differing if one is not None]


@dataclass(frozen=True, slots=True)
class _Box:
    shown: tuple[Shown, ...]
    links: frozenset[str]  # addresses


_NONE = _Box((), frozenset())


def _boxes(site: wiring.Site) -> dict[str, _Box]:
    from pipeline.adapters import reading

    found = {}
    with wiring.reading(site) as connection:
        for page in reading.published(connection):
            rows = reading.links(connection, page.concept.slug)
            shown = tuple(Shown(row.title, row.url, row.source_name, row.relevance) for row in page.news)
            found[page.concept.slug] = _Box(shown, frozenset(row.url for row in rows))
    return found


def _compared(slug: str, before: _Box, after: _Box) -> Difference | None:
    had, has = {one.url for one in before.shown}, {one.url for one in after.shown}
    reordered = had == has and [one.url for one in before.shown] != [one.url for one in after.shown]
    if had == has and not reordered and before.links == after.links:
        return None
    return Difference(
        slug,
        after.shown,
        tuple(one for one in after.shown if one.url not in had),
        tuple(one for one in before.shown if one.url not in has),
        reordered,
        len(before.links),
        len(after.links),
    )


def _articles(site: wiring.Site) -> None:
    """Raise UsageError where nothing is stored."""
    from pipeline.adapters.store.articles import StoredArticles

    path = wiring.database_path(site)
    if path.exists():
        with wiring.database(site) as database:
            if StoredArticles(database).count():
                return
    raise UsageError(str(path), "has no articles yet", "conceptwire run")
