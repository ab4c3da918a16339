"""Minding: Fetch that leaves hosts alone that ask for it, and asks for pages as robots.txt allows."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from models.page import Failed, Page, Request
from models.settings import Settings
from pipeline.flow.minding import Minding, Remembered, minded
from tests.fakes import Web, page

NOW = datetime(2026, 8, 31, 18, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HOST = "https://paper.example"
ROBOTS, A, B, FEED = (f"{HOST}/{name}" for name in ("robots.txt", "a", "b", "feed"))


@dataclass
class Desk:
    """Hosts that are remembered, a web, and a clock."""

    pages: dict[str, Page | str]
    hosts: Remembered = field(default_factory=Remembered)
    seconds: float = 0.0
    intervals: list[float] = field(default_factory=list)

    def __post_init__(self):
        self.web = Web(dict(self.pages))

    def inner(self, requests):
        for answer in self.web(requests):
            self.intervals.append(answer.request.interval)
            yield answer

    def fetch(self, now=NOW, **settings):
        return Minding(self.inner, self.hosts, Settings(**settings), now, elapsed=lambda: self.seconds)

    def get(self, *urls, kind="page", now=NOW, **settings):
        asked = [Request(url, kind, key=number) for number, url in enumerate(urls)]
        answers = sorted(self.fetch(now, **settings)(iter(asked)), key=lambda answer: answer.request.key)
        assert [answer.request.url for answer in answers] == list(urls)  # each request is answered exactly once
        return [answer.reason if isinstance(answer, Failed) else answer.status for answer in answers]


def site(robots="", status=200, **more):
    return {ROBOTS: page(ROBOTS, robots, status, **more), A: page(A, "a"), B: page(B, "b"), FEED: page(FEED, "feed")}


FORBIDS = "User-agent: *\nDisallow: /a"


def test_robots_txt_is_asked_for_once_before_the_first_page_of_a_host():
    desk = Desk(site())
    assert desk.get(A, B) == [200, 200]
    assert desk.web.asked == [ROBOTS, A, B]


def test_a_page_that_robots_txt_forbids_is_not_asked_for():
    desk = Desk(site(FORBIDS))
    assert desk.get(A, B) == ["robots.txt", 200]
    assert desk.web.asked == [ROBOTS, B]


def test_feeds_are_fetched_as_feeds_and_robots_txt_is_not_asked_for():
    desk = Desk(site("User-agent: *\nDisallow: /"))
    assert desk.get(FEED, kind="feed") == [200]
    assert desk.web.asked == [FEED]


def test_no_page_no_robots_txt():
    desk = Desk(site())
    assert desk.get() == []
    assert desk.web.asked == []


def test_robots_txt_is_remembered_for_a_day_by_all_passes():
    desk = Desk(site(FORBIDS))
    desk.get(B)
    assert desk.get(A, now=NOW + 23 * HOUR) == ["robots.txt"]
    assert desk.web.asked == [ROBOTS, B]
    desk.web.pages[ROBOTS] = page(ROBOTS, "")
    assert desk.get(A, now=NOW + DAY) == [200]
    assert desk.web.asked == [ROBOTS, B, ROBOTS, A]


def test_a_robots_txt_that_was_asked_for_by_a_clock_that_was_ahead_is_asked_for_again():
    desk = Desk(site(FORBIDS))
    desk.get(B, now=NOW + 3650 * DAY)
    desk.get(B)
    assert desk.web.asked.count(ROBOTS) == 2


def test_each_origin_has_a_robots_txt_of_its_own():
    other = "http://paper.example/robots.txt"
    desk = Desk(site(FORBIDS) | {other: page(other, ""), "http://paper.example/a": page("http://paper.example/a", "")})
    assert desk.get(A, "http://paper.example/a") == ["robots.txt", 200]


@pytest.mark.parametrize(("status", "said"), [(404, 200), (403, 200), (500, "robots.txt HTTP 500"), (503, "robots.txt HTTP 503")])
def test_robots_txt_4xx_allows_and_5xx_forbids_for_a_while(status, said):
    desk = Desk(site(status=status))
    assert desk.get(A, now=NOW) == [said]
    assert desk.get(A, now=NOW + 59 * MINUTE) == [said]
    desk.web.pages[ROBOTS] = page(ROBOTS, "")
    assert desk.get(A, now=NOW + HOUR) == [200]


def test_a_page_of_a_host_that_does_not_answer_has_the_failure_of_its_robots_txt():
    desk = Desk(site() | {ROBOTS: "connection refused"})
    assert desk.get(A, B) == ["connection refused"] * 2
    assert desk.web.asked == [ROBOTS]


def test_crawl_delay_is_the_interval_of_the_host_up_to_a_setting():
    desk = Desk(site("User-agent: *\nCrawl-delay: 10"))
    desk.get(A, B)
    assert desk.intervals == [0, 10, 10]
    desk = Desk(site("User-agent: *\nCrawl-delay: 3600"))
    desk.get(A, crawl_delay_most_seconds=30)
    assert desk.intervals == [0, 30]


def test_what_a_crawl_delay_would_keep_a_pass_for_too_long_is_left_to_the_next():
    pages = {f"{HOST}/{n}": page(f"{HOST}/{n}", "x") for n in range(30)}
    desk = Desk(site("User-agent: *\nCrawl-delay: 60") | pages)
    said = desk.get(*pages)
    assert (said.count(200), said.count("asked to wait")) == (2, 28)


def test_a_crawl_delay_outlives_the_pass():
    desk = Desk(site("User-agent: *\nCrawl-delay: 60"))
    assert desk.get(A) == [200]
    (answer,) = desk.fetch(NOW + timedelta(seconds=20))([Request(B)])
    assert (answer.reason, answer.retry_after) == ("asked to wait", "40")
    assert desk.get(FEED, kind="feed", now=NOW + timedelta(seconds=20)) == [200]
    assert desk.get(B, now=NOW + MINUTE) == [200]
    assert desk.get(A, now=NOW - DAY / 2) == [200]  # a clock was ahead
    desk = Desk(site("User-agent: *\nCrawl-delay: 1"))  # no longer than usual
    assert [desk.get(A), desk.get(B)] == [[200], [200]]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("header", ["7200", "Mon, 31 Aug 2026 20:00:00 GMT"])
def test_a_host_that_says_retry_after_is_asked_for_nothing_by_any_pass_until_then(status, header):
    desk = Desk(site() | {A: page(A, "", status, retry_after=header)})
    assert desk.get(A) == [status]
    asked = len(desk.web.asked)
    assert desk.get(B, now=NOW + HOUR) == ["asked to wait"]
    assert desk.get(FEED, kind="feed", now=NOW + HOUR) == ["asked to wait"]
    assert len(desk.web.asked) == asked
    assert desk.get(B, now=NOW + 2 * HOUR) == [200]


def test_retry_after_counts_from_its_answer_however_long_the_pass_has_taken():
    desk = Desk(site() | {A: page(A, "", 503, retry_after="600")}, seconds=3600)
    desk.get(A)
    assert desk.hosts.left_alone == {"paper.example": NOW + HOUR + 10 * MINUTE}


def test_what_is_not_asked_for_says_how_many_seconds_are_left():
    desk = Desk(site())
    desk.hosts.wait("paper.example", NOW + HOUR)
    (answer,) = desk.fetch(NOW + 20 * MINUTE)([Request(A)])
    assert (answer.reason, answer.retry_after) == ("asked to wait", "2400")
    assert desk.web.asked == []


def test_https_and_http_are_one_host_and_another_port_is_another():
    desk = Desk(
        {f"https://paper.example:8443/{name}": page(f"https://paper.example:8443/{name}", "") for name in ("robots.txt", "x")}
    )
    desk.hosts.wait("paper.example", NOW + HOUR)
    assert desk.get("http://paper.example/x") == ["asked to wait"]
    assert desk.get("https://paper.example:8443/x") == [200]


def test_the_host_that_answered_is_the_one_that_waits_wherever_it_was_redirected_from():
    desk = Desk(site() | {A: page("https://cdn.example/a", "", 503, retry_after="600")})
    desk.get(A)
    assert list(desk.hosts.left_alone) == ["cdn.example"]


def test_a_longer_wait_is_not_shortened():
    desk = Desk(site() | {A: page(A, "", 503, retry_after="7200"), B: page(B, "", 503, retry_after="60")})
    desk.get(A, B)
    assert desk.hosts.left_alone == {"paper.example": NOW + 2 * HOUR}


def test_what_was_met_before_the_store_was_open_is_kept_in_it():
    desk, stored = Desk(site() | {A: page(A, "", 503, retry_after="7200")}), Remembered()
    stored.wait("wire.example", NOW + 2 * HOUR)
    stored.wait("paper.example", NOW + HOUR)
    fetch = desk.fetch()
    assert [answer.status for answer in fetch([Request(A)])] == [503]
    kept = fetch.kept_in(stored)
    assert stored.left_alone == {"paper.example": NOW + 2 * HOUR, "wire.example": NOW + 2 * HOUR}
    urls = (B, "https://wire.example/x", "https://other.example/feed")
    answers = list(kept(Request(url, "feed", key=number) for number, url in enumerate(urls)))
    assert sorted(answer.reason for answer in answers) == ["asked to wait", "asked to wait", "host not found"]


def test_pages_wait_too_where_the_robots_txt_was_asked_to():
    desk = Desk(site("", 503, retry_after="600"))
    assert desk.get(A, B) == ["asked to wait"] * 2
    assert desk.web.asked == [ROBOTS]
    desk = Desk({})
    desk.web = lambda requests: (Failed(request, "asked to wait") for request in requests)
    assert desk.get(A, B) == ["asked to wait"] * 2
    assert desk.hosts.known == {}  # nothing was learned of it


def test_a_recording_without_a_robots_txt_forbids_nothing_and_one_with_it_does():
    web = Web({A: page(A, "a")})
    (answer,) = minded(web, Settings(), NOW)([Request(A)])
    assert answer.status == 200
    (answer,) = minded(Web({A: page(A, "a"), ROBOTS: page(ROBOTS, FORBIDS)}), Settings(), NOW)([Request(A)])
    assert answer.reason == "robots.txt"


def test_the_requests_of_thousands_of_hosts_are_not_drawn_all_at_once():
    drawn = count()
    at_once = []

    def requests():
        for number in range(5000):
            next(drawn)
            yield Request(f"https://host-{number}.example/", key=number)

    def inner(some):  # draws all there is before it answers, as one that works on many hosts does
        asked = list(some)
        at_once.append(len(asked))
        yield from (Page(request, request.url, 200) for request in asked)

    answers = list(Minding(inner, Remembered(), Settings(), NOW)(requests()))
    assert sorted(answer.request.key for answer in answers) == list(range(5000))
    assert max(at_once) <= 2000


def test_whoever_stops_listening_leaves_nothing_running():
    ended = []

    def inner(requests):
        try:
            yield from Web(site())(requests)
        finally:
            ended.append(True)

    answers = Minding(inner, Remembered(), Settings(), NOW)(Request(url) for url in (A, B))
    next(answers)
    answers.close()
    assert ended == [True]


def test_a_request_that_never_got_an_answer_is_not_waited_for():
    (answer,) = Minding(lambda requests: iter([r for r in requests if False]), Remembered(), Settings(), NOW)([Request(A)])
    assert answer.reason == "no answer"
