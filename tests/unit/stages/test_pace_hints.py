"""pace: never faster than a source's own hints."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.page import Failed, Page
from models.source import Feed, Poll
from pipeline.stages.pace import Bounds, scheduled, turns
from tests.unit.stages.making import NOW  # a Monday, 18:00

MINUTE, HOUR, DAY = 60, 3600, 86_400
WITHIN = Bounds(15 * MINUTE, DAY)
FEED = Feed(7, "https://paper.example/feed", "paper", read_at=NOW - timedelta(hours=1), pace=HOUR, fresh=3 * HOUR)


def answered(status="read", page=None, feed=FEED, **more):
    page = page or Page(None, FEED.url, 200)
    return scheduled(Poll(feed, status, **more), page, (), WITHIN, NOW)


def after(seconds):
    return NOW + timedelta(seconds=seconds)


def test_a_feed_is_not_asked_before_what_it_or_its_server_asks_for():
    both = answered(asks=2 * HOUR, page=Page(None, FEED.url, 200, cache_control="max-age=18000"))
    assert (both.fresh, both.hinted_until) == (5 * HOUR, after(5 * HOUR))
    assert both.next_at >= both.hinted_until
    assert answered(asks=9 * HOUR).hinted_until == after(9 * HOUR)


def test_a_304_that_says_nothing_of_freshness_leaves_what_the_last_full_answer_said():
    silent = answered("unchanged", Page(None, FEED.url, 304))
    assert (silent.fresh, silent.hinted_until) == (3 * HOUR, after(3 * HOUR))
    said = answered("unchanged", Page(None, FEED.url, 304, cache_control="max-age=60"))
    assert (said.fresh, said.hinted_until) == (60, after(60))
    assert answered(page=Page(None, FEED.url, 200)).fresh == 0


def test_the_next_turn_lies_in_no_hour_and_on_no_day_that_is_skipped():
    tonight = sum(1 << hour for hour in (18, 19, 20, 21, 22, 23))
    assert answered(skips=tonight).next_at == after(6 * HOUR)
    assert answered(skips=1 << 24).next_at == after(6 * HOUR)  # on Mondays
    failed = answered("failed", Failed(None, "timeout"), replace(FEED, skips=tonight))
    assert failed.next_at == after(6 * HOUR)


@pytest.mark.parametrize(
    ("feed", "until"),
    [
        (FEED, None),
        (replace(FEED, hinted_until=after(60)), after(60)),
        (replace(FEED, hinted_until=after(-60)), None),
        (replace(FEED, skips=1 << 18), after(HOUR)),
        (replace(FEED, skips=1 << 19, hinted_until=after(HOUR)), after(2 * HOUR)),
        (replace(FEED, read_at=after(-15 * MINUTE)), None),
        (replace(FEED, read_at=after(-14 * MINUTE)), after(MINUTE)),
        (replace(FEED, read_at=after(DAY)), None),  # by a clock that was ahead
        (replace(FEED, failures=1, next_fetch_at=after(HOUR)), after(HOUR)),
        (replace(FEED, failures=1, next_fetch_at=NOW), None),
        (replace(FEED, failures=1), None),
        (replace(FEED, next_fetch_at=after(HOUR)), None),  # its own rhythm
    ],
)
def test_whoever_is_in_a_hurry_waits_for_hints_failures_and_the_floor_all_the_same(feed, until):
    asked, waiting = turns([feed], WITHIN.least, NOW)
    if until is None:
        assert (asked, waiting) == ([feed], [])
    else:
        assert (asked, waiting) == ([], [Poll(feed, "waiting", f"until {until:%Y-%m-%d %H:%M}Z")])


def test_retry_after_is_kept_whatever_else_is_said():
    page = Page(None, FEED.url, 503)
    assert answered("failed", page, retry_at=after(5 * DAY)).next_at == after(5 * DAY)
