"""What publishers see of us: each feed's last week, and the pages that were listed last."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from models.manners import Pages, Seen
from models.schema import entry, feed
from models.schema_fetching import courtesy, feed_day
from pipeline.adapters.store.engine import Database
from pipeline.adapters.store.hosts import StoredHosts

_WEEK = timedelta(days=7)
_NEWEST = 20  # pages of a source
_COUNTED = ("polls", "requests", "not_modified", "bytes", "early")
_KEPT = (
    feed.c.id, feed.c.source_slug, feed.c.configured_url, feed.c.url, feed.c.last_status, feed.c.last_polled_at,
    feed.c.last_success_at, feed.c.next_fetch_at, feed.c.consecutive_failures, feed.c.retired_at,
    courtesy.c.failing_since, courtesy.c.moving_to, courtesy.c.moving_count,
)  # fmt: skip


def feeds_seen(database: Database, now: datetime) -> list[Seen]:
    """The configured feeds, by address."""
    since = sa.literal(now.date() - _WEEK, feed_day.c.day.type)
    sums = [sa.func.sum(feed_day.c[name]).label(name) for name in _COUNTED]
    week = sa.select(feed_day.c.feed_id, sa.func.min(feed_day.c.day).label("first"), *sums).where(feed_day.c.day > since)
    newest = sa.func.max(sa.func.coalesce(entry.c.published, entry.c.first_seen)).label("newest")
    rows = sa.select(*_KEPT).outerjoin(courtesy, courtesy.c.feed_id == feed.c.id).where(feed.c.configured == 1)
    with database.reading() as connection:
        counted = {row.feed_id: row for row in connection.execute(week.group_by(feed_day.c.feed_id))}
        entries = connection.execute(sa.select(entry.c.feed_id, newest).group_by(entry.c.feed_id))
        newests = {row.feed_id: row.newest for row in entries}
        found = connection.execute(rows.order_by(feed.c.configured_url)).all()
    return [_seen(row, counted.get(row.id), newests.get(row.id), now) for row in found]


def _seen(row: Any, week: Any, newest: datetime | None, now: datetime) -> Seen:
    return Seen(
        source_slug=row.source_slug,
        configured_url=row.configured_url,
        url=row.url,
        last_status=row.last_status,
        last_asked_at=row.last_polled_at,
        read_at=row.last_success_at,
        next_at=row.next_fetch_at,
        failures=row.consecutive_failures,
        failing_since=row.failing_since,
        retired_at=row.retired_at,
        moving_to=row.moving_to or "",
        moving_count=row.moving_count or 0,
        newest_at=newest,
        days=(now.date() - week.first).days + 1 if week else 0,
        polls=week.polls if week else 0,
        requests=week.requests if week else 0,
        not_modified=week.not_modified if week else 0,
        size=week.bytes if week else 0,
        early=week.early if week else 0,
    )


def pages_of(database: Database, slug: str) -> tuple[str, ...]:
    """The addresses that the feeds of a source listed last."""
    chosen = sa.select(entry.c.url).join(feed, feed.c.id == entry.c.feed_id)
    chosen = chosen.where(feed.c.source_slug == slug, feed.c.configured == 1, entry.c.url != "")
    with database.reading() as connection:
        return tuple(connection.execute(chosen.order_by(entry.c.id.desc()).limit(_NEWEST)).scalars())


def with_robots(database: Database, urls: tuple[str, ...], origins: Iterable[str]) -> Pages:
    """Pages with what is known of the robots.txt of these origins."""
    stored = StoredHosts(database)
    return Pages(urls, tuple(known for origin in sorted(set(origins)) if (known := stored.robots(origin)) is not None))
