"""dates: who says when, how precisely, and what nobody believes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.dates import EARLIEST, Dated, dated, in_url, parse_iso
from tests.unit.stages.making import NOW

URL = "https://paper.example/a"
IN_URL = "https://paper.example/2026/08/20/a"
FEED = (datetime(2026, 8, 28, 10, 30, tzinfo=UTC), True)
PAGE = (datetime(2026, 8, 27, tzinfo=UTC), False)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment", "has_time"),
    [
        ("2026-08-28", utc(2026, 8, 28), False),
        (" 2026-08-28T10:30:00Z\n", utc(2026, 8, 28, 10, 30), True),
        ("2026-08-28T10:30:00+02:00", utc(2026, 8, 28, 8, 30), True),
        ("2026-08-28T23:30:00-05:00", utc(2026, 8, 29, 4, 30), True),
        ("2026-08-28 10:30", utc(2026, 8, 28, 10, 30), True),
        ("20260828T103000Z", utc(2026, 8, 28, 10, 30), True),
    ],
)
def test_an_iso_date_is_read_as_utc_with_or_without_a_time_of_day(text, moment, has_time):
    assert parse_iso(text) == (moment, has_time)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-10:00"])
def test_what_is_no_date_is_none(text):
    assert parse_iso(text) is None


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://paper.example/2026/08/28/title", utc(2026, 8, 28)),
        ("https://paper.example/news/2026-08-28-title", utc(2026, 8, 28)),
        ("https://paper.example/20260828/title", utc(2026, 8, 28)),
        ("https://paper.example/2026/08/28", utc(2026, 8, 28)),
        ("https://paper.example/2026/02/30/title", None),
        ("https://paper.example/2026/08/title", None),
        ("https://paper.example/202608281/title", None),
        ("https://paper.example/articles/12026/08/28/x", None),
    ],
)
def test_the_path_of_an_address_may_name_a_day(url, day):
    assert in_url(url) == day


@pytest.mark.parametrize(
    ("feed", "page", "url", "expected"),
    [
        (FEED, PAGE, IN_URL, Dated(FEED[0], "feed", "minute")),
        (None, PAGE, IN_URL, Dated(PAGE[0], "page", "day")),
        (None, None, IN_URL, Dated(utc(2026, 8, 20), "url", "day")),
        (None, None, URL, Dated(NOW, "first_seen", "minute")),
        ((NOW + timedelta(seconds=1), True), PAGE, URL, Dated(PAGE[0], "page", "day")),
        ((utc(1970, 1, 1), True), None, IN_URL, Dated(utc(2026, 8, 20), "url", "day")),
        (
            (utc(2100, 1, 1), True),
            (utc(2100, 1, 1), True),
            "https://paper.example/2100/01/01/a",
            Dated(NOW, "first_seen", "minute"),
        ),
        ((utc(2026, 8, 28, 10, 30, 1, 999), True), None, URL, Dated(utc(2026, 8, 28, 10, 30, 1), "feed", "minute")),
    ],
)
def test_the_first_believable_date_of_feed_page_and_address_counts(feed, page, url, expected):
    assert dated(feed, page, url, NOW) == expected


claims = st.none() | st.tuples(st.datetimes(timezones=st.just(UTC)), st.booleans())


@given(claims, claims, st.sampled_from([URL, IN_URL]))
def test_no_article_is_dated_after_it_was_seen_nor_before_the_web(feed, page, url):
    assert EARLIEST <= dated(feed, page, url, NOW).at <= NOW
