"""sitemaps.read: what sitemaps list, golden samples of each form, and documents that mean harm or are broken."""

import gzip
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.archives import Broken
from pipeline.stages.sitemaps import Child, Listed, read, untouched

BASE = "https://paper.example/sitemap.xml"
NS = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = (
    "<url><loc>https://paper.example/2026/08/28/otters</loc><news:news><news:publication><news:name>The Paper &amp; Post</news:name>"
    "<news:language>{language}</news:language></news:publication><news:publication_date>2026-08-28T10:00:00+02:00</news:publication_date>"
    "<news:title>Otters &amp;amp; others return</news:title></news:news></url>"
)


def pieces(body, size=65_536):
    return (body[at : at + size] for at in range(0, len(body), size))


def found(body, base=BASE, largest=100_000_000, size=65_536, name=""):
    return list(read(pieces(body if isinstance(body, bytes) else body.encode(), size), base, largest, name))


def urlset(inside, more=""):
    return f"<?xml version='1.0' encoding='UTF-8'?>\n<urlset xmlns='{NS}'{more}>{inside}</urlset>"


def locs(body, **more):
    return [one.loc for one in found(body, **more) if isinstance(one, Listed)]


def reason(body, **more):
    (last,) = [one.reason for one in found(body, **more) if isinstance(one, Broken)]
    return last


def test_a_sitemap_lists_pages_with_the_hint_when_they_changed():
    body = urlset(
        "<url><loc> https://paper.example/a?x=1&amp;y=2\n</loc><lastmod>2026-08-28</lastmod><priority>0.5</priority></url>"
        "<url><loc><![CDATA[https://paper.example/b?x=1&y=2]]></loc></url>"
    )
    assert found(body) == [Listed("https://paper.example/a?x=1&y=2", "2026-08-28"), Listed("https://paper.example/b?x=1&y=2")]


def test_an_index_names_sitemaps():
    body = f"<sitemapindex xmlns='{NS}'><sitemap><loc>https://paper.example/1.xml.gz</loc><lastmod>2026-01-01</lastmod></sitemap></sitemapindex>"
    assert found(body) == [Child("https://paper.example/1.xml.gz", "2026-01-01")]


def test_a_news_sitemap_says_title_date_outlet_and_language():
    more = " xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'"
    (listed,) = found(urlset(NEWS.format(language="en-GB"), more))
    entry = listed.entry(BASE)
    assert (entry.title, listed.outlet, listed.language) == ("Otters & others return", "The Paper & Post", "en")
    assert (entry.published, entry.precise) == (datetime(2026, 8, 28, 8, tzinfo=UTC), True)
    assert (entry.key, entry.url, entry.identity) == (
        entry.url,
        "https://paper.example/2026/08/28/otters",
        "paper.example/2026/08/28/otters",
    )


def test_a_news_sitemap_whose_names_are_declared_nowhere_says_the_same():
    (listed, *_) = found(urlset(NEWS.format(language="zho")))
    assert (listed.entry(BASE).title, listed.language) == ("Otters & others return", "")


def test_an_entry_has_another_digest_once_more_is_known_and_no_date_from_the_hint():
    body = urlset("<url><loc>https://paper.example/a</loc><lastmod>2026-08-28T10:00:00Z</lastmod></url>")
    (listed,) = found(body)
    entry = listed.entry(BASE)
    assert (entry.title, entry.published) == ("", None)
    titled = Listed(listed.loc, news={"title": "A"}).entry(BASE)
    assert titled.key == entry.key
    assert titled.digest != entry.digest


def test_images_videos_and_other_languages_are_nothing():
    more = " xmlns:image='http://www.google.com/schemas/sitemap-image/1.1' xmlns:xhtml='http://www.w3.org/1999/xhtml'"
    inside = (
        "<url><image:image><image:loc>https://paper.example/i.png</image:loc></image:image><image:loc>https://paper.example/j.png</image:loc>"
        "<loc>https://paper.example/a</loc><xhtml:link rel='alternate' hreflang='de' href='https://paper.example/de/a'/></url>"
    )
    assert locs(urlset(inside, more)) == ["https://paper.example/a"]


