"""Pace in the store: kept with each poll, waited for by the next run, put aside by one that is eager."""

from dataclasses import replace

import pytest

from models.entry import Verdict
from models.settings import Settings
from models.source import Poll
from pipeline import flow
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.engine import located, opened
from pipeline.adapters.store.feeds import StoredFeeds
from pipeline.adapters.store.links import StoredLinks
from pipeline.adapters.store.words import StoredWords
from pipeline.adapters.workers import in_order
from tests.fakes import Web, page
from tests.unit.adapters.making import HOUR, NOW, SOURCES, begun, entry, feed_of, feeds, glossary, rows, waiting
from tests.unit.stages.making import PARAMETERS

NATURE, WIRE = SOURCES
THERE = WIRE.feeds[0]
KEPT = "SELECT next_fetch_at, pace_seconds, asks_seconds, consecutive_failures, last_status FROM feed WHERE source_slug = 'wire'"


def body(ttl: int = 0) -> str:
    asked = f"<ttl>{ttl}</ttl>" if ttl else ""
    items = "".join(
        f"<item><title>Report {n}</title><link>https://wire.example/{n}</link><description>Words of it.</description>"
        f"<pubDate>{NOW - 4 * n * HOUR:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        for n in range(1, 9)
    )
    return f"<rss version='2.0'><channel><title>Wire</title>{asked}{items}</channel></rss>"


class Desk:
    """One source, and what it answers."""

    def __init__(self, database):
        self.database, self.web = database, Web({})
        begun(database)
        self.stored = feeds(database, replace(WIRE, pages="feed"))

    def answers(self, said="", status=200, **more):
        self.web.pages = {THERE: said if status == 0 else page(THERE, said, status, **{"etag": '"1"', **more})}

    def poll(self, now=NOW, **more):
        """The poll of a pass at `now`."""
        parts = flow.Parts(
            self.web, in_order, self.stored, StoredArticles(self.database), StoredLinks(self.database), StoredWords(self.database), glossary("token"),
            PARAMETERS, Settings(), **more,
        )  # fmt: skip
        (made,) = [event for event in flow.collect(parts, now) if isinstance(event, Poll)]
        return made


@pytest.fixture
def desk(database):
    return Desk(database)


def test_a_feed_is_asked_again_at_its_own_pace(desk):
    desk.answers(body())
    assert desk.poll().status == "read"
    assert desk.poll(NOW + HOUR).status == "waiting"
    assert desk.poll(NOW + 2.2 * HOUR).status == "unchanged"
    assert len(desk.web.asked) == 2


def test_the_pace_is_kept_with_the_poll_by_the_same_transaction(desk, database):
    desk.answers(body(ttl=360))
    desk.poll()
    ((at, pace, asks, failures, status),) = rows(database, KEPT)
    assert "2026-09-01T18:00:00Z" <= at <= "2026-09-01T18:18:00Z"
    assert (pace, asks, failures, status) == (7200, 21_600, 0, "read")
    broken = Verdict(entry("https://wire.example/x", title=object()), None)
    with pytest.raises(TypeError):
        desk.stored.polled(Poll(feed_of(database, "wire"), "read", pace=1, asks=1, next_at=NOW), [broken], NOW)
    assert rows(database, KEPT) == [(at, pace, asks, failures, status)]


def test_cron_runs_keep_the_pace_from_process_to_process(desk, database, tmp_path):
    desk.answers(body())
    desk.poll()
    another = opened(located("sqlite:///news.db", tmp_path))
    due, (waits,) = StoredFeeds(another).due(NOW + HOUR)
    another.close()
    assert (due, waits.status, waits.feed.pace) == ([], "waiting", 7200)


def test_a_clock_that_was_ahead_silences_no_feed(desk, database):
    far = NOW + 87_600 * HOUR
    for said in (body(), ""):  # read, and failed
        desk.answers(said)
        desk.poll(far)
        assert rows(database, "SELECT next_fetch_at > '2036' FROM feed WHERE source_slug = 'wire'") == [(1,)]
        desk.answers(body(ttl=120))
        assert desk.poll().status in {"read", "unchanged"}
        assert desk.poll(NOW + HOUR).status == "waiting"


