"""A concept's box as feeds: JSON Feed 1.1 (jsonfeed.org/version/1.1) and Atom 1.0 (RFC 4287)."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from models.contract import ConceptPage, NewsLink, PageData
from models.document import Document
from pipeline.stages.showing.names import tags
from pipeline.stages.showing.terms import telling
from pipeline.stages.showing.wording import stamp
from pipeline.stages.urls import web_address

_UNFIT = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 forbids; HTML does not like it either
_ABOUT = "Conceptwire: why the link is in the box. The fields are columns of the view concept_news; see `conceptwire contract`."


@dataclass(frozen=True, slots=True)
class Address:
    """Whose files these are, and where they will stand."""

    title: str
    language: str
    base_url: str = ""  # ends in "/"; "" where it is not known


def feeds(page: PageData, address: Address) -> Iterator[Document]:
    """SLUG/news.json and SLUG/news.atom."""
    yield Document(f"{page.concept.slug}/news.json", as_json(_json_feed(page, address)))
    yield Document(f"{page.concept.slug}/news.atom", _atom(page, address))


def as_json(value: Any) -> bytes:
    """JSON for people and programs: keys in the order given, UTF-8 whatever the text holds, safe to paste into JavaScript."""
    text = re.sub("[\ud800-\udfff]", "\ufffd", json.dumps(value, ensure_ascii=False, indent=1))
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode() + b"\n"


def clean(text: str) -> str:
    """The text without characters that XML and HTML cannot hold."""
    return _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def href(url: str) -> str:
    """The address in the characters that a URI may have; "" where it is no http(s) address, and must not be a link."""
    return quote(web_address(url), safe="%/:?#[]@!$&'()*+,;=~-._")


def page_url(slug: str, base_url: str) -> str:
    """Where the concept's page stands; "" where that is not known."""
    return f"{base_url}{slug}/" if base_url else ""


def headline(link: NewsLink) -> str:
    """The title on one line; the address where there is none."""
    return " ".join(clean(link.title).split()) or clean(link.url)


def outlet(link: NewsLink) -> str:
    """Whose article it is, on one line."""
    return " ".join(clean(link.source_name).split()) or link.source_slug


def _json_feed(page: PageData, address: Address) -> dict[str, Any]:
    concept, own = page.concept, page_url(page.concept.slug, address.base_url)
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{concept.name} in the news",
        "home_page_url": own,
        "feed_url": own and f"{own}news.json",
        "description": concept.definition,
        "language": address.language,
    }
    return {name: value for name, value in feed.items() if value} | {"items": [_json_item(link, concept) for link in page.news]}


def _json_item(link: NewsLink, concept: ConceptPage) -> dict[str, Any]:
    url, homepage = href(link.url), href(link.source_homepage)
    author = {"name": outlet(link)} | ({"url": homepage} if homepage else {})
    return {
        "id": link.url if url else _name(link),  # some readers follow ids
        **({"url": url} if url else {}),
        "title": headline(link),
        "content_text": _summary(link),
        "date_published": stamp(link.published_at),
        "authors": [author],
        "tags": _tags(link, concept),
        "_conceptwire": _why(link),
    }


def _why(link: NewsLink) -> dict[str, Any]:
    return {
        "about": _ABOUT,
        "concept_slug": link.concept_slug,
        "position": link.position,
        "relevance": link.relevance,
        "terms": [asdict(one) for one in link.terms],
        "published_from": link.published_from,
        "published_precision": link.published_precision,
        "pinned": link.pinned,
        "also_covered_by": [{"source_name": one.source_name, "url": href(one.url)} for one in link.also_covered_by],
        "source_slug": link.source_slug,
    }


def _atom(page: PageData, address: Address) -> bytes:
    concept, own = page.concept, page_url(page.concept.slug, address.base_url)
    feed = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom"})
    if address.language:
        feed.set("xml:lang", clean(address.language))
    _say(feed, "title", f"{concept.name} in the news")
    if concept.definition:
        _say(feed, "subtitle", concept.definition)
    _say(feed, "id", own or f"tag:conceptwire.invalid,{concept.added_on.isoformat()}:{concept.slug}")
    _say(feed, "updated", stamp(max(map(_updated, page.news), default=_added(concept))))
    _say(SubElement(feed, "author"), "name", address.title or "Conceptwire")
    if own:
        SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": f"{own}news.atom"})
        SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": own})
    for link in page.news:
        _entry(feed, link, concept)
    indent(feed, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(feed, "unicode")}\n'.encode()


def _entry(feed: Element, link: NewsLink, concept: ConceptPage) -> None:
    entry, url, homepage = SubElement(feed, "entry"), href(link.url), href(link.source_homepage)
    _say(entry, "title", headline(link))
    _say(entry, "id", _name(link))
    _say(entry, "published", stamp(link.published_at))
    _say(entry, "updated", stamp(_updated(link)))
    author = SubElement(entry, "author")
    _say(author, "name", outlet(link))
    if homepage:
        _say(author, "uri", homepage)
    if url:
        SubElement(entry, "link", {"rel": "alternate", "href": url})
    # An entry without a link must have content (RFC 4287, 4.1.2).
    _say(entry, "summary" if url else "content", _summary(link), type="text")
    for term in _tags(link, concept):
        SubElement(entry, "category", {"term": clean(term)})


def _say(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = clean(text)


def _tags(link: NewsLink, concept: ConceptPage) -> list[str]:
    return tags(telling(one.term for one in link.terms), concept)


def _summary(link: NewsLink) -> str:
    return clean(link.passage).strip() or headline(link)


def _name(link: NewsLink) -> str:
    """A URI of concept and article alone: what readers marked outlives another base_url, another title, another passage."""
    return uuid5(NAMESPACE_URL, f"{link.concept_slug} {clean(link.url)}").urn


def _updated(link: NewsLink) -> datetime:
    return max(link.linked_at, link.published_at)


def _added(concept: ConceptPage) -> datetime:
    return datetime.combine(concept.added_on, time(), UTC)
