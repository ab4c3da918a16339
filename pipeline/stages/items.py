"""What a collection says of an article becomes an Entry, and whose it is."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from models.entry import Entry
from models.filling import Item
from models.page import Page, Request
from models.source import Source
from pipeline.stages.articles import PLAIN
from pipeline.stages.dates import in_url, parse
from pipeline.stages.text import LONGEST_TEXT, digest, one_line, plain
from pipeline.stages.urls import LONGEST_URL, canonical, host, identity, same_site, web_address

NAMES = {  # what a list may call a thing; the first that is there and not empty counts
    "url": ("url", "link"),
    "title": ("title", "headline"),
    "text": ("text", "content", "body"),
    "summary": ("summary", "description"),
    "published": ("published", "published_at", "date", "pubdate"),
    "outlet": ("source", "outlet", "site_name"),
    "language": ("language", "lang"),
}
_HEAD = 200_000  # bytes of a page in which it says what it is
_TAG = re.compile(r"<(?:meta|link)\s[^<>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(?<![\w:-])([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(\S+)\s*-->", re.IGNORECASE)
_NOT_IN_SLUGS = re.compile(r"[^a-z0-9]+")


def listed(row: Mapping[str, object], cursor: str, glossary_language: str) -> Item | None:
    """The item of a list's row, or None where it has no address. Names of columns are in lower case."""
    told = {name: _said(row, names) for name, names in NAMES.items()}
    url = web_address(told["url"])
    if not url:
        return None
    title, summary = one_line(plain(told["title"])), one_line(plain(told["summary"]), 2000)
    text = plain(told["text"])[:LONGEST_TEXT]
    claim = parse(told["published"])
    language = re.split(r"[-_]", told["language"].strip().casefold())[0]
    made = Entry(
        key=url,
        url=url,
        identity=identity(canonical(url)),
        title=title,
        summary=summary,
        published=claim[0] if claim else None,
        precise=claim[1] if claim else True,
        digest=digest(title, summary, text, claim[0].isoformat() if claim else ""),
        language=language if len(language) == 2 and language != glossary_language else "",
    )
    page = Page(Request(url), url, 200, text.encode("utf-8", "replace"), PLAIN) if text else None
    return Item(cursor, made, page, outlet=one_line(told["outlet"], 100))


def _said(row: Mapping[str, object], names: Sequence[str]) -> str:
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""


def found(page: Page, cursor: str, seen: datetime | None, *, dated_key: bool = True) -> Item:
    """The item of a page that no feed lists. With `dated_key` a second record of its address is an item of its own."""
    url = web_address(page.url)
    key = f"{url}@{seen:%Y-%m-%dT%H:%M:%SZ}" if dated_key and seen else url
    made = Entry(key, url, identity(canonical(url)) if url else "", "", published=None, digest=digest(key))
    return Item(cursor, made, page, seen=seen, site_name=_named(page.body))


def address(body: bytes) -> str:
    """Where a saved page is from: its canonical link, og:url, or what a browser notes when it saves; "" where none says."""
    text = body[:_HEAD].decode("utf-8", "replace")
    noted = _SAVED_FROM.search(text)
    base = web_address(noted[1]) if noted else ""
    tags = _tags(text)
    said = [tag.get("href", "") for tag in tags if tag.get("rel", "").casefold() == "canonical"]
    said += [tag.get("content", "") for tag in tags if tag.get("property") == "og:url"]
    return next((url for url in (web_address(one, base) for one in said if one.strip()) if url), "") or base


def _named(body: bytes) -> str:
    if b"og:site_name" not in body[:_HEAD]:
        return ""
    tags = _tags(body[:_HEAD].decode("utf-8", "replace"))
    return next((one_line(plain(tag.get("content", "")), 100) for tag in tags if tag.get("property") == "og:site_name"), "")


def _tags(text: str) -> list[dict[str, str]]:
    """The attributes of a page's <meta> and <link> elements."""
    return [
        {match[1].casefold(): plain(match[2] or match[3] or match[4] or "") for match in _ATTRIBUTE.finditer(tag[0])}
        for tag in _TAG.finditer(text)
    ]


def outlet(item: Item, sources: Sequence[Source], slug: str = "") -> Source:
    """Whose an item is: the source `slug`, the one it names, the one whose site it is of, else one made of what it says."""
    said = slug or item.outlet
    for source in sources:
        if said and said.casefold() in {source.slug, source.name.casefold()}:
            return source
    for source in sources if not said else ():
        if any(same_site(url, item.entry.url) for url in (source.homepage, *source.feeds)):
            return source
    place = host(item.entry.url)
    home = web_address(f"https://{place}/")
    if said:
        made = _NOT_IN_SLUGS.sub("-", said.casefold()).strip("-")
        return Source(made or _slug(place), said, home, ())
    return Source(_slug(place), item.site_name or place, home, ())


def _slug(place: str) -> str:
    return _NOT_IN_SLUGS.sub("-", place.casefold()).strip("-") or "unknown"


def day(item: Item) -> datetime | None:
    """When an item was published as far as that is known before it is read: its list's word, or its address's."""
    return item.entry.published or in_url(item.entry.url[:LONGEST_URL])


Listed = Callable[[Mapping[str, object], str], Item | None]
