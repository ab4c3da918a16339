"""Pace per source and per host: each test is a rule, played by a server on this machine."""

from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from models.host import Robots
from pipeline.adapters.store.checking import feeds_seen
from pipeline.adapters.store.engine import located, opened
from pipeline.adapters.store.feeds import StoredFeeds
from pipeline.adapters.store.hosts import StoredHosts
from pipeline.stages.manners import problems
from tests.servers import Answer, Raw, redirect, serving
from tests.unit.adapters.desk import Desk, item, rss, story
from tests.unit.adapters.making import HOUR, NOW, rows

DAY = timedelta(days=1)
ITEM = item("https://wire.example/a")
SY = "<sy:updatePeriod xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>{}</sy:updatePeriod>"
FREQUENCY = "<sy:updateFrequency xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>2</sy:updateFrequency>"


@pytest.fixture
def desk(database):
    return Desk(database)


HINTS = {  # what a feed of 12:00 says, and in how many hours it may be asked again
    "Cache-Control": (rss(ITEM, **{"Cache-Control": "public, max-age=10800"}), 3),
    "Expires": (rss(ITEM, Expires=format_datetime(NOW + 4 * HOUR, usegmt=True)), 4),
    "ttl": (rss(ITEM, head="<ttl>300</ttl>"), 5),
    "sy:updatePeriod": (rss(ITEM, head=SY.format("daily")), 24),
    "sy:updateFrequency": (rss(ITEM, head=SY.format("daily") + FREQUENCY), 12),
    "skipHours": (rss(ITEM, head="<skipHours><hour>12</hour><hour>13</hour><hour>14</hour></skipHours>"), 3),
    "skipDays": (rss(ITEM, head="<skipDays><day>Tuesday</day></skipDays>"), 12),
    "the longest of several": (rss(ITEM, head="<ttl>60</ttl>" + SY.format("hourly"), **{"Cache-Control": "max-age=7200"}), 2),
}


@pytest.mark.parametrize("hint", HINTS)
def test_a_source_is_never_asked_faster_than_its_own_hints_whoever_is_in_a_hurry(desk, hint):
    answer, hours = HINTS[hint]
    with serving({"/feed": answer}) as site:
        desk.follow(site.url("/feed"))
        desk.collect(eager=True)
        desk.collect(NOW + hours * HOUR - timedelta(seconds=1), eager=True)
        assert site.targets() == ["/feed"]
        desk.collect(NOW + hours * HOUR, eager=True)
    assert site.targets() == ["/feed"] * 2


def test_a_source_is_never_asked_faster_than_a_floor_in_settings(desk):
    items = [
        item(f"https://wire.example/{n}", at=NOW - n * timedelta(minutes=50)) for n in range(30)
    ]  # half of that is less than the floor
    with serving({"/feed": rss(*items)}) as site:
        desk.follow(site.url("/feed"))
        floor = {"eager": False, "pace_least_minutes": 40}
        desk.collect(NOW, **floor)
        assert NOW + timedelta(minutes=40) <= desk.feed().next_fetch_at <= NOW + timedelta(minutes=42)
        assert desk.collect(NOW + timedelta(minutes=39), **floor).poll.status == "waiting"
        assert desk.collect(NOW + timedelta(minutes=42), **floor).poll.status == "unchanged"
    assert len(site.seen) == 2


def test_a_host_is_never_asked_faster_than_a_floor_in_settings(desk):
    with serving({f"/{n}": rss(ITEM) for n in range(3)}) as site:
        desk.follow(*(site.url(f"/{n}") for n in range(3)))
        desk.collect(host_interval_seconds=0.15)
    assert min(later.at - earlier.at for earlier, later in pairwise(site.seen)) > 0.145


def test_jitter_keeps_sources_of_one_pace_from_falling_due_together(desk):
    with serving({f"/{n}": rss(ITEM, head="<ttl>600</ttl>") for n in range(6)}) as site:
        desk.follow(*(site.url(f"/{n}") for n in range(6)))
        polls = desk.collect().polls.values()
    waits = {(poll.next_at - NOW).total_seconds() for poll in polls}
    assert len(waits) == 6
    assert 36_000 <= min(waits) < max(waits) <= 36_000 * 1.05


