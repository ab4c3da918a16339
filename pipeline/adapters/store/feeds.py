"""Feeds, what we know of their entries, and the queue of entries to be read."""

import json
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from models.entry import Entry, Known, Queued, Verdict
from models.outcome import Failed, Outcome
from models.schema import article, article_source, feed, source, tombstone
from models.schema import entry as entries
from models.source import Feed, Poll, Source
from pipeline.adapters.store.courtesy import FEEDS, TOLD, asked, feed_of, forget, is_ahead, keep
from pipeline.adapters.store.engine import Database, chunks

_AT_ONCE = 200  # entries in memory

_AS_NEW = {
    "url": feed.c.configured_url,
    "etag": "",
    "last_modified": "",
    "last_status": "",
    "retired_at": None,
    "consecutive_failures": 0,
}
_AGAIN = (
    sa.update(entries)
    .where(entries.c.id == sa.bindparam("wanted"))
    .values({name: sa.bindparam(name) for name in ("outcome", "attempts", "retry_at", "state")})
)
_NO_MORE = _AGAIN.values(payload=None)


def packed(entry: Entry) -> bytes:
    """An entry as stored."""
    fields = asdict(entry) | {"published": entry.published.isoformat() if entry.published else None}
    return zlib.compress(json.dumps(fields, ensure_ascii=False).encode(), 3)


def unpacked(payload: bytes) -> Entry:
    """A stored entry."""
    fields = json.loads(zlib.decompress(payload))
    published = fields["published"]
    fields["published"] = datetime.fromisoformat(published) if published else None
    fields["categories"] = tuple(fields["categories"])
    return Entry(**fields)