@pytest.mark.parametrize("namespace", ["", " xmlns='http://www.google.com/schemas/sitemap/0.84'", " xmlns='urn:wrong'"])
def test_whatever_the_namespace_a_sitemap_is_one(namespace):
    assert locs(f"<urlset{namespace}><url><loc>https://paper.example/a</loc></url></urlset>") == ["https://paper.example/a"]


ONE = urlset("<url><loc>https://paper.example/zoë</loc></url>")


@pytest.mark.parametrize(
    "body",
    [
        ONE.encode(),
        b"\xef\xbb\xbf" + ONE.encode(),
        ONE.replace("UTF-8", "UTF-16").encode("utf-16"),
        ONE.replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        gzip.compress(ONE.encode(), mtime=0),
        b"\n\n" + ONE.encode().partition(b"\n")[2],
    ],
    ids=["utf-8", "mark", "utf-16", "latin-1", "gzip", "lines before"],
)
@pytest.mark.parametrize("size", [7, 65_536])
def test_whatever_the_encoding_an_address_is_the_same(body, size):
    assert found(body, size=size) == [Listed("https://paper.example/zoë")]


def test_an_ampersand_written_by_hand_stays_in_its_address_wherever_a_piece_ends():
    body = urlset(
        "<url><loc>https://paper.example/?a=1&b=2&amp;c=3&#38;d</loc></url><url><loc><![CDATA[https://paper.example/?a&b]]></loc></url>"
    )
    for size in (1, 2, 3, 50, 65_536):
        assert locs(body, size=size) == ["https://paper.example/?a=1&b=2&c=3&d", "https://paper.example/?a&b"]


def test_a_relative_address_is_one_of_the_site_and_none_in_a_file():
    (listed,) = found(urlset("<url><loc>/a</loc></url>"))
    assert listed.entry(BASE).url == "https://paper.example/a"
    assert listed.entry("").url == ""


def test_a_list_of_addresses_is_a_sitemap():
    body = "https://paper.example/a\r\n\r\n  https://paper.example/b \nhttps://paper.example/c"
    expected = [Listed(f"https://paper.example/{name}") for name in "abc"]
    for written in (body.encode(), b"\xef\xbb\xbf" + body.encode(), body.encode("utf-16")):
        assert found(written, size=5) == expected


def test_robots_txt_names_sitemaps():
    body = "User-agent: *\nDisallow: /x\nSITEMAP: https://paper.example/a.xml # the first\nsitemap:/b.xml\n#Sitemap: /c.xml\n"
    assert found(body) == [Child("https://paper.example/a.xml"), Child("/b.xml")]
    assert reason(b"User-agent: *\nDisallow:") == "names no sitemap"


