"""articles: extract, choose, is_notice."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from pipeline.stages.articles import Text, choose, extract
from pipeline.stages.notices import is_notice

URL = "https://paper.example/news/sorted"
SENTENCE = "The council's pilot shows how a small language model can sort letters from residents before a clerk opens them. "
PARAGRAPHS = "".join(f"<p>{number}. {SENTENCE}</p>" for number in range(6))
PAGE = (
    "<!doctype html><html><head><title>T</title>{head}</head><body><nav>Home | Sport</nav><article>{body}</article></body></html>"
)
CONSENT = "We use cookies and similar techniques. Please accept all cookies to continue, or change your cookie settings."
LOGIN = "Sign in to your account. Forgot your password? Create a free account to go on reading."
GERMAN = "<p>Die Gemeinde prüft seit dieser Woche, ob ein Sprachmodell die Briefe der Bürger ordnen kann.</p>"


def nothing_else(_text):
    return ""


def extracted(head="", body=PARAGRAPHS, url=URL, content_type="text/html; charset=utf-8", encoding="utf-8", spoken=nothing_else):
    return extract(PAGE.format(head=head, body=body).encode(encoding), url, content_type, spoken)


def test_the_text_of_a_page_is_its_paragraphs_without_what_stands_around():
    lines = extracted().text.split("\n")
    assert lines == [f"{number}. {SENTENCE.strip()}" for number in range(6)]


def test_text_is_clean_when_it_leaves_the_page():
    body = "<p>" + SENTENCE + "Founda\u0301tion\u202e model" + "</p>" + PARAGRAPHS
    assert "Foundátion model" in extracted(body=body).text


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("https://paper.example/sorted-letters", "https://paper.example/sorted-letters"),
        ("/sorted-letters?utm_source=x", "https://paper.example/sorted-letters"),
        ("https://www.paper.example/sorted-letters", "https://www.paper.example/sorted-letters"),
        ("https://elsewhere.example/sorted-letters", URL),
        ("https://paper.example/", URL),
        ("javascript:alert(1)", URL),
        ("http://paper.example/sorted-letters", "https://paper.example/sorted-letters"),
        ("https://paper.example.evil.example/sorted-letters", URL),
        ("https://evilpaper.example/sorted-letters", URL),
        ("", URL),
    ],
)
def test_a_page_names_its_canonical_address_within_its_own_site_only(href, address):
    assert extracted(head=f'<link rel="canonical" href="{href}">').canonical_url == address


def test_a_page_without_a_word_on_it_is_known_by_where_it_was_found():
    assert extracted(url=URL + "?utm_source=rss").canonical_url == URL


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="article:published_time" content="2026-08-28T10:30:00+02:00">',
        '<meta name="date" content="2026-08-28T08:30:00Z">',
        '<meta itemprop="datePublished" content="some day"><meta name="pubdate" content="2026-08-28 08:30">',
    ],
)
def test_a_page_may_say_when_it_was_published(head):
    assert extracted(head=head).published == (datetime(2026, 8, 28, 8, 30, tzinfo=UTC), True)


def test_a_page_without_a_readable_date_says_none():
    assert extracted(head='<meta name="date" content="last week">').published is None
    assert extracted().published is None


@pytest.mark.parametrize(
    ("said", "paywalled"),
    [('"isAccessibleForFree": false', True), ('"isAccessibleForFree":"False"', True), ('"isAccessibleForFree": true', False)],
)
def test_a_page_says_itself_that_it_is_behind_a_paywall(said, paywalled):
    assert extracted(head=f'<script type="application/ld+json">{{{said}}}</script>').paywalled is paywalled


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [
        ("text/html; charset=ISO-8859-1", "iso-8859-1"),
        ('text/html; charset="utf-8"', "utf-8"),
        ("text/html", "utf-8"),
        ("text/html; charset=no-such-charset", "utf-8"),
        ("text/html; charset=base64", "utf-8"),
    ],
)
def test_a_page_is_decoded_as_its_header_says_else_as_utf_8(content_type, encoding):
    body = f"<p>{SENTENCE}Zoë agrees.</p>" + PARAGRAPHS
    assert "Zoë agrees." in extracted(body=body, content_type=content_type, encoding=encoding).text


def test_a_page_that_declares_its_charset_in_its_markup_only_is_decoded_too():
    head, body = '<meta charset="iso-8859-1">', f"<p>{SENTENCE}Zoë agrees.</p>" + PARAGRAPHS
    assert "Zoë agrees." in extracted(head=head, body=body, content_type="text/html", encoding="iso-8859-1").text


def test_a_page_in_another_language_is_named_and_not_extracted():
    page = extracted(body=GERMAN * 6, spoken=lambda text: "de" if "Gemeinde" in text else "")
    assert (page.language, page.text, page.canonical_url) == ("de", "", URL)


def test_the_language_of_a_page_without_long_paragraphs_is_told_by_its_text():
    asked = []
    extracted(body="<div>" + SENTENCE * 5 + "</div>", spoken=lambda text: asked.append(text) or "")
    assert [bool(text) for text in asked] == [False, True]


@pytest.mark.parametrize("body", ["<div id='app'></div><script>render()</script>", ""])
def test_a_page_that_only_a_script_fills_has_no_text(body):
    page = f"<!doctype html><html><head><title>T</title></head><body>{body}</body></html>".encode()
    assert extract(page, URL, "text/html", nothing_else).text == ""


@limits(max_examples=40)
@given(
    st.binary(max_size=200) | st.text(max_size=200).map(str.encode),
    st.sampled_from(["", "text/html; charset=utf-16", "application/pdf"]),
)
def test_no_bytes_make_extraction_raise(body, content_type):
    for page in (body, b"<html><body><p>" + body):
        assert extract(page, URL, content_type, nothing_else).canonical_url == URL


@pytest.mark.parametrize(
    "text",
    [
        CONSENT,
        LOGIN,
        "Please enable JavaScript to go on.",
        "We have detected unusual traffic from your network. Show that you are not a robot.",
        "Access denied.",
        CONSENT + " word" * 100,
    ],
)
def test_consent_login_and_bot_check_pages_are_notices(text):
    assert is_notice(text)


@pytest.mark.parametrize(
    "text", ["", SENTENCE, SENTENCE * 4 + "Patients gave their consent.", (CONSENT + " ") * 12, SENTENCE * 10 + CONSENT]
)
def test_an_article_that_mentions_consent_is_not_a_notice(text):
    assert not is_notice(text)


PAGE_TEXT, FEED_TEXT = SENTENCE * 10, "From the feed: " + SENTENCE * 10


@pytest.mark.parametrize(
    ("page", "feed", "summary", "expected"),
    [
        (PAGE_TEXT, FEED_TEXT, "Two words.", Text(PAGE_TEXT, "page", cut_off=False)),
        (PAGE_TEXT, "", "", Text(PAGE_TEXT, "page", cut_off=False)),
        (CONSENT, FEED_TEXT, "Two words.", Text(FEED_TEXT, "feed", cut_off=False)),
        (LOGIN, "", "Two words.", Text("Two words.", "summary", cut_off=True)),
        ("", FEED_TEXT, "", Text(FEED_TEXT, "feed", cut_off=False)),
        (SENTENCE, FEED_TEXT, "", Text(FEED_TEXT, "feed", cut_off=False)),
        ("Loading.", "", SENTENCE, Text(SENTENCE, "summary", cut_off=True)),
        ("", "", "Two words.", Text("Two words.", "summary", cut_off=True)),
        ("", "", "", None),
        (CONSENT, "", "", None),
    ],
)
def test_the_page_is_used_unless_it_is_empty_a_notice_or_far_shorter_than_the_feed(page, feed, summary, expected):
    assert choose(page, feed, summary) == expected


@pytest.mark.parametrize(
    "end",
    [
        "Subscribe to continue reading.",
        "Sign in to read the full story",
        "and then […]",
        "and then…",
        "Read more »",
        "Continue reading →",
    ],
)
def test_a_text_that_ends_at_a_paywall_or_teaser_is_cut_off(end):
    assert choose(PAGE_TEXT + end, "", "").cut_off
    assert choose("", FEED_TEXT + end, "").cut_off


def test_a_page_that_says_it_is_not_free_is_cut_off_whatever_its_text():
    assert choose(PAGE_TEXT, "", "", paywalled=True).cut_off
    assert not choose("", FEED_TEXT, "", paywalled=True).cut_off
