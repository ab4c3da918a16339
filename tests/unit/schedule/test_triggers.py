"""When jobs are due: every day once, whatever clocks do to it."""

import time
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.schedule.triggers import Cron, Every, trigger

ZONES = sorted(available_timezones() - {"localtime"})
HOUR = timedelta(hours=1)


def firings(text: str, zone: str, start: datetime, end: datetime) -> list[datetime]:
    """All of them from `start` on and before `end`, asked for as APScheduler does."""
    made = trigger(text, ZoneInfo(zone))
    assert made is not None
    found, previous = [], None
    while (at := made.get_next_fire_time(previous, previous or start)) is not None and at < end:
        found.append(at)
        previous = at
    return found


def on(text: str, zone: str, day: str) -> list[str]:
    """Local times of the firings of a day, with their distance from UTC."""
    start = midnight(ZoneInfo(zone), date.fromisoformat(day))
    end = midnight(ZoneInfo(zone), date.fromisoformat(day) + timedelta(days=1))
    return [f"{at.astimezone(ZoneInfo(zone)):%H:%M%z}" for at in firings(text, zone, start, end)]


def midnight(zone: ZoneInfo, day: date) -> datetime:
    """The first moment of a local day, by halving: nothing is borrowed from what is tested."""
    low = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) - 86400
    high = low + 2 * 86400
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if datetime.fromtimestamp(middle, zone).date() >= day else (middle, high)
    return datetime.fromtimestamp(high, UTC)


@pytest.mark.parametrize(
    ("text", "zone", "day", "expected"),
    [
        ("30 2 * * *", "Europe/Berlin", "2026-03-28", ["02:30+0100"]),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29", ["03:00+0200"]),  # there is no 02:30
        ("0 2 * * *", "Europe/Berlin", "2026-03-29", ["03:00+0200"]),
        ("30 1 * * *", "Europe/Berlin", "2026-03-29", ["01:30+0100"]),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25", ["02:30+0200"]),  # there are two
        ("0 2 * * *", "Europe/Berlin", "2026-10-25", ["02:00+0200"]),
        ("0 3 * * *", "Europe/Berlin", "2026-10-25", ["03:00+0100"]),
        ("30 2 * * *", "America/New_York", "2026-03-08", ["03:00-0400"]),
        ("30 1 * * *", "America/New_York", "2026-11-01", ["01:30-0400"]),
        ("0 2 * * *", "Australia/Lord_Howe", "2026-10-04", ["02:30+1100"]),  # half an hour is left out
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-05", ["01:45+1100"]),
        ("0 0 * * *", "America/Santiago", "2026-09-06", ["01:00-0300"]),  # a day without a midnight
        ("*/30 2 * * *", "Europe/Berlin", "2026-03-29", ["03:00+0200"]),
        ("*/30 2 * * *", "Europe/Berlin", "2026-10-25", ["02:00+0200", "02:30+0200"]),
        ("0 1-3 * * *", "Europe/Berlin", "2026-03-29", ["01:00+0100", "03:00+0200"]),
        (
            "0 */2 * * *",
            "Europe/Berlin",
            "2026-03-29",
            ["00:00+0100", "03:00+0200", *(f"{h:02}:00+0200" for h in range(4, 24, 2))],
        ),
    ],
)
def test_a_time_of_day_is_taken_once_on_days_on_which_clocks_change(text, zone, day, expected):
    assert on(text, zone, day) == expected


def test_a_time_that_is_left_out_before_midnight_falls_on_the_next_day():
    night = datetime(2026, 3, 28, 12, tzinfo=UTC)  # Nuuk goes from 23:00 to 00:00
    found = firings("30 23 * * *", "America/Nuuk", night, night + timedelta(days=1.9))
    assert [f"{at:%d %H:%M}" for at in found] == ["29 00:00", "29 23:30"]


def test_an_hourly_expression_fires_each_real_hour():
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-07-01", 24)):
        start = midnight(ZoneInfo("Europe/Berlin"), date.fromisoformat(day))
        found = firings("0 * * * *", "Europe/Berlin", start, start + hours * HOUR)
        assert [at.astimezone(UTC) for at in found] == [start + number * HOUR for number in range(hours)]
    assert len(on("*/15 * * * *", "Europe/Berlin", "2026-03-29")) == 92
    assert on("*/15 * * * *", "Australia/Lord_Howe", "2026-04-05")[6:11] == [
        "01:30+1100", "01:45+1100", "01:30+1030", "01:45+1030", "02:00+1030",
    ]  # fmt: skip


@cache
def changes(zone: str, year: int) -> list[date]:
    """The days of a year on which a zone's clocks change."""
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
    offsets = [datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).utcoffset() for day in days]
    return [day for day, before, after in zip(days, offsets, offsets[1:], strict=False) if before != after]


@st.composite
def days(draw: st.DrawFn) -> tuple[str, date]:
    """A zone and a day in it; mostly one on which clocks change."""
    zone, year = draw(st.sampled_from(ZONES)), draw(st.integers(2013, 2036))
    return zone, draw(st.sampled_from(changes(zone, year) or [date(year, 5, 5)]))


