"""manners: what a publisher sees of us, and what is wrong with a source: it fails, it is silent, or we are not polite."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from models.manners import Pages, Seen
from models.source import Source
from pipeline.stages import robots
from pipeline.stages.hosts import origin, site

_IN_A_ROW = 3  # failures that are no accident
_SILENT = timedelta(days=30)
_NOT_THERE = ("failed: HTTP 404", "failed: HTTP 410")


def report(source: Source, feeds: Sequence[Seen], pages: Pages, waits: dict[str, datetime], now: datetime) -> dict[str, Any]:
    """A source as `sources check --json` prints it: its feeds, its robots.txt, and its problems, in words."""
    verdicts = [_verdict(known.origin, pages, now) for known in pages.robots]
    return {
        "slug": source.slug,
        "name": source.name,
        "feeds": [_feed(one, waits, now) for one in feeds],
        "robots": verdicts,
        "problems": problems(feeds, now),
    }


def problems(feeds: Sequence[Seen], now: datetime) -> list[str]:
    """What is wrong with a source. One feed of several that is well is enough; being rude to one is too much."""
    rude = [
        f"{one.url} was asked {_times(one.early)} in a week before it wanted to be" for one in feeds if one.early
    ]  # none, unless there is a bug
    asked = [one for one in feeds if one.last_asked_at]
    if not feeds or len(asked) < len(feeds):
        return rude
    if all(one.retired_at for one in asked):
        return [*rude, f"gone: HTTP 410 since {_day(max(one.retired_at for one in asked if one.retired_at))}"]
    here = [one for one in asked if not one.retired_at]
    if all(_fails(one) for one in here):
        worst = max(here, key=lambda one: one.failures)
        since = f" since {_day(worst.failing_since)}" if worst.failing_since else ""
        return [*rude, f"failing{since}: {worst.last_status.removeprefix('failed: ')}"]
    newest = max((one.newest_at for one in here if one.newest_at), default=None)
    if newest is None:
        return [*rude, "silent: no entry so far"]
    return [*rude, f"silent since {_day(newest)}"] if now - newest > _SILENT else rude


def _fails(one: Seen) -> bool:
    return one.failures >= _IN_A_ROW or (one.failures > 0 and one.last_status.startswith(_NOT_THERE))


def _times(count: int) -> str:
    return f"{count} times" if count > 1 else "once"


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _feed(one: Seen, waits: dict[str, datetime], now: datetime) -> dict[str, Any]:
    until = waits.get(site(one.url))
    return {
        "feed": one.configured_url,
        "url": one.url,
        "requests_per_day": round(one.requests / one.days, 2) if one.days else 0.0,
        "not_modified_share": round(one.not_modified / one.polls, 3) if one.polls else None,
        "bytes_per_day": round(one.size / one.days) if one.days else 0,
        "asked_too_early": one.early,
        "last_status": one.last_status or None,
        "last_asked_at": _moment(one.last_asked_at),
        "next_at": None if one.retired_at else _moment(one.next_at),
        "retired_at": _moment(one.retired_at),
        "failing_since": _moment(one.failing_since),
        "redirects_to": one.moving_to or None,
        "redirected_times": one.moving_count,
        "host_waits_until": _moment(until if until and until > now else None),
    }


def _verdict(of: str, pages: Pages, now: datetime) -> dict[str, Any]:
    """What an origin's robots.txt says of the pages that were listed last."""
    (known,) = [one for one in pages.robots if one.origin == of]
    theirs = [url for url in pages.urls if origin(url) == of]
    wrong, said = robots.trouble(known, now), robots.parsed(known.rules)
    forbidden = len(theirs) if wrong else sum(not said.allows(url) for url in theirs)
    return {
        "origin": of,
        "pages": len(theirs),
        "forbidden": forbidden,
        "crawl_delay": said.delay or None,
        "problem": known.problem or None,
        "asked_at": _moment(known.asked_at),
    }


def _moment(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
