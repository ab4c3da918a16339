"""pace: when a feed is asked again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.page import Failed, Page, Request
from models.settings import Settings
from models.source import Feed, Poll
from pipeline.stages import pace
from pipeline.stages.pace import Bounds, asked_by_feed, backoff, fresh, jitter, quieter, rhythm, scheduled, wait
from tests.unit.stages.making import NOW, entry

MINUTE, HOUR, DAY = 60, 3600, 86_400
WITHIN = Bounds(15 * MINUTE, DAY)
FEED = Feed(7, "https://paper.example/feed", "paper")
EMPTY = Page(Request(FEED.url), FEED.url, 200)


def dates(*ago):
    return [NOW - timedelta(seconds=seconds) for seconds in ago]


def every(seconds, count=30, first=None):
    return dates(*((seconds if first is None else first) + number * seconds for number in range(count)))


def seconds_to(poll):
    return (poll.next_at - NOW).total_seconds()


def answered(page=EMPTY, status="read", entries=(), feed=FEED, **more):
    return scheduled(Poll(feed, status, **more), page, entries, WITHIN, NOW)


@pytest.mark.parametrize(
    ("published", "seconds"),
    [
        (every(6 * HOUR), 3 * HOUR),
        (every(MINUTE), 15 * MINUTE),
        (every(7 * DAY), DAY),
        (every(2 * HOUR)[::-1], HOUR),  # whatever their order
        (every(2 * HOUR) * 2, HOUR),
        (dates(*[60 + n for n in range(40)], *[DAY + n for n in range(40)], *[2 * DAY + n for n in range(40)]), DAY // 2),
        ([*every(2 * HOUR, 20), *every(10 * DAY, 50, 3 * DAY)], HOUR),  # the newest twenty
        ([*every(2 * HOUR), NOW + timedelta(days=400)], HOUR),
        ([*every(2 * HOUR), NOW.replace(year=1970)], HOUR),
        ([], HOUR),
        (dates(60), HOUR),
        ([NOW] * 50, HOUR),
    ],
    ids=[
        "half a gap", "no sooner than least", "no later than most", "backwards", "twice", "one burst a day",
        "it used to be quieter", "a date of the future", "a zero timestamp", "no date", "one date", "all at once",
    ],
)  # fmt: skip
def test_the_rhythm_of_a_feed_is_half_of_what_usually_passes_between_its_bursts(published, seconds):
    assert rhythm(published, NOW, WITHIN) == seconds


@pytest.mark.parametrize(("silence", "seconds"), [(HOUR, HOUR // 2), (8 * HOUR, HOUR), (4 * DAY, DAY // 2), (400 * DAY, DAY)])
def test_a_feed_that_has_gone_silent_slows_down_to_an_eighth_of_its_silence(silence, seconds):
    assert rhythm(every(HOUR, first=silence), NOW, WITHIN) == seconds


def test_a_feed_without_news_slows_down_by_an_eighth_of_the_time_that_brought_none():
    assert quieter(HOUR, timedelta(hours=1), WITHIN) == HOUR + HOUR // 8
    assert quieter(HOUR, timedelta(days=40), WITHIN) == DAY
    assert quieter(0, timedelta(0), WITHIN) == HOUR
    assert quieter(HOUR, -timedelta(days=40), WITHIN) == HOUR  # the clock was set back


def test_a_feed_that_only_ever_answers_304_slows_down_as_its_silence_says():
    pace_, silence = WITHIN.least, 8 * WITHIN.least
    while pace_ < DAY:
        silence += pace_
        pace_ = quieter(pace_, timedelta(seconds=pace_), WITHIN)
        assert abs(pace_ - min(silence / 8, DAY)) < 300


@pytest.mark.parametrize(("failures", "seconds"), [(1, 900), (2, 1800), (3, 3600), (7, 57_600), (8, DAY), (10**6, DAY)])
def test_failures_in_a_row_double_the_wait(failures, seconds):
    assert backoff(failures, WITHIN) == seconds


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (("60",), HOUR),
        ((" 90 ", "hourly"), 90 * MINUTE),
        (("10", "hourly"), HOUR),
        (("", " Daily\n", "4"), 6 * HOUR),
        (("", "weekly"), 7 * DAY),
        (("", "", "2"), DAY // 2),
        (("", "hourly", "0"), HOUR),
        (("", "hourly", "-2"), HOUR),
        (("0",), 0),
        (("-5",), 0),
        (("1.5",), 0),
        (("²",), 0),
        (("soon", "fortnightly", "2"), 0),
        (("9" * 18, "yearly"), 365 * DAY),
        (("9" * 5000,), 365 * DAY),
        ((), 0),
    ],
)
def test_a_feed_asks_for_a_pace_by_ttl_or_by_its_update_period(said, seconds):
    assert asked_by_feed(*said) == seconds


@pytest.mark.parametrize(
    ("cache_control", "expires", "seconds"),
    [
        ("max-age=600", "", 600),
        ("public, Max-Age=600 , must-revalidate", "", 600),
        ('max-age="600"', "", 600),
        ("max-age=600", "Mon, 31 Aug 2026 20:00:00 GMT", 600),
        ("no-cache, max-age=600", "", 0),
        ("no-store", "Mon, 31 Aug 2026 20:00:00 GMT", 0),
        ("max-age=0", "Mon, 31 Aug 2026 20:00:00 GMT", 0),
        ("max-age=31536000", "", 365 * DAY),
        ("max-age=99999999999999999999999", "", 365 * DAY),
        ("max-age=-1", "", 0),
        ("max-age", "", 0),
        ("", "Mon, 31 Aug 2026 20:00:00 GMT", 2 * HOUR),
        ("public", "Mon, 31 Aug 2026 20:00:00 GMT", 2 * HOUR),
        ("", "Mon, 31 Aug 2037 20:00:00 GMT", 7 * DAY),
        ("", "Mon, 31 Aug 2020 20:00:00 GMT", 0),
        ("", "0", 0),
        ("", "86400", 0),
        ("", "-1", 0),
        ("", "never", 0),
        ("=,=;,,", "", 0),
        ("", "", 0),
    ],
)
def test_a_server_says_for_how_long_its_answer_is_fresh(cache_control, expires, seconds):
    assert fresh(replace(EMPTY, cache_control=cache_control, expires=expires), NOW) == seconds


def test_a_feed_is_asked_after_its_own_pace_or_as_late_as_it_asks_for():
    listed = [entry(f"https://paper.example/{n}", published=date) for n, date in enumerate(every(2 * HOUR))]
    said = answered(entries=[*listed, entry("https://paper.example/undated")])
    assert said.pace == HOUR
    assert HOUR <= seconds_to(said) <= HOUR * 1.05
    assert 3 * HOUR <= seconds_to(answered(entries=listed, asks=3 * HOUR)) <= 3 * HOUR * 1.05
    asked = answered(replace(EMPTY, cache_control="max-age=7200"), entries=listed)
    assert asked.pace == HOUR
    assert 2 * HOUR <= seconds_to(asked) <= 2 * HOUR * 1.05


def test_a_feed_is_believed_that_asks_for_a_week_and_no_longer():
    assert seconds_to(answered(asks=2 * DAY)) == 2 * DAY
    assert seconds_to(answered(asks=30 * DAY)) == 7 * DAY
    assert seconds_to(answered(replace(EMPTY, cache_control="max-age=31536000"))) == 7 * DAY
    slow = Bounds(900, DAY, 3 * DAY)
    assert seconds_to(scheduled(Poll(FEED, "read", asks=30 * DAY), EMPTY, (), slow, NOW)) == 3 * DAY


def test_without_news_the_pace_and_what_the_feed_asked_for_go_on():
    known = replace(FEED, asks=2 * HOUR, pace=HOUR, read_at=NOW - timedelta(hours=2))
    said = answered(replace(EMPTY, status=304), "unchanged", feed=known, asks=known.asks)
    assert (said.pace, said.asks) == (HOUR + HOUR // 4, 2 * HOUR)
    assert 2 * HOUR <= seconds_to(said) <= 2 * HOUR * 1.05


def test_a_feed_that_fails_keeps_its_pace_and_is_asked_less_and_less():
    known = replace(FEED, asks=2 * HOUR, pace=HOUR, failures=3)
    said = answered(Failed(Request(FEED.url), "timeout"), "failed", feed=known)
    assert (said.pace, said.asks) == (HOUR, 2 * HOUR)
    assert 2 * HOUR <= seconds_to(said) <= 2 * HOUR * 1.05


@pytest.mark.parametrize(("told", "seconds"), [(30, 15 * MINUTE), (HOUR, HOUR), (5 * DAY, 5 * DAY)])
def test_retry_after_counts_more_than_the_failures_and_no_less_than_the_least_pace(told, seconds):
    many = replace(FEED, failures=9)
    said = answered(replace(EMPTY, status=503), "failed", feed=many, retry_at=NOW + timedelta(seconds=told))
    assert seconds_to(said) == seconds


def test_a_feed_that_is_gone_has_no_next_turn():
    known = replace(FEED, asks=5, pace=HOUR)
    said = answered(replace(EMPTY, status=410), "failed", feed=known, gone=True)
    assert (said.next_at, said.pace, said.asks) == (None, HOUR, 5)


def test_feeds_of_one_pace_do_not_fall_due_together_and_each_as_late_all_day():
    at = {jitter(HOUR, f"https://paper.example/{n}", NOW, DAY) for n in range(200)}
    assert len(at) > 100
    assert max(at) - min(at) > 0.04 * HOUR
    assert jitter(HOUR, FEED.url, NOW, DAY) == jitter(HOUR, FEED.url, NOW + timedelta(hours=5), DAY)
    days = {jitter(HOUR, FEED.url, NOW + timedelta(days=n), DAY) for n in range(20)}
    assert len(days) > 10


def test_a_turn_is_kept_to_the_second_and_never_sooner():
    at = NOW.replace(microsecond=900_000)
    said = scheduled(Poll(FEED, "read", asks=DAY), EMPTY, (), WITHIN, at)
    assert said.next_at == NOW + timedelta(seconds=DAY + 1)


def test_the_bounds_are_those_of_the_settings():
    assert pace.bounds(Settings()) == WITHIN


LIMITS = st.tuples(st.integers(1, 3000), st.integers(1, 50_000)).map(lambda two: Bounds(60 * min(two), 60 * max(two), 2 * DAY))
SECONDS = st.integers(0, 10**10)
AGES = st.lists(st.integers(-(10**6), 10**9), max_size=60)


@given(AGES, SECONDS, SECONDS, st.integers(0, 10**4), LIMITS)
def test_every_pace_lies_within_its_bounds(ago, before, since, failures, within):
    published = dates(*ago)
    for seconds in (
        rhythm(published, NOW, within),
        quieter(before, timedelta(seconds=since), within),
        backoff(failures, within),
    ):
        assert within.least <= seconds <= within.most
        assert seconds <= jitter(seconds, FEED.url, NOW, within.most) <= min(within.most, 1.05 * seconds)
    assert rhythm(published, NOW, within) == rhythm(reversed(published), NOW, within)


@given(SECONDS, SECONDS, SECONDS, SECONDS, LIMITS)
def test_who_asks_for_more_is_asked_no_sooner(learned, asks, more, fresh_for, within):
    once = wait(learned, asks, fresh_for, within)
    assert min(max(asks, fresh_for), within.believed) <= once
    assert within.least <= once <= max(within.believed, within.most)
    assert once <= wait(learned, asks + more, fresh_for, within)
    assert once <= wait(learned, asks, fresh_for + more, within)
    assert once <= wait(learned + more, asks, fresh_for, within)


@given(
    st.sampled_from(["read", "unchanged", "failed"]), AGES, SECONDS, st.integers(0, 10**5), st.integers(0, 100), LIMITS, st.text()
)
def test_the_same_poll_is_followed_by_the_same_turn_which_lies_ahead(status, ago, asks, learned, failures, within, header):
    feed = replace(FEED, pace=learned, failures=failures, read_at=NOW - timedelta(hours=3))
    page = replace(EMPTY, cache_control=header, expires=header)
    listed = [entry(f"https://paper.example/{n}", published=date) for n, date in enumerate(dates(*ago))]
    first, again = (scheduled(Poll(feed, status, asks=asks), page, listed, within, NOW) for _ in range(2))
    assert first == again
    assert within.least <= seconds_to(first) <= max(within.most, within.believed)
    assert first.hinted_until is None or first.hinted_until <= first.next_at
