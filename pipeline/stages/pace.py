"""pace: when a feed is asked again, from its own rhythm and from what it and its server ask for.

    next   = now + wait + jitter
    wait   = max(rhythm, asked)
    rhythm = max(median gap / 2, silence / 8), within [least, most]      of a feed that was read
           = rhythm before + time since then / 8, within [least, most]   of one that had nothing new
    asked  = max(the feed's ttl or sy:updatePeriod, Cache-Control or Expires), at most a week
    failed : least * 2 ** (failures in a row - 1), at most most (an hour where no name could be looked up);
             or Retry-After, but not sooner than least
    refused: at once, where our own settings keep us from asking, so that a mended one shows
    and in any case not within the feed's skipHours and skipDays

All in seconds; a week, least and most are settings. A 304 that says nothing of freshness leaves what the last 200 said.
Gaps are those between the newest 20 bursts of dated entries; silence is the time since the newest. Half a gap: what is
published is found before the next is out. An eighth of the silence: what ends it is found late by an eighth of the time
that nobody waited for anything; over a night of eight hours a busy feed slows down to once an hour, after a week to once
in 21 hours. A feed that answers 304 has no dates in hand; its silence has grown by the time since it was read last,
hence the eighth of that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import pairwise

from models.entry import Entry
from models.page import Failed, Page
from models.settings import Settings
from models.source import Feed, Poll
from pipeline.stages.dates import EARLIEST
from pipeline.stages.hosts import is_ours
from pipeline.stages.polls import retry_at
from pipeline.stages.skips import open_from

_BURSTS = 20  # so many tell the rhythm; two or three are an accident
_SILENCE = 8  # see above
_UNKNOWN = 3600  # of a feed without two dates: what WordPress, most of the web's feeds, asks for where nobody changed it
_DAY = 86_400
_OFFLINE = 3600
_JITTER = 0.05
_PERIODS = {"hourly": 3600, "daily": _DAY, "weekly": 7 * _DAY, "monthly": 30 * _DAY, "yearly": 365 * _DAY}
_LONGEST_ASKED = 365 * _DAY  # so that it can be stored, whatever a feed says


@dataclass(frozen=True, slots=True)
class Bounds:
    """No feed is asked more often than every `least` seconds, none less often than every `most` unless it asks for it."""

    least: int
    most: int
    believed: int = 7 * _DAY  # a feed or server that asks for more is asked after that


def bounds(settings: Settings) -> Bounds:
    """The bounds that settings.toml sets."""
    return Bounds(60 * settings.pace_least_minutes, 60 * settings.pace_most_minutes, 3600 * settings.hints_most_hours)


def asked_by_feed(ttl: str = "", period: str = "", frequency: str = "") -> int:
    """Seconds that RSS's `<ttl>` (minutes) or `sy:updatePeriod` over `sy:updateFrequency` ask for, the longer one; 0: none.

    What is no number or no period says nothing. A frequency alone is one a day, as the module for RSS 1.0 has it.
    """
    times = _number(frequency)
    syndicated = _PERIODS.get(period.strip().lower() or ("daily" if times else ""), 0) // max(1, times)
    return min(max(60 * _number(ttl), syndicated), _LONGEST_ASKED)


def fresh(page: Page, now: datetime) -> int:
    """Seconds for which a page's server calls it fresh: max-age, else Expires (RFC 9111); 0: it doesn't."""
    parts = (part.partition("=") for part in page.cache_control.split(","))
    directives = {name.strip().lower(): value.strip().strip('"') for name, _, value in parts}
    if directives.keys() & {"no-cache", "no-store"}:
        return 0
    if "max-age" in directives:
        return min(_number(directives["max-age"]), _LONGEST_ASKED)
    until = None if page.expires.strip().isdecimal() else retry_at(page.expires, now)
    return min(int((until - now).total_seconds()), _LONGEST_ASKED) if until else 0


def rhythm(published: Iterable[datetime], now: datetime, within: Bounds) -> int:
    """The pace that a feed's dates suggest, in seconds. Dates of the future, and of before the web, are no dates.

    Entries less than `least` apart are one burst: the rhythm of a feed that brings forty at nine is a day, not a second.
    """
    bursts: list[datetime] = []
    for date in sorted((date for date in published if EARLIEST <= date <= now), reverse=True):
        if not bursts or (bursts[-1] - date).total_seconds() >= within.least:
            bursts.append(date)
        if len(bursts) == _BURSTS:
            break
    gaps = sorted((later - earlier).total_seconds() for later, earlier in pairwise(bursts))
    silence = (now - bursts[0]).total_seconds() if bursts else 0.0
    return _clamped(max(gaps[len(gaps) // 2] / 2 if gaps else _UNKNOWN, silence / _SILENCE), within)


def quieter(pace: int, since: timedelta, within: Bounds) -> int:
    """The pace of a feed that has had nothing new `since` it was read last; `pace` 0: not known."""
    return _clamped((pace or _UNKNOWN) + max(0.0, since.total_seconds()) / _SILENCE, within)


def backoff(failures: int, within: Bounds) -> int:
    """Seconds to wait after so many failures in a row."""
    return _clamped(within.least * 2.0 ** min(max(failures, 1) - 1, 60), within)


def wait(pace: int, asks: int, fresh_for: int, within: Bounds) -> int:
    """Seconds to wait after a feed was read: its pace, or longer where it, or its server, asks for more."""
    return max(_clamped(pace, within), hinted(asks, fresh_for, within))


def hinted(asks: int, fresh_for: int, within: Bounds) -> int:
    """Seconds between two requests that a feed or its server asks for, as far as it is believed."""
    return min(max(asks, fresh_for), within.believed)


def jitter(seconds: int, url: str, now: datetime, most: int) -> int:
    """`seconds` and up to 5 % more, the same for a feed all day, so that feeds don't fall due together; at most `most`."""
    said = blake2b(f"{url} {now:%Y-%m-%d}".encode("utf-8", "surrogatepass"), digest_size=4).digest()
    share = int.from_bytes(said, "big") / 2**32
    return max(seconds, min(int(seconds * (1 + _JITTER * share)), most))


