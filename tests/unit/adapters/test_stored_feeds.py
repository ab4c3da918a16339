"""Feeds in the store: sources configured, who is due, the queue of entries and what becomes of them."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from models.entry import Known, Verdict
from models.outcome import Failed, Skipped
from models.source import Poll
from pipeline.adapters.store.engine import located, opened
from tests.unit.adapters.making import HOUR, NOW, SOURCES, entry, feed_of, feeds, kept, queue, rows, waiting

ROOT = Path(__file__).parents[3]
NATURE, WIRE = SOURCES


def test_configured_sources_are_due_in_order_of_address(database):
    stored = feeds(database, WIRE, NATURE)
    due, waits = stored.due(NOW)
    assert [(feed.url, feed.source_slug, feed.polled) for feed in due] == [
        ("https://nature.example/feed", "nature", False),
        ("https://wire.example/feed", "wire", False),
    ]
    assert waits == []


def test_configuring_again_writes_nothing(database):
    feeds(database)
    with database.reading() as connection:
        driver = connection.connection.dbapi_connection
        before = driver.total_changes
    feeds(database)
    assert driver.total_changes == before


def test_a_changed_source_is_changed_and_keeps_its_feed(database):
    feeds(database)
    number = feed_of(database, "nature").id
    feeds(database, replace(NATURE, name="Nature News", pages="feed"), WIRE)
    assert (feed_of(database, "nature").id, feed_of(database, "nature").pages) == (number, "feed")
    assert ("Nature News",) in rows(database, "SELECT name FROM source")


def test_a_source_that_is_gone_is_kept_but_not_asked(database):
    feeds(database)
    kept(database, "wire", "https://wire.example/a")
    queue(database, "wire", entry("https://wire.example/b"))
    stored = feeds(database, NATURE)
    assert [feed.source_slug for feed in stored.due(NOW)[0]] == ["nature"]
    assert waiting(database) == []
    assert rows(database, "SELECT count(*) FROM article_source WHERE source_slug = 'wire'") == [(1,)]
    feeds(database)
    assert [feed.source_slug for feed in stored.due(NOW)[0]] == ["nature", "wire"]
    assert [queued.entry.url for queued in waiting(database)] == ["https://wire.example/b"]


def test_a_feed_that_is_read_keeps_its_validators_and_its_new_address(database):
    stored = feeds(database)
    moved = "https://nature.example/new"
    stored.polled(
        Poll(feed_of(database, "nature"), "read", etag='W/"1"', last_modified="Mon", digest="d", moved_to=moved), [], NOW
    )
    feed = feed_of(database, "nature")
    assert (feed.url, feed.etag, feed.last_modified, feed.digest, feed.polled) == (moved, 'W/"1"', "Mon", "d", True)
    feeds(database)
    assert feed_of(database, "nature").url == moved


def test_a_failure_keeps_the_validators_and_is_counted(database):
    stored = feeds(database)
    stored.polled(Poll(feed_of(database, "nature"), "read", etag='"1"', digest="d"), [], NOW)
    for _ in range(2):
        stored.polled(Poll(feed_of(database, "nature"), "failed", "timeout"), [], NOW + HOUR)
    assert (feed_of(database, "nature").etag, feed_of(database, "nature").digest) == ('"1"', "d")
    health = "SELECT last_status, consecutive_failures, last_success_at FROM source_health WHERE source_slug = 'nature'"
    assert rows(database, health) == [("failed: timeout", 2, "2026-09-01T12:00:00Z")]
    stored.polled(Poll(feed_of(database, "nature"), "unchanged"), [], NOW + 2 * HOUR)
    assert rows(database, health) == [("unchanged", 0, "2026-09-01T14:00:00Z")]


def test_a_feed_that_asked_us_to_wait_is_not_asked_until_then(database):
    stored = feeds(database)
    told = NOW + 2 * HOUR
    stored.polled(Poll(feed_of(database, "nature"), "failed", "HTTP 503", 503, retry_at=told, next_at=told), [], NOW)
    due, (waits,) = stored.due(NOW + HOUR)
    assert [feed.source_slug for feed in due] == ["wire"]
    assert (waits.feed.source_slug, waits.status, waits.reason) == ("nature", "waiting", "until 2026-09-01 14:00Z")
    assert len(stored.due(NOW + 2 * HOUR)[0]) == 2
    stored.polled(Poll(feed_of(database, "nature"), "read"), [], NOW + 2 * HOUR)
    assert len(stored.due(NOW + 2 * HOUR)[0]) == 2


def test_what_is_known_of_an_entry_is_its_digest_and_whether_it_waits(database):
    stored = feeds(database)
    feed = feed_of(database, "nature")
    older = Verdict(entry("https://nature.example/old", digest="2"), Skipped("https://nature.example/old", "older"))
    stored.polled(Poll(feed, "read"), [Verdict(entry("https://nature.example/new"), None), older], NOW)
    keys = ["https://nature.example/new", "https://nature.example/old", *[f"none {n}" for n in range(1200)]]
    assert stored.known(feed.id, keys) == {keys[0]: Known("1", True), keys[1]: Known("2", False)}
    assert stored.known(feed_of(database, "wire").id, keys) == {}


def test_a_verdict_that_needs_no_remembering_is_not_written(database):
    stored = feeds(database)
    feed = feed_of(database, "nature")
    stored.polled(Poll(feed, "read"), [Verdict(entry("https://nature.example/a"), None, remember=False)], NOW)
    assert stored.known(feed.id, ["https://nature.example/a"]) == {}


def test_a_queued_entry_comes_back_as_it_was(database):
    feeds(database)
    listed = entry("https://nature.example/a", text="Füße", published=NOW - HOUR, precise=False, categories=("AI", "x"))
    (queued,) = queue(database, "nature", listed)
    assert queued.entry == listed
    assert (queued.source_slug, queued.pages, queued.attempts, queued.article_id) == ("nature", "fetch", 0, None)
    assert (queued.first_seen, queued.same_as) == (NOW, None)


def test_the_queue_is_newest_first_and_dates_of_the_future_count_as_now(database):
    feeds(database)
    hours = {"c": -3, "a": -1, "future": 900, "b": -2}
    listed = [entry(f"https://wire.example/{name}", published=NOW + n * HOUR) for name, n in hours.items()]
    urls = [one.entry.url[-1] for one in queue(database, "wire", entry("https://wire.example/0"), *listed)]
    assert urls == ["e", "a", "b", "c", "0"]


def test_entries_of_one_article_never_share_a_round(database):
    stored = feeds(database)
    shared = [entry(f"https://wire.example/a?utm={n}", identity="wire.example/a") for n in range(3)]
    queue(database, "nature", entry("https://wire.example/a", identity="wire.example/a"), entry("https://nature.example/b"))
    queue(database, "wire", *shared)
    rounds = [[one.entry.identity for one in part] for part in stored.queued(NOW)]
    assert [len(part) for part in rounds] == [2, 1, 1, 1]
    assert all(len(set(part)) == len(part) for part in rounds)


def test_the_heaviest_source_reads_a_shared_article_first(database):
    stored = feeds(database)
    shared = {"identity": "wire.example/a", "published": NOW}
    queue(database, "wire", entry("https://wire.example/a", **shared))
    queue(database, "nature", entry("https://nature.example/x", **shared))
    assert [[one.source_slug for one in part] for part in stored.queued(NOW)] == [["nature"], ["wire"]]


def test_an_entry_whose_article_was_read_from_its_page_names_it(database):
    feeds(database)
    kept(database, "nature", "https://wire.example/a", listed=entry("https://wire.example/a"))
    (queued,) = queue(database, "wire", entry("https://wire.example/a"))
    assert queued.same_as == (1, "https://wire.example/a")


def test_an_article_of_two_sentences_does_not_keep_another_source_from_its_page(database):
    feeds(database)
    kept(database, "nature", "https://wire.example/a", text_from="summary")
    (queued,) = queue(database, "wire", entry("https://wire.example/a"))
    assert queued.same_as is None


def test_a_failed_entry_is_asked_again_when_its_time_has_come(database):
    stored = feeds(database)
    (queued,) = queue(database, "nature", entry("https://nature.example/a"))
    stored.put_off(queued, Failed(queued.entry.url, "timeout", NOW + HOUR))
    assert waiting(database) == []
    assert stored.known(feed_of(database, "nature").id, [queued.entry.key]) == {queued.entry.key: Known("1", True, NOW + HOUR)}
    (again,) = waiting(database, NOW + HOUR)
    assert (again.attempts, again.entry, again.first_seen) == (1, queued.entry, NOW)


@pytest.mark.parametrize("outcome", [Failed("https://nature.example/a", "timeout"), Skipped("https://nature.example/a", "gone")])
def test_an_entry_that_is_given_up_is_not_asked_again(database, outcome):
    stored = feeds(database)
    (queued,) = queue(database, "nature", entry("https://nature.example/a"))
    stored.put_off(queued, outcome)
    assert waiting(database, NOW + 1000 * HOUR) == []
    assert rows(database, "SELECT state, outcome, payload FROM entry") == [("done", str(outcome), None)]


def test_an_edited_entry_waits_again_and_remembers_its_article_and_first_sight(database):
    feeds(database)
    kept(database, "nature", "https://nature.example/a")
    edited = entry("https://nature.example/a", digest="2", title="Another title")
    (queued,) = queue(database, "nature", edited, now=NOW + HOUR)
    assert (queued.entry.title, queued.article_id, queued.first_seen) == ("Another title", 1, NOW)
    assert queued.same_as is None


def test_a_poll_is_kept_with_its_entries_or_not_at_all(database):
    stored = feeds(database)
    feed = feed_of(database, "nature")
    broken = Verdict(entry("https://nature.example/b", title=object()), None)
    with pytest.raises((TypeError, sa.exc.SQLAlchemyError)):
        stored.polled(Poll(feed, "read", etag='"1"'), [Verdict(entry("https://nature.example/a"), None), broken], NOW)
    assert feed_of(database, "nature").etag == ""
    assert waiting(database) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from pipeline.adapters.store.engine import located, opened
from tests.unit.adapters.making import entry, feeds, queue
database = opened(located("sqlite:///news.db", Path(sys.argv[1])))
feeds(database)
queue(database, "nature", *[entry(f"https://nature.example/{n}") for n in range(300)])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_run_killed_between_poll_and_page_loses_no_entry(database, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    assert done.returncode == -signal.SIGKILL
    reopened = opened(located("sqlite:///news.db", tmp_path))
    assert {one.entry.url for one in waiting(reopened)} == {f"https://nature.example/{n}" for n in range(300)}
    reopened.close()
