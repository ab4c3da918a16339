"""collect over hosts that ask for something: entries that wait stay queued, pages that may not be read live from the feed."""

from dataclasses import replace
from email.utils import format_datetime

import pytest

from models.outcome import Failed, New, Skipped
from models.page import Page
from models.run import Planned
from models.settings import Settings
from models.source import Poll
from pipeline import flow
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.hosts import StoredHosts
from pipeline.adapters.store.links import StoredLinks
from pipeline.adapters.store.words import StoredWords
from pipeline.adapters.workers import in_order
from pipeline.flow.minding import Minding
from tests.fakes import Web, page
from tests.unit.adapters.making import HOUR, NOW, SOURCES, begun, feeds, glossary, rows
from tests.unit.stages.making import PARAMETERS

FEED, ROBOTS, A, B = (f"https://wire.example/{name}" for name in ("feed", "robots.txt", "2026/a", "2026/b"))
SENTENCE = "The committee looked into how attention heads keep count of the words that they have read so far, and why. "
STORY = f"<html><body><article><h1>A report</h1><p>{SENTENCE * 9}</p></article></body></html>"
SUMMARY = "A short summary of what was said there."
QUEUED = "SELECT url, state, attempts, retry_at FROM entry ORDER BY url"


def listed(*items: str, head: str = "") -> Page:
    return page(FEED, f"<rss version='2.0'><channel><title>Wire</title>{head}{''.join(items)}</channel></rss>", etag='"1"')


def item(url: str, summary: str = SUMMARY) -> str:
    dated = format_datetime(NOW - HOUR)
    return f"<item><title>Report {url[-1]}</title><link>{url}</link><description>{summary}</description><pubDate>{dated}</pubDate></item>"


class Desk:
    """One source, its web, and passes that remember hosts."""

    def __init__(self, database):
        self.database, self.web = database, Web({FEED: listed(item(A)), ROBOTS: page(ROBOTS, "", 404), A: page(A, STORY)})
        begun(database)
        self.feeds = feeds(database, SOURCES[1])

    def collect(self, now=NOW, **more):
        fetch = Minding(self.web, StoredHosts(self.database), Settings(), now, elapsed=lambda: 0.0)
        parts = flow.Parts(
            fetch, in_order, self.feeds, StoredArticles(self.database), StoredLinks(self.database), StoredWords(self.database),
            glossary("attention"), PARAMETERS, Settings(), **{"eager": True, **more},
        )  # fmt: skip
        events = [event for event in flow.collect(parts, now) if not isinstance(event, Planned)]
        (poll,) = [event for event in events if isinstance(event, Poll)]
        return poll, [event for event in events if not isinstance(event, Poll)]

    def rows(self, query):
        return rows(self.database, query)


@pytest.fixture
def desk(database):
    return Desk(database)


def test_a_page_that_robots_txt_forbids_lives_from_the_feed_s_own_sentences(desk):
    desk.web.pages |= {ROBOTS: page(ROBOTS, "User-agent: *\nDisallow: /2026/")}
    assert desk.collect()[1] == [New(A)]
    assert desk.rows("SELECT text, text_from FROM article") == [(SUMMARY, "summary")]
    assert A not in desk.web.asked


def test_a_page_that_robots_txt_forbids_and_of_which_the_feed_says_nothing_is_skipped(desk):
    desk.web.pages |= {ROBOTS: page(ROBOTS, "User-agent: conceptwire\nDisallow: /"), FEED: listed(item(A, ""))}
    assert desk.collect()[1] == [Skipped(A, "robots.txt")]
    assert desk.rows(QUEUED) == [(A, "done", 1, None)]


def test_pages_of_a_host_whose_robots_txt_does_not_answer_are_tried_again_as_others_that_fail(desk):
    desk.web.pages |= {ROBOTS: page(ROBOTS, "", 500)}
    assert desk.collect()[1] == [Failed(A, "robots.txt HTTP 500", NOW + HOUR)]
    desk.web.pages |= {ROBOTS: page(ROBOTS, "")}
    assert desk.collect(NOW + HOUR)[1] == [New(A)]
    assert desk.rows("SELECT text_from FROM article") == [("page",)]


