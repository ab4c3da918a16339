"""What hosts and feeds asked for, in the store: kept from process to process, counted by day, forgotten when it is over."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.host import Robots
from models.page import HANDLING
from models.source import Poll
from pipeline.adapters.store.engine import located, opened
from pipeline.adapters.store.hosts import StoredHosts, waits_in
from pipeline.stages.polls import request
from tests.unit.adapters.making import HOUR, NOW, SOURCES, feed_of, feeds, rows

NATURE, WIRE = SOURCES
DAY = timedelta(days=1)
ROBOTS = Robots("https://wire.example", NOW, NOW + DAY, "Disallow: /é", "timeout", NOW - DAY, NOW - HOUR)


def test_a_wait_is_kept_from_process_to_process_until_it_is_over(database, tmp_path):
    StoredHosts(database).wait("wire.example", NOW + HOUR)
    another = opened(located("sqlite:///news.db", tmp_path))
    assert StoredHosts(another).waits(NOW) == {"wire.example": NOW + HOUR}
    assert StoredHosts(another).waits(NOW + HOUR) == {}
    another.close()


def test_a_wait_can_be_read_without_opening_the_database(database, tmp_path):
    StoredHosts(database).wait("wire.example", NOW + HOUR)
    assert waits_in(database.path, NOW) == {"wire.example": NOW + HOUR}
    assert waits_in(database.path, NOW + HOUR) == {}
    (tmp_path / "other.db").write_text("no database")
    assert waits_in(tmp_path / "other.db", NOW) == {}


def test_a_wait_longer_than_any_that_is_believed_was_written_under_a_clock_that_was_ahead(database):
    stored = StoredHosts(database)
    stored.wait("ahead.example", NOW + 365 * DAY)
    stored.wait("wire.example", NOW + 7 * DAY)
    for waits in (stored.waits(NOW), waits_in(database.path, NOW)):
        assert waits == {"wire.example": NOW + 7 * DAY}
    stored.tidy(NOW)
    assert rows(database, "SELECT site FROM host") == [("wire.example",)]


def test_a_robots_txt_is_kept_as_it_was_learned(database):
    stored = StoredHosts(database)
    assert stored.robots(ROBOTS.origin) is None
    for known in (ROBOTS, Robots(ROBOTS.origin, NOW, NOW)):
        stored.learned(known)
        assert stored.robots(ROBOTS.origin) == known


def test_until_when_an_origin_rests_is_kept_with_its_robots_txt_never_too_short(database):
    stored = StoredHosts(database)
    stored.rests(ROBOTS.origin, NOW)  # not known: nothing to keep it with
    assert stored.robots(ROBOTS.origin) is None
    stored.learned(ROBOTS)
    stored.rests(ROBOTS.origin, NOW + timedelta(seconds=10, milliseconds=1))
    assert stored.robots(ROBOTS.origin) == replace(ROBOTS, rests_until=NOW + timedelta(seconds=11))


def test_what_is_over_is_forgotten(database):
    stored = StoredHosts(database)
    for days in (0, 90):
        stored.wait(f"{days}.example", NOW + HOUR - days * DAY)
        stored.learned(replace(ROBOTS, origin=f"https://{days}.example", until=NOW - days * DAY))
        feeds(database).polled(Poll(feed_of(database, "wire"), "read", requests=1), [], NOW - days * DAY)
    stored.tidy(NOW)
    assert rows(database, "SELECT site FROM host") == [("0.example",)]
    assert rows(database, "SELECT origin FROM robots") == [("https://0.example",)]
    assert rows(database, "SELECT day FROM feed_day") == [("2026-09-01",)]


def test_tidying_what_is_tidy_writes_nothing(database):
    with database.reading() as connection:
        driver = connection.connection.dbapi_connection
        before = driver.total_changes
    StoredHosts(database).tidy(NOW)
    assert driver.total_changes == before


def polled(database, status="read", at=NOW, **more):
    feeds(database).polled(Poll(feed_of(database, "wire"), status, **more), [], at)
    return feed_of(database, "wire")


def test_validators_are_kept_with_their_address_and_dropped_when_the_way_of_asking_changes(database):
    feed = polled(database, etag='W/"1"', last_modified="Mon", validators_url="https://cdn.example/feed")
    assert (feed.handling, request(feed).etag, request(feed).validators_url) == (HANDLING, 'W/"1"', "https://cdn.example/feed")
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE courtesy SET handling = handling - 1")
    assert (request(feed_of(database, "wire")).etag, request(feed_of(database, "wire")).last_modified) == ("", "")


def test_validators_of_a_store_that_does_not_know_their_address_are_not_sent(database):
    feeds(database)
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE feed SET etag = '\"1\"'")
    assert request(feed_of(database, "wire")).etag == ""


def test_validators_that_were_no_good_are_dropped_and_the_digest_stays(database):
    polled(database, etag='"1"', last_modified="Mon", digest="d")
    kept = polled(database, "failed", reason="HTTP 500")
    dropped = polled(database, "failed", reason="HTTP 304 unasked", unsound=True)
    assert [(feed.etag, feed.last_modified, feed.digest) for feed in (kept, dropped)] == [('"1"', "Mon", "d"), ("", "", "d")]


def test_hints_and_moves_are_kept(database):
    feed = polled(database, fresh=60, skips=5, hinted_until=NOW + HOUR, moving_to="https://new.example/", moving_count=2)
    assert (feed.fresh, feed.skips, feed.hinted_until) == (60, 5, NOW + HOUR)
    assert (feed.moving_to, feed.moving_count) == ("https://new.example/", 2)
    failed = polled(database, "failed", reason="timeout", moving_to="https://new.example/", moving_count=2)
    assert (failed.skips, failed.hinted_until, failed.moving_count) == (5, NOW + HOUR, 2)


def test_hints_made_under_a_clock_that_was_ahead_do_not_count(database):
    polled(database, at=NOW + 90 * DAY, hinted_until=NOW + 91 * DAY)
    (feed,) = [one for one in feeds(database).due(NOW)[0] if one.source_slug == "wire"]
    assert feed.hinted_until is None


def test_a_feed_is_failing_since_its_first_failure_after_a_success(database):
    since = [polled(database, "failed", NOW + n * HOUR, reason="timeout").failing_since for n in range(3)]
    assert since == [NOW] * 3
    assert polled(database).failing_since is None


def test_a_feed_whose_host_waits_is_moved_to_then_and_nothing_else_of_it_changes(database):
    before = polled(database, etag='"1"', digest="d")
    status = rows(database, "SELECT last_status, last_polled_at, consecutive_failures FROM feed")
    after = polled(database, "waiting", next_at=NOW + HOUR)
    assert after == replace(before, next_fetch_at=NOW + HOUR)
    assert rows(database, "SELECT last_status, last_polled_at, consecutive_failures FROM feed") == status


def test_a_feed_that_is_put_in_again_is_asked_without_a_word_of_what_it_asked_for_before(database):
    polled(database, etag='"1"', validators_url="https://old.example/", hinted_until=NOW + 99 * DAY)
    stored = feeds(database)
    stored.polled(Poll(feed_of(database, "wire"), "failed", "HTTP 410", gone=True), [], NOW)
    stored.configure([NATURE])
    stored.configure([WIRE])
    feed = feed_of(database, "wire")
    assert (feed.validators_url, feed.hinted_until, feed.failing_since) == ("", None, None)


COUNTED = "SELECT day, polls, requests, not_modified, bytes, early FROM feed_day ORDER BY day"


def test_what_a_server_sees_of_us_is_counted_by_day(database):
    polled(database, requests=3, size=100)
    polled(database, "unchanged", requests=1, not_modified=True)
    polled(database, "failed", reason="timeout", requests=1)
    polled(database, requests=1, size=50, at=NOW + DAY)
    assert rows(database, COUNTED) == [("2026-09-01", 3, 5, 1, 100, 0), ("2026-09-02", 1, 1, 0, 50, 0)]


def test_a_recording_is_not_counted(database):
    polled(database, requests=0)
    assert rows(database, COUNTED) == []


@pytest.mark.parametrize(("at", "early"), [(NOW, 1), (NOW + HOUR, 0)])
def test_a_request_before_the_feed_s_hints_allow_it_would_be_seen(database, at, early):
    polled(database, hinted_until=NOW + HOUR)
    polled(database, requests=1, at=at)
    assert rows(database, COUNTED)[0][-1] == early
