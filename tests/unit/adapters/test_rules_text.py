"""Text, links, dates and charsets from outside, XML that means harm: each test is a rule, played by a server on this machine."""

import time
from datetime import timedelta

import pytest

from tests.inspecting import of_text
from tests.servers import Answer, serving
from tests.unit.adapters.desk import HTML, SENTENCE, Desk, item, rss, story
from tests.unit.adapters.making import NOW

LINK = "https://wire.example/a"
DAY = timedelta(days=1)


@pytest.fixture
def desk(database):
    return Desk(database)


def stored(desk, *answers, columns="title, text"):
    """What is stored of feeds with one item each, by a pass over real sockets."""
    with serving({f"/{n}": answer for n, answer in enumerate(answers)}) as site:
        desk.follow(*(site.url(f"/{n}") for n in range(len(answers))))
        desk.collect()
    return desk.rows(f"SELECT {columns} FROM article ORDER BY id")


CLEAN = {
    "NUL": ("a\x00b&#0;c", "a bc"),
    "lone surrogates": ("one \ud83d two &#xdc00; three", "one \ufffd two three"),
    "control characters": ("a\x01\x1b[1mb\x7fc&#x9f;d", "a [1mb c\u0178d"),
    "bidi overrides": ("a\u202eb\u202d \u2066c\u2069\u200f", "a b c"),
    "no characters": ("a\ufffe\uffff\ufdd0\U0001fffeb", "a b"),
    "NFC": ("Cafe\u0301 \u212b", "Café Å"),
    "halves of one character": ("a \ud83e\udd16 b", "a \U0001f916 b"),
}


@pytest.mark.parametrize("what", CLEAN)
def test_text_from_outside_is_valid_unicode_without_nul_surrogates_controls_and_bidi_and_in_nfc(desk, what):
    said, clean = CLEAN[what]
    ((title, text),) = stored(desk, rss(item(LINK, f"{said} end", f"Two sentences, no more. {said} end")))
    assert (title, text) == (f"{clean} end", f"Two sentences, no more. {clean} end")
    assert [*of_text(title), *of_text(text, lines=True)] == []


TITLES = {
    "escaped once": ("&lt;b&gt;Bold&lt;/b&gt; words", "Bold words"),
    "escaped twice": ("&amp;lt;b&amp;gt;Bold&amp;lt;/b&amp;gt; words", "Bold words"),
    "escapes undone once": ("AT&amp;amp;T &amp;quot;says&amp;quot; 1 &amp;lt; 2", 'AT&T "says" 1 < 2'),
    "CDATA": ("<![CDATA[<b>Bold</b> words &amp; more]]>", "Bold words & more"),
    "escapes in CDATA": ("<![CDATA[&lt;i&gt;Bold&lt;/i&gt; words]]>", "Bold words"),
    "elements": ("<b>Bold</b> words", "Bold words"),
    "a script": ("Words&lt;script&gt;alert(1)&lt;/script&gt; end", "Words end"),
    "an open tag": ("Words &lt;img src=x onerror=alert(1)", "Words"),
    "comparisons are no tags": ("1 &lt; 2 &gt; 0 &amp; &lt;3", "1 < 2 > 0 & <3"),
}


@pytest.mark.parametrize("what", TITLES)
def test_titles_are_text_not_markup(desk, what):
    said, text = TITLES[what]
    assert stored(desk, rss(item(LINK, said)), columns="title") == [(text,)]


def test_lengths_are_bounded(desk):
    long = SENTENCE * 2000  # 200,000 characters and some
    address = f"https://wire.example/{'x' * 5000}"
    items = (item(LINK, long, f"{long}{long}", more=f"<category>{long}</category>"), item(address))
    ((title, text),) = stored(desk, rss(*items))  # there is no address as long as the other's
    assert len(title) <= 300
    assert title.endswith("…")
    assert 100_000 < len(text) <= 200_000


BAD = ("javascript:alert(1)", "JaVaScRiPt:alert(1)", "java&#10;script:alert(1)", "data:text/html,x", "file:///etc/passwd", "ftp://a.example/", "mailto:a@b.example", "https://", "http://[::1")  # fmt: skip


