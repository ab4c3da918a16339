"""sitemaps.read: what a sitemap lists, one after the other, from bytes that need not be whole, well-formed or meant well.

No tree is built: memory is that of one entry. A document that declares entities is not read, nothing is fetched for
one, and a packed one is unpacked only as far as it is read. A sitemap's <lastmod> is a hint: pages are touched for many reasons.
"""

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from models.entry import Entry
from pipeline.ports import Lost
from pipeline.stages import feeds
from pipeline.stages.archives import HEAD, Broken, encoding, head, kind, named_sitemaps, unpacked
from pipeline.stages.bounds import BREAKS
from pipeline.stages.dates import EARLIEST, parse
from pipeline.stages.repairing import pieces, repaired
from pipeline.stages.text import digest, one_line, plain
from pipeline.stages.urls import LONGEST_URL, canonical, identity, web_address

_MOST_EVENTS = 100_000  # between two entries: one with its 1,000 images has some 10,000
_MOST_NAMES = 1000  # of elements; the parser remembers each
_MOST_NESTED = 100  # elements within one another; what is not well-formed takes the parser the square of their number
_LONGEST_ROBOTS = 500_000  # bytes; RFC 9309 has 500 KiB as the least that is read
_LONGEST_FIELD = 2 * LONGEST_URL  # characters
_BREAKS = "breaks the parser"
_FIELDS = {"loc", "lastmod", "news/title", "news/publication_date", "news/publication/name", "news/publication/language"}
_DEEPEST = 3  # elements


@dataclass(frozen=True, slots=True)
class Listed:
    """A page that a sitemap lists, as it is written there: most are left out again."""

    loc: str
    lastmod: str = ""
    # "title", "publication_date", "publication/name", "publication/language"
    news: Mapping[str, str] = field(default_factory=dict)
    told: Entry | None = None  # by a feed

    def entry(self, base: str) -> Entry:
        """As an entry; its `url` is "" where the address is none. `base` is the document's address."""
        return self.told or _entry(self, base)

    @property
    def outlet(self) -> str:
        """Who publishes it, of a news sitemap."""
        return one_line(plain(self.news.get("publication/name", "")))

    @property
    def language(self) -> str:
        """Its language by ISO 639-1, of a news sitemap; "" where that is not said, or otherwise."""
        code = self.news.get("publication/language", "").lower().replace("_", "-").partition("-")[0]
        return code if len(code) == 2 and code.isalpha() else ""


@dataclass(frozen=True, slots=True)
class Child:
    """Another sitemap that this one names."""

    loc: str
    lastmod: str = ""


Found = Listed | Child | Broken
Feed = Callable[[bytes, str], feeds.Reading | Lost]