@pytest.mark.parametrize(
    ("status", "by", "form"),
    [
        (429, "a feed", "seconds"), (429, "a page", "a date"), (503, "a page", "seconds"), (503, "its robots.txt", "a date"),
    ],
)  # fmt: skip
def test_retry_after_counts_for_the_host_of_whatever_said_it_in_every_pass_until_then(desk, status, by, form):
    said = "7200" if form == "seconds" else format_datetime(NOW + 2 * HOUR, usegmt=True)
    busy = Answer(status, headers={"Retry-After": said, "Date": format_datetime(NOW, usegmt=True)})
    with serving() as site, serving({"/feed": rss(ITEM)}) as other:
        site.routes |= {"/feed": rss(item(site.url("/a"))), "/a": story(), "/robots.txt": Answer(404), "/more": rss(ITEM)}
        site.routes[{"a feed": "/feed", "a page": "/a", "its robots.txt": "/robots.txt"}[by]] = busy
        desk.follow(site.url("/feed"), other.url("/feed"), pages="fetch")
        desk.collect()
        seen = len(site.seen)
        desk.follow(site.url("/feed"), site.url("/more"), other.url("/feed"), pages="fetch")
        late = desk.collect(NOW + 2 * HOUR - timedelta(seconds=1)).polls
        assert [late[slug].status for slug in ("s0", "s1", "s2")] == ["waiting", "waiting", "unchanged"]
        assert (len(site.seen), len(other.seen)) == (seen, 2)
        desk.collect(NOW + 2 * HOUR)
        assert len(site.seen) > seen


def test_failures_back_off_exponentially_to_a_ceiling_and_a_success_ends_that(desk):
    with serving({"/feed": Answer(500)}) as site:
        desk.follow(site.url("/feed"))
        at, waits = NOW, []
        for _ in range(6):
            desk.collect(at, eager=False, pace_most_minutes=120)
            waits.append((desk.feed().next_fetch_at - at).total_seconds() / 900)
            at = desk.feed().next_fetch_at
        site.routes["/feed"] = rss(ITEM)
        desk.collect(at, eager=False)
    assert all(2**n <= wait <= 1.05 * 2**n for n, wait in enumerate(waits[:3]))
    assert waits[3:] == [8, 8, 8]
    assert (len(site.seen), desk.feed().failures) == (7, 0)


def test_410_stops_a_source_for_good(desk):
    with serving({"/feed": Answer(410)}) as site:
        desk.follow(site.url("/feed"))
        assert desk.collect().poll.gone
        assert [desk.collect(NOW + days * DAY).poll.status for days in (1, 400)] == ["retired"] * 2
    assert site.targets() == ["/feed"]
    (seen,) = feeds_seen(desk.database, NOW)
    assert problems([seen], NOW) == ["gone: HTTP 410 since 2026-09-01"]


def test_404_backs_off_and_is_reported(desk):
    with serving({"/feed": Answer(404)}) as site:
        desk.follow(site.url("/feed"))
        waits = []
        for hours in (0, 1, 3):
            desk.collect(NOW + hours * HOUR, eager=False)
            waits.append((desk.feed().next_fetch_at - NOW - hours * HOUR).total_seconds() // 60)
    assert waits[0] < waits[1] < waits[2]
    assert len(site.seen) == 3
    assert problems(feeds_seen(desk.database, NOW), NOW) == ["failing since 2026-09-01: HTTP 404"]


def test_all_of_it_is_stored_for_the_next_process(desk, tmp_path):
    hinted = rss(ITEM, head="<ttl>300</ttl><skipHours><hour>20</hour></skipHours>", ETag='"1"', **{"Cache-Control": "max-age=60"})
    with (
        serving({"/hinted": hinted, "/dead": Answer(500)}) as site,
        serving({"/feed": Answer(429, headers={"Retry-After": "7200"})}) as busy,
    ):
        site.routes["/moving"] = redirect(301, "/hinted")
        desk.follow(site.url("/hinted"), site.url("/dead"), site.url("/moving"), busy.url("/feed"))
        desk.collect()
    StoredHosts(desk.database).learned(Robots("https://wire.example", NOW, NOW + DAY, "Disallow: /"))
    another = opened(located("sqlite:///news.db", tmp_path))
    known = {one.source_slug: one for one in StoredFeeds(another).due(NOW + 90 * DAY)[0]}
    assert (known["s0"].etag, known["s0"].asks, known["s0"].fresh, known["s0"].hinted_until) == (
        '"1"',
        18_000,
        60,
        NOW + 5 * HOUR,
    )
    assert known["s0"].skips
    assert (known["s1"].failures, known["s1"].failing_since) == (1, NOW)
    assert (known["s2"].moving_to, known["s2"].moving_count) == (site.url("/hinted"), 1)
    assert StoredHosts(another).waits(NOW) == {busy.host: NOW + 2 * HOUR}
    assert StoredHosts(another).robots("https://wire.example").rules == "Disallow: /"
    assert rows(another, "SELECT count(*) FROM feed_day") == [(4,)]
    another.close()


def test_cache_control_in_several_lines_is_one_list(desk):
    body = rss(ITEM).body
    head = f"HTTP/1.1 200 OK\r\nCache-Control: public\r\nCache-Control: max-age=10800\r\nContent-Length: {len(body)}\r\n\r\n"
    with serving({"/feed": Raw((head.encode() + body,))}) as site:
        desk.follow(site.url("/feed"))
        assert desk.collect().poll.hinted_until == NOW + 3 * HOUR
