"""What strangers do to a client costs at most the one item: found by reviewing with hostile eyes, each kept as a test."""

import time
from dataclasses import replace

import pytest

from models.article import Features, Stored
from models.entry import Entry, Queued
from models.link import Evidence, Link
from models.page import Hop, Page, Request
from pipeline.adapters.http.headers import fit
from pipeline.stages import articles, feeds, polls, reading, stories
from pipeline.stages.dates import dated
from pipeline.stages.urls import canonical, identity
from tests.conftest import Site, datetime_of

NOW = datetime_of("2026-08-31T20:00:00Z")
TEXT = "A foundation model is trained once on broad data and adapted to many tasks by those who need it. " * 8
PAGE = f"<html><head>{{head}}</head><body><article><h1>A title</h1><p>{TEXT}</p><p>{TEXT}</p></article></body></html>"


def read(url: str, page: Page, text: str = "") -> reading.Read:
    entry = Entry(url, url, identity(canonical(url)), "A title", summary="Two sentences. Here they are.", text=text)
    return reading.read(reading.Task(Queued(1, "wire", "fetch", entry, 0, None, NOW), page, NOW, "en"))


def page(url: str, head: str = "", **more) -> Page:
    return Page(Request(url), more.pop("final", url), 200, PAGE.format(head=head).encode(), "text/html; charset=utf-8", **more)


@pytest.mark.parametrize("header", ["Mon, 01 Jan 2024 00:00:00 +99999999999999999999", "9" * 5000, "-1", "soon", "\udce9"])
def test_no_retry_after_ends_a_run(header):
    moment = polls.retry_at(header, NOW)
    assert moment is None or moment >= NOW


def test_a_validator_whose_bytes_are_no_utf_8_is_not_kept():
    assert fit('"caf\udce9"') == ""
    assert fit('W/"a"') == 'W/"a"'


@pytest.mark.parametrize("name", ["cid", "gallery", "game", "reference", "session", "source", "news_source_id", "uid", "p", "id"])
def test_a_parameter_that_may_name_a_page_keeps_articles_apart(name):
    assert identity(canonical(f"https://ex.example/view?{name}=1")) != identity(canonical(f"https://ex.example/view?{name}=2"))


def test_a_dead_link_that_leads_to_the_front_page_is_gone():
    url = "https://ex.example/2026/a"
    home = page(url, final="https://ex.example/", hops=(Hop(url, 302, "https://ex.example/"),))
    assert read(url, home).skipped == "gone"


def test_an_entry_sent_to_a_consent_page_keeps_its_own_address():
    url = "https://ex.example/2026/a"
    consent = "https://consent.example.net/v2/collect"
    body = b"<html><body><p>We use cookies. Please accept all cookies, or sign in to your account.</p></body></html>"
    answer = Page(Request(url), consent, 200, body, "text/html", hops=(Hop(url, 302, consent),))
    made = read(url, answer).article
    assert (made.canonical_url, made.text_from) == (url, "summary")


@pytest.mark.parametrize("said", ["https://ex.example/", "https://ex.example/news", "/", "https://other.example/news/a"])
def test_a_canonical_link_to_a_front_page_a_section_or_another_site_is_not_believed(said):
    url = "https://ex.example/news/a"
    assert read(url, page(url, f'<link rel="canonical" href="{said}">')).article.canonical_url == url


def test_many_comments_before_a_page_take_no_time():
    start = time.process_time()
    feeds.parse(b"<!-- c -->\n" * 2000 + b"<rss", "https://ex.example/feed")
    assert time.process_time() - start < 5  # it took hours


@pytest.mark.parametrize("year", ["0001-01-01", "1970-01-01", "9999-12-31", "2031-01-01"])
def test_dates_before_the_web_or_in_the_future_are_not_believed(year):
    assert dated((datetime_of(f"{year}T00:00:00Z"), False), None, "https://ex.example/a", NOW).said_by == "first_seen"


@pytest.mark.parametrize("title", ["&#55357;&#56832; up", "&#0;", "\ufffe", "&#x202e;evil", "a\x00b"])
def test_no_character_costs_a_feed(title):
    body = (
        f"<rss version='2.0'><channel><item><title>{title} model</title><link>https://ex.example/a</link></item></channel></rss>"
    )
    (entry,) = feeds.parse(body.encode("utf-8", "surrogatepass"), "https://ex.example/feed").entries
    assert "model" in entry.title
    entry.title.encode()


def test_a_menu_is_no_article():
    body = b"<html><body><nav><a href='/'>Home</a> <a href='/s'>Sport</a></nav><div id='app'></div></body></html>"
    assert articles.extract(body, "https://ex.example/a", "text/html", lambda text: "").text == ""


def test_grouping_many_links_of_a_concept_takes_little_time():
    def link(number: int) -> Link:
        stored = Stored(number, f"https://ex.example/{number}", f"Title {number}", NOW, "page", str(number), "wire", 1.0, "Wire")
        at = datetime_of(f"20{10 + number % 15}-{1 + number % 12:02}-{1 + number % 28:02}T00:00:00Z")
        return Link(
            "token", number, stored.url, stored.title, at, str(number), "wire", "Wire", 1.0, 0.5, 0.5, Evidence((), ""), 1, "x"
        )

    start = time.process_time()
    assert len(stories.group([link(number) for number in range(20_000)])) == 20_000
    assert time.process_time() - start < 20  # it took minutes


def test_a_run_without_news_makes_no_new_epoch_however_large_the_collection(ran: Site):
    few = {"CONCEPTWIRE_EPOCH_ARTICLES": "5"}
    assert [ran.run(environment=few)["epoch"] for _ in range(3)] == [2, 2, 2]  # the first, for the setting


def test_a_changed_box_size_is_followed_and_followed_back(ran: Site):
    before = ran.links()
    ran.run(environment={"CONCEPTWIRE_BOX_SIZE": "1"})
    assert ran.rows("SELECT max(position) FROM concept_news") == [(1,)]
    ran.run()
    assert ran.links() == before


def test_a_source_that_is_renamed_is_renamed_in_the_boxes(ran: Site):
    assert ran.rows("SELECT count(*) FROM concept_news WHERE source_name = 'Lantern Research'") != [(0,)]
    path = ran.folder / "sources.toml"
    path.write_text(path.read_text().replace('"Lantern Research"', '"Lantern Labs"'))
    ran.run()
    assert ran.rows("SELECT count(*) FROM concept_news WHERE source_name = 'Lantern Research'") == [(0,)]
    assert ran.rows("SELECT count(*) FROM concept_news WHERE source_name = 'Lantern Labs'") != [(0,)]


def test_features_do_not_depend_on_the_parameters():
    assert Features.__slots__ == ("title", "text", "text_from")
    assert replace(Features("a", "b"), title="c").title == "c"
