"""Conditional requests as RFC 9110 has them: each test is a rule, played by a server on this machine."""

import pytest

from tests.servers import Answer, Raw, redirect, serving
from tests.unit.adapters.desk import Desk, conditional, item, rss
from tests.unit.adapters.making import HOUR, NOW

ETAG, DATE = 'W/"a b,\\"-é', "mon, 31 Aug 2026 18:00:00 +0000"  # as nobody should write them
SENT = ETAG.encode().decode("latin-1")
FEED_ITEM = item("https://wire.example/a")
FEED = rss(FEED_ITEM)


@pytest.fixture
def desk(database):
    return Desk(database)


def asked(site, target="/feed"):
    """The validators that each request for a path carried."""
    return [
        (seen.headers.get("If-None-Match"), seen.headers.get("If-Modified-Since")) for seen in site.seen if seen.target == target
    ]


def test_validators_are_stored_verbatim_with_the_url_they_came_from_and_both_are_sent_never_altered(desk):
    with serving({"/feed": rss(ETag=ETAG, **{"Last-Modified": DATE})}) as site:
        desk.follow(site.url("/feed"))
        desk.collect()
        desk.collect(NOW + HOUR)
        stored = desk.rows("SELECT etag, last_modified, validators_url FROM feed JOIN courtesy ON feed_id = feed.id")
        assert stored == [(ETAG, DATE, site.url("/feed"))]
    assert asked(site) == [(None, None), (SENT, DATE)]


def test_validators_are_sent_to_the_url_they_came_from_and_to_no_other_of_the_way_there(desk):
    with serving({"/feed": conditional(FEED, '"1"')}) as other, serving({"/feed": redirect(302, other.url("/feed"))}) as site:
        desk.follow(site.url("/feed"))
        desk.collect()
        assert desk.collect(NOW + HOUR).poll.status == "unchanged"
    assert asked(site) == [(None, None)] * 2
    assert asked(other) == [(None, None), ('"1"', None)]


@pytest.mark.parametrize("rest", [b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"])
def test_a_server_whose_304_has_a_body_is_asked_again_without_validators_at_its_pace(desk, rest):
    def script(seen):
        return Raw((b"HTTP/1.1 304 Not Modified\r\n" + rest,)) if "If-None-Match" in seen.headers else rss(FEED_ITEM, ETag='"1"')

    with serving({"/feed": script}) as site:
        desk.follow(site.url("/feed"))
        desk.collect()
        assert desk.collect(NOW + HOUR, host_interval_seconds=0.3).poll.status == "unchanged"
        assert desk.rows("SELECT sum(requests) FROM feed_day") == [(3,)]
    assert asked(site) == [(None, None), ('"1"', None), (None, None)]
    assert site.seen[2].at - site.seen[1].at > 0.25


def test_validators_are_dropped_when_the_url_changes(desk):
    with serving({"/one": conditional(FEED, '"1"'), "/two": conditional(FEED, '"1"')}) as site:
        site.routes["/feed"] = redirect(302, "/one")
        desk.follow(site.url("/feed"))
        desk.collect()
        site.routes["/feed"] = redirect(302, "/two")
        desk.collect(NOW + HOUR)
        assert asked(site, "/two") == [(None, None)]
        desk.follow(site.url("/one"))  # somebody edits sources.toml
        desk.collect(NOW + 2 * HOUR)
    assert asked(site, "/one") == [(None, None)] * 2


def test_validators_are_dropped_when_the_content_handling_changes(desk):
    with serving({"/feed": conditional(FEED, '"1"')}) as site:
        desk.follow(site.url("/feed"))
        desk.collect()
        with desk.database.writing() as connection:
            connection.exec_driver_sql("UPDATE courtesy SET handling = handling - 1")  # an older version asked in another way
        desk.collect(NOW + HOUR)
        desk.collect(NOW + 2 * HOUR)
    assert asked(site) == [(None, None), (None, None), ('"1"', None)]


def test_a_304_refreshes_the_age_of_what_is_there(desk):
    with serving({"/feed": rss(item("https://wire.example/a"), ETag='"1"', **{"Cache-Control": "max-age=10800"})}) as site:
        desk.follow(site.url("/feed"))
        desk.collect()
        site.routes["/feed"] = Answer(304, headers={"ETag": '"2"'})  # it says nothing of age: as old as it said before
        assert desk.collect(NOW + 3 * HOUR).poll.hinted_until == NOW + 6 * HOUR
        assert desk.collect(NOW + 5 * HOUR).poll.status == "waiting"
        site.routes["/feed"] = Answer(304, headers={"Cache-Control": "max-age=3600"})
        assert desk.collect(NOW + 6 * HOUR).poll.hinted_until == NOW + 7 * HOUR
    assert [sent for sent, _ in asked(site)] == [None, '"1"', '"2"']


def test_a_server_that_answers_200_with_the_same_bytes_is_unchanged_by_digest_and_nothing_is_parsed_again(desk):
    with serving({"/feed": rss(item("https://wire.example/a"), ETag='"1"')}) as site:
        desk.follow(site.url("/feed"))
        desk.collect()
        desk.parsed.clear()
        site.routes["/feed"] = rss(item("https://wire.example/a"), ETag='"2"', Date="now")
        again = desk.collect(NOW + HOUR)
    assert (again.poll.status, again.poll.http_status, desk.parsed) == ("unchanged", 200, [])
    assert desk.feed().etag == '"2"'


def test_a_server_that_answers_304_to_whoever_asks_is_noticed_and_asked_without_condition(desk):
    with serving({"/feed": Answer(304)}) as site:
        desk.follow(site.url("/feed"))
        first = desk.collect().poll
        assert (first.status, first.reason) == ("failed", "HTTP 304 unasked")
        desk.collect(NOW + HOUR)
    assert asked(site) == [(None, None)] * 2


@pytest.mark.parametrize("etag", [b'"\xe9"', b'"\x01"', b'"a\x0bb"'], ids=["no UTF-8", "a control", "another"])
def test_validators_that_cannot_be_kept_verbatim_or_sent_are_not_kept(desk, etag):
    head = b"HTTP/1.1 200 OK\r\nETag: " + etag + b"\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n\r\n"
    with serving({"/feed": Raw((head % len(FEED.body) + FEED.body,))}) as site:
        desk.follow(site.url("/feed"))
        assert desk.collect().poll.status == "read"
        desk.collect(NOW + HOUR)
    assert asked(site) == [(None, None)] * 2
