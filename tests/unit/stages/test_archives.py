"""A feed's next page, and what an answer is."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.archives import detect, kind, linked, next_page, numbered, page_number, unpacked
from pipeline.stages.feeds import Reading, parse
from tests.fakes import page

URL = "https://paper.example/feed"
ATOM = "http://www.w3.org/2005/Atom"


def read(links="", generator=""):
    made = f"<generator>{generator}</generator>" if generator else ""
    item = "<item><title>A</title><link>https://paper.example/a</link></item>"
    return parse(
        f"<rss version='2.0' xmlns:a='{ATOM}'><channel><title>T</title>{made}{links}{item}</channel></rss>".encode(), URL
    )


def test_the_link_to_older_entries_leads_on_relative_to_the_page_it_is_on():
    step = next_page(read("<a:link rel='next' href='?page=2'/>"), URL, URL, first=True)
    assert (step.url, step.by) == ("https://paper.example/feed?page=2", "link")


def test_an_archive_goes_before_a_page():
    reading = read("<a:link rel='next' href='/p2'/><a:link rel='prev-archive' href='/2026/07'/>")
    assert next_page(reading, URL, URL, first=True).url == "https://paper.example/2026/07"


def test_links_of_an_atom_feed_count_whatever_their_case_and_base():
    body = f"<feed xmlns='{ATOM}' xml:base='https://paper.example/all/'><link rel='NEXT' href='p2'/><title>T</title></feed>"
    assert linked(parse(body.encode(), URL), "next", URL) == "https://paper.example/all/p2"


def test_a_link_of_an_entry_is_none_of_the_feed():
    body = f"<feed xmlns='{ATOM}'><title>T</title><entry><title>A</title><link rel='next' href='https://paper.example/b'/></entry></feed>"
    assert next_page(parse(body.encode(), URL), URL, URL, first=False).url == ""


@pytest.mark.parametrize("href", ["javascript:alert(1)", "ftp://paper.example/2", "http://[broken"])
def test_a_link_that_is_no_web_address_is_none(href):
    assert linked(read(f"<a:link rel='next' href='{href}'/>"), "next", URL) == ""


def test_a_page_that_names_itself_as_the_next_names_none():
    assert next_page(read(f"<a:link rel='next' href='{URL}'/>"), URL, URL, first=False).url == ""


def test_wordpress_has_numbered_pages_and_of_others_that_is_a_guess():
    said = next_page(read(generator="https://wordpress.org/?v=6.8"), URL, URL, first=True)
    guessed = next_page(read(), URL, URL, first=True)
    assert (said.by, guessed.by) == ("number", "guess")
    assert said.url == guessed.url == "https://paper.example/feed?paged=2"


def test_nothing_is_guessed_behind_a_page_that_a_link_led_to():
    assert next_page(read(), "https://paper.example/2026/07", "https://paper.example/2026/07", first=False).url == ""


def test_a_number_is_kept_beside_the_rest_of_the_query():
    assert numbered("https://paper.example/?feed=rss2&cat=3", 2) == "https://paper.example/?feed=rss2&cat=3&paged=2"
    assert numbered("https://paper.example/?paged=9&feed=rss2", 10) == "https://paper.example/?paged=10&feed=rss2"
    assert page_number("https://paper.example/?feed=rss2&paged=12") == 12
    assert page_number("https://paper.example/?unpaged=12&pagedx=1") == 0


def test_a_redirect_that_drops_the_number_does_not_start_the_count_again():
    assert next_page(read(), f"{URL}?paged=4", URL, first=False).url == f"{URL}?paged=5"


def test_elements_named_like_parts_of_the_parser_do_no_harm():
    body = b"<rss version='2.0'><channel><links>x</links><generator_detail>x</generator_detail><title>T</title></channel></rss>"
    assert (parse(body, URL).links, parse(body, URL).generator) == ((), "")


RSS = b"<rss version='2.0'><channel/></rss>"
MAP = b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'></urlset>"


@pytest.mark.parametrize(
    ("body", "name", "what"),
    [
        (RSS, "", "feed"),
        (b"\xef\xbb\xbf  <?xml version='1.0'?>\n<!-- cached -->" + RSS, "x.html", "feed"),
        (b"<a:feed xmlns:a='http://www.w3.org/2005/Atom'/>", "", "feed"),
        (b"<rdf:RDF xmlns='http://purl.org/rss/1.0/' xmlns:rdf='x'/>", "", "feed"),
        (b"<rdf:RDF xmlns:skos='http://www.w3.org/2004/02/skos/core#'/>", "glossary.rdf", ""),
        (b"<br />\n<b>Warning</b>: in line 3<br />\n" + RSS, "", "feed"),
        (MAP, "", "sitemap"),
        (b"<sitemapindex/>", "", "sitemap"),
        (b"<sm:urlset xmlns:sm='x'/>", "", "sitemap"),
        (b"<!DOCTYPE urlset [<!ENTITY a 'b>'>]>" + MAP, "", "sitemap"),
        (gzip.compress(MAP, mtime=0), "sitemap.xml", "sitemap"),
        (MAP.decode().encode("utf-16"), "", "sitemap"),
        (MAP.decode().encode("utf-16-be"), "", "sitemap"),
        (b"https://paper.example/a\nhttps://paper.example/b\n", "", "sitemap"),
        (b"# hello\nUser-agent: *\nDisallow:\nSitemap: https://paper.example/s.xml", "", "sitemap"),
        (b"Sitemap: /s.xml", "https://paper.example/robots.txt", "sitemap"),
        (b"User-agent: *\nDisallow: /", "https://paper.example/robots.txt", ""),
        (b"<!doctype HTML><title>A</title>", "", "html"),
        (b"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html><body>&lt;rss&gt;</body></html>", "", "html"),
        (b"<HTML><body><pre><rss></pre>", "", "html"),
        (b"<div>no more posts</div>", "", "html"),
        (b"{}", "feed.json", ""),
        (b"Dear reader,\nplease allow: cookies", "", ""),
        (b"", "feed.xml", ""),
        (b"%PDF-1.7", "", ""),
        (b"\x1f\x8bnot gzip", "sitemap.xml.gz", ""),
    ],
)
def test_what_an_answer_is_shows_in_its_bytes(body, name, what):
    assert detect(body, name) == what
    assert detect(page(name or "https://paper.example/x", body)) == what


@given(st.binary(max_size=400), st.text(max_size=30))
def test_any_bytes_are_something_or_nothing(body, name):
    assert detect(body, name) in {"feed", "sitemap", "html", ""}


@pytest.mark.parametrize(
    "text", ["\n" * 60_000, "<!--" * 15_000, "<!DOCTYPE x " + "[ ]" * 20_000, "<?a ?>" * 10_000, "< " * 30_000]
)
def test_a_beginning_without_end_takes_no_time(text):
    assert kind(text) == ""


def test_packed_bytes_are_unpacked_as_far_as_they_may_and_no_further():
    packed = gzip.compress(b"a" * 5_000_000, mtime=0)
    parts = list(unpacked([packed], 1_000_000))
    assert parts.pop().reason == "larger than 1,000,000 bytes"
    assert sum(map(len, parts)) <= 1_000_000


@given(st.lists(st.binary(max_size=200_000), min_size=1, max_size=3), st.integers(1, 70_000))
def test_gzip_members_in_any_pieces_give_what_went_in(members, size):
    packed = b"".join(gzip.compress(member, mtime=0) for member in members)
    pieces = [packed[at : at + size] for at in range(0, len(packed), size)]
    if len(pieces[0]) > 1:
        assert b"".join(unpacked(pieces, 10**7)) == b"".join(members)


@pytest.mark.parametrize(("cut", "reason"), [(-5, "gzip cut off"), (-60, "gzip cut off")])
def test_what_is_there_of_a_packed_file_that_was_cut_off_counts(cut, reason):
    body = bytes(range(256)) * 40
    *parts, trouble = unpacked([gzip.compress(body, mtime=0)[:cut]], 10**7)
    assert body.startswith(b"".join(parts))
    assert trouble.reason == reason


def test_padding_behind_a_packed_file_is_nothing():
    assert b"".join(unpacked([gzip.compress(b"all", mtime=0) + b"\0" * 512], 100)) == b"all"


def test_a_reading_without_history_has_none():
    assert (Reading().links, Reading().generator) == ((), "")
