"""feeds: JSON Feed and Atom of a box, by the specifications' rules, whatever the texts hold."""

import json
from dataclasses import replace
from pathlib import Path

import feedparser
import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator, ValidationError
from lxml import etree

from models.contract import Matched
from pipeline.stages.showing.feeds import as_json, clean, feeds, headline, href, outlet
from tests.unit.stages.showing.boxes import ADDRESSES, HOSTILE, KNOWN, UNKNOWN, box, boxes, concept, link, moment

SCHEMAS = Path(__file__).parents[3] / "data" / "schemas"
RULES = Draft202012Validator(json.loads((SCHEMAS / "jsonfeed-1.1.json").read_text()))
ATOM = "{http://www.w3.org/2005/Atom}"
PAGE = box(link(1), link(2, pinned=True, passage=""))


def made(page, address=KNOWN):
    documents = {document.path: document.content for document in feeds(page, address)}
    slug = page.concept.slug
    assert list(documents) == [f"{slug}/news.json", f"{slug}/news.atom"]
    return json.loads(documents[f"{slug}/news.json"]), documents[f"{slug}/news.atom"]


def atom(page, address=KNOWN):
    """The feed as an element that keeps the rules of RFC 4287, section 4.1."""
    feed = etree.fromstring(made(page, address)[1])
    for one in (feed, *feed.iter(ATOM + "entry")):
        for name in ("id", "title", "updated"):
            assert len(one.findall(ATOM + name)) == 1, name
        assert one.findtext(ATOM + "id").partition(":")[0] in {"https", "tag", "urn"}
        assert one.findtext(ATOM + "author/" + ATOM + "name").strip()
        assert one.findtext(ATOM + "updated").endswith("Z")
        alternates = [at.get("href") for at in one.findall(ATOM + "link") if at.get("rel") == "alternate"]
        assert all(href.startswith(("https://", "http://")) for href in alternates)
        if one.tag == ATOM + "entry":
            assert alternates or one.find(ATOM + "content") is not None
            assert len(alternates) <= 1
    return feed


def test_a_json_feed_holds_the_box_in_order_with_the_reasons_for_each_link():
    feed, _ = made(PAGE)
    RULES.validate(feed)
    assert feed["title"] == "Foundation Model in the news"
    assert feed["description"] == "A large model trained once on broad data."
    assert feed["home_page_url"] == "https://words.example/glossary/foundation-model/"
    assert feed["feed_url"] == "https://words.example/glossary/foundation-model/news.json"
    first, second = feed["items"]
    assert (first["id"], first["url"]) == ("https://bench.example/heron-1b",) * 2
    assert first["authors"] == [{"name": "Open Bench", "url": "https://bench.example/"}]
    assert first["date_published"] == "2026-08-29T09:00:00Z"
    assert first["content_text"] == "The base model was trained on river data."
    assert first["tags"] == ["foundation model", "base model"]
    why = first["_conceptwire"]
    assert (why["concept_slug"], why["position"], why["relevance"], why["pinned"]) == ("foundation-model", 1, 0.953, False)
    assert why["terms"][0] == {"term": "foundation model", "share": 0.21, "field": "title"}
    assert why["also_covered_by"] == [{"source_name": "Harrow Courier", "url": "https://courier.example/heron"}]
    assert (why["published_from"], why["published_precision"], why["source_slug"]) == ("feed", "minute", "open-bench")
    assert second["content_text"] == second["title"]  # where there is no passage
    assert second["_conceptwire"]["pinned"] is True


def test_tags_say_something_without_the_article():
    terms = ("training data", "models", "river", "gpai", "data", "(other terms)")
    page = box(
        link(1, terms=tuple(Matched(term, 0.1, "body") for term in terms)),
        about=concept(name="Model", aliases=("GPAI (general purpose)", "")),
    )
    feed, _ = made(page)
    assert feed["items"][0]["tags"] == ["training data", "models", "gpai"]
    assert [one.get("term") for one in atom(page).iter(ATOM + "category")] == ["training data", "models", "gpai"]


def test_where_the_address_is_not_known_nothing_claims_one():
    feed, text = made(PAGE, UNKNOWN)
    RULES.validate(feed)
    assert {"home_page_url", "feed_url"}.isdisjoint(feed)
    read = atom(PAGE, UNKNOWN)
    assert read.findtext(ATOM + "id") == "tag:conceptwire.invalid,2026-05-17:foundation-model"
    assert read.findall(ATOM + "link") == []
    assert b"words.example" not in text


