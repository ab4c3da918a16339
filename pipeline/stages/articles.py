"""articles.extract: the bytes of a page become an article's text; which of the texts we have is used.

Extraction is trafilatura's, bare and without metadata (the feed already gave it): half the time.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from models.article import TextFrom
from pipeline.stages import charsets, heads, pages
from pipeline.stages.bounds import BREAKS, USUAL, Bounds
from pipeline.stages.dates import parse_iso
from pipeline.stages.notices import is_notice, without_notices
from pipeline.stages.text import LONGEST_TEXT, clean, folded, plain, untagged
from pipeline.stages.urls import canonical, same_site

_FEWEST_WORDS, _FEWEST_LETTERS = 8, 60  # less may be a menu ("Home | Sport"): what a page shows without JavaScript
_PARAGRAPH = re.compile(r"<p(?:\s[^<>]*)?>\s*([^<]{40,})", re.IGNORECASE)
_ENOUGH = 240  # characters of running text
_PAYWALL_END = re.compile(
    r"(?:subscribe|sign in|log in|register|become a member)[^.\n]{0,80}(?:continue|read|unlock|access|full)[^\n]{0,60}$"
    r"|(?:\[\s*…\s*\]|\[\s*\.\.\.\s*\]|…|\.\.\.|read more|continue reading)[\s.»>→]*$",
    re.IGNORECASE,
)
_NOT_FREE = re.compile(r"\"isAccessibleForFree\"\s*:\s*\"?false", re.IGNORECASE)
_DATE_METAS = (
    "//meta[@property='article:published_time' or @itemprop='datePublished' or @name='date' or @name='pubdate']/@content"
)
PLAIN = "text/plain; of=article"  # the content type of a page that is an article's text and nothing else
_WORSE = 0.5  # a page's text with less than half the feed's words is not the article


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a page told."""

    text: str = ""  # plain, paragraphs by line feeds
    canonical_url: str = ""  # the page's own word, believed within its site only; else the address it was found at
    published: tuple[datetime, bool] | None = None
    paywalled: bool = False
    language: str = ""  # set where the page is surely in this one, not the glossary's
    title: str = ""  # where it was asked for
    article: bool = True  # False where it was asked for, and the page says that it is something else
    garbled: int = 0  # letters that were lost, or read by a wrong charset, here or before


@dataclass(frozen=True, slots=True)
class Text:
    """The text that is used, and where it is from."""

    text: str
    said_by: TextFrom
    cut_off: bool


def extract(body: bytes, url: str, content_type: str, spoken: Any, *, whole: bool = False, bounds: Bounds = USUAL) -> Extracted:
    """Text, canonical address and date of the page at `url`. Never raises for what the bytes hold.

    `spoken(text)` names the language of a text where it is surely not the glossary's, else gives "": such a page is
    not extracted at all. `whole`: its title, too, and a date from wherever it may stand, for pages that no feed lists.
    """
    if content_type == PLAIN:
        text = untagged(clean(body.decode("utf-8", "replace")))[: bounds.text]
        return Extracted(text, canonical(url), language=spoken(text))
    markup = charsets.decoded(body, content_type).text
    sample = _sample(markup)
    language = spoken(sample)
    if language:
        return Extracted(canonical_url=canonical(url), language=language)
    tree = pages.tree(markup, bounds)
    if tree is None:
        return Extracted(canonical_url=canonical(url))
    published = next((claim for claim in map(parse_iso, tree.xpath(_DATE_METAS)[:3]) if claim), None)
    head = heads.read(tree, published) if whole else heads.Head(published=published)
    paywalled = any(_NOT_FREE.search(script or "") for script in tree.xpath("//script[@type='application/ld+json']/text()"))
    address = _canonical(tree, url)
    text = _text_of(tree, bounds)
    language = spoken(text) if len(sample) < _ENOUGH else ""
    return Extracted(text, address, head.published, paywalled, language, head.title, head.article, garbled=charsets.garbled(text))


def _text_of(tree: Any, bounds: Bounds) -> str:
    """The article's text; "" where there is nothing but a menu."""
    from trafilatura import bare_extraction

    pages.without_endless_scripts(tree)
    pages.without_hidden(tree)
    pages.without_boxes(tree)
    pages.without_spans(tree)
    try:
        document = bare_extraction(tree, with_metadata=False, include_comments=False, fast=pages.is_large(tree))
    except BREAKS:
        return ""
    text = without_notices(untagged(clean((getattr(document, "text", "") or "")[: 2 * bounds.text])))[: bounds.text]
    short = len(text.split()) < _FEWEST_WORDS and len(text) < _FEWEST_LETTERS
    return "" if short and pages.is_menu(tree, text) else text


def without_title(text: str, title: str) -> str:
    """The text without a first line that only says the headline again; "" where that is all it says."""
    first, _, rest = text.partition("\n")
    return rest if title and folded(first) == folded(title) else text


def choose(page: str, feed: str, summary: str, *, paywalled: bool = False) -> Text | None:
    """The best text there is: the page's, unless it is empty, a notice, or far shorter than the feed's own."""
    shorter = len(page.split()) < _WORSE * len((feed or summary).split())
    if page and not is_notice(page) and not shorter:
        return Text(page, "page", paywalled or bool(_PAYWALL_END.search(page[-200:])))
    if feed:
        return Text(feed[:LONGEST_TEXT], "feed", bool(_PAYWALL_END.search(feed[-200:])))
    if summary:
        return Text(summary, "summary", True)
    return None


def _sample(markup: str) -> str:
    """Enough running text to tell the language, without parsing: how paragraphs begin."""
    found: list[str] = []
    length = 0
    for match in _PARAGRAPH.finditer(markup):
        found.append(match[1])
        length += len(match[1])
        if length > _ENOUGH:
            break
    return plain("\n".join(found))


def _canonical(tree: Any, url: str) -> str:
    """The page's own word for its address, where it may be: within its site, and no page above it."""
    here = canonical(url)
    for href in tree.xpath("//link[@rel='canonical']/@href")[:1]:
        said = canonical(str(href), url)
        above = urlsplit(here).path.rstrip("/").startswith(urlsplit(said).path.rstrip("/") + "/")
        if said.startswith("http://") and here.startswith("https://"):
            said = "https" + said.removeprefix("http")  # it was read the safe way, so it can be
        if said and same_site(said, url) and not is_home(said) and not above:
            return said
    return here


def is_home(url: str) -> bool:
    """Whether an address is a site's front page, which is nobody's article."""
    parts = urlsplit(url)
    return parts.path in {"", "/"} and not parts.query