def day_of(zone: str, day: date) -> tuple[datetime, datetime]:
    """First moment of a day and of the next, where clocks do not jump over the midnight between two days."""
    start, end = (midnight(ZoneInfo(zone), one) for one in (day, day + timedelta(days=1)))
    for edge in (start, end):
        assume((edge - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).strftime("%H%M%S") == "235959")
    return start, end


@given(days(), st.integers(0, 3) | st.integers(0, 23), st.integers(0, 59))
def test_a_daily_expression_fires_once_between_two_local_midnights(zone_and_day, hour, minute):
    zone, day = zone_and_day
    assert len(firings(f"{minute} {hour} * * *", zone, *day_of(zone, day))) == 1


@given(days(), st.integers(0, 59))
def test_an_expression_of_every_hour_fires_whenever_the_clock_shows_its_minute(zone_and_day, minute):
    zone, day = zone_and_day
    start, end = (midnight(ZoneInfo(zone), one) for one in (day, day + timedelta(days=1)))
    moments = [start + timedelta(minutes=number) for number in range(int((end - start).total_seconds()) // 60)]
    shown = [moment for moment in moments if moment.astimezone(ZoneInfo(zone)).minute == minute]
    assert [at.astimezone(UTC) for at in firings(f"{minute} * * * *", zone, start, end)] == shown


@given(st.sampled_from(ZONES), st.integers(0, 8000), st.integers(0, 10**8))
def test_what_was_missed_is_one_firing_and_the_next_is_still_to_come(zone, day, seconds):
    previous = datetime(2013, 1, 1, 1, 30, tzinfo=UTC) + timedelta(days=day)
    now = previous + timedelta(seconds=seconds)
    for text in ("10 3 * * *", "*/5 * * * *", "6h", "45s"):
        found = trigger(text, ZoneInfo(zone)).get_next_fire_time(previous, now)
        assert found >= now
        assert found > previous


def test_weekdays_are_those_of_cron_and_day_of_month_or_weekday_may_come_true():
    sunday, week = datetime(2026, 8, 30, tzinfo=UTC), timedelta(days=7)
    for text, expected in {
        "0 0 * * 0": ["Sun"], "0 0 * * 7": ["Sun"], "0 0 * * sun": ["Sun"], "0 0 * * SUN": ["Sun"],
        "0 0 * * 1-5": ["Mon", "Tue", "Wed", "Thu", "Fri"], "0 0 * * 5-7": ["Sun", "Fri", "Sat"],
        "0 0 * * sat-mon": ["Sun", "Mon", "Sat"], "0 0 * * 1-5/2,6": ["Mon", "Wed", "Fri", "Sat"],
        "0 0 1 * mon": ["Mon", "Tue"],  # the first of September is a Tuesday
    }.items():  # fmt: skip
        assert [f"{at:%a}" for at in firings(text, "UTC", sunday, sunday + week)] == expected, text


def test_intervals_keep_their_beat_over_restarts():
    for text, step in {"45s": 45, "90m": 5400, "6h": 21600, " 2D ": 172800, "1w": 604800, "6 h": 21600}.items():
        assert trigger(text, UTC) == Every(timedelta(seconds=step))
    made = Every(timedelta(days=2))
    first = made.get_next_fire_time(None, datetime(2026, 8, 30, 1, tzinfo=UTC))
    assert first == made.get_next_fire_time(None, first - timedelta(hours=1))
    assert made.get_next_fire_time(first, first) == first + timedelta(days=2)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("often", "five fields, this has 1"), ("5 * * *", "five fields, this has 4"), ("61 * * * *", "61"), ("0 24 * * *", "24"),
        ("0 0 * * 8", "'8' is no weekday"), ("0 0 * * xyz", "'xyz' is no weekday"), ("0 0 * * mon/", "'mon/' is no weekday"),
        ("0 0 31 2 *", "no such day"), ("*/0 * * * *", "Increment"), ("0s", "a second at least"), ("9999w", "a year at most"),
        ("-5m", "five fields"), ("1.5h", "five fields"), ("@daily", "five fields"), ("0 0 * * " + "9" * 500, "is no weekday"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_or_never_comes_true_is_refused(text, wrong):
    with pytest.raises(ValueError, match=wrong):
        trigger(text, UTC)


def test_nothing_is_never():
    assert trigger("", UTC) is None
    assert trigger("  ", UTC) is None


def test_the_scheduler_takes_our_triggers_and_makes_one_run_of_many_missed():
    ran: list[float] = []
    scheduler = BackgroundScheduler(timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None})
    missed = datetime.now(UTC) - timedelta(days=3)
    for made in (Cron("0 * * * *", ZoneInfo("Europe/Berlin")), Every(HOUR)):
        scheduler.add_job(lambda: ran.append(0), made, next_run_time=missed)
    scheduler.start()
    time.sleep(0.3)
    scheduler.shutdown()
    assert len(ran) == 2
