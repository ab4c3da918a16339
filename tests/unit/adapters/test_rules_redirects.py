"""robots.txt along redirects, and of hosts that make others wait: each test is a rule, played by servers on this machine."""

import gzip
import time
from contextlib import ExitStack

import pytest

from models.outcome import New
from models.page import Failed, Page, Request
from models.settings import Settings
from pipeline.adapters.http import Limits, Live
from pipeline.adapters.warc import Recording, Replay
from pipeline.flow.minding import Minding, Remembered, minded
from pipeline.stages import robots
from tests.servers import Answer, hosts, redirect, serving
from tests.unit.adapters.desk import SUMMARY, Desk, item, rss, story
from tests.unit.adapters.making import NOW

FORBIDS = Answer(body=b"User-agent: *\nDisallow: /private")


def minding(seconds=5.0, largest=1_000_000, recorded=lambda live: live):
    """Fetch over the web, for hosts of these tests."""
    live = Live(Limits("Test", seconds, largest, 5, 4, 0.0, allow_private=hosts()))
    return Minding(recorded(live), Remembered(), Settings(), NOW)


@pytest.fixture
def desk(database):
    return Desk(database)


@pytest.fixture
def two():
    with ExitStack() as stack:
        yield stack.enter_context(serving()), stack.enter_context(serving())


def test_a_redirect_to_a_page_that_robots_txt_forbids_is_not_followed_and_the_feeds_own_words_do(desk, two):
    here, there = two
    here.routes |= {
        "/feed": rss(item(here.url("/a")), item(here.url("/b"), summary=f"{SUMMARY} Again.")),
        "/robots.txt": FORBIDS,
        "/a": redirect(302, "/private/a"),
        "/b": redirect(301, there.url("/private/b")),
        "/private/a": story(),
    }
    there.routes |= {"/robots.txt": FORBIDS, "/private/b": story()}
    desk.follow(here.url("/feed"), pages="fetch")
    assert desk.collect().told() == ["New", "New"]
    assert sorted(here.targets()) == ["/a", "/b", "/feed", "/robots.txt"]
    assert there.targets() == ["/robots.txt"]
    assert desk.rows("SELECT DISTINCT text_from FROM article") == [("summary",)]


def test_a_redirect_that_robots_txt_forbids_is_recorded_and_ends_the_same_when_it_is_replayed(two, tmp_path):
    here, there = two
    here.routes |= {
        "/robots.txt": FORBIDS,
        "/a": redirect(302, "/private/a"),
        "/b": redirect(301, there.url("/private/b")),
        "/c": redirect(302, there.url("/c")),
    }
    there.routes |= {"/robots.txt": FORBIDS, "/c": story()}
    asked = [Request(here.url(path), key=number) for number, path in enumerate(("/a", "/b", "/c"))]
    with (tmp_path / "a.warc.gz").open("wb") as stream:
        live = list(minding(recorded=lambda live: Recording(live, stream, NOW))(asked))
    again = list(minded(Replay([tmp_path / "a.warc.gz"], NOW), Settings(), NOW)(asked))

    def ends(answers):
        return sorted((one.request.key, getattr(one, "at", ""), getattr(one, "reason", "") or one.status) for one in answers)

    assert ends(again) == ends(live)
    assert [end for _, _, end in ends(live)] == ["robots.txt", "robots.txt", 200]


def test_cookies_survive_a_bounce_through_a_host_whose_robots_txt_was_not_at_hand(desk, two):
    paper, gate = two
    gate.routes["/in"] = lambda seen: Answer(302, headers={"Location": paper.url("/a"), "Set-Cookie": "pass=1; Path=/"})
    paper.routes |= {
        "/feed": rss(item(paper.url("/a"))),
        "/a": lambda seen: story() if "pass=1" in seen.headers.get("Cookie", "") else redirect(302, gate.url("/in")),
    }
    desk.follow(paper.url("/feed"), pages="fetch")
    assert desk.collect().outcomes == [New(paper.url("/a"))]
    assert gate.targets() == ["/robots.txt", "/in"]
    assert paper.targets() == ["/feed", "/robots.txt", "/a", "/a", "/a"]
    assert desk.rows("SELECT text_from FROM article") == [("page",)]
    assert desk.rows("SELECT requests FROM feed_day") == [(len(gate.seen) + len(paper.seen),)]


def test_a_robots_txt_that_does_not_come_holds_up_no_other_host_and_costs_no_connection(two):
    dead, good = two
    dead.routes["/robots.txt"] = Answer(seconds=30)
    good.routes |= {"/robots.txt": Answer(404), "/p": Answer(body=b"p"), "/q": Answer(body=b"q")}
    fetch = minding(seconds=0.8)
    began, came = time.monotonic(), {}
    for answer in fetch(Request(url) for url in (dead.url("/p"), good.url("/p"), good.url("/q"))):
        came[answer.request.url] = time.monotonic() - began
    assert max(came[good.url("/p")], came[good.url("/q")]) < 0.7 < came[dead.url("/p")]
    assert good.all_connections == 1


LONG = b"User-agent: *\n" + b"".join(b"Disallow: /private/%07d\n" % n for n in range(30_000)) + b"Disallow: /late\n"


@pytest.mark.parametrize("packed", [False, True])
def test_of_a_robots_txt_that_is_larger_than_anything_may_be_the_first_500_kib_count(packed):
    headers = {"Content-Encoding": "gzip"} if packed else {}
    assert len(LONG) > robots.ENOUGH
    with serving({"/robots.txt": Answer(body=gzip.compress(LONG) if packed else LONG, headers=headers)}) as site:
        site.routes |= {"/private/0000007": Answer(), "/late": Answer(body=b"there")}
        fetch = minding(largest=1000)
        forbidden, late = sorted(fetch(Request(site.url(path)) for path in ("/private/0000007", "/late")), key=str)
    assert isinstance(forbidden, Failed)
    assert forbidden.reason == "robots.txt"
    assert isinstance(late, Page)
    assert (late.status, late.body) == (200, b"there")
