"""feeds.parse: golden pairs, and failures with names."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.feeds import parse

GOLDEN = Path(__file__).parents[2] / "golden" / "feeds"
XML = "application/xml"
RSS = (
    "<rss version='2.0'><channel><title>T</title><link>https://paper.example/</link><item><title>{title}</title>"
    "<link>https://paper.example/a</link><description>{summary}</description>{more}</item></channel></rss>"
)


def written(entry):
    said = asdict(entry)
    del said["digest"], said["language"]  # the digest has tests of its own; the language is told later
    said["published"] = entry.published and entry.published.isoformat()
    said["categories"] = list(entry.categories)
    return said


def one(title="Title", summary="Summary", more=""):
    (entry,) = parse(RSS.format(title=title, summary=summary, more=more).encode(), "https://paper.example/feed", XML).entries
    return entry


@pytest.mark.parametrize("feed", sorted(GOLDEN.glob("*.xml")), ids=lambda path: path.stem)
def test_a_feed_gives_the_entries_written_beside_it(feed):
    reading = parse(feed.read_bytes(), f"https://feeds.example/all/{feed.name}", XML)
    found = {"problem": reading.problem, "note": reading.note, "entries": [written(entry) for entry in reading.entries]}
    assert found == json.loads(feed.with_suffix(".json").read_text("utf-8"))


def test_every_golden_feed_has_its_pair():
    feeds, pairs = ({path.stem for path in GOLDEN.glob(f"*.{kind}")} for kind in ("xml", "json"))
    assert feeds == pairs
    assert len(feeds) >= 14


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "empty answer"),
        (b" \r\n\t", "empty answer"),
        (b"<!DOCTYPE html><html><body><form><input type='password'></form></body></html>", "login or consent page"),
        (b"<html><body>We use cookies. Your consent, please.</body></html>", "login or consent page"),
        (b"<!-- cached -->\n<!doctype HTML><title>Sign in</title>", "login or consent page"),
        (b"\xef\xbb\xbf<!DOCTYPE html><html><body><input type=password></body></html>", "login or consent page"),
        (b"<!doctype html><html><body><h1>Our feed has moved house</h1></body></html>", "a web page, not a feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1"}]}', "not a feed"),
        (b"%PDF-1.7 and so on", "not a feed"),
        (b"<?xml version='1.0'?><urlset><url><loc>https://paper.example/</loc></url></urlset>", "not a feed"),
    ],
)
def test_bytes_that_are_no_feed_have_a_problem_with_a_name(body, problem):
    reading = parse(body, "https://feeds.example/feed")
    assert (reading.problem, reading.entries) == (problem, ())


def test_a_body_that_names_a_file_opens_none(tmp_path):
    feed = tmp_path / "feed.xml"
    feed.write_text(
        "<rss version='2.0'><channel><item><title>Secret</title><link>https://a.example/</link></item></channel></rss>"
    )
    for body in (str(feed).encode(), feed.as_uri().encode()):
        found = parse(body, "https://a.example/feed", "text/xml")
        assert (found.entries, found.problem) == ((), "not a feed")


def test_a_well_formed_feed_is_not_called_broken_for_the_header_it_came_with():
    body = RSS.format(title="Title", summary="Summary", more="").encode()
    for header in ("", "text/html", "text/plain; charset=utf-8"):
        assert parse(body, "https://paper.example/feed", header).note == ""


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("<ttl> 90 </ttl>", 5400),
        ("<sy:updatePeriod>\n daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 21_600),
        ("<ttl>soon</ttl>", 0),
        ("", 0),
    ],
)
def test_a_feed_s_word_on_how_often_it_wants_to_be_asked_is_read(said, seconds):
    module = "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
    body = f"<rss version='2.0' {module}><channel><title>T</title>{said}</channel></rss>"
    assert parse(body.encode(), "https://paper.example/feed", XML).asks == seconds


def test_the_charset_of_the_header_counts_before_the_declared_one():
    body = RSS.format(title="Zoë", summary="", more="").encode("iso-8859-1")
    (entry,) = parse(body, "https://paper.example/feed", "application/rss+xml; charset=iso-8859-1").entries
    assert entry.title == "Zoë"


def test_an_entry_read_again_has_the_same_digest():
    assert one() == one()


@pytest.mark.parametrize(
    "edited",
    [
        {"title": "Another title"},
        {"summary": "Another summary"},
        {"more": "<pubDate>Fri, 28 Aug 2026 10:00:00 GMT</pubDate>"},
        {"more": "<a:updated xmlns:a='http://www.w3.org/2005/Atom'>2026-08-28T10:00:00Z</a:updated>"},
    ],
    ids=lambda edited: " ".join(edited.values())[:30],
)
def test_an_edited_entry_keeps_its_key_and_changes_its_digest(edited):
    before, after = one(), one(**edited)
    assert before.key == after.key
    assert before.digest != after.digest


def test_a_long_content_with_few_words_more_than_the_summary_is_not_taken_for_the_article():
    assert one(summary="word " * 100).text == ""
    assert one(summary="word " * 120).text == "word " * 119 + "word"


def test_a_long_title_ends_at_a_word_with_an_ellipsis():
    title = one(title="A headline that goes on " * 30).title
    assert len(title) <= 300
    assert title.endswith((" on…", " goes…", " that…", " headline…", " A…"))


def test_half_a_character_in_a_link_does_not_cost_the_feed():
    items = "<item><title>A</title><link>https://paper.example/&#xD800;</link></item><item><title>B</title><link>/b</link></item>"
    reading = parse(f"<rss version='2.0'><channel>{items}</channel></rss>".encode(), "https://paper.example/feed", XML)
    first, second = reading.entries
    assert second.url == "https://paper.example/b"
    assert first.url.isascii()


@pytest.mark.parametrize(
    "number", ["#xD800", "#55296", "#xDFFF", "#x110000", "#" + "9" * 20, "#" + "9" * 5000], ids=lambda text: text[:9]
)
def test_a_number_that_is_no_character_costs_that_character_and_not_the_feed(number):
    said = one(title=f"Half &{number}; a title", summary=f"&{number};A summary")
    assert said.title.startswith("Half ")
    assert said.title.endswith(" a title")
    assert said.summary.endswith("A summary")
    assert said.url == "https://paper.example/a"


@given(st.binary(max_size=300))
def test_no_bytes_make_the_parser_raise(body):
    reading = parse(b"<rss version='2.0'><channel><item><title>" + body, "https://feeds.example/feed")
    assert reading.problem or all(entry.key for entry in reading.entries)


@given(st.text(max_size=60))
def test_any_text_in_any_field_of_an_item_is_read(said):
    item = f"<title>{said}</title><link>{said}</link><guid>{said}</guid><pubDate>{said}</pubDate>"
    body = f"<rss version='2.0'><channel><item>{item}</item></channel></rss>".encode("utf-8", "replace")
    for entry in parse(body, "https://feeds.example/feed", XML).entries:
        assert entry.url == "" or entry.url.startswith(("http://", "https://"))
        assert "\n" not in entry.title