def test_an_atom_feed_is_read_by_others_without_complaint():
    read = feedparser.parse(made(PAGE)[1])
    assert not read.bozo
    assert read.version == "atom10"
    assert read.feed.title == "Foundation Model in the news"
    assert read.feed.id == read.feed.link == "https://words.example/glossary/foundation-model/"
    assert [at.href for at in read.feed.links if at.rel == "self"] == [f"{read.feed.id}news.atom"]
    entry = read.entries[0]
    assert (entry.title, entry.link) == ("Heron-1B is out: an open foundation model", "https://bench.example/heron-1b")
    assert (entry.author_detail.name, entry.author_detail.href) == ("Open Bench", "https://bench.example/")
    assert entry.summary_detail.type == "text/plain"
    assert entry.published == "2026-08-29T09:00:00Z"
    assert [tag.term for tag in entry.tags] == ["foundation model", "base model"]


def test_an_atom_feed_is_as_new_as_its_newest_link_and_an_empty_one_as_its_concept():
    late = box(link(1, linked_at=moment(30)), link(2, published_at=moment(31)))
    assert atom(late).findtext(ATOM + "updated") == "2026-08-31T09:00:00Z"
    empty, text = made(box())
    RULES.validate(empty)
    assert empty["items"] == []
    assert atom(box()).findtext(ATOM + "updated") == "2026-05-17T00:00:00Z"
    assert not feedparser.parse(text).bozo


def test_entries_keep_their_ids_when_titles_passages_and_addresses_of_the_site_change():
    other = box(*(replace(one, title="Another", passage="", position=9, linked_at=moment(31)) for one in PAGE.news))
    ids = [entry.findtext(ATOM + "id") for entry in atom(PAGE).iter(ATOM + "entry")]
    assert ids == [entry.findtext(ATOM + "id") for entry in atom(other, UNKNOWN).iter(ATOM + "entry")]
    elsewhere = box(link(1, concept_slug="fine-tuning"), about=concept("fine-tuning"))
    assert len({*ids, *(entry.findtext(ATOM + "id") for entry in atom(elsewhere).iter(ATOM + "entry"))}) == 3


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_that_is_no_web_address_is_no_link(url):
    page = box(link(1, url=url, source_homepage=url))
    feed, text = made(page)
    RULES.validate(feed)
    (item,) = feed["items"]
    assert "url" not in item
    assert item["id"].startswith("urn:uuid:")
    assert item["authors"] == [{"name": "Open Bench"}]
    (entry,) = atom(page).iter(ATOM + "entry")
    assert entry.find(ATOM + "link") is None
    assert entry.find(ATOM + "content").get("type") == "text"
    assert not feedparser.parse(text).bozo


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_texts_come_back_as_they_were_without_what_xml_cannot_hold(text):
    page = box(link(1, title=text, source_name=text, passage=text), about=concept(name=text, definition=text))
    feed, _ = made(page)
    RULES.validate(feed)
    (entry,) = atom(page).iter(ATOM + "entry")
    assert entry.findtext(ATOM + "title") == feed["items"][0]["title"] == headline(page.news[0])
    assert entry.findtext(ATOM + "summary") == feed["items"][0]["content_text"] == (clean(text).strip() or headline(page.news[0]))
    assert entry.findtext(ATOM + "author/" + ATOM + "name") == feed["items"][0]["authors"][0]["name"] == outlet(page.news[0])


def test_where_there_is_no_title_or_name_the_address_and_the_slug_stand_for_it():
    assert headline(link(1, title=" \x00 ")) == "https://bench.example/heron-1b"
    assert outlet(link(1, source_name="\ud800\n")) == "open-bench"


@settings(max_examples=30)
@given(boxes())
def test_whatever_a_box_holds_its_feeds_are_valid(page):
    for address in (KNOWN, UNKNOWN):
        feed, text = made(page, address)
        RULES.validate(feed)
        atom(page, address)
        assert not feedparser.parse(text).bozo


def test_json_is_safe_in_javascript_and_for_strict_readers():
    written = as_json({"text": "a\u2028b\u2029c \ud800 \x00 ü"})
    assert written == b'{\n "text": "a\\u2028b\\u2029c \xef\xbf\xbd \\u0000 \xc3\xbc"\n}\n'


def test_addresses_are_written_in_the_characters_of_a_uri():
    assert href('https://paper.example/a b"<c>') == "https://paper.example/a%20b%22%3Cc%3E"
    assert href("https://paper.example/100%25?q=a%20b&c=[1]") == "https://paper.example/100%25?q=a%20b&c=[1]"
    assert href("https://bücher.example/ä") == "https://xn--bcher-kva.example/%C3%A4"


@pytest.mark.parametrize(
    "wrong",
    [
        {"items": [{"id": "1"}]},
        {"items": [{"content_text": "no id"}]},
        {"items": [{"id": "1", "content_text": "", "date_published": "yesterday"}]},
        {"items": [{"id": "1", "content_text": "", "url": "javascript:alert(1)"}]},
        {"items": [], "own_name": {}},
        {"items": [], "version": "https://jsonfeed.org/version/1"},
    ],
)
def test_the_rules_of_json_feed_find_what_is_wrong(wrong):
    with pytest.raises(ValidationError):
        RULES.validate({"version": "https://jsonfeed.org/version/1.1", "title": "t", **wrong})
