"""History through the flow: every item one outcome, twice the same, the right source, nothing that looks new and is not."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from config import loading
from config.relevance import parameters
from models.entry import Entry
from models.filling import Chosen, Item
from models.outcome import Failed, Skipped
from models.page import Page, Request
from models.settings import Settings
from models.source import Source
from pipeline import flow
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.feeds import StoredFeeds
from pipeline.adapters.store.fillings import StoredFillings
from pipeline.adapters.store.links import StoredLinks
from pipeline.adapters.store.words import StoredWords
from pipeline.adapters.workers import in_order
from pipeline.flow.filling import Filling, batches, fill
from pipeline.stages import items
from tests.fakes import Web, page
from tests.unit.adapters.making import NOW, SOURCES, begun, glossary, rows

DAY = timedelta(days=1)
SENTENCE = "The committee of {} looked into how attention heads keep count of the words that they have read so far, and why. "


def story(about: str, head: str = "") -> str:
    paragraphs = "".join(f"<p>{SENTENCE.format(f'{about} {n}') * 3}</p>" for n in ("one", "two", "three"))
    return f"<!doctype html><html><head>{head}</head><body><article><h1>About {about}</h1>{paragraphs}</article></body></html>"


def held(url: str, body: str = "", seen: datetime = NOW - 30 * DAY) -> Item:
    """A page that an archive holds."""
    body = body or story(url)
    return items.found(Page(Request(url), url, 200, body.encode(), "text/html"), url, seen)


def listed(url: str, **row: str) -> Item:
    found = items.listed({"url": url, **row}, url, "en")
    assert found is not None
    return found


class Desk:
    """The store, two sources, and whatever the web holds."""

    def __init__(self, database):
        self.database, self.web = database, Web({})
        begun(database)
        StoredLinks(database).configure(glossary("attention"), NOW)
        self.feeds = StoredFeeds(database)
        self.feeds.configure(SOURCES)
        self.parts = flow.Parts(
            self.web, in_order, self.feeds, StoredArticles(database), StoredLinks(database), StoredWords(database), glossary("attention"),
            parameters(loading.SHIPPED), Settings(),
        )  # fmt: skip

    def fill(self, *batch: Item, kind: str = "warc", now: datetime = NOW, **chosen):
        filling = Filling(kind, Chosen(**chosen), SOURCES)
        return [str(outcome) for outcome in fill(self.parts, StoredFillings(self.database), filling, batch, now)]

    def rows(self, query: str):
        return rows(self.database, query)


@pytest.fixture
def desk(database):
    return Desk(database)


def test_a_page_of_an_archive_becomes_an_article_with_its_own_title_and_date(desk):
    dated = '<meta property="og:title" content="How it counts | Nature"><meta property="og:site_name" content="Nature">'
    dated += '<script type="application/ld+json">{"datePublished": "2026-05-01T08:00:00Z"}</script>'
    assert desk.fill(held("https://nature.example/a", story("a", dated)), held("https://wire.example/2026/06/02/b")) == [
        "New",
        "New",
    ]
    assert desk.web.asked == []
    assert desk.rows("SELECT title, published, published_from, first_seen FROM article ORDER BY title DESC") == [
        ("How it counts", "2026-05-01T08:00:00Z", "page", "2026-08-02T12:00:00Z"),
        ("About https://wire.example/2026/06/02/b", "2026-06-02T00:00:00Z", "url", "2026-08-02T12:00:00Z"),
    ]


def test_what_has_no_date_is_as_old_as_its_record_and_no_date_lies_in_the_future(desk):
    desk.fill(held("https://a.example/a"), held("https://a.example/b", seen=NOW + DAY))
    assert desk.rows("SELECT published, published_from FROM article ORDER BY canonical_url") == [
        ("2026-08-02T12:00:00Z", "first_seen"),
        ("2026-09-01T12:00:00Z", "first_seen"),
    ]


def test_what_is_no_article_is_counted_and_left_out(desk):
    section = '<meta property="og:type" content="website">'
    found = desk.fill(
        held("https://a.example/"),
        held("https://a.example/tag/ai", story("tag", section)),
        held("https://a.example/empty", "<html><body><h1>Two words</h1></body></html>"),
        held("https://a.example/untitled", story("x").replace("<h1>About x</h1>", "")),
        held(
            "https://a.example/de",
            "<html><h1>Ein Titel</h1>" + "<p>Der Ausschuss hat gestern lange über die Sache beraten.</p>" * 9,
        ),
        Item("1", Entry("1", "", "", "")),
        Item("2", Entry("2", "", "", ""), outcome=Failed("line 2", "bad line")),
    )
    assert Counter(found) == {
        "Skipped(front page)": 1, "Skipped(not an article)": 1, "Skipped(no text)": 1, "Skipped(no title)": 1,
        "Skipped(language de)": 1, "Skipped(no link)": 1, "Failed(bad line)": 1,
    }  # fmt: skip
    assert desk.rows("SELECT count(*) FROM article") == [(0,)]


def test_the_same_batch_again_is_unchanged_whatever_it_held(desk):
    batch = [
        held("https://a.example/a"),
        held("https://a.example/tag/x", story("t", '<meta property="og:type" content="website">')),
    ]
    batch += [listed("https://wire.example/c", title="A title", text=SENTENCE.format("c") * 9)]
    desk.fill(*batch)
    before = desk.rows("SELECT * FROM article"), desk.rows("SELECT * FROM entry")
    assert desk.fill(*batch, now=NOW + DAY) == ["Unchanged"] * 3
    assert (desk.rows("SELECT * FROM article"), desk.rows("SELECT * FROM entry")) == before


def test_a_second_record_of_an_address_is_another_address_of_its_article_and_changes_nothing(desk):
    url = "https://a.example/a"
    assert desk.fill(held(url), held(url, story("later"), NOW - DAY), held(url)) == ["Duplicate", "New", "Duplicate"]
    assert desk.rows("SELECT title FROM article") == [(f"About {url}",)]
    again = listed(url, title="Other", text=SENTENCE.format("other") * 9)
    assert desk.fill(again, replace(again, entry=replace(again.entry, digest="x")), kind="jsonl") == ["Duplicate", "Duplicate"]
    assert desk.fill(replace(again, entry=replace(again.entry, digest="x")), kind="jsonl") == ["Duplicate"]


def test_a_batch_that_died_is_gone_through_again_and_reads_what_was_queued(desk):
    batch = [held(f"https://a.example/{n}") for n in range(5)]
    going = fill(desk.parts, StoredFillings(desk.database), Filling("warc", Chosen(), SOURCES), batch, NOW)
    assert [str(next(going)), str(next(going))] == ["New", "New"]
    going.close()
    assert desk.rows("SELECT count(*) FROM entry WHERE state = 'queued'") == [(3,)]
    assert desk.feeds.waiting(NOW + 9 * DAY) == 0  # no run reads what is in a file
    assert sorted(desk.fill(*batch)) == ["New"] * 3 + ["Unchanged"] * 2


def test_a_text_is_taken_as_it_is_and_an_address_alone_is_fetched(desk):
    desk.web.pages = {"https://wire.example/b": page("https://wire.example/b", story("b"))}
    text = listed("https://wire.example/a", title="A title", text=SENTENCE.format("a") * 9, published="2026-01-02")
    assert desk.fill(text, listed("https://wire.example/b"), listed("https://wire.example/c"), kind="jsonl") == [
        "New", "New", "Failed(host not found)",
    ]  # fmt: skip
    assert desk.web.asked == ["https://wire.example/b", "https://wire.example/c"]
    assert desk.rows("SELECT title, text_from FROM article ORDER BY id") == [("A title", "page"), ("About b", "page")]
    assert desk.rows("SELECT kind, configured_url FROM feed WHERE configured = 0 ORDER BY id") == [
        ("file", "backfill:jsonl:wire"),
        ("web", "backfill:jsonl-urls:wire"),
    ]


def test_what_could_not_be_fetched_is_left_to_any_later_run_and_no_feed_is_unconfigured(desk):
    desk.fill(listed("https://wire.example/c"), kind="jsonl")
    desk.web.pages = {"https://wire.example/c": page("https://wire.example/c", story("c"))}
    desk.feeds.configure(SOURCES)
    later = NOW + DAY
    assert [feed.source_slug for feed in desk.feeds.due(later, eager=True)[0]] == ["nature", "wire"]
    assert "New" in {str(event) for event in flow.collect(replace(desk.parts, eager=True), later)}
    assert desk.rows("SELECT title FROM article") == [("About c",)]


def test_sources_are_those_named_then_those_of_the_site_then_made_of_the_host(desk):
    named = '<meta property="og:site_name" content="The Daily A">'
    desk.fill(
        held("https://news.nature.example/a"),
        held("https://www.a.b.example/a", story("a", named)),
        held("https://plain.example/a"),
        listed("https://c.example/a", title="T", text=SENTENCE.format("1") * 9, source="THE WIRE"),
        listed("https://d.example/a", title="T", text=SENTENCE.format("2") * 9, source="Le Canard"),
    )
    assert desk.rows("SELECT source_slug, url FROM article_source ORDER BY url") == [
        ("wire", "https://c.example/a"), ("le-canard", "https://d.example/a"), ("nature", "https://news.nature.example/a"),
        ("plain-example", "https://plain.example/a"), ("a-b-example", "https://www.a.b.example/a"),
    ]  # fmt: skip
    assert desk.rows("SELECT name, homepage, configured FROM source WHERE slug = 'a-b-example'") == [
        ("The Daily A", "https://a.b.example/", 0)
    ]
    assert desk.fill(held("https://any.example/a"), source="nature") == ["New"]
    assert desk.rows("SELECT source_slug FROM article_source WHERE url = 'https://any.example/a'") == [("nature",)]


def test_dates_choose_before_reading_where_they_are_known_and_after_it_otherwise(desk):
    dated = '<meta property="article:published_time" content="{}">'
    batch = [
        listed("https://a.example/1", title="T", text=SENTENCE.format("1") * 9, published="2026-01-31T23:59:00Z"),
        listed("https://a.example/2", title="T", text=SENTENCE.format("2") * 9, published="2026-02-01"),
        held("https://a.example/2026/03/01/c"),
        held("https://a.example/d", story("d", dated.format("2026-01-01T00:00:00Z"))),
        held("https://a.example/e", story("e", dated.format("2026-02-28T00:00:00Z"))),
    ]
    wanted = {"since": datetime(2026, 2, 1, tzinfo=UTC), "until": datetime(2026, 3, 1, tzinfo=UTC)}
    assert Counter(desk.fill(*batch, **wanted)) == {"New": 2, "Skipped(before since)": 2, "Skipped(after until)": 1}
    assert Counter(desk.fill(*batch)) == {"New": 3, "Unchanged": 2}  # what other dates left out is not known


def test_a_page_that_breaks_the_parser_ends_and_waits_for_nothing(desk):
    def breaking(function, some):
        return ((one, flow_lost) for one in some)

    from pipeline.ports import Lost

    flow_lost = Lost("parse-timeout")
    desk.parts = replace(desk.parts, map=breaking)
    assert desk.fill(held("https://a.example/a")) == ["Skipped(no text)"]
    assert desk.rows("SELECT count(*) FROM entry WHERE state = 'queued'") == [(0,)]


def test_batches_end_by_number_by_what_is_to_be_fetched_and_by_bytes():
    bare = Item("1", Entry("k", "https://a.example/", "", ""))
    large = replace(bare, page=Page(Request("u"), "u", 200, b"x" * 9_000_000))
    ended = replace(bare, outcome=Skipped("", "redirect"))
    assert [len(some) for some in batches([bare] * 120)] == [50, 50, 20]
    assert [len(some) for some in batches([large] * 9)] == [4, 4, 1]
    assert [len(some) for some in batches([ended] * 450)] == [200, 200, 50]


def test_a_filling_goes_on_where_it_was_until_it_is_finished(database):
    stored = StoredFillings(database)
    assert stored.begin("n", "a file", NOW) == ""
    stored.reached("n", "200 17")
    assert StoredFillings(database).begin("n", "a file", NOW) == "200 17"
    stored.finished("n", NOW)
    assert stored.begin("n", "a file", NOW) == ""


def test_a_source_that_is_made_of_a_host_is_never_one_s_own(desk):
    made = items.outlet(held("https://www.x.example/a"), SOURCES)
    assert made == Source("x-example", "x.example", "https://x.example/", ())
