"""feeds.parse: the bytes of a feed become clean entries.

RSS 0.9x, 1.0, 2.0 and Atom through feedparser, its sanitizer and relative-address pass off: text becomes plain
and addresses absolute here, once.
"""

import calendar
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from models.entry import Entry
from pipeline.stages import charsets, quoted, trimming
from pipeline.stages.bounds import BREAKS, USUAL, Bounds
from pipeline.stages.dates import parse_iso
from pipeline.stages.pace import asked_by_feed
from pipeline.stages.text import clean, digest, one_line, plain
from pipeline.stages.urls import canonical, identity, web_address

_HTML = re.compile(r"<(?:html|head|body|meta|script|style|title|div|form|table|center|noscript)[\s/>]", re.IGNORECASE)
_FEED = re.compile(r"<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf|channel|item|entry)[\s/>]", re.IGNORECASE)
_LOGIN = re.compile(r"type=[\"']?password|log[\s-]?in|sign[\s-]?in|authenticat|consent|cookie|captcha", re.IGNORECASE)
_FULL_TEXT_WORDS = 120  # words of an article; of 1,020 summaries in real feeds 90 % have at most 41, the longest 115
_XML = "application/xml; charset=utf-8"  # what feedparser gets, whatever came
_DATE_KEYS = ("published", "created", "prism_publicationdate", "updated", "dc_date")
_LONGEST_GUID = 1000  # characters, of an entry without a link


@dataclass(frozen=True, slots=True)
class Reading:
    """What a feed's bytes held: entries in the feed's order, or why there are none."""

    entries: tuple[Entry, ...] = ()
    problem: str = ""  # a name fit for counting; "" where the bytes were a feed
    note: str = ""  # "not well-formed: ...", read all the same
    links: tuple[tuple[str, str], ...] = ()  # of its history: relation ("next", "prev-archive", "current") and address as sent
    generator: str = ""  # what made the feed, as it says
    asks: int = 0  # seconds between two requests that the feed asks for; 0: none
    beyond: int = 0  # entries that were left out: there are more than the bounds allow, or they are monstrous
    garbled: int = 0  # letters that were lost, or read by a wrong charset, here or before


def parse(body: bytes, url: str, content_type: str = "", bounds: Bounds = USUAL) -> Reading:
    """The entries of the feed at `url` (its final address, the base of relative links).

    `content_type` is the header as sent, for its charset. Never raises for what the bytes hold.
    """
    if not body.strip():
        return Reading(problem="empty answer")
    text = charsets.decoded(body, content_type).text
    xml = trimming.clean_prolog(text)
    if _HTML.match(xml) and not _FEED.search(xml):
        return Reading(problem="login or consent page" if _LOGIN.search(text) else "a web page, not a feed")
    xml = trimming.shortened(quoted.in_xml(charsets.fit_for_xml(trimming.without_torn_end(xml))))
    cut = trimming.trimmed(xml, bounds.entries)
    if cut.beyond and _is_oldest_first(xml, url):
        cut = trimming.trimmed(xml, bounds.entries, from_the_end=True)
    parsed = _parsed(cut.text, url) if cut.text else None
    if parsed is None or (not parsed.get("version") and not parsed.entries):
        return Reading(problem=cut.problem or ("breaks the parser" if parsed is None and cut.text else "not a feed"))
    return _reading(parsed, url, cut.beyond, bounds)


def _parsed(text: str, url: str) -> Any:
    """What feedparser makes of it; None where it breaks. Never bytes: it would open the file that they name."""
    import feedparser

    headers = {"content-location": url, "content-type": _XML}
    stream = io.BytesIO(text.encode("utf-8", "replace"))
    try:
        return feedparser.parse(stream, sanitize_html=False, resolve_relative_uris=False, response_headers=headers)
    except BREAKS:
        return None


def _reading(parsed: Any, url: str, beyond: int, bounds: Bounds) -> Reading:
    trouble = type(parsed.get("bozo_exception")).__name__ if parsed.get("bozo") else ""
    base = web_address(_text(parsed.feed.get("link")), url) or url
    entries = tuple(_entry(item, base, bounds) for item in parsed.entries)
    said = (_text(parsed.feed.get(key)) for key in ("ttl", "sy_updateperiod", "sy_updatefrequency"))
    return Reading(
        entries,
        note=f"not well-formed: {trouble}" if trouble else "",
        links=_history(parsed.feed),
        generator=_generator(parsed.feed),
        asks=asked_by_feed(*said),
        beyond=beyond,
        garbled=sum(charsets.garbled(f"{entry.title}\n{entry.summary}\n{entry.text}") for entry in entries),
    )