@dataclass(frozen=True)
class StoredFeeds:
    """The port Feeds over the tables source, feed and entry."""

    database: Database

    def configure(self, sources: Sequence[Source]) -> None:
        """Make the stored sources and feeds those of `sources`, writing only where they differ."""
        wanted_sources = {s.slug: (s.name, s.homepage, s.weight, s.pages, 1) for s in sources}
        wanted_feeds = {url: (s.slug, 1) for s in sources for url in s.feeds}
        with self.database.reading() as connection:
            columns = (
                source.c.slug,
                source.c.name,
                source.c.homepage,
                source.c.weight,
                source.c.pages,
                source.c.configured,
            )
            had_sources = {row[0]: tuple(row[1:]) for row in connection.execute(sa.select(*columns))}
            chosen = (feed.c.configured_url, feed.c.source_slug, feed.c.configured)
            had_feeds = {row[0]: tuple(row[1:]) for row in connection.execute(sa.select(*chosen))}
        gone_sources = [slug for slug, had in had_sources.items() if slug not in wanted_sources and had[-1]]
        gone_feeds = [url for url, had in had_feeds.items() if url not in wanted_feeds and had[-1]]
        new_sources = {slug: want for slug, want in wanted_sources.items() if had_sources.get(slug) != want}
        new_feeds = {url: want for url, want in wanted_feeds.items() if had_feeds.get(url) != want}
        if gone_sources or gone_feeds or new_sources or new_feeds:
            with self.database.writing() as connection:
                self._configure(connection, new_sources, new_feeds, gone_sources, gone_feeds)

    def _configure(
        self,
        connection: sa.Connection,
        new_sources: dict[str, tuple[Any, ...]],
        new_feeds: dict[str, tuple[str, int]],
        gone_sources: list[str],
        gone_feeds: list[str],
    ) -> None:
        for slug in new_sources:  # who is named and who stands for a story may change
            named = sa.select(article_source.c.article_id).where(article_source.c.source_slug == slug)
            connection.execute(sa.update(article).where(article.c.id.in_(named)).values(settled=0))
        for slug, (name, homepage, weight, pages, configured) in new_sources.items():
            row = {"name": name, "homepage": homepage, "weight": weight, "pages": pages, "configured": configured}
            connection.execute(insert(source).values(slug=slug, **row).on_conflict_do_update(["slug"], set_=row))
        for url, (slug, configured) in new_feeds.items():
            row = {"source_slug": slug, "configured": configured}
            _move(connection, url, slug)
            forget(connection, _put_in_again(url))
            connection.execute(sa.update(feed).where(_put_in_again(url)).values(_AS_NEW))
            statement = insert(feed).values(configured_url=url, url=url, **row)
            connection.execute(statement.on_conflict_do_update(["configured_url"], set_=row))
        for slug in gone_sources:
            connection.execute(sa.update(source).where(source.c.slug == slug).values(configured=0))
        for url in gone_feeds:
            connection.execute(sa.update(feed).where(feed.c.configured_url == url).values(configured=0))

    def due(self, now: datetime, *, eager: bool = False) -> tuple[list[Feed], list[Poll]]:
        """Feeds to be asked now, by address, those that failed last before the others: what takes longest is begun first.

        And a Poll for each that waits or is retired.
        """
        with self.database.reading() as connection:
            asked = (feed.c.configured == 1) & (feed.c.kind == "feed")
            rows = connection.execute(FEEDS.where(asked).order_by(feed.c.consecutive_failures == 0, feed.c.configured_url)).all()
        due, waiting = [], []
        for row in rows:
            one, ahead = feed_of(row), is_ahead(row, now)
            waits = one.next_fetch_at and one.next_fetch_at > now and (not eager or row.last_status.endswith(TOLD))
            if row.retired_at:
                waiting.append(Poll(one, "retired", reason=f"since {row.retired_at:%Y-%m-%d %H:%M}Z"))
            elif waits and not ahead:
                waiting.append(Poll(one, "waiting", reason=f"until {one.next_fetch_at:%Y-%m-%d %H:%M}Z"))
            else:
                due.append(replace(one, hinted_until=None, next_fetch_at=None) if ahead else one)
        return due, waiting

    def known(self, feed_id: int, keys: Collection[str]) -> dict[str, Known]:
        """What is remembered under each of the keys."""
        found: dict[str, Known] = {}
        with self.database.reading() as connection:
            for some in chunks(keys):
                chosen = sa.select(entries.c.key, entries.c.digest, entries.c.state, entries.c.retry_at)
                where = (entries.c.feed_id == feed_id) & entries.c.key.in_(some)
                for row in connection.execute(chosen.where(where)):
                    found[row.key] = Known(row.digest, row.state == "queued", row.retry_at)
        return found

    def polled(self, poll: Poll, verdicts: Sequence[Verdict], now: datetime) -> None:
        """Keep a poll with its feed's validators and entries in one transaction."""
        with self.database.writing() as connection:
            keep(connection, poll, now)
            remember(connection, [row_of(poll.feed.id, v, now) for v in verdicts if v.remember])

    def waiting(self, now: datetime) -> int:
        """How many entries are to be read now."""
        counted = sa.select(sa.func.count()).select_from(entries).join(feed, feed.c.id == entries.c.feed_id)
        with self.database.reading() as connection:
            return int(connection.execute(counted.where(ready(now), self._read_here())).scalar_one())

    def queued(self, now: datetime) -> Iterator[Iterator[Queued]]:
        """Entries to be read now in rounds, newest first; entries of one article never share a round."""
        chosen = (
            sa.select(entries.c.id, entries.c.identity)
            .join(feed, feed.c.id == entries.c.feed_id)
            .join(source, source.c.slug == feed.c.source_slug)
            .where(ready(now), self._read_here())
            .order_by(entries.c.published.desc(), source.c.weight.desc(), source.c.slug, entries.c.identity, entries.c.key)
        )
        with self.database.reading() as connection:
            waiting = [(row.id, row.identity) for row in connection.execute(chosen)]
        yield from self.rounds(waiting)

    def _read_here(self) -> sa.ColumnElement[bool]:
        """Whose entries a run reads: its feeds', and history that is to be fetched; not what is in files."""
        return (feed.c.configured == 1) | (feed.c.kind == "web")

    def rounds(self, waiting: list[tuple[int, str]]) -> Iterator[Iterator[Queued]]:
        """Entries by number and identity, in their order, in rounds: entries of one article never share one."""
        while waiting:
            heads: dict[str, int] = {}
            rest = [(number, name) for number, name in waiting if heads.setdefault(name, number) != number]
            yield self._round(list(heads.values()))
            waiting = rest

    def _round(self, ids: list[int]) -> Iterator[Queued]:
        for start in range(0, len(ids), _AT_ONCE):
            yield from self._load(ids[start : start + _AT_ONCE])

    def _load(self, ids: list[int]) -> list[Queued]:
        chosen = (
            sa.select(entries, feed.c.source_slug, source.c.pages, article.c.id.label("same_id"), article.c.canonical_url)
            .add_columns(tombstone.c.at.label("pruned_at"))
            .join(feed, feed.c.id == entries.c.feed_id)
            .join(source, source.c.slug == feed.c.source_slug)
            .outerjoin(article, (article.c.identity == entries.c.identity) & (article.c.text_from == "page"))
            .outerjoin(tombstone, tombstone.c.identity == entries.c.identity)
            .where(entries.c.id.in_(ids))
        )
        with self.database.reading() as connection:
            rows = {row.id: row for row in connection.execute(chosen)}
        return [_queued(rows[number]) for number in ids if number in rows]

    def seen(self, pages: Mapping[int, tuple[int, int]], now: datetime) -> None:
        """Count requests for pages, by the number of the entry, and bytes that came."""
        if pages:
            with self.database.writing() as connection:
                asked(connection, pages, now)

    def put_off(self, queued: Queued, outcome: Outcome, *, tried: bool = True) -> None:
        """Keep the outcome of an entry that became no article. `tried`: its page was asked for."""
        again = outcome.retry_at if isinstance(outcome, Failed) else None
        row: dict[str, Any] = {
            "wanted": queued.id,
            "outcome": str(outcome),
            "attempts": queued.attempts + tried,
            "retry_at": again,
        }
        row |= {"state": "queued"} if again else {"state": "done"}
        with self.database.writing() as connection:
            connection.execute(_AGAIN if again else _NO_MORE, row)


