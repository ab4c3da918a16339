"""collect and settle over a dictionary for the web, the real store, and work done in order."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest

from config import loading
from config.relevance import parameters
from models.outcome import Changed, Duplicate, Failed, New, Skipped, Unchanged
from models.page import Hop, Page
from models.run import Planned
from models.settings import Settings
from models.source import Poll, Source
from pipeline import flow
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.feeds import StoredFeeds
from pipeline.adapters.store.links import StoredLinks
from pipeline.adapters.store.words import StoredWords
from pipeline.adapters.workers import in_order
from tests.fakes import Web, page
from tests.unit.adapters.making import HOUR, NOW, begun, glossary, rows

DAY = timedelta(days=1)
SENTENCE = "The committee of {} looked into how attention heads keep count of the words that they have read so far, and why. "


def item(url: str, title: str = "", summary: str = "A short summary of what was said there.") -> str:
    dated = format_datetime(NOW - DAY)
    title = title or f"Report from {url[-12:]}"
    return f"<item><title>{title}</title><link>{url.replace('&', '&amp;')}</link><description>{summary}</description><pubDate>{dated}</pubDate></item>"


def feed(*items: str) -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{"".join(items)}</channel></rss>'


def story(about: str, canonical: str = "") -> str:
    head = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    paragraphs = "".join(f"<p>{SENTENCE.format(f'{about} {n}') * 3}</p>" for n in ("one", "two", "three"))
    return f"<!doctype html><html><head>{head}</head><body><article><h1>{about}</h1>{paragraphs}</article></body></html>"


class Desk:
    """A site in small: two sources, a glossary of two concepts, and whatever the web holds."""

    def __init__(self, database, **settings):
        self.database, self.web = database, Web({})
        self.sources = tuple(
            Source(slug, slug.title(), f"https://{slug}.example/", (f"https://{slug}.example/feed",))
            for slug in ("nature", "wire")
        )
        self.settings = Settings(**settings)
        begun(database)
        StoredLinks(database).configure(glossary("attention", "token"), NOW)

    def collect(self, now=NOW):
        """One collecting pass: its polls by source, its outcomes in order."""
        stored = StoredFeeds(self.database)
        stored.configure(self.sources)
        parts = flow.Parts(
            self.web, in_order, stored, StoredArticles(self.database), StoredLinks(self.database), StoredWords(self.database),
            glossary("attention", "token"), replace(parameters(loading.SHIPPED), cut=0.01), self.settings,
            eager=True,  # whatever pace a feed has learned; test_stored_pace.py is about that
        )  # fmt: skip
        self.parts = parts
        events = [event for event in flow.collect(parts, now) if not isinstance(event, Planned)]
        polls = {event.feed.source_slug: event for event in events if isinstance(event, Poll)}
        return polls, [event for event in events if not isinstance(event, Poll)]

    def holds(self, pages, **feeds):
        """What the web holds: answers by address, and items of feeds by source; the other feeds have none."""
        listed = {f"https://{slug}.example/feed": feed(*feeds.get(slug, ())) for slug in ("nature", "wire")}
        self.web.pages = {url: answer(url, found) for url, found in {**listed, **pages}.items()}


def answer(url, found):
    """Markup is a page, other words are the reason of a failure."""
    if isinstance(found, Page):
        return replace(found, url=url)
    return page(url, found) if found.startswith("<") else found


@pytest.fixture
def desk(database):
    return Desk(database)


A, B, C = (f"https://wire.example/2026/{name}" for name in "abc")


def texts(desk):
    return rows(desk.database, "SELECT canonical_url, text_from FROM article ORDER BY canonical_url")


def test_an_entry_becomes_an_article_with_its_pages_text(desk):
    desk.holds({A: story("A")}, wire=[item(A)])
    polls, outcomes = desk.collect()
    assert outcomes == [New(A)]
    assert (polls["wire"].status, polls["wire"].entries, polls["nature"].entries) == ("read", 1, 0)
    assert texts(desk) == [(A, "page")]


def test_a_feed_that_gives_200_with_nothing_is_asked_under_its_other_spelling(desk):
    desk.holds({A: story("A"), "https://wire.example/feed": page("", " \n"), "https://wire.example/feed/": feed(item(A))})
    polls, outcomes = desk.collect()
    assert (polls["wire"].status, outcomes) == ("read", [New(A)])
    assert polls["wire"].feed.url == "https://wire.example/feed"
    assert [url for url in desk.web.asked if "wire.example/feed" in url] == [
        "https://wire.example/feed",
        "https://wire.example/feed/",
    ]


def test_a_feed_that_is_empty_under_both_spellings_failed(desk):
    desk.holds({"https://wire.example/feed": page("", ""), "https://wire.example/feed/": page("", "")})
    polls, outcomes = desk.collect()
    assert (polls["wire"].status, polls["wire"].reason, outcomes) == ("failed", "empty answer", [])
    assert polls["nature"].status == "read"


def test_every_entry_ends_as_exactly_one_outcome(desk):
    none, refused, odd = (f"https://wire.example/2026/{name}" for name in ("none", "refused", "odd"))
    pages = {
        A: story("A"),
        B: "timeout",
        C: page(C, "<p>gone</p>", 404),
        refused: page(refused, "no", 403),
        odd: page(odd, b"\x00\xff" * 99),
    }
    untitled = f"<item><link>{none}x</link><description>No title.</description></item>"
    listed = [
        item(A),
        item(A),
        item(B),
        item(C),
        item(refused),
        item(odd),
        item(none),
        untitled,
        "<item><title>No link</title></item>",
    ]
    desk.holds(pages, wire=listed)
    polls, outcomes = desk.collect()
    assert polls["wire"].entries == len(listed) == len(outcomes)
    assert Counter(map(str, outcomes)) == {
        "New": 3, "Duplicate": 1, "Failed(timeout)": 1, "Failed(host not found)": 1, "Skipped(gone)": 1,
        "Skipped(no title)": 1, "Skipped(no link)": 1,
    }  # fmt: skip


def test_a_second_pass_over_the_same_feed_is_unchanged_throughout(desk):
    desk.holds({A: story("A"), B: story("B")}, wire=[item(A), item(B)], nature=[item(C)])
    desk.collect()
    asked = len(desk.web.asked)
    polls, outcomes = desk.collect(NOW + HOUR / 2)
    assert {poll.status for poll in polls.values()} == {"unchanged"}
    assert (outcomes, len(desk.web.asked) - asked) == ([], 2)
    desk.holds({A: story("A"), B: story("B")}, wire=[item(A), item(B), "<!-- other bytes -->"], nature=[item(C)])
    polls, outcomes = desk.collect(NOW + 0.8 * HOUR)
    assert (polls["wire"].status, outcomes) == ("read", [Unchanged(A), Unchanged(B)])


def test_a_page_that_fails_is_tried_again_and_then_the_feeds_sentences_must_do(desk):
    desk.holds({A: "timeout"}, wire=[item(A)])
    assert desk.collect()[1] == [Failed(A, "timeout", NOW + HOUR)]
    assert desk.collect(NOW + HOUR / 2)[1] == []
    assert desk.collect(NOW + HOUR)[1] == [Failed(A, "timeout", NOW + 3 * HOUR)]
    assert desk.collect(NOW + 3 * HOUR)[1] == [New(A)]
    assert texts(desk) == [(A, "summary")]


def test_a_page_that_says_when_is_asked_then(desk):
    desk.holds({A: page(A, "busy", 503, retry_after="7200")}, wire=[item(A)])
    assert desk.collect()[1] == [Failed(A, "HTTP 503", NOW + 2 * HOUR)]


def test_an_edited_entry_is_read_again(desk):
    desk.holds({A: story("A")}, wire=[item(A)])
    desk.collect()
    desk.holds({A: story("B")}, wire=[item(A, title="Another title")])
    assert desk.collect(NOW + HOUR)[1] == [Changed(A)]


def test_pages_of_a_source_that_refuses_clients_are_not_asked_for(desk):
    desk.sources = (
        desk.sources[0],
        Source("wire", "Wire", "https://wire.example/", ("https://wire.example/feed",), pages="feed"),
    )
    desk.holds({}, wire=[item(A)])
    assert desk.collect()[1] == [New(A)]
    assert A not in desk.web.asked
    assert texts(desk) == [(A, "summary")]


def test_a_first_poll_takes_the_newest_entries_only(database):
    desk = Desk(database, first_run_entries=1)
    desk.holds({A: story("A")}, wire=[item(A), item(B)])
    assert desk.collect()[1] == [Skipped(B, "older"), New(A)]


NOTICE = (
    "<html><body><article><p>"
    + "Our readers keep this small paper alive, thank you all for it. " * 4
    + "</p></article></body></html>"
)


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_a_notice_on_several_pages_of_a_host_gives_way_to_the_feeds_own_text(desk, count):
    urls = [f"https://wire.example/2026/{n}" for n in range(count)]
    desk.holds(dict.fromkeys(urls, NOTICE), wire=[item(url, f"Report number {n}") for n, url in enumerate(urls)])
    polls, outcomes = desk.collect()
    assert (polls["wire"].entries, len(outcomes)) == (count, count)
    assert texts(desk) == [(url, "summary") for url in urls]


def test_a_notice_over_an_entry_without_words_is_no_article(desk):
    desk.holds({A: NOTICE, B: NOTICE}, wire=[item(A, "First report", ""), item(B, "Second report", "")])
    outcomes = desk.collect()[1]
    assert len(outcomes) == 2
    assert Skipped(B, "notice") in outcomes
    assert texts(desk) == []


def test_an_address_in_two_feeds_is_one_article_with_two_sources_read_once(desk):
    desk.holds({A: story("A"), A + "?utm_source=rss": story("A", A)}, wire=[item(A)], nature=[item(A + "?utm_source=rss")])
    outcomes = desk.collect()[1]
    assert Counter(map(type, outcomes)) == {New: 1, Duplicate: 1}
    assert {one.of for one in outcomes if isinstance(one, Duplicate)} == {A}
    assert len([url for url in desk.web.asked if url.startswith(A)]) == 1
    assert rows(desk.database, "SELECT source_slug FROM article_source") == [("nature",), ("wire",)]


def test_a_hidden_duplicate_ends_as_one_article_with_two_sources(desk):
    other = "https://wire.example/amp-edition/a-story"
    desk.holds({A: story("A", A), other: story("A", A)}, wire=[item(A)], nature=[item(other)])
    outcomes = desk.collect()[1]
    assert Counter(map(type, outcomes)) == {New: 1, Duplicate: 1}
    assert texts(desk) == [(A, "page")]
    assert rows(desk.database, "SELECT source_slug FROM article_source") == [("nature",), ("wire",)]


def test_a_page_that_breaks_our_code_costs_one_entry(desk):
    class Broken(bytes):
        def decode(self, *given):
            raise RuntimeError("no library is perfect")

    desk.holds({A: story("A"), C: story("C")}, wire=[item(A), item(B), item(C)])
    desk.web.pages[B] = page(B, Broken(b"<p>bytes</p>"))
    outcomes = desk.collect()[1]
    assert Counter(map(type, outcomes)) == {New: 2, Failed: 1}
    (failed,) = [one for one in outcomes if isinstance(one, Failed)]
    assert failed.reason.startswith("bug: RuntimeError at test_flow.py:")


def test_a_feed_that_moved_for_good_is_asked_at_its_new_address(desk):
    there = "https://wire.example/feed.xml"
    desk.holds({}, wire=[])
    answered = desk.web.pages["https://wire.example/feed"]
    desk.web.pages["https://wire.example/feed"] = replace(answered, url=there, hops=(Hop(answered.url, 301, there),))
    for passed in range(3):
        desk.collect(NOW + passed * HOUR)
        assert desk.web.asked[-1] == "https://wire.example/feed"
    desk.collect(NOW + 3 * HOUR)
    assert desk.web.asked[-1] == there


def test_links_of_an_article_are_made_once_and_settling_again_does_nothing(desk):
    desk.holds({A: story("A"), B: story("B")}, wire=[item(A, "Attention"), item(B, "A token effort")])
    desk.collect()
    assert [settled.epoch for settled in flow.settle(desk.parts, NOW)][:1] == [1]
    before = rows(desk.database, "SELECT * FROM concept_links"), rows(desk.database, "SELECT count(*) FROM link_changes")
    assert before[0]
    assert list(flow.settle(desk.parts, NOW + HOUR)) == []
    assert (
        rows(desk.database, "SELECT * FROM concept_links"),
        rows(desk.database, "SELECT count(*) FROM link_changes"),
    ) == before


def test_links_of_a_notice_that_is_no_article_go_from_the_box(desk):
    desk.holds({A: NOTICE, C: story("C")}, wire=[item(A, "Attention, attention", ""), item(C, "Attention heads")])
    desk.collect()
    list(flow.settle(desk.parts, NOW))
    assert {A, C} <= {url for (url,) in rows(desk.database, "SELECT url FROM concept_links WHERE concept_slug = 'attention'")}
    desk.holds({B: NOTICE, C: story("C")}, wire=[item(B, "Second report", ""), item(C, "Attention heads")])
    desk.collect(NOW + HOUR)
    list(flow.settle(desk.parts, NOW + HOUR))
    listed = "SELECT rank, url FROM concept_links WHERE concept_slug = 'attention' ORDER BY rank"
    assert rows(desk.database, listed) == [(1, C)]
    assert (A, "removed") in rows(desk.database, "SELECT url, change FROM link_changes")