def test_links_are_absolute_http_or_https_and_no_javascript_data_or_file(desk):
    good = {
        "/in": "{}/in",
        "//wire.example/x": "http://wire.example/x",
        "HTTPS://WIRE.example/y#z": "https://wire.example/y",
        "http://u:p@wire.example/z": "http://wire.example/z",
    }
    with serving() as site:
        site.routes["/feed"] = rss(
            *(item(link, f"Title {n}", f"Report number {n} says so.") for n, link in enumerate([*BAD, *good]))
        )
        desk.follow(site.url("/feed"))
        told = desk.collect().told()
        assert sorted(url for (url,) in desk.rows("SELECT canonical_url FROM article")) == sorted(
            one.format(site.url("")) for one in good.values()
        )
    assert [one for one in told if one != "New"] == ["Skipped(no link)"] * len(BAD)


def test_a_page_s_canonical_link_is_believed_only_within_its_own_site(desk):
    said = [
        "/b?id=1",
        "https://other.example/a",
        "javascript:alert(1)",
        "//evil.example/a",
        "http://u:p@{}/c",
        "/",
        "http://127.0.0.2/a",
        "http://{}.evil.example/a",
    ]
    with serving({"/robots.txt": Answer(404)}) as site:
        for n, link in enumerate(said):
            words = f"Report number {n} says what the council of town {n} heard from its engineers about the bridge {n}. "
            site.routes[f"/p{n}"] = story(words, f'<link rel="canonical" href="{link.format(site.host)}">')
        site.routes["/feed"] = rss(*(item(site.url(f"/p{n}"), f"Title {n}") for n in range(len(said))))
        desk.follow(site.url("/feed"), pages="fetch")
        desk.collect()
        found = dict(desk.rows("SELECT title, canonical_url FROM article"))
    assert found == {f"Title {n}": site.url({0: "/b?id=1", 4: "/c"}.get(n, f"/p{n}")) for n in range(len(said))}


@pytest.mark.parametrize("year", ["in the future", "1970", "1989"])
def test_dates_in_the_future_or_before_1990_are_replaced_with_their_provenance(desk, year):
    at = NOW + DAY if year == "in the future" else NOW.replace(year=int(year))
    with serving({"/robots.txt": Answer(404)}) as site:
        site.routes |= {
            "/1": story(),
            "/2": story(
                head=f'<meta property="article:published_time" content="{at.isoformat()}">',
                words="Other words than those of the first page. ",
            ),
        }
        head = '<meta property="article:published_time" content="2026-08-30T10:00:00Z">'
        site.routes |= {
            "/3": story("A third page about a third thing that was said. ", head),
            "/2026/08/29/4": story("A fourth page and what it says of it. "),
        }
        site.routes["/feed"] = rss(
            *(item(site.url(path), f"Title {n}", at=at) for n, path in enumerate(["/1", "/2", "/3", "/2026/08/29/4"], 1))
        )
        desk.follow(site.url("/feed"), pages="fetch")
        desk.collect()
    assert desk.rows("SELECT published, published_from, published_precision FROM article ORDER BY title") == [
        ("2026-09-01T12:00:00Z", "first_seen", "minute"),
        ("2026-09-01T12:00:00Z", "first_seen", "minute"),
        ("2026-08-30T10:00:00Z", "page", "minute"),
        ("2026-08-29T00:00:00Z", "url", "day"),
    ]


WORDS = "Привет, мир, как дела у вас сегодня, друзья мои хорошие"
CHARSETS = {  # header, what the XML begins with, and how it is written
    "the header": ("text/xml; charset=koi8-r", "<?xml version='1.0' encoding='windows-1251'?>", "koi8-r"),
    "a byte order mark before the header": ("text/xml; charset=koi8-r", "\ufeff", "utf-16"),
    "the XML declaration": ("application/rss+xml", "<?xml version='1.0' encoding='windows-1251'?>", "windows-1251"),
    "detection": ("application/rss+xml", "", "windows-1251"),
    "UTF-8 whatever is said": ("text/xml; charset=iso-8859-1", "<?xml version='1.0' encoding='iso-8859-1'?>", "utf-8"),
}


@pytest.mark.parametrize("said_by", CHARSETS)
def test_a_feed_s_charset_is_that_of_header_byte_order_mark_xml_declaration_then_detection(desk, said_by):
    header, declared, charset = CHARSETS[said_by]
    body = (declared + rss(item(LINK, WORDS, "About it.")).body.decode()).encode(charset)
    assert stored(desk, Answer(200, body, {"Content-Type": header}), columns="title") == [(WORDS,)]


