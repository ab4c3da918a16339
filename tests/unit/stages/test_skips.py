"""skips: hours and days on which a feed asks not to be asked."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.skips import open_from, skipped, skipping
from tests.unit.stages.making import NOW  # a Monday, 18:00


def feed(*lists, after=""):
    return f"<rss version='2.0'><channel><title>T</title>{''.join(lists)}<item><title>x</title></item>{after}</channel></rss>".encode()


def hours(*numbers):
    return "<skipHours>" + "".join(f"<hour>{number}</hour>" for number in numbers) + "</skipHours>"


def days(*names):
    return "<skipDays>" + "".join(f"<day>{name}</day>" for name in names) + "</skipDays>"


def bits(*numbers):
    return sum(1 << number for number in numbers)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (feed(hours(0, 7, 23)), bits(0, 7, 23)),
        (feed(hours(24)), bits(0)),
        (feed(hours(" 7 ", "08")), bits(7, 8)),
        (feed(hours(25, -1, "noon", "", 1.5)), 0),
        (feed(days("Saturday", "SUNDAY", "someday")), bits(29, 30)),
        (feed(hours(7), days("Monday")), bits(7, 24)),
        (feed(after=hours(7)), bits(7)),
        (feed().replace(b"<title>x", b"<description>" + hours(7).encode() + b"</description><title>x"), 0),
        (feed(hours(*range(24))), 0),
        (feed(hours(*range(24)), days("Monday")), bits(24)),
        (feed(days("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")), 0),
        (feed(hours(*range(24), 24)), 0),
        (b"<skipHours><hour>7", 0),
        (b"<skipHours " * 100_000, 0),
        (b"<skipHours>" + b"<hour> " * 100_000, 0),
        (b"", 0),
    ],
)
def test_a_feed_says_which_hours_and_days_it_skips(body, said):
    assert skipped(body) == said


def test_a_moment_in_a_skipped_hour_or_day_is_put_off_to_the_next_that_is_not():
    assert open_from(NOW, bits(17, 19)) == NOW
    assert open_from(NOW + timedelta(minutes=20), bits(18, 19)) == NOW + timedelta(hours=2)
    assert open_from(NOW, bits(24)) == NOW + timedelta(hours=6)  # Tuesday begins
    assert open_from(NOW, bits(24, 0, 1)) == NOW + timedelta(hours=8)


@given(st.integers(0, (1 << 31) - 1), st.integers(0, 10**7))
def test_no_skip_puts_a_feed_off_for_more_than_a_week_or_into_what_is_skipped(said, seconds):
    at = NOW + timedelta(seconds=seconds)
    then = open_from(at, said)
    assert at <= then <= at + timedelta(days=8)
    if then != at:
        assert not skipping(said, then)


@given(st.binary(max_size=300))
def test_no_bytes_break_it(body):
    assert 0 <= skipped(body + b"<skipHours>" + body) < 1 << 31
