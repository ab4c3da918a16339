"""A feed with its history: where its next page is. And what the bytes of an answer are, whatever their name.

RFC 5005 has two kinds of history: pages (`next`), and archives that do not change any more (`prev-archive`), to which
`current` is the way back. WordPress and others have pages without saying so, under ?paged=2, 3, ...
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from models.page import Page
from pipeline.stages.feeds import Reading
from pipeline.stages.urls import web_address

GZIP = b"\x1f\x8b"
HEAD = 65_536  # bytes that tell what a document is: room for a licence or a document type before its first element
_PART = 65_536  # bytes unpacked at a time
_PAGED = re.compile(r"(?:^|(?<=&))paged=(\d{1,9})(?=&|$)")
_PROLOGUE = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!doctype[^>\[]*(?:\[.*?\]\s*)?>)", re.IGNORECASE | re.DOTALL)
_ELEMENT = re.compile(r"\s*<(?:[\w.-]+:)?([\w.-]+)")
_LATER = re.compile(r"<(?:[\w.-]+:)?(rss|feed|rdf|urlset|sitemapindex)[\s>]", re.IGNORECASE)
_HTML = {"title", "meta", "link", "base", "script", "style", "div", "p", "br", "b", "h1", "h2", "table", "center", "main", "form"}
_RULE = re.compile(r"(?:user-agent|sitemap|disallow|allow|crawl-delay)[ \t]*:", re.IGNORECASE)
_NAMED = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*([^\s#]+)", re.IGNORECASE | re.MULTILINE)
_RSS_1 = re.compile(r"purl\.org/rss/1\.0|my\.netscape\.com/rdf|purl\.org/net/rss1\.1")

Kind = Literal["feed", "urlset", "sitemapindex", "addresses", "robots", "html", ""]


@dataclass(frozen=True, slots=True)
class Broken:
    """Why a document, or what is left of it, could not be read. The last that is found in it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Step:
    """Where the walk goes on; no `url`: this page is the last."""

    url: str = ""
    by: Literal["archive", "link", "number", "guess", ""] = ""  # guess: nothing says that there is such a page


def next_page(reading: Reading, asked: str, url: str, *, first: bool) -> Step:
    """The page after the one that was asked for at `asked` and came from `url`; `first`: the feed's own address."""
    archive, link = linked(reading, "prev-archive", url), linked(reading, "next", url)
    if archive not in {"", asked, url}:
        return Step(archive, "archive")
    if link not in {"", asked, url}:
        return Step(link, "link")
    here = page_number(asked) or page_number(url)
    if here:
        return Step(numbered(url, here + 1), "number")
    if first:
        return Step(numbered(url, 2), "number" if "wordpress" in reading.generator.lower() else "guess")
    return Step()


def linked(reading: Reading, relation: str, url: str) -> str:
    """The absolute address that a page of the feed, which came from `url`, names for a relation; "" where it names none."""
    return next((address for rel, href in reading.links if rel == relation and (address := web_address(href, url))), "")


def page_number(url: str) -> int:
    """The number in ?paged=; 0 without one."""
    found = _PAGED.search(urlsplit(url).query)
    return int(found[1]) if found else 0


def numbered(url: str, number: int) -> str:
    """The address of a numbered page, beside the other parameters of its query."""
    parts = urlsplit(url)
    query, replaced = _PAGED.subn(f"paged={number}", parts.query, count=1)
    if not replaced:
        query = f"{query}&paged={number}" if query else f"paged={number}"
    return urlunsplit(parts._replace(query=query))


def detect(answer: Page | bytes, name: str = "") -> Literal["feed", "sitemap", "html", ""]:
    """What an answer, or the beginning of a file, is; `name` is its address or file name.

    A sitemap is what `sitemaps.read` reads: robots.txt that names one and a list of addresses, too.
    """
    text = head(answer.body if isinstance(answer, Page) else answer)
    found = kind(text, name or (answer.url if isinstance(answer, Page) else ""))
    if found in {"urlset", "sitemapindex", "addresses"}:
        return "sitemap"
    if found == "robots":
        return "sitemap" if _NAMED.search(text) else ""
    return "feed" if found == "feed" else "html" if found == "html" else ""


def head(body: bytes) -> str:
    """The beginning of a document as text, unpacked; what cannot be decoded is replaced."""
    start = body[:HEAD]
    if start.startswith(GZIP):
        try:
            start = zlib.decompressobj(31).decompress(start, HEAD)
        except zlib.error:
            return ""
    return start.decode(encoding(start), "replace")


def encoding(start: bytes) -> str:
    """UTF-16 where a byte order mark or the first characters say so, else UTF-8."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    first = {b"<\0": "utf-16-le", b"\0<": "utf-16-be", b"h\0": "utf-16-le", b"\0h": "utf-16-be"}
    return first.get(start[:2], "utf-8-sig")


def kind(text: str, name: str = "") -> Kind:
    """What the beginning of a document shows it to be."""
    place = 0
    while skipped := _PROLOGUE.match(text, place):
        if skipped[0].lstrip()[:14].lower() == "<!doctype html":
            return "html"
        place = skipped.end()
    element = _ELEMENT.match(text, place)
    return _by_element(element[1].lower(), text) if element else _by_lines(text, name)


def _by_element(element: str, text: str) -> Kind:
    if element in {"rss", "feed", "urlset", "sitemapindex"}:
        return element if element in {"urlset", "sitemapindex"} else "feed"  # type: ignore[return-value]
    if element == "rdf":
        return "feed" if _RSS_1.search(text) else ""
    if element in {"html", "head", "body"}:
        return "html"
    later = _LATER.search(text)  # behind a warning that the server's program printed
    return _by_element(later[1].lower(), text) if later else "html" if element in _HTML else ""


def _by_lines(text: str, name: str) -> Kind:
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    if _RULE.match(first) or (text.strip() and urlsplit(name).path.endswith("robots.txt")):
        return "robots"
    return "addresses" if first.startswith(("http://", "https://")) and web_address(first) and " " not in first else ""


def named_sitemaps(robots: str) -> list[str]:
    """What the Sitemap lines of a robots.txt name."""
    return [found[1] for found in _NAMED.finditer(robots)]


def unpacked(chunks: Iterable[bytes], largest: int) -> Iterator[bytes | Broken]:
    """The bytes, unpacked where they are gzip, whatever they are called; at most `largest` of them."""
    chunks = iter(chunks)
    first = next(chunks, b"")
    whole = chain([first], chunks)
    size = 0
    for part in _gunzipped(whole) if first.startswith(GZIP) else whole:
        size += 0 if isinstance(part, Broken) else len(part)
        if size > largest:
            yield Broken(f"larger than {largest:,} bytes")
            return
        yield part


def _gunzipped(chunks: Iterable[bytes]) -> Iterator[bytes | Broken]:
    """Gzip members one after the other, at most `_PART` bytes at a time."""
    packed = zlib.decompressobj(31)
    for chunk in chunks:
        data, more = chunk, True
        while data or more:
            try:
                part = packed.decompress(data, _PART)
            except zlib.error:
                yield Broken("gzip broken")
                return
            yield part
            data, more = packed.unconsumed_tail, len(part) == _PART
            if packed.eof:
                data, more = packed.unused_data, False
                if data and not data.startswith(GZIP[: len(data)]):
                    return  # padding behind the last member
                packed = zlib.decompressobj(31) if data else packed
    if not packed.eof:
        yield Broken("gzip cut off")
