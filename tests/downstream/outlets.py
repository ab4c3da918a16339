"""Outlets that do whatever strangers may do, each an item or a feed of one server's, around articles of the bundled sample.

A second round finds some of them changed for the worse. What is said here is about one model, so that all of it is linked.
"""

import re
from collections.abc import Iterator
from functools import cache
from html import escape as quoted
from xml.sax.saxutils import escape

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from tests import hostile as fuzzed
from tests import sample
from tests.downstream.hostile import LINKS, SCRIPT, TITLES, feed, page
from tests.servers import Answer, Script, Site, redirect

RANDOM = 10  # feeds and pages that hypothesis makes
XML = {"Content-Type": "application/rss+xml; charset=utf-8"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
CONCEPTS = {
    "broad-data": ("Broad data", "What a model was trained on is broad data, read once, of many words."),
    "foundation-model": ("Foundation model", "A large model trained once on broad data and adapted to many tasks."),
    "transformer": ("Transformer", "A model that reads all words of a text at once and weighs them by attention."),
}
# As they stand in a feed, after "Foundation model".
WORDS = {
    "not NFC": "Cafe\u0301 \u212b \u1100\u1161 \u0344",
    "no characters": "\ufdd0\ufdef\ufffe\uffff\U0001fffe\U0010ffff end",
    "half a character": "\ud83d \udc00 &#xd83d; end",
    "NUL": "a\x00b&#0;c",
    "controls": "\x01\x08\x0b\x0c\x1b[2J\x7f\x85\x9f end",
    "writing turned round": "\u202dabc\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c end",
    "unseen": "a\u200bb\u2060c\ufeffd\xade\u206af\ufffcg",
    "lines": "a\u2028b\u2029c\nd\re&#10;f",
    "mojibake": "CafÃ© â€œwordsâ€\x9d \ufffd",
    "an element cut in two": "&lt;scr&lt;script&gt;ipt&gt;alert(1)&lt;/scr&lt;/script&gt;ipt&gt;",
    "a letter in markup": "e<b/>\u0301 e&lt;b&gt;\u0301",
    "CDATA in CDATA": "<![CDATA[<![CDATA[<img src=x onerror=alert(1)>]]]]><![CDATA[>]]>",
    "numbered": "&#60;script&#62;alert(1)&#60;/script&#62; &amp;#60;iframe src=javascript:alert(1)&amp;#62;",
    "an SVG": "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>",
    "a style": "&lt;style&gt;*{display:none}&lt;/style&gt;&lt;base href=//evil.example&gt;",
}
# What a page may say of its own address; {0} is the server.
CANONICAL = (
    "https://www.nature.com/articles/x", "//evil.example/a", "javascript:alert(1)", "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd", "http://u:p@{0}/said", "http://{0}/said\u202egnp.exe", "http://{0}/said\"onmouseover=alert(1)",
    "http://{0}/said<script>alert(1)</script>", "http://{0}@evil.example/", "http://{0}\\@evil.example/", "http://[::1", "HTTP://{0}/Said#x",
)  # fmt: skip
# An item's link.
LINKED = (
    "http://u:p@{0}/in/credentials", "//{0}/in/scheme", "/in/relative", "in/relative2", "http://{0}/in/a\"b'c", "http://{0}/in/&lt;b&gt;",
    "http://{0}/in/\u202egnp.exe", "http://{0}/in/\u200bunseen", "http://{0}/in/a b\\c`{{|}}^", "http://{0}/in/caf\xe9?q=\xe9&amp;x=%00",
    "http://{0}/in/e\u0301", "http://{0}/in/fragment#\u202e", "  http://{0}/in/space \n", "HTTP://{0}/in/capitals", "http://{0}/in/%3Cscript%3E",
    "http://{0}/in/\ufdd0\U0001fffe",
)  # fmt: skip
DATES = (
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Fri, 01 Jan 2099 00:00:00 GMT",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "soon",
    "1e999",
)


@cache
def sentences() -> list[str]:
    """What outlets have to say, each its own: those of the sample's articles that no hostile title stands over."""
    pieces = [piece for outlet in sample.outlets() for piece in sample.pieces(outlet["slug"])][len(TITLES) :]
    return [one for piece in pieces for paragraph in piece.paragraphs for one in re.split(r"(?<=[.!?])\s+", paragraph)]


def headline(number: int) -> str:
    """The beginning of a title that is unlike all others."""
    return "Foundation model " + escape(" ".join(sentences()[4 * number].split()[:7]))


def item(number: int, said: str, link: str, more: str = "", date: str = "Sun, 30 Aug 2026 10:00:00 GMT") -> str:
    """An item about a model, its words its own; what is bad is said in its title and in its summary."""
    about = f"<title>{headline(number)} {said}</title><description>{escape(sentences()[4 * number + 1])} {said}</description>"
    return f"<item>{about}<link>{link}</link><pubDate>{date}</pubDate>{more}</item>"


def rss(*items: str, head: str = "") -> Answer:
    """A feed of these."""
    body = f"<rss version='2.0'><channel><title>{SCRIPT}</title>{head}{''.join(items)}</channel></rss>"
    return Answer(body=body.encode("utf-8", "surrogatepass"), headers=XML)


def story(number: int, head: str = "", more: str = "") -> Answer:
    """A page with an article about a model, its words its own."""
    said = ["The foundation model was trained once on broad data.", *map(quoted, sentences()[4 * number : 4 * number + 4])]
    words = "".join(f"<p>{one} {more}</p>" for one in said)
    body = f"<html><head>{head}</head><body><article><h1>{headline(number)}</h1>{words}</article></body></html>"
    return Answer(body=body.encode("utf-8", "surrogatepass"), headers=HTML)


def drawn(strategy: SearchStrategy[bytes], count: int) -> list[bytes]:
    """So many examples, the same every time."""
    found: list[bytes] = []

    @settings(
        max_examples=count, deadline=None, database=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )  # fmt: skip
    @given(strategy)
    def draw(said: bytes) -> None:
        found.append(said)

    draw()
    return found


def titled(host: Site) -> Iterator[tuple[str, Script]]:
    """A feed for each hostile title, and its page."""
    found = [piece for outlet in sample.outlets() for piece in sample.pieces(outlet["slug"])]
    for number, (piece, title) in enumerate(zip(found, TITLES.values(), strict=False)):
        yield f"/titles{number}.xml", Answer(body=feed(host.url(""), number, piece, title), headers=XML)
        yield f"/{number}", Answer(body=page(piece), headers=HTML)


def listed(host: Site) -> Iterator[tuple[str, Script]]:
    """Feeds of items whose words, links, dates and guids are bad, and pages that say bad things of themselves."""
    yield (
        "/words.xml",
        rss(*(item(n, said, f"/words/{n}", f"<category>{said}</category>") for n, said in enumerate(WORDS.values()))),
    )
    yield from ((f"/words/{n}", story(n, more=said)) for n, said in enumerate(WORDS.values()))
    links = [link.format(host.host) for link in LINKED] + [*LINKS]
    yield (
        "/links.xml",
        rss(*(item(20 + n, f"link {n}", link) for n, link in enumerate(links)), head=f"<link>{host.url('/in/home')}</link>"),
    )
    yield "/pages.xml", rss(*(item(50 + n, f"page {n}", f"/pages/{n}") for n in range(len(CANONICAL))))
    for n, said in enumerate(CANONICAL):
        head = f'<link rel="canonical" href="{quoted(said.format(host.host))}"><meta property="og:url" content="{quoted(said)}">'
        yield f"/pages/{n}", story(50 + n, f'{head}<meta property="article:published_time" content="{DATES[n % len(DATES)]}">')
    yield "/dates.xml", rss(*(item(70 + n, f"date {n}", f"/dates/{n}", date=date) for n, date in enumerate(DATES)))
    yield from (
        (f"/dates/{n}", story(70 + n, f'<meta itemprop="datePublished" content="{date}">')) for n, date in enumerate(DATES)
    )
    guid = f"<guid isPermaLink='true'>{escape(LINKS[0])}</guid>"
    yield "/guids.xml", rss(*(item(80 + n, f"guid {n}", f"/guids/{n}", guid) for n in range(3)), item(83, "no link", "", guid))
    yield from ((f"/guids/{n}", story(80 + n)) for n in range(3))


def leading(host: Site) -> Iterator[tuple[str, Script]]:
    """Pages that lead elsewhere, or are in another charset than they say."""
    away = {"javascript": "javascript:alert(1)", "data": "data:text/html,x", "file": "file:///etc/passwd", "credentials": f"http://u:p@{host.host}/away/there",
            "turned": "/away/there?\u202egnp.exe", "quote": "/away/there?\"><script>alert(1)</script>"}  # fmt: skip
    yield (
        "/away.xml",
        rss(*(item(90 + n, name, f"/away/{name}") for n, name in enumerate([*away, "latin", "utf16", "surrogates"]))),
    )
    yield from ((f"/away/{name}", redirect(302, there.encode().decode("latin-1"))) for name, there in away.items())
    yield "/away/there", story(100)
    latin, wide = (story(n, more="caf\xe9 \u201ewords\u201c").body.decode() for n in (101, 102))
    yield "/away/latin", Answer(body=latin.encode("cp1252"), headers=HTML)  # it is not what its header says
    yield "/away/utf16", Answer(body=wide.encode("utf-16-le"), headers=HTML)
    yield "/away/surrogates", story(103, more="\ud800 half \udfff")


def random(host: Site) -> Iterator[tuple[str, Script]]:
    """What hypothesis makes of feeds and pages."""
    yield from ((f"/fuzz{n}.xml", Answer(body=said, headers=XML)) for n, said in enumerate(drawn(fuzzed.feeds, RANDOM)))
    words = [escape(said.decode()) for said in drawn(fuzzed.words.map(lambda text: text.encode("utf-8", "replace")), RANDOM)]
    yield "/random.xml", rss(*(item(110 + n, said, f"/random/{n}") for n, said in enumerate(words)))
    yield from (
        (f"/random/{n}", Answer(body=story(110 + n).body + said, headers=HTML))
        for n, said in enumerate(drawn(fuzzed.pages, RANDOM))
    )


def entities(host: Site, trap: Site) -> Iterator[tuple[str, Script]]:
    """Feeds and a page that would have a parser ask the trap, or grow without end."""
    here = f"{item(140, '&x;', '/entities/0')}</channel></rss>"
    for n, declared in enumerate(
        (
            f"<!ENTITY x SYSTEM '{trap.url('/entity')}'>",
            f"<!ENTITY % y SYSTEM '{trap.url('/dtd')}'> %y;",
            "<!ENTITY a 'lol'><!ENTITY x '&a;&a;'>",
        )
    ):
        body = (
            f"<!DOCTYPE rss SYSTEM '{trap.url('/external.dtd')}' [{declared}]><rss version='2.0'><channel><title>T</title>{here}"
        )
        yield f"/entities{n}.xml", Answer(body=body.encode(), headers=XML)
    yield "/entities/0", story(140, f"<link rel=stylesheet href='{trap.url('/css')}'>", f"<img src='{trap.url('/image')}'>")


def first(host: Site, trap: Site) -> dict[str, Script]:
    """Everything, by path."""
    routes = dict(pair for some in (titled, listed, leading, random) for pair in some(host)) | dict(entities(host, trap))
    return routes | {
        "/gone.xml": rss(item(141, "gone", "/guids/0")),
        "/moved.xml": redirect(301, f"http://u:p@{host.host}/words.xml#x"),
    }


def second(routes: dict[str, Script]) -> dict[str, Script]:
    """The same a day later: some are edited, some turn into something else, some break off or are gone."""
    login = Answer(body=f"<!doctype html><html>{SCRIPT}<form><input type='password'></form></html>".encode(), headers=HTML)
    feeds = [path for path in routes if path.endswith(".xml")]
    for n, path in enumerate(feeds):
        answer = routes[path]
        if isinstance(answer, Answer) and answer.status == 200:
            cut = Answer(body=answer.body[: len(answer.body) * 2 // 3], headers=XML)
            edited = Answer(
                body=answer.body.replace(b"Foundation model ", b"Foundation model \xe2\x80\xae<b>edited</b>"), headers=XML
            )
            routes[path] = (edited, cut, login, edited)[n % 4]
    return routes | {"/gone.xml": Answer(410), "/words/0": Answer(410), "/words.xml": edited_words(routes["/words.xml"])}


def edited_words(answer: Script) -> Script:
    """The feed of words, each said by another item than before."""
    said = list(WORDS.values())
    return rss(*(item(n, f"{said[n - 1]} (edited)", f"/words/{n}") for n in range(len(said))))