def test_a_run_whose_entries_are_all_known_asks_for_no_robots_txt(desk):
    desk.collect()
    desk.web.asked.clear()
    desk.collect(NOW + 48 * HOUR)
    assert desk.web.asked == [FEED]


def test_entries_of_a_host_that_asked_to_wait_stay_queued_and_cost_none_of_their_tries(desk):
    StoredHosts(desk.database).wait("paper.example", NOW + 2 * HOUR)
    there = "https://paper.example/a"
    desk.web.pages |= {FEED: listed(item(there)), there: page(there, STORY)}
    assert desk.collect()[1] == [Failed(there, "asked to wait", NOW + 2 * HOUR)]
    assert desk.rows(QUEUED) == [(there, "queued", 0, "2026-09-01T14:00:00Z")]
    assert desk.collect(NOW + HOUR)[1] == []
    desk.web.pages |= {"https://paper.example/robots.txt": page("https://paper.example/robots.txt", "", 404)}
    assert desk.collect(NOW + 2 * HOUR)[1] == [New(there)]


def test_a_page_that_says_retry_after_silences_its_whole_host_and_the_feed_on_it(desk):
    desk.web.pages |= {
        FEED: listed(item(A), item(B)),
        A: page(A, "", 503, retry_after="7200"),
        B: page(B, "", 503, retry_after="7200"),
    }
    assert {str(one) for one in desk.collect()[1]} == {"Failed(HTTP 503)", "Failed(asked to wait)"}
    desk.web.asked.clear()
    poll, outcomes = desk.collect(NOW + HOUR)
    assert (poll.status, poll.reason, outcomes) == ("waiting", "until 2026-09-01 14:00Z", [])
    assert desk.web.asked == []
    assert desk.rows("SELECT next_fetch_at, consecutive_failures FROM feed") == [("2026-09-01T14:00:00Z", 0)]


def test_a_feed_that_says_retry_after_keeps_other_passes_from_the_pages_of_its_host(desk):
    desk.web.pages |= {A: "timeout"}
    desk.collect()
    desk.web.pages |= {FEED: page(FEED, "", 429, retry_after="7200"), A: page(A, STORY)}
    poll, outcomes = desk.collect(NOW + HOUR)
    assert (poll.status, poll.reason) == ("failed", "HTTP 429")
    assert outcomes == [Failed(A, "asked to wait", NOW + 3 * HOUR)]


@pytest.mark.parametrize(
    ("head", "waits"), [("<ttl>120</ttl>", 1), ("<skipHours><hour>13</hour></skipHours>", 1), ("", 0), ("<ttl>60</ttl>", 0)]
)
def test_a_run_that_waits_for_no_pace_waits_for_hints(desk, head, waits):
    desk.web.pages |= {FEED: listed(head=head)}
    desk.collect()
    assert desk.collect(NOW + HOUR)[0].status == ("waiting" if waits else "unchanged")
    assert desk.collect(NOW + HOUR, recorded=True)[0].status == "unchanged"


def test_only_what_servers_saw_is_counted(desk):
    desk.collect()
    desk.web.pages |= {FEED: page(FEED, "", 304)}
    desk.collect(NOW + HOUR)
    desk.collect(NOW + HOUR, recorded=True)
    (row,) = desk.rows("SELECT polls, requests, not_modified, bytes, early FROM feed_day")
    sizes = [len(found.body) for found in (listed(item(A)), page(A, STORY))]
    assert row == (2, 4, 1, sum(sizes), 0)  # the feed twice, its page and the page's robots.txt once


def test_a_304_that_nobody_asked_for_fails_and_the_feed_is_asked_without_validators_next_time(desk):
    desk.collect()
    there = "https://cdn.example/feed"
    desk.web.pages |= {FEED: replace(page(FEED, "", 304), url=there)}
    poll, _ = desk.collect(NOW + HOUR)
    assert (poll.status, poll.reason) == ("failed", "HTTP 304 unasked")
    desk.web.pages |= {FEED: listed(item(A))}
    seen = []
    inner = desk.web
    desk.web = lambda requests: inner(seen.append(one) or one for one in requests)
    assert desk.collect(NOW + 2 * HOUR)[0].status == "unchanged"  # the same bytes: nothing is parsed again
    assert [(one.etag, one.last_modified) for one in seen] == [("", "")]