def test_a_feed_may_be_given_as_a_sitemap():
    item = "<item><title>A</title><link>/a</link><pubDate>Fri, 28 Aug 2026 10:00:00 GMT</pubDate></item>"
    (listed,) = found(f"<rss version='2.0'><channel><link>https://paper.example/</link>{item}</channel></rss>")
    entry = listed.entry(BASE)
    assert (entry.url, entry.title, entry.published) == ("https://paper.example/a", "A", datetime(2026, 8, 28, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("lastmod", "since", "out"),
    [
        ("2026-08-27", "2026-08-28", True),
        ("2026-08-28", "2026-08-28", False),
        ("2026-08-28", "2026-08-28T12:00", False),
        ("2026-08-28T11:59:00Z", "2026-08-28T12:00", True),
        ("2026-08-28T23:30:00-02:00", "2026-08-29", False),
        ("0001-01-01", "2026-08-28", False),
        ("1970-01-01T00:00:00Z", "2026-08-28", False),
        ("yesterday", "2026-08-28", False),
        ("", "2026-08-28", False),
        ("9999-12-31", "2026-08-28", False),
    ],
)
def test_the_hint_leaves_out_what_did_not_change_since(lastmod, since, out):
    moment = datetime.fromisoformat(since).replace(tzinfo=UTC)
    assert untouched(Listed("https://paper.example/a", lastmod), moment) is out
    assert not untouched(Child("https://paper.example/a.xml", lastmod), None)


A, B = "https://paper.example/a", "https://paper.example/b"


@pytest.mark.parametrize(
    ("body", "listed", "why"),
    [
        ("", [], "empty answer"),
        (" \n", [], "empty answer"),
        ("<!doctype html><title>Sign in</title>", [], "a web page, not a sitemap"),
        ("{}", [], "not a sitemap"),
        (urlset(f"<url><loc>{A}</loc></url><url><loc>{B}")[:-9], [A], "not well-formed (line 2)"),
        (urlset(f"<url><loc>{A}</loc><url><loc>{B}</loc></url>"), [A, B], "not well-formed (line 2)"),
        (urlset(f"<url><loc>{A}<url><loc>{B}</loc></url>"), [B], "not well-formed (line 2)"),
        (urlset(f"<url><loc>{A}</loc></url>") + "<p>cached</p>", [A], "not well-formed (line 2)"),
        (gzip.compress(urlset(f"<url><loc>{A}</loc></url>" * 99).encode(), mtime=0)[:-4], [A] * 99, "gzip cut off"),
        (b"\x1f\x8b\x08 and no more", [], "gzip broken"),
        ("<!DOCTYPE x [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]>" + urlset(f"<url><loc>{A}&b;</loc></url>"), [], "declares entities"),
        (f"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/hostname'>]><urlset><url><loc>{A}&a;</loc></url></urlset>", [], "declares entities"),
        (urlset("<url><loc>" + A + "</loc></url>" + "<x>" * 200_000), [A], "too many elements without an address"),
        (urlset("<url>" + "<x/>" * 200_000), [], "too many elements without an address"),
        (urlset("<url></x>" * 200_000), [], "too many elements without an address"),
        (urlset("<url><loc>" + "&" * 200_000), [], "too many elements without an address"),
        (urlset(f"<url><loc>{A}</loc></url><url><loc>https://a.example/&#xd800;</loc></url>"), [A], "breaks the parser"),
        (urlset("".join(f"<x{n}/>" for n in range(20_000))), [], "too many kinds of elements"),
        (gzip.compress(b"<urlset>" + b" " * 3_000_000 + b"</urlset>", mtime=0), [], "larger than 1,000,000 bytes"),
        ("https://paper.example/a\n" + "a" * 2_000_000, [A], "larger than 1,000,000 bytes"),
    ],
)  # fmt: skip
def test_of_a_broken_document_what_was_read_counts_and_what_is_wrong_has_a_name(body, listed, why):
    largest = 1_000_000 if why.startswith("larger") else 100_000_000
    assert (locs(body, largest=largest), reason(body, largest=largest)) == (listed, why)


@pytest.mark.parametrize(
    "inside",
    ["<![CDATA[" * 50_000, "<!--" + "a" * 2_000_000, "<url " + "a='' " * 100_000, "&" * 200_000 + "<url>", "<a" * 300_000],
)
def test_what_is_never_closed_takes_no_time(inside):
    assert reason(urlset(inside)).startswith(("not well-formed", "too many"))


def test_an_address_longer_than_any_is_cut_and_then_none():
    (first, second) = found(urlset(f"<url><loc>https://paper.example/{'a' * 3_000_000}</loc></url><url><loc>{B}</loc></url>"))
    assert len(first.loc) < 100_000
    assert first.entry(BASE).url == ""
    assert second.loc == B


def test_any_number_of_pages_takes_the_memory_of_one():
    line = "<url><loc>https://paper.example/{}</loc><lastmod>2026-01-01</lastmod></url>"
    packed = gzip.compress(urlset("".join(line.format(n) for n in range(20_000))).encode(), 1)
    tracemalloc.start()
    try:
        count = sum(1 for _ in read(pieces(packed), BASE, 100_000_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert peak < 2_000_000


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"<urlset><url><loc>https://a.example/</loc>", b"<sitemapindex>", b"\x1f\x8b\x08\0"]),
)
def test_no_bytes_make_it_raise(body, before):
    assert all(isinstance(one, Listed | Child | Broken) for one in found(before + body))
