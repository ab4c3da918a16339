"""When a job is due: a cron expression in a time zone, or an interval. Clocks that change neither skip nor repeat a day.

APScheduler's own CronTrigger repeats "30 2 * * *" on the night on which clocks go back and, where 02:30 does not exist, fires
half an hour after the gap. Here its fields are asked in a time without changes, and what they say is put on the real clock.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_INTERVAL = re.compile(r"(\d{1,6}) ?([smhdw])")
_MOST = timedelta(days=366)
_TICK = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Every(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Each multiple of `step` since 1970, so that a restart does not put off what is due every two days."""

    step: timedelta

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """The first moment after `previous` that is not before `now`: what was missed is one firing."""
        at = _since(previous, now)
        return _EPOCH + math.ceil((at - _EPOCH) / self.step) * self.step


@dataclass(frozen=True)
class Cron(BaseTrigger):  # type: ignore[misc]
    """A cron expression: five fields, weekdays 0 to 7 with Sunday twice; day of month or weekday where both are given.

    With an hour named it fires once for each of its wall-clock times: at the first of two, and where there is none, at the
    next moment that exists. With every hour meant it fires whenever the clock shows such a minute, so each real hour.
    """

    text: str
    zone: tzinfo

    def __post_init__(self) -> None:
        """Raise ValueError where the expression cannot be read, or never comes true."""
        if self.get_next_fire_time(None, datetime(2026, 1, 1, tzinfo=UTC)) is None:
            raise ValueError("there is no such day")

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        """The first firing after `previous` that is not before `now`: what was missed is one firing."""
        at = _since(previous, now)
        patterns = _patterns(self.text)
        found = self._as_shown(patterns, at) if _every_hour(patterns[0]) else self._named(patterns, at)
        return None if found is None else found.astimezone(self.zone)

    def _named(self, patterns: list[Any], at: datetime) -> datetime | None:
        # Walls within a gap fall on its end, so the look starts where the clock stood just before `at`.
        for wall in _walls(patterns, (at - _TICK).astimezone(self.zone).replace(tzinfo=UTC) + _TICK):
            moment = self._first(wall)
            if moment >= at:
                return moment
        return None

    def _first(self, wall: datetime) -> datetime:
        """The first moment at which clocks show `wall`; where they jump over it, the jump."""
        early, late = (wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        return early if early <= late else self._change(late, early)

    def _as_shown(self, patterns: list[Any], at: datetime) -> datetime | None:
        while True:
            offset = self._offset(at)
            wall = next(_walls(patterns, at + offset), None)
            if wall is None:
                return None
            moment = wall - offset
            horizon = min(moment, at + timedelta(days=1))  # no zone changes its clocks twice within a day
            if self._offset(horizon) != offset:
                at = self._change(at, horizon)
            elif horizon == moment:
                return moment
            else:
                at = horizon

    def _change(self, before: datetime, after: datetime) -> datetime:
        """The moment between the two, to the second, from which clocks show another time."""
        old = self._offset(before)
        low, high = math.floor(before.timestamp()), math.ceil(after.timestamp())
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._offset(datetime.fromtimestamp(middle, UTC)) == old else (low, middle)
        return datetime.fromtimestamp(high, UTC)

    def _offset(self, at: datetime) -> timedelta:
        return at.astimezone(self.zone).utcoffset() or timedelta()


def trigger(text: str, zone: tzinfo) -> Every | Cron | None:
    """What a setting says: "" never, "90m" an interval, else cron. Raises ValueError, saying what is wrong."""
    said = " ".join(text.lower().split())
    if not said:
        return None
    interval = _INTERVAL.fullmatch(said)
    if interval is None:
        return Cron(said, zone)
    step = timedelta(**{_UNITS[interval[2]]: int(interval[1])})
    if not timedelta() < step <= _MOST:
        raise ValueError("an interval is a second at least and a year at most")
    return Every(step)


def _since(previous: datetime | None, now: datetime) -> datetime:
    at = now.astimezone(UTC)
    return at if previous is None else max(at, previous.astimezone(UTC) + _TICK)


def _patterns(text: str) -> list[Any]:
    """The expression as APScheduler's fields, in UTC: two where day of month and weekday are both given, for cron means or."""
    fields = text.split()
    if len(fields) != 5:
        raise ValueError(f"a cron expression has five fields, this has {len(fields)}")
    minute, hour, day, month, weekday = fields
    weekday = weekday if weekday.startswith("*") else _weekdays(weekday)
    either = not day.startswith("*") and not weekday.startswith("*")
    pairs = [(day, "*"), ("*", weekday)] if either else [(day, weekday)]
    return [
        CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=weekday, timezone=UTC) for day, weekday in pairs
    ]


def _weekdays(text: str) -> str:
    """Cron's weekdays by name: APScheduler counts from Monday, cron from Sunday."""
    days: set[int] = set()
    for part in text.split(","):
        found = re.fullmatch(r"([0-7]|[a-z]{3})(?:-([0-7]|[a-z]{3}))?(?:/([1-7]))?", part)
        if found is None:
            raise ValueError(f"{part!r} is no weekday")
        first = _weekday(found[1])
        last = _weekday(found[2]) if found[2] else 6 if found[3] else first
        days.update(range(first, last + 7 * (last < first) + 1, int(found[3] or 1)))
    return ",".join(_DAYS[day % 7] for day in sorted({day % 7 for day in days}))


def _weekday(text: str) -> int:
    if text.isdigit():
        return int(text)
    if text not in _DAYS:
        raise ValueError(f"{text!r} is no weekday")
    return _DAYS.index(text)


def _every_hour(pattern: Any) -> bool:
    (field,) = [field for field in pattern.fields if field.name == "hour"]
    day = datetime(2026, 1, 1, tzinfo=UTC)
    return all(field.get_next_value(day.replace(hour=hour)) == hour for hour in range(24))


def _walls(patterns: list[Any], start: datetime) -> Iterator[datetime]:
    """Wall-clock times of the patterns from `start` on, in order, as if they were UTC."""
    at = start
    while True:
        found = [wall for pattern in patterns if (wall := pattern.get_next_fire_time(None, at)) is not None]
        if not found:
            return
        yield min(found)
        at = min(found) + _TICK