def scheduled(poll: Poll, answer: Page | Failed, entries: Iterable[Entry], within: Bounds, now: datetime) -> Poll:
    """The poll with the feed's pace and its next turn. A feed that is gone has none."""
    feed = poll.feed
    if poll.gone:
        return replace(poll, asks=feed.asks, pace=feed.pace)
    if poll.status == "failed":
        if is_ours(answer):
            return replace(poll, asks=feed.asks, pace=feed.pace, next_at=now)
        seconds = jitter(min(backoff(feed.failures + 1, within), _ceiling(answer, within)), feed.url, now, within.most)
        soonest = _after(now, within.least if poll.retry_at else seconds)
        again = open_from(max(soonest, poll.retry_at or soonest), feed.skips)
        return replace(poll, asks=feed.asks, pace=feed.pace, next_at=again)
    if poll.status == "read":
        pace = rhythm((entry.published for entry in entries if entry.published), now, within)
    else:
        pace = quieter(feed.pace, now - (feed.read_at or now), within)
    fresh_for = _fresh(feed, answer, now)
    seconds = wait(pace, poll.asks, fresh_for, within)
    turn = _after(now, jitter(seconds, feed.url, now, max(seconds, within.most)))
    hint = open_from(_after(now, hinted(poll.asks, fresh_for, within)), poll.skips)
    return replace(poll, pace=pace, next_at=open_from(turn, poll.skips), fresh=fresh_for, hinted_until=hint)


def _ceiling(answer: Page | Failed, within: Bounds) -> int:
    """Seconds that failures may back off to: where no name could be looked up it may be our own line that is down."""
    offline = isinstance(answer, Failed) and answer.reason == "host not found" and not answer.requests
    return max(within.least, min(within.most, _OFFLINE if offline else within.most))


def turns(feeds: Sequence[Feed], least: int, now: datetime) -> tuple[list[Feed], list[Poll]]:
    """Of feeds that are due, those that may be asked, and a Poll for each that may not, whoever is in a hurry.

    Its own hints may forbid it, a failure since it was read, or that it was read less than `least` seconds ago.
    """
    asked, waiting = [], []
    for feed in feeds:
        until = open_from(max(now, feed.hinted_until or now, _rested(feed, least, now)), feed.skips)
        if until > now:
            waiting.append(Poll(feed, "waiting", reason=f"until {until:%Y-%m-%d %H:%M}Z"))
        else:
            asked.append(feed)
    return asked, waiting


def _rested(feed: Feed, least: int, now: datetime) -> datetime:
    """When a feed has had the rest that everyone gets. One that was read in the future was so by a clock that was ahead."""
    if feed.failures:
        return feed.next_fetch_at or now
    return _after(feed.read_at, least) if feed.read_at and feed.read_at <= now else now


def _fresh(feed: Feed, answer: Page | Failed, now: datetime) -> int:
    """Seconds for which the answer stays fresh; a 304 changes only what it says (RFC 9111, 4.3.4)."""
    if isinstance(answer, Failed):
        return 0
    silent = answer.status == 304 and not (answer.cache_control.strip() or answer.expires.strip())
    return feed.fresh if silent else fresh(answer, now)


def _clamped(seconds: float, within: Bounds) -> int:
    return int(min(max(seconds, within.least), max(within.least, within.most)))


def _after(now: datetime, seconds: int) -> datetime:
    """A moment that is kept to the second, not before."""
    return (now + timedelta(seconds=seconds + bool(now.microsecond))).replace(microsecond=0)


def _number(text: str) -> int:
    text = text.strip()
    return (min(int(text), 10**9) if len(text) < 20 else 10**9) if text.isdecimal() else 0
