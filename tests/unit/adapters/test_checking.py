"""What publishers see of us, out of the store."""

from datetime import timedelta

from models.host import Robots
from models.source import Poll
from pipeline.adapters.store.checking import feeds_seen, pages_of, with_robots
from pipeline.adapters.store.hosts import StoredHosts
from tests.unit.adapters.making import HOUR, NOW, entry, feed_of, feeds, queue

DAY = timedelta(days=1)


def polled(database, at=NOW, status="read", **more):
    feeds(database).polled(Poll(feed_of(database, "wire"), status, **more), [], at)


def wire(database):
    return next(one for one in feeds_seen(database, NOW) if one.source_slug == "wire")


def test_a_week_is_summed_from_the_first_day_on_which_a_feed_was_asked(database):
    for days in (9, 7, 6, 2, 0):
        polled(database, NOW - days * DAY, requests=2, size=100, not_modified=True)
    seen = wire(database)
    assert (seen.days, seen.polls, seen.requests, seen.not_modified, seen.size) == (7, 3, 6, 3, 300)


def test_a_feed_that_was_never_asked_is_listed(database):
    feeds(database)
    seen = wire(database)
    assert (seen.days, seen.last_asked_at, seen.last_status, seen.newest_at) == (0, None, "", None)


def test_the_newest_entry_is_by_its_date_or_else_by_when_it_was_seen(database):
    feeds(database)
    queue(database, "wire", entry("https://wire.example/a", published=NOW - 40 * DAY))
    assert wire(database).newest_at == NOW - 40 * DAY
    queue(database, "wire", entry("https://wire.example/b"))
    assert wire(database).newest_at == NOW


def test_moves_and_failures_are_told(database):
    polled(database, moving_to="https://new.example/", moving_count=1)
    polled(database, NOW + HOUR, "failed", reason="HTTP 404")
    seen = wire(database)
    assert (seen.last_status, seen.failures, seen.failing_since, seen.read_at) == ("failed: HTTP 404", 1, NOW + HOUR, NOW)


def test_pages_are_those_that_were_listed_last_with_what_is_known_of_their_robots_txt(database):
    feeds(database)
    urls = [f"https://wire.example/{n}" for n in range(30)]
    queue(database, "wire", *(entry(url) for url in urls))
    known = Robots("https://wire.example", NOW, NOW + DAY)
    StoredHosts(database).learned(known)
    listed = pages_of(database, "wire")
    assert listed == tuple(reversed(urls[10:]))
    assert pages_of(database, "nature") == ()
    assert with_robots(database, listed, ["https://wire.example", "https://other.example"]).robots == (known,)
