"""manners: what a publisher sees of us, and what is wrong with a source."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.host import Robots
from models.manners import Pages, Seen
from models.source import Source
from pipeline.stages.manners import problems, report
from tests.unit.stages.making import NOW

DAY = timedelta(days=1)
FEED = "https://paper.example/feed"
WELL = Seen(
    "paper",
    FEED,
    FEED,
    "unchanged",
    NOW,
    NOW,
    NOW + DAY,
    newest_at=NOW - DAY,
    days=7,
    polls=70,
    requests=84,
    not_modified=63,
    size=7000,
)
FAILS = replace(WELL, last_status="failed: timeout", failures=3, failing_since=NOW - 2 * DAY)
GONE = replace(WELL, last_status="failed: HTTP 410", failures=1, retired_at=NOW - DAY)
SOURCE = Source("paper", "Paper", "https://paper.example/", (FEED,))


def told(*feeds, pages=None, waits=None):
    return report(SOURCE, feeds, pages or Pages(), waits or {}, NOW)


def test_a_publisher_sees_requests_a_day_the_share_of_304_and_bytes_a_day():
    (feed,) = told(WELL)["feeds"]
    assert (feed["requests_per_day"], feed["not_modified_share"], feed["bytes_per_day"]) == (12.0, 0.9, 1000)
    assert (feed["last_status"], feed["next_at"], feed["asked_too_early"]) == ("unchanged", "2026-09-01T18:00:00Z", 0)


def test_a_feed_that_was_not_asked_yet_is_no_problem():
    said = told(Seen("paper", FEED, FEED))
    assert (said["feeds"][0]["requests_per_day"], said["feeds"][0]["last_status"], said["problems"]) == (0.0, None, [])


@pytest.mark.parametrize(
    ("feeds", "said"),
    [
        ([WELL], []),
        ([WELL, FAILS], []),
        ([FAILS], ["failing since 2026-08-29: timeout"]),
        ([FAILS, GONE], ["failing since 2026-08-29: timeout"]),
        ([replace(FAILS, failures=2)], []),
        ([replace(FAILS, last_status="failed: HTTP 404", failures=1)], ["failing since 2026-08-29: HTTP 404"]),
        ([GONE], ["gone: HTTP 410 since 2026-08-30"]),
        ([replace(WELL, newest_at=NOW - 31 * DAY)], ["silent since 2026-07-31"]),
        ([replace(WELL, newest_at=NOW - 29 * DAY)], []),
        ([replace(WELL, newest_at=None)], ["silent: no entry so far"]),
        ([replace(WELL, newest_at=NOW - 31 * DAY), WELL], []),
        ([replace(WELL, early=1)], [f"{FEED} was asked once in a week before it wanted to be"]),
        ([replace(WELL, early=2)], [f"{FEED} was asked 2 times in a week before it wanted to be"]),
        ([], []),
    ],
)
def test_a_source_that_fails_is_silent_or_was_asked_too_often_is_a_problem_with_a_reason(feeds, said):
    assert problems(feeds, NOW) == said


def test_the_verdict_of_robots_txt_is_on_the_pages_that_were_listed_last():
    known = Robots("https://paper.example", NOW, NOW + DAY, "Disallow: /ai/\nCrawl-delay: 10", copied_at=NOW)
    urls = ("https://paper.example/ai/1", "https://paper.example/2", "https://other.example/3")
    (said,) = told(WELL, pages=Pages(urls, (known,)))["robots"]
    assert (said["origin"], said["pages"], said["forbidden"], said["crawl_delay"]) == ("https://paper.example", 2, 1, 10.0)
    silent = Robots("https://paper.example", NOW, NOW + DAY, problem="timeout", failing_since=NOW)
    (said,) = told(WELL, pages=Pages(urls, (silent,)))["robots"]
    assert (said["forbidden"], said["problem"]) == (2, "timeout")


def test_moves_and_waits_are_told():
    moved = replace(WELL, url="https://new.example/feed", moving_to="https://newer.example/", moving_count=2)
    (feed,) = told(moved, waits={"new.example": NOW + DAY})["feeds"]
    assert (feed["feed"], feed["url"]) == (FEED, "https://new.example/feed")
    assert (feed["redirects_to"], feed["redirected_times"]) == ("https://newer.example/", 2)
    assert feed["host_waits_until"] == "2026-09-01T18:00:00Z"
