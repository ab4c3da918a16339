"""What is old leaves the database, in short transactions. Killed at any moment, done twice: fine."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from models.entry import Queued
from models.outcome import Outcome, Skipped
from models.schema import article, decision, entry, judgment, link, run, tombstone
from pipeline.adapters.store.changes import unlink
from pipeline.adapters.store.engine import Database, chunks

_AT_ONCE = 100  # articles in one transaction: some 50 ms, so that other writers wait no longer
_LONGEST_PAUSE = 1.0  # seconds
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_Wanted = sa.ColumnElement[bool]
# Executed once a new article: built once.
_TOMBSTONE = sa.select(tombstone.c.at).where(tombstone.c.identity == sa.bindparam("wanted"))
_REFUSED = {"state": "done", "retry_at": None, "article_id": None, "payload": None}


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was pruned, or would be."""

    texts: int = 0  # of articles that stay
    articles: int = 0
    links: int = 0  # that sites were shown
    concepts: tuple[str, ...] = ()  # that lost links: their boxes are made anew by whoever settles next

    def __add__(self, other: "Pruned") -> "Pruned":
        """Both together."""
        concepts = tuple(sorted({*self.concepts, *other.concepts}))
        return Pruned(self.texts + other.texts, self.articles + other.articles, self.links + other.links, concepts)

    def as_json(self) -> dict[str, Any]:
        """For scripts, and for the run's record."""
        return asdict(self) | {"concepts": list(self.concepts)}


def planned(database: Database, now: datetime, text_days: int, article_days: int) -> Pruned:
    """What `prune` would do."""
    leaving = _leaving(now, article_days)
    counted = sa.select(sa.func.count()).select_from(article)
    lost = sa.select(link.c.concept_slug, link.c.rank).join(article, article.c.id == link.c.article_id).where(leaving)
    shown = sa.select(sa.func.count()).select_from(lost.where(link.c.rank.is_not(None)).subquery())
    slugs = sa.select(lost.subquery().c.concept_slug).distinct().order_by("concept_slug")
    with database.reading() as connection:
        return Pruned(
            connection.execute(counted.where(_outworn(now, text_days), sa.not_(leaving))).scalar_one(),
            connection.execute(counted.where(leaving)).scalar_one(),
            connection.execute(shown).scalar_one(),
            tuple(connection.execute(slugs).scalars()),
        )


def prune(database: Database, now: datetime, text_days: int, article_days: int) -> Pruned:
    """Remove articles published and first seen more than `article_days` ago, and texts published more than `text_days` ago.

    0 days: never. An article with an editor's decision stays, one that was judged keeps its text too. What is removed leaves
    tombstones, so that no feed brings it back; changes are noted under the newest run. To be called under the run lock.
    """
    done = Pruned()
    removed = _in_batches(database, _leaving(now, article_days), lambda connection, ids: _remove(connection, ids, now))
    for some in chain(removed, _in_batches(database, _outworn(now, text_days), _strip)):
        done += some
    return done


def _leaving(now: datetime, days: int) -> _Wanted:
    if not days:
        return sa.false()
    before = now - timedelta(days=days)
    return (article.c.published < before) & (article.c.first_seen < before) & _unnamed(decision) & _unnamed(judgment)


def _outworn(now: datetime, days: int) -> _Wanted:
    if not days:
        return sa.false()
    return (article.c.published < now - timedelta(days=days)) & (article.c.text != "") & _unnamed(judgment)


def _unnamed(table: sa.Table) -> _Wanted:
    return article.c.identity.not_in(sa.select(table.c.identity))


def _in_batches(database: Database, wanted: _Wanted, act: Callable[[sa.Connection, Sequence[int]], Pruned]) -> Iterator[Pruned]:
    """`act` on the articles that are wanted, by date, a transaction for each few of them.

    They are looked for outside of it, and looked at again within: an editor may have decided on one meanwhile.
    """
    place = (_BEGINNING, 0)
    ordered = sa.select(article.c.id, article.c.published).where(wanted).order_by(article.c.published, article.c.id)
    while True:
        after = sa.tuple_(article.c.published, article.c.id) > place
        with database.reading() as connection:
            found = connection.execute(ordered.where(after).limit(_AT_ONCE)).all()
        if not found:
            return
        place = (found[-1].published, found[-1].id)
        with database.writing() as connection:
            began = time.monotonic()
            still = sa.select(article.c.id).where(wanted, article.c.id.in_([row.id for row in found]))
            done = act(connection, connection.execute(still).scalars().all())
        yield done
        # SQLite has no queue: a writer who waits looks again now and then, and must find the file free as often as not.
        time.sleep(min(time.monotonic() - began, _LONGEST_PAUSE))


def _strip(connection: sa.Connection, ids: Sequence[int]) -> Pruned:
    """Drop texts, and the feeds' own words of the same articles."""
    connection.execute(sa.update(article).where(article.c.id.in_(ids)).values(text=""))
    _forget_payload(connection, ids)
    return Pruned(texts=len(ids))


def _remove(connection: sa.Connection, ids: Sequence[int], now: datetime) -> Pruned:
    """Remove articles with all that is theirs."""
    names = set(connection.execute(sa.select(article.c.identity).where(article.c.id.in_(ids))).scalars())
    names |= set(connection.execute(sa.select(entry.c.identity).where(entry.c.article_id.in_(ids))).scalars())
    links, slugs = unlink(connection, ids, now)
    _forget_payload(connection, ids)
    connection.execute(sa.delete(article).where(article.c.id.in_(ids)))
    _bury(connection, names - {""}, now)
    return Pruned(articles=len(ids), links=links, concepts=slugs)


def _forget_payload(connection: sa.Connection, ids: Sequence[int]) -> None:
    """Finished entries of these articles are not read again."""
    theirs = entry.c.article_id.in_(ids) & (entry.c.state == "done")
    connection.execute(sa.update(entry).where(theirs).values(payload=None))


def _bury(connection: sa.Connection, names: set[str], now: datetime) -> None:
    """A tombstone for each identity, but for that of an article which stays."""
    stays: set[str] = set()
    for some in chunks(names):
        stays.update(connection.execute(sa.select(article.c.identity).where(article.c.identity.in_(some))).scalars())
    rows = [{"identity": name, "at": now} for name in sorted(names - stays)]
    if rows:
        connection.execute(insert(tombstone).on_conflict_do_nothing(), rows)


def let_in(connection: sa.Connection, queued: Queued, identity: str) -> bool:
    """Whether an entry may become the article of that identity: none was removed for its age, or the entry is newer than that.

    An address that is used again is a new article's, and what was removed is forgotten.
    """
    at = connection.execute(_TOMBSTONE, {"wanted": identity}).scalar()
    if at is None:
        return True
    if queued.entry.published is None or queued.entry.published <= at:
        return False
    connection.execute(sa.delete(tombstone).where(tombstone.c.identity.in_([identity, queued.entry.identity])))
    return True


def refuse(connection: sa.Connection, queued: Queued) -> Outcome:
    """Settle an entry whose page turned out to be a pruned article."""
    outcome = Skipped(queued.entry.url, "pruned")
    connection.execute(sa.update(entry).where(entry.c.id == queued.id).values(outcome=str(outcome), **_REFUSED))
    return outcome


def glossary_digest(database: Database) -> str:
    """Of the glossary that the newest finished run knew: pruning learns of no other."""
    newest = sa.select(run.c.glossary_digest).where(run.c.finished_at.is_not(None)).order_by(run.c.id.desc()).limit(1)
    with database.reading() as connection:
        return connection.execute(newest).scalar() or ""