def read(chunks: Iterable[bytes], base: str, largest: int, name: str = "", feed: Feed = feeds.parse) -> Iterator[Found]:
    """What a document lists, in its order: a sitemap, an index, robots.txt, a list of addresses, or a feed.

    `base` is its final address ("" for a file, whose links have to be absolute); `largest` bytes may be unpacked of
    it, a tenth of that of a feed, which is read whole. `name` is a hint where it says robots.txt.
    `feed` reads one: feeds.parse, or the same with limits of its time and memory.
    """
    parts = unpacked(chunks, largest)
    start, rest = _start(parts)
    text = head(start)
    found = kind(text, name or base)
    whole = chain([start], rest)
    if found in {"urlset", "sitemapindex"} and "<!ENTITY" in text:
        yield Broken("declares entities")
    elif found in {"urlset", "sitemapindex"}:
        yield from _xml(whole)
    elif found == "addresses":
        yield from _addresses(whole)
    elif found == "robots":
        yield from _robots(whole)
    elif found == "feed":
        yield from _feed(whole, base, largest // 10, feed)
    else:
        trouble = next((part for part in rest if isinstance(part, Broken)), None) if not start else None
        yield trouble or Broken(_nothing(start, html=found == "html"))


def _nothing(start: bytes, *, html: bool) -> str:
    return "a web page, not a sitemap" if html else "not a sitemap" if start.strip() else "empty answer"


def _start(parts: Iterator[bytes | Broken]) -> tuple[bytes, Iterator[bytes | Broken]]:
    """Enough of the beginning to tell what it is, and the rest."""
    start = b""
    for part in parts:
        if isinstance(part, Broken):
            return start, iter([part])
        start += part
        if len(start) >= HEAD:
            break
    return start, parts


def _xml(parts: Iterable[bytes | Broken]) -> Iterator[Found]:
    from lxml import etree

    listing = _Listing()
    parser = etree.XMLParser(
        target=listing, recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    trouble = ""
    for part in pieces(repaired(parts)):
        trouble = part.reason if isinstance(part, Broken) else _done(parser.feed, part) or listing.excess()
        yield from listing.taken()
        if trouble:
            break
    if trouble != _BREAKS:
        trouble = _done(parser.close) or trouble
    yield from listing.taken()
    line = next((error.line for error in parser.feed_error_log if error.level_name == "FATAL"), 0)
    if trouble or line:
        yield Broken(trouble or f"not well-formed (line {line})")


def _done(step: Callable[..., object], *given: bytes) -> str:
    """Take a step; what is wrong where the parser raises: on references to what is no character, for one."""
    try:
        step(*given)
    except BREAKS:
        return _BREAKS
    return ""


class _Listing:
    """What the XML parser tells its events to."""

    def __init__(self) -> None:
        self.found: list[Found] = []
        self.within = ""  # "url" or "sitemap" while one is open
        self.path: list[str] = []  # below it
        self.fields: dict[str, str] = {}
        self.text: list[str] | None = None  # of the field that is open
        self.length = self.idle = self.depth = 0
        self.names: dict[str, str] = {}  # of elements, and without their namespaces

    def excess(self) -> str:
        """Why no more is to be read: what no sitemap has."""
        few = "" if len(self.names) <= _MOST_NAMES else "too many kinds of elements"
        return few if self.idle <= _MOST_EVENTS and self.depth <= _MOST_NESTED else "too many elements without an address"

    def taken(self) -> list[Found]:
        """What was found since it was asked last."""
        found, self.found = self.found, []
        return found

    def start(self, tag: str, _attributes: Any) -> None:
        """An element begins."""
        name = self._local(tag)
        self.idle += 1
        self.depth += 1
        if name in {"url", "sitemap"}:
            self._finish()
            self.within, self.path, self.text = name, [], None
        elif self.within:
            self.path.append(name)
            self.text = [] if len(self.path) <= _DEEPEST and "/".join(self.path) in _FIELDS else None
            self.length = 0

    def data(self, text: str) -> None:
        """A piece of text."""
        self.idle += 1
        if self.text is not None and self.length < _LONGEST_FIELD:
            self.text.append(text[:_LONGEST_FIELD])
            self.length += len(text)

    def end(self, tag: str) -> None:
        """An element ends."""
        self.depth -= 1
        if self._local(tag) in {"url", "sitemap"}:
            self._finish()
            self.within = ""
        elif self.path:
            if self.text is not None:
                self.fields.setdefault("/".join(self.path), "".join(self.text).strip())
            self.path.pop()
            self.text = None

    def close(self) -> None:
        """The document ends; an entry that did not is told as far as it was."""
        self._finish()

    def _local(self, tag: str) -> str:
        name = self.names.get(tag)
        if name is None:
            name = self.names[tag] = _without_namespace(tag)
        return name

    def _finish(self) -> None:
        fields, self.fields = self.fields, {}
        if "loc" in fields:
            loc, lastmod = fields.pop("loc"), fields.pop("lastmod", "")
            news = {path.removeprefix("news/"): text for path, text in fields.items()}
            self.found.append(Child(loc, lastmod) if self.within == "sitemap" else Listed(loc, lastmod, news))
            self.idle = 0


def _without_namespace(tag: str) -> str:
    """An element's name without its namespace, which many get wrong; those of images, videos, alternates stay apart."""
    namespace, _, name = tag.rpartition("}")
    name = name.rpartition(":")[2]
    return f"media:{name}" if "image" in namespace or "video" in namespace or "xhtml" in namespace else name


def _entry(listed: Listed, base: str) -> Entry:
    url = web_address(listed.loc, base)
    title = one_line(plain(listed.news.get("title", "")))
    published, precise = parse(listed.news.get("publication_date", "")) or (None, True)
    return Entry(
        key=url,
        url=url,
        identity=identity(canonical(url)) if url else "",
        title=title,
        published=published,
        precise=precise,
        digest=digest(title, "", "", published.isoformat() if published else ""),
    )


def untouched(found: Listed | Child, since: datetime | None) -> bool:
    """Whether it has not changed since then, as its <lastmod> says: a day's end counts, a date before the web does not."""
    claim = parse(found.lastmod) if since and found.lastmod else None
    if not since or not claim or claim[0] < EARLIEST:
        return False
    return claim[0] < since if claim[1] else claim[0] <= since - timedelta(days=1)


def _addresses(parts: Iterable[bytes | Broken]) -> Iterator[Found]:
    """A list of addresses, one a line."""
    decoder, kept = None, ""
    for part in parts:
        if isinstance(part, Broken):
            yield part
            return
        decoder = decoder or codecs.getincrementaldecoder(encoding(part))("replace")
        *lines, kept = (kept + decoder.decode(part)).split("\n")
        yield from (Listed(line.strip()) for line in lines if line.strip())
        kept = kept[:_LONGEST_FIELD]
    if kept.strip():
        yield Listed(kept.strip())


def _robots(parts: Iterable[bytes | Broken]) -> Iterator[Found]:
    """The sitemaps that a robots.txt names in as much of it as robots read."""
    body = b""
    for part in parts:
        if isinstance(part, Broken) or len(body) > _LONGEST_ROBOTS:
            break
        body += part
    named = named_sitemaps(body.decode("utf-8-sig", "replace"))
    yield from (Child(address) for address in named)
    if not named:
        yield Broken("names no sitemap")


def _feed(parts: Iterable[bytes | Broken], base: str, largest: int, feed: Feed) -> Iterator[Found]:
    """A feed that is given as a sitemap."""
    body, trouble = bytearray(), ""
    for part in parts:
        if isinstance(part, Broken) or len(body) > largest:
            trouble = part.reason if isinstance(part, Broken) else f"larger than {largest:,} bytes"
            break
        body += part
    made = feed(bytes(body), base)
    reading = feeds.Reading(problem=made.reason) if isinstance(made, Lost) else made
    yield from (Listed(entry.url, told=entry) for entry in reading.entries)
    if trouble or reading.problem:
        yield Broken(trouble or reading.problem)