def remember(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write entries down under their feed and key; what is known keeps when it was first seen, and its article."""
    if not rows:
        return
    statement = insert(entries)
    changed = ("url", "identity", "digest", "state", "outcome", "attempts", "retry_at", "published", "payload")
    update = {name: statement.excluded[name] for name in changed}
    connection.execute(statement.on_conflict_do_update(["feed_id", "key"], set_=update), list(rows))


def ready(now: datetime) -> sa.ColumnElement[bool]:
    """Entries that are to be read now."""
    return (entries.c.state == "queued") & (sa.or_(entries.c.retry_at.is_(None), entries.c.retry_at <= now))


def _put_in_again(url: str) -> sa.ColumnElement[bool]:
    """A feed that was retired, taken out of the sources, and is in them again: whoever did that wants it asked."""
    return (feed.c.configured_url == url) & (feed.c.configured == 0) & feed.c.retired_at.is_not(None)


def _move(connection: sa.Connection, feed_url: str, slug: str) -> None:
    """The articles of a feed that is another source's now are named after that source."""
    before = connection.execute(sa.select(feed.c.id, feed.c.source_slug).where(feed.c.configured_url == feed_url)).first()
    if before is None or before.source_slug == slug:
        return
    listed = sa.select(entries.c.article_id).where(entries.c.feed_id == before.id, entries.c.article_id.is_not(None))
    theirs = article_source.c.article_id.in_(listed) & (article_source.c.source_slug == before.source_slug)
    connection.execute(sa.update(article).where(article.c.id.in_(listed)).values(settled=0))
    moved = sa.update(article_source).where(theirs).values(source_slug=slug)
    connection.execute(moved.prefix_with("OR IGNORE"))
    connection.execute(sa.delete(article_source).where(theirs))


def _queued(row: Any) -> Queued:
    same = (row.same_id, row.canonical_url) if row.same_id is not None and row.article_id is None else None
    pruned, seen = row.pruned_at is not None and row.article_id is None, row.first_seen
    if pruned and row.published is not None and row.published > row.pruned_at:  # the address is used again: it begins anew
        pruned, seen = False, max(seen, row.published)
    return Queued(
        row.id, row.source_slug, row.pages, unpacked(row.payload), row.attempts, row.article_id, seen, same, pruned
    )  # fmt: skip


def row_of(feed_id: int, verdict: Verdict, now: datetime) -> dict[str, Any]:
    """An entry as stored, seen first at `now`."""
    entry, outcome = verdict.entry, verdict.outcome
    return {
        "feed_id": feed_id,
        "key": entry.key,
        "url": entry.url,
        "identity": entry.identity,
        "digest": entry.digest,
        "state": "done" if outcome else "queued",
        "outcome": str(outcome) if outcome else "",
        "attempts": 0,
        "retry_at": None,
        "published": min(entry.published, now) if entry.published else None,
        "first_seen": now,
        "payload": None if outcome else packed(entry),
    }
