"""What is kept of a feed's turn: its validators, what it asked for, where it moves, and what its server saw of us that day."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from models.page import HANDLING
from models.schema import entry, feed, source
from models.schema_fetching import courtesy, feed_day
from models.source import Feed, Poll
from pipeline.adapters.store.engine import Database, chunks

TOLD = " (Retry-After)"  # ends the status of a feed whose server itself told us to wait
_READ = {"read", "unchanged"}
_DAYS = 30  # that are counted
_THEIRS = [column for column in courtesy.c if column.name != "feed_id"]
FEEDS = (
    sa.select(feed, source.c.pages, *_THEIRS)
    .join(source, source.c.slug == feed.c.source_slug)
    .outerjoin(courtesy, courtesy.c.feed_id == feed.c.id)
)
_SET = sa.update(feed).where(feed.c.id == sa.bindparam("mine"))
_TRIES = 3  # failures in a row at the address that a feed has moved to; then it is asked where it was configured again
_SET_FAILED = _SET.values(
    consecutive_failures=feed.c.consecutive_failures + 1,
    url=sa.case(
        ((feed.c.configured == 1) & (feed.c.consecutive_failures + 1 >= _TRIES), feed.c.configured_url),
        else_=feed.c.url,  # that of a recording is what its record says
    ),
)


def feed_of(row: Any) -> Feed:
    """A feed of a row of FEEDS."""
    return Feed(
        id=row.id,
        url=row.url,
        source_slug=row.source_slug,
        pages=row.pages,
        etag=row.etag,
        last_modified=row.last_modified,
        digest=row.digest,
        polled=row.last_success_at is not None,
        next_fetch_at=row.next_fetch_at,
        asks=row.asks_seconds,
        pace=row.pace_seconds,
        failures=row.consecutive_failures,
        read_at=row.last_success_at,
        validators_url=row.validators_url or "",
        handling=row.handling or 0,
        fresh=row.fresh_seconds or 0,
        skips=row.skips or 0,
        hinted_until=row.hinted_until,
        failing_since=row.failing_since,
        moving_to=row.moving_to or "",
        moving_count=row.moving_count or 0,
    )


def is_ahead(row: Any, now: datetime) -> bool:
    """Whether a feed was asked last under a clock that was ahead: so was all that it made of it."""
    return row.last_polled_at is not None and row.last_polled_at > now


def keep(connection: sa.Connection, poll: Poll, now: datetime) -> None:
    """Keep a poll. One that nobody was asked for, since the host asked to wait, moves the feed's turn and nothing else."""
    mine = {"mine": poll.feed.id}
    if poll.status == "waiting":
        connection.execute(_SET, mine | {"next_fetch_at": poll.next_at})
    else:
        statement = _SET if poll.status in _READ else _SET_FAILED
        connection.execute(statement, mine | _outcome(poll, now) | _found(poll, now))
        row = _asked(poll, now)
        connection.execute(_kept(tuple(row)), {"feed_id": poll.feed.id} | row)
    if poll.requests:
        _count(connection, poll, now)


def _outcome(poll: Poll, now: datetime) -> dict[str, Any]:
    read = poll.status in _READ
    return {
        "last_polled_at": now,
        "last_status": poll.status if read else _failure(poll),
        "next_fetch_at": poll.next_at,
        "retired_at": now if poll.gone else None,
    } | ({"consecutive_failures": 0} if read else {})


def _failure(poll: Poll) -> str:
    where = f" (redirected to {poll.at})" if poll.at else ""
    return f"{poll.status}: {poll.reason}{where}{TOLD if poll.retry_at else ''}"


def _found(poll: Poll, now: datetime) -> dict[str, Any]:
    if poll.status not in _READ:
        return {"etag": "", "last_modified": ""} if poll.unsound else {}
    found: dict[str, Any] = {
        "last_success_at": now,
        "etag": poll.etag,
        "last_modified": poll.last_modified,
        "digest": poll.digest,
        "asks_seconds": poll.asks,
        "pace_seconds": poll.pace,
    }
    return found | ({"url": poll.moved_to} if poll.moved_to else {})


def _asked(poll: Poll, now: datetime) -> dict[str, Any]:
    moving = {"moving_to": poll.moving_to, "moving_count": poll.moving_count}
    if poll.status not in _READ:
        since = poll.feed.failing_since
        return moving | {"failing_since": min(since, now) if since else now}
    return moving | {
        "validators_url": poll.validators_url,
        "handling": HANDLING,
        "fresh_seconds": poll.fresh,
        "skips": poll.skips,
        "hinted_until": poll.hinted_until,
        "failing_since": None,
    }


def asked(connection: sa.Connection, pages: Mapping[int, tuple[int, int]], now: datetime) -> None:
    """Count requests for pages, and their bytes, by the number of the entry that they were for, under its feed."""
    sums: dict[int, list[int]] = {}
    for some in chunks(pages):
        for number, feed_id in connection.execute(sa.select(entry.c.id, entry.c.feed_id).where(entry.c.id.in_(some))):
            requests, size = sums.setdefault(feed_id, [0, 0])
            sums[feed_id] = [requests + pages[number][0], size + pages[number][1]]
    for feed_id, (requests, size) in sums.items():
        seen = {"polls": 0, "requests": requests, "not_modified": 0, "bytes": size, "early": 0}
        connection.execute(_counted(tuple(seen)), {"feed_id": feed_id, "day": now.date()} | seen)


def _count(connection: sa.Connection, poll: Poll, now: datetime) -> None:
    hinted = poll.feed.hinted_until
    seen = {
        "polls": int(poll.status != "waiting"),
        "requests": poll.requests,
        "not_modified": int(poll.not_modified),
        "bytes": poll.size,
        "early": int(hinted is not None and hinted > now),
    }
    connection.execute(_counted(tuple(seen)), {"feed_id": poll.feed.id, "day": now.date()} | seen)


# Statements are made once: of ten thousand feeds with nothing new, making them anew would be a quarter of the work.
@cache
def _kept(names: tuple[str, ...]) -> sa.Executable:
    statement = insert(courtesy)
    return statement.on_conflict_do_update(["feed_id"], set_={name: statement.excluded[name] for name in names})


@cache
def _counted(names: tuple[str, ...]) -> sa.Executable:
    statement = insert(feed_day)
    added = {name: feed_day.c[name] + statement.excluded[name] for name in names}
    return statement.on_conflict_do_update(["feed_id", "day"], set_=added)


def forget(connection: sa.Connection, whose: sa.ColumnElement[bool]) -> None:
    """What some feeds asked for does not count any more."""
    connection.execute(sa.delete(courtesy).where(courtesy.c.feed_id.in_(sa.select(feed.c.id).where(whose))))


def forget_days(database: Database, now: datetime) -> None:
    """Forget the days that are not counted any more, writing only where there are some."""
    old = feed_day.c.day < now.date() - timedelta(days=_DAYS)
    with database.reading() as connection:
        found = connection.execute(sa.select(sa.exists().where(old))).scalar_one()
    if found:
        with database.writing() as connection:
            connection.execute(sa.delete(feed_day).where(old))
