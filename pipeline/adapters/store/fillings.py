"""How far each collection is read in; the feeds that stand for what comes from files and lists.

Such a feed is never polled: `configured` is 0, so that neither a run nor the health of a source counts it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from models.entry import Entry, Known, Queued, Verdict
from models.outcome import Skipped
from models.schema import entry as entries
from models.schema import feed, filling, source
from models.source import Feed, Poll, Source
from pipeline.adapters.store.engine import Database, chunks
from pipeline.adapters.store.feeds import StoredFeeds, ready, remember, row_of

_RECORDED = "backfill:feed:"  # and the address of a feed that was recorded


@dataclass
class StoredFillings:
    """The port Fillings over the tables filling, feed, source and entry."""

    database: Database
    _feeds: dict[str, int] = field(default_factory=dict)

    def begin(self, name: str, what: str, now: datetime) -> str:
        """Where the filling of that name goes on: its cursor; "" where it is new, or was finished and begins again."""
        with self.database.writing() as connection:
            row = connection.execute(sa.select(filling).where(filling.c.name == name)).first()
            if row is not None and row.finished_at is None:
                return str(row.cursor)
            new = {"what": what, "cursor": "", "started_at": now, "finished_at": None}
            statement = insert(filling).values(name=name, **new)
            connection.execute(statement.on_conflict_do_update(["name"], set_=new))
        return ""

    def reached(self, name: str, cursor: str) -> None:
        """Everything up to `cursor` is finished."""
        with self.database.writing() as connection:
            connection.execute(sa.update(filling).where(filling.c.name == name).values(cursor=cursor))

    def finished(self, name: str, now: datetime) -> None:
        """All of it is finished."""
        with self.database.writing() as connection:
            connection.execute(sa.update(filling).where(filling.c.name == name).values(finished_at=now))

    def feed(self, label: str, kind: str, source: Source) -> int:
        """The feed that stands for what is read in of a source under `label`; made where there is none."""
        address = f"backfill:{label}:{source.slug}"
        if address not in self._feeds:
            self._feeds[address] = self.made(address, kind, address, source)
        return self._feeds[address]

    def made(self, name: str, kind: str, url: str, owner: Source) -> int:
        """The feed of that name; made where there is none, its source too."""
        chosen = sa.select(feed.c.id).where(feed.c.configured_url == name)
        with self.database.reading() as connection:
            number = connection.execute(chosen).scalar()
        if number is not None:
            return int(number)
        row = {"slug": owner.slug, "name": owner.name, "homepage": owner.homepage, "weight": owner.weight}
        made = insert(source).values(**row, pages=owner.pages, configured=0)
        with self.database.writing() as connection:
            connection.execute(made.on_conflict_do_nothing())
            new = {"configured_url": name, "url": url, "source_slug": owner.slug, "configured": 0, "kind": kind}
            connection.execute(insert(feed).values(new).on_conflict_do_nothing())
            return int(connection.execute(chosen).scalar_one())

    def known(self, feed_id: int, keys: Collection[str]) -> dict[str, Known]:
        """What is remembered under each of the keys."""
        return StoredFeeds(self.database).known(feed_id, keys)

    def take(self, feed_id: int, entries: Sequence[tuple[Entry, datetime]], now: datetime) -> None:
        """Queue entries, each with the moment it was first seen, in one transaction."""
        with self.database.writing() as connection:
            remember(connection, [row_of(feed_id, Verdict(entry, None), min(seen, now)) for entry, seen in entries])

    def queued(self, taken: Mapping[int, Collection[str]], now: datetime) -> Iterator[Iterator[Queued]]:
        """Entries of these feeds and keys to be read now, in the order in which they were queued; in rounds."""
        found: list[tuple[int, str]] = []
        with self.database.reading() as connection:
            for where in _listed(taken):
                rows = connection.execute(sa.select(entries.c.id, entries.c.identity).where(where, ready(now)))
                found += [(row.id, row.identity) for row in rows]
        yield from StoredFeeds(self.database).rounds(sorted(found))

    def forget(self, taken: Mapping[int, Collection[str]], outcomes: Collection[str]) -> None:
        """Forget entries of these feeds and keys that ended so."""
        with self.database.writing() as connection:
            for where in _listed(taken):
                connection.execute(sa.delete(entries).where(where, entries.c.outcome.in_(outcomes)))


def _listed(taken: Mapping[int, Collection[str]]) -> Iterator[sa.ColumnElement[bool]]:
    for feed_id, keys in sorted(taken.items()):
        for some in chunks(keys):
            yield (entries.c.feed_id == feed_id) & entries.c.key.in_(some)


@dataclass(frozen=True)
class RecordedFeeds(StoredFeeds):
    """The port Feeds of a recording: its feeds are those that were recorded at a moment, its queue is theirs."""

    asked: tuple[str, ...] = ()  # addresses as configured

    def stand_in(self, url: str, owner: Source) -> None:
        """Make the feed that stands for the recorded one at `url`, where there is none."""
        StoredFillings(self.database).made(_RECORDED + url, "file", url, owner)

    def due(self, now: datetime, *, eager: bool = False) -> tuple[list[Feed], list[Poll]]:  # noqa: ARG002
        """The feeds that were recorded, by address; nothing waits: that they were asked is known."""
        names = [_RECORDED + url for url in self.asked]
        joined = sa.select(feed, source.c.pages).join(source, source.c.slug == feed.c.source_slug)
        with self.database.reading() as connection:
            rows = connection.execute(joined.where(feed.c.configured_url.in_(names)).order_by(feed.c.configured_url)).all()
        return [
            Feed(
                id=row.id,
                url=row.url,
                source_slug=row.source_slug,
                pages=row.pages,
                digest=row.digest,
                polled=row.last_success_at is not None,
            )
            for row in rows
        ], []

    def _read_here(self) -> sa.ColumnElement[bool]:
        return (feed.c.kind == "file") & feed.c.configured_url.startswith(_RECORDED)

    def polled(self, poll: Poll, verdicts: Sequence[Verdict], now: datetime) -> None:
        """Keep a poll; the newest moment that was gone through is kept in any case."""
        newest = self._newest(poll.feed.id)
        super().polled(poll, verdicts, now)
        if newest and newest > now:
            with self.database.writing() as connection:
                connection.execute(sa.update(feed).where(feed.c.id == poll.feed.id).values(last_polled_at=newest))

    def _newest(self, feed_id: int) -> datetime | None:
        with self.database.reading() as connection:
            return connection.execute(sa.select(feed.c.last_polled_at).where(feed.c.id == feed_id)).scalar()

    def is_past(self, feed_id: int, now: datetime) -> bool:
        """Whether a later record of the feed was gone through already: what it said of an entry then counts."""
        newest = self._newest(feed_id)
        return newest is not None and newest > now

    def retries(self) -> list[tuple[datetime, str]]:
        """When entries that wait are to be read again, earliest first, and their addresses."""
        chosen = sa.select(entries.c.retry_at, entries.c.url).join(feed, feed.c.id == entries.c.feed_id)
        where = (entries.c.state == "queued") & self._read_here() & entries.c.retry_at.is_not(None)
        with self.database.reading() as connection:
            rows = connection.execute(chosen.where(where).order_by(entries.c.retry_at, entries.c.url))
            return [(row.retry_at, row.url) for row in rows]

    def addresses(self) -> Iterator[str]:
        """The address of every entry that a recorded feed listed, those left out that were too old to be asked for."""
        chosen = sa.select(entries.c.url).join(feed, feed.c.id == entries.c.feed_id)
        chosen = chosen.where(self._read_here(), entries.c.outcome != str(Skipped("", "older")))
        with self.database.reading() as connection:
            yield from connection.execute(chosen).scalars()