def _is_oldest_first(text: str, url: str) -> bool:
    """Whether a feed's last entry is newer than its first: then what is beyond its bounds stands at its beginning."""
    head, entries, tail = trimming.pieces(text)
    if len(entries) < 2:
        return False
    parsed = _parsed(head[:20_000] + entries[0][:5000] + entries[-1][:5000] + tail[:1000], url)
    dates = [_date(item)[0] for item in parsed.entries] if parsed is not None else []
    first, last = (dates[0], dates[-1]) if dates else (None, None)
    return first is not None and last is not None and first < last


def _dicts(item: Any, key: str) -> list[Any]:
    """What feedparser lists under a key; an element of that very name makes it a string."""
    listed = item.get(key, [])
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _history(feed: Any) -> tuple[tuple[str, str], ...]:
    """The feed's links to other pages of its history (RFC 5005)."""
    named = [(_text(link.get("rel")).strip().lower(), _text(link.get("href")).strip()) for link in _dicts(feed, "links")]
    return tuple((rel, href) for rel, href in named if rel in {"next", "prev-archive", "current"} and href)


def _generator(feed: Any) -> str:
    """Name and address of what made the feed."""
    detail = feed.get("generator_detail")
    address = _text(detail.get("href")) if isinstance(detail, dict) else ""
    return one_line(f"{_text(feed.get('generator'))} {address}", 500)


def _entry(item: Any, base: str, bounds: Bounds) -> Entry:
    title = one_line(plain(_text(item.get("title"))[:10_000]))
    summary, text = _texts(item, bounds.text)
    url = _link(item, base)
    published, precise = _date(item)
    return Entry(
        key=url or _key(clean(_text(item.get("id"))), title, summary, text),
        url=url,
        identity=identity(canonical(url)) if url else "",
        title=title,
        summary=summary,
        text=text,
        published=published,
        precise=precise,
        digest=digest(title, summary, text, published.isoformat() if published else "", _text(dict.get(item, "updated"))),
        categories=tuple(one_line(plain(_text(tag.get("term"))[:1000]), 80) for tag in _dicts(item, "tags")[:20]),
    )


def _key(guid: str, *words: str) -> str:
    """What an entry without a link is known by."""
    if not guid:
        return "words:" + digest(*words)
    return f"guid:{guid if len(guid) <= _LONGEST_GUID else digest(guid)}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _link(item: Any, base: str) -> str:
    """The entry's page: its alternate link, else a guid that is an address."""
    links = [link for link in _dicts(item, "links") if link.get("rel", "alternate") == "alternate"]
    typed = [link for link in links if "html" in _text(link.get("type", "text/html"))] or links
    for candidate in [item.get("feedburner_origlink"), item.get("link"), *(link.get("href") for link in typed)]:
        address = web_address(_text(candidate), base) if _text(candidate).strip() else ""
        if address:
            return address
    guid = _text(item.get("id"))
    return web_address(guid) if guid.startswith(("http://", "https://")) else ""


def _texts(item: Any, longest_text: int) -> tuple[str, str]:
    """The entry's summary and, where the feed carries the article itself, its full text."""
    most = 5 * longest_text  # characters of markup
    summary = plain(_text(item.get("summary"))[:most])
    parts = [part for part in _dicts(item, "content")[:20] if "image" not in _text(part.get("type"))]
    contents = [plain(_text(part.get("value"))[:most]) for part in parts]
    longest = max(contents, key=len, default="")
    if len(summary.split()) >= _FULL_TEXT_WORDS and len(summary) > len(longest):
        longest = summary  # RSS 2.0 feeds often carry the article in description
    words = len(longest.split())
    if words >= _FULL_TEXT_WORDS or (longest != summary and words > 2 * len(summary.split()) and words >= 60):
        return one_line(summary, 600), longest[:longest_text]
    return one_line(summary or longest, 2000), ""


def _date(item: Any) -> tuple[datetime | None, bool]:
    for key in (key for key in _DATE_KEYS if key in item):
        raw, parsed = _text(item.get(key)), item.get(f"{key}_parsed")
        if isinstance(parsed, tuple):  # an element of that name would make it a string
            try:
                return datetime.fromtimestamp(calendar.timegm(parsed), UTC), ":" in raw
            except (OverflowError, ValueError, OSError, TypeError):
                continue
        claim = parse_iso(raw) if raw else None
        if claim:
            return claim
    return None, True
