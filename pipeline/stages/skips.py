"""skips: RSS's skipHours and skipDays, the hours and days (GMT) on which a feed asks not to be asked, as bits of a number."""

import re
from datetime import UTC, datetime, timedelta
from itertools import islice

_DAYS = (b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun")
_HOURS_OF_A_DAY = 24  # bits 0 to 23; then the days of the week, from Monday
_LIST = re.compile(rb"<(?:[\w-]{1,20}:)?skip(?:hours|days)[\s>]", re.IGNORECASE)
_LISTED = re.compile(rb"<(?:[\w-]{1,20}:)?(hour|day)(?:\s[^<>]{0,99})?>\s{0,99}(\w{1,9})\s{0,99}</", re.IGNORECASE)
_END = re.compile(rb"</(?:[\w-]{1,20}:)?skip", re.IGNORECASE)
_ITEM = re.compile(rb"<item[\s>]", re.IGNORECASE)
_LONGEST_LIST = 4000  # bytes
_MOST_LISTS = 8


def skipped(body: bytes) -> int:
    """What the feed asks to skip; 0: nothing. Who skips every hour or every day says nothing.

    Its items are not looked at: they may be about this very thing.
    """
    first = _ITEM.search(body)
    about = body[: first.start()] + body[body.rfind(b"</item>") + 7 :] if first else body
    bits = 0
    for found in islice(_LIST.finditer(about), _MOST_LISTS):
        said = _END.split(about[found.end() : found.end() + _LONGEST_LIST], maxsplit=1)[0]
        for kind, value in _LISTED.findall(said):
            bits |= _bit(kind.lower(), value.lower())
    hours, days = bits & ((1 << _HOURS_OF_A_DAY) - 1), bits >> _HOURS_OF_A_DAY
    hours = 0 if hours == (1 << _HOURS_OF_A_DAY) - 1 else hours
    return hours | (0 if days == (1 << len(_DAYS)) - 1 else days) << _HOURS_OF_A_DAY


def _bit(kind: bytes, value: bytes) -> int:
    if kind == b"day":
        return 1 << _HOURS_OF_A_DAY + _DAYS.index(value[:3]) if value[:3] in _DAYS else 0
    hour = int(value) % _HOURS_OF_A_DAY if value.isdigit() and int(value) <= _HOURS_OF_A_DAY else -1  # some count from 1
    return 1 << hour if hour >= 0 else 0


def skipping(skips: int, at: datetime) -> bool:
    """Whether a moment lies in what is skipped."""
    there = at.astimezone(UTC)
    return bool(skips >> there.hour & 1 or skips >> _HOURS_OF_A_DAY + there.weekday() & 1)


def open_from(at: datetime, skips: int) -> datetime:
    """`at`, or the first full hour after it that is not skipped."""
    if not skipping(skips, at):
        return at
    hour = at.replace(minute=0, second=0, microsecond=0)
    later = (hour + timedelta(hours=number) for number in range(1, 8 * _HOURS_OF_A_DAY))
    return next((moment for moment in later if not skipping(skips, moment)), at)