def test_a_page_s_charset_is_that_of_its_meta_where_nobody_else_says_it(desk):
    body = (
        story(
            "Müller’s café “looked” into how attention heads keep count, and said why they do. ", "<meta charset='windows-1252'>"
        )
        .body.decode()
        .encode("windows-1252")
    )
    with serving({"/a": Answer(200, body, {"Content-Type": "text/html"}), "/robots.txt": Answer(404)}) as site:
        site.routes["/feed"] = rss(item(site.url("/a")))
        desk.follow(site.url("/feed"), pages="fetch")
        desk.collect()
    ((text,),) = desk.rows("SELECT text FROM article")
    assert "Müller’s café “looked” into" in text


def test_mojibake_is_counted(desk):
    said = ["CafÃ© – life", "caf\ufffd life", "Café – life"]
    with serving({f"/{n}": rss(item(LINK, title)) for n, title in enumerate(said)}) as site:
        desk.follow(*(site.url(f"/{n}") for n in range(3)))
        polls = desk.collect().polls
    assert [polls[f"s{n}"].notes for n in range(3)] == [("mojibake",), ("mojibake",), ()]


def test_a_page_whose_redirect_leads_to_no_web_address_is_known_by_its_own(desk):
    with serving({"/robots.txt": Answer(404)}) as site:
        site.routes |= {"/a": Answer(302, headers={"Location": "/b?\x80"}), "/b": story(), "/feed": rss(item(site.url("/a")))}
        desk.follow(site.url("/feed"), pages="fetch")
        assert desk.collect().told() == ["New"]
        assert desk.rows("SELECT canonical_url FROM article") == [(site.url("/a"),)]


HEAD = "<rss version='2.0'><channel><title>T</title>"
XML = {
    "an external entity": "<!DOCTYPE rss [<!ENTITY x SYSTEM '{}'>]>",
    "an external entity of a file": "<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
    "an external DTD": "<!DOCTYPE rss SYSTEM '{}'>",
    "a parameter entity": "<!DOCTYPE rss [<!ENTITY % y SYSTEM '{}'> %y; <!ENTITY x 'z'>]>",
    "a billion laughs": "<!DOCTYPE rss [<!ENTITY a0 'lol'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)) + "<!ENTITY x '&a9;'>]>",
    "a quadratic bomb": f"<!DOCTYPE rss [<!ENTITY x '{'a' * 40_000}'>]>",
}  # fmt: skip


@pytest.mark.parametrize("what", XML)
def test_xml_bombs_external_entities_and_dtds_of_feeds_never_expand_or_fetch_anything(desk, what):
    many = "&x;" * (5000 if "bomb" in what else 1)
    with serving({"/": Answer(200, b"fetched")}) as trap:
        body = XML[what].replace("{}", trap.url()) + HEAD + item(LINK, f"Title {many}", f"Words {many}") + "</channel></rss>"
        began = time.process_time()
        ((title, text),) = stored(desk, Answer(200, body.encode(), {"Content-Type": "application/xml"}))
    assert trap.seen == []
    assert title.startswith("Title")
    assert len(title) + len(text) < 3000
    assert "root:" not in text
    assert time.process_time() - began < 4


def test_xml_bombs_external_entities_and_dtds_of_pages_never_expand_or_fetch_anything(desk):
    with serving({"/": Answer(200, b"fetched")}) as trap, serving({"/robots.txt": Answer(404)}) as site:
        for n, said in enumerate(XML.values()):
            body = story(f"Report {n} and what it has to say of the matter number {n}, &x; if anything at all. ").body
            site.routes[f"/{n}"] = Answer(200, said.replace("{}", trap.url()).replace("rss", "html").encode() + body, HTML)
        site.routes["/feed"] = rss(*(item(site.url(f"/{n}")) for n in range(len(XML))))
        desk.follow(site.url("/feed"), pages="fetch")
        assert desk.collect().told() == ["New"] * len(XML)
    assert trap.seen == []
    assert desk.rows("SELECT count(*) FROM article WHERE text_from != 'page' OR length(text) > 2000 OR text LIKE '%root:%'") == [
        (0,)
    ]