def test_a_304_is_followed_by_what_was_learned_and_asked_before(desk, database):
    desk.answers(body(ttl=180))
    desk.poll()
    desk.answers(status=304)
    assert desk.poll(NOW + 4 * HOUR).status == "unchanged"
    ((at, pace, asks, *_),) = rows(database, KEPT)
    assert (pace, asks) == (7200 + 4 * 3600 // 8, 3 * 3600)
    assert at >= "2026-09-01T19:00:00Z"


def test_a_server_s_word_on_freshness_counts_on_a_304_too(desk, database):
    desk.answers(body())
    desk.poll()
    desk.answers(status=304, cache_control="max-age=14400")
    desk.poll(NOW + 3 * HOUR)
    assert rows(database, KEPT)[0][0] >= "2026-09-01T19:00:00Z"


def test_failures_back_off_and_one_success_ends_that(desk, database):
    desk.answers("timeout", 0)
    at, waits = NOW, []
    for _ in range(9):
        assert desk.poll(at).status == "failed"
        feed = feed_of(database, "wire")
        waits.append((feed.next_fetch_at - at).total_seconds() / 3600)
        at = feed.next_fetch_at
    assert all(0.25 * 2**n <= wait <= 0.25 * 2**n * 1.05 for n, wait in enumerate(waits[:6]))
    assert waits[-1] == 24
    desk.answers(body())
    assert desk.poll(at).status == "read"
    assert feed_of(database, "wire").failures == 0


def test_an_eager_run_waits_for_no_pace_but_for_the_floor_failures_and_retry_after(desk, database):
    desk.answers(body())
    desk.poll()
    assert desk.poll(NOW + HOUR / 5, eager=True).status == "waiting"
    desk.answers("timeout", 0)
    assert desk.poll(NOW + HOUR / 4, eager=True).status == "failed"
    again = feed_of(database, "wire").next_fetch_at
    assert again >= NOW + HOUR / 2
    assert desk.poll(again - HOUR / 60, eager=True).status == "waiting"
    desk.answers(status=503, retry_after="7200")
    told = desk.poll(again, eager=True)
    assert (told.status, told.next_at) == ("failed", again + 2 * HOUR)
    assert desk.poll(again + HOUR, eager=True).status == "waiting"
    desk.answers(body())
    assert desk.poll(again + 2 * HOUR, eager=True).status == "unchanged"
    assert desk.poll(again + 2.25 * HOUR, eager=True).status == "unchanged"


def test_a_feed_that_failed_under_a_clock_that_was_ahead_is_asked(desk):
    desk.answers("timeout", 0)
    assert desk.poll(NOW + 9000 * HOUR).status == "failed"
    assert desk.poll(NOW, eager=True).status == "failed"


def test_a_status_says_that_the_server_told_us_to_wait(desk, database):
    desk.answers(status=429, retry_after="7200")
    desk.poll()
    assert rows(database, KEPT) == [("2026-09-01T14:00:00Z", 0, 0, 1, "failed: HTTP 429 (Retry-After)")]


def test_a_feed_that_is_gone_is_retired_and_counted_but_not_asked(desk, database):
    desk.answers(status=410)
    gone = desk.poll()
    assert (gone.status, gone.reason, gone.gone) == ("failed", "HTTP 410", True)
    for eager in (False, True):
        later = desk.poll(NOW + 9000 * HOUR, eager=eager)
        assert (later.status, later.reason) == ("retired", "since 2026-09-01 12:00Z")
    assert desk.web.asked == [THERE]
    health = "SELECT next_fetch_at, retired_feeds FROM source_health WHERE source_slug = 'wire'"
    assert rows(database, health) == [(None, THERE)]


@pytest.mark.parametrize("status", [404, 403, 500])
def test_no_other_answer_retires_a_feed(desk, status):
    desk.answers(status=status)
    assert not desk.poll().gone
    assert desk.poll(NOW + HOUR).status == "failed"


def test_a_410_under_the_other_spelling_of_an_empty_feed_retires_nothing(desk):
    desk.answers("")
    desk.web.pages |= {THERE + "/": page(THERE + "/", "", 410)}
    assert (desk.poll().status, desk.poll(NOW + HOUR).status) == ("failed", "failed")


def test_a_retired_feed_that_is_taken_out_and_put_in_again_is_asked_where_it_was_configured(desk, database):
    stored = desk.stored
    stored.polled(Poll(feed_of(database, "wire"), "read", etag='"1"', moved_to="https://moved.example/feed"), [], NOW)
    stored.polled(Poll(feed_of(database, "wire"), "failed", "HTTP 410", 410, gone=True), [], NOW)
    stored.configure([WIRE])  # as it was
    assert stored.due(NOW)[0] == []
    stored.configure([NATURE])
    stored.configure([WIRE])
    (feed,) = stored.due(NOW)[0]
    assert (feed.url, feed.etag, feed.failures) == (THERE, "", 0)


def test_a_retired_feed_under_another_address_is_another_feed(desk):
    desk.answers(status=410)
    desk.poll()
    there = "https://wire.example/new.xml"
    desk.stored.configure([replace(WIRE, feeds=(there,))])
    assert [feed.url for feed in desk.stored.due(NOW)[0]] == [there]


def test_a_feed_that_was_only_taken_out_for_a_while_keeps_where_it_moved(desk, database):
    moved = "https://moved.example/feed"
    desk.stored.polled(Poll(feed_of(database, "wire"), "read", moved_to=moved), [], NOW)
    desk.stored.configure([NATURE])
    desk.stored.configure([WIRE])
    assert feed_of(database, "wire").url == moved


def test_what_history_was_read_in_from_is_never_polled(desk, database):
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE feed SET kind = 'web'")
    assert desk.stored.due(NOW) == ([], [])
    assert waiting(database) == []
