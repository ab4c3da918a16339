"""heads.read: what a page says of itself beside its text. Asked only where no feed has said it already."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.stages.dates import parse
from pipeline.stages.text import folded, one_line, plain

_META = "//meta[@property='{0}' or @name='{0}']/@content"
_SCRIPTS = "//script[@type='application/ld+json']/text()"
_PUBLISHED = re.compile(r"\"datePublished\"\s*:\s*\"([^\"]{4,40})\"")
_HEADLINE = re.compile(r"\"headline\"\s*:\s*(\"(?:[^\"\\]|\\.){1,500}\")")
_ITEMPROP = "//*[@itemprop='datePublished']/@{}"
_TIMES = "(//article//time/@datetime | //main//time/@datetime | //time[@pubdate]/@datetime)[1]"
_PARTED = re.compile(r"\s+[|–—·»«-]\s+|\s+::\s+")
_LONGEST_SCRIPT = 300_000  # characters


@dataclass(frozen=True, slots=True)
class Head:
    """A page's title and date, and whether it may be an article."""

    title: str = ""
    published: tuple[datetime, bool] | None = None  # and whether it has a time of day
    article: bool = True


def read(tree: Any, published: tuple[datetime, bool] | None) -> Head:
    """The title and date of the page whose tree this is; `published` where that is known already.

    The date is JSON-LD's, an itemprop's, or that of the first <time> of an article. A page that calls itself
    something else than an article, and has no date, is none: front pages of sections, tags and authors.
    """
    scripts = [text[:_LONGEST_SCRIPT] for text in tree.xpath(_SCRIPTS)[:20]]
    date = published or _date(tree, scripts)
    kind = _first(tree, _META.format("og:type")).casefold()
    return Head(_title(tree, scripts), date, date is not None or not kind or "article" in kind)


def _date(tree: Any, scripts: list[str]) -> tuple[datetime, bool] | None:
    said = [match[1] for match in map(_PUBLISHED.search, scripts) if match]
    said += [_first(tree, path) for path in (_ITEMPROP.format("content"), _ITEMPROP.format("datetime"), _TIMES)]
    return next((claim for claim in map(parse, said) if claim), None)


def _title(tree: Any, scripts: list[str]) -> str:
    """og:title, else the only or first headline, else <title>, both without the site's name, else JSON-LD's headline."""
    site = _text(_first(tree, _META.format("og:site_name")))
    told = _text(_first(tree, _META.format("og:title")))
    if told:
        return _without_site(told, site, sure=False)
    for heading in tree.xpath("//h1")[:3]:
        text = _text(" ".join(heading.itertext()))
        if len(text.split()) > 1 and folded(text) != folded(site):
            return text
    titles = tree.xpath("//title")
    title = _without_site(_text(titles[0].text_content()), site, sure=True) if titles else ""
    return title or next((_unescaped(match[1]) for match in map(_HEADLINE.search, scripts) if match), "")


def _without_site(title: str, site: str, *, sure: bool) -> str:
    """A title without the site's name at its end; `sure` that there is one, a short last part is taken for it."""
    parts = list(_PARTED.finditer(title))
    if not parts:
        return "" if site and folded(title) == folded(site) else title
    head, tail = title[: parts[-1].start()], title[parts[-1].end() :]
    name, end = folded(site), folded(tail)  # "CBC" for "CBC News", and the other way round
    named = bool(name) and (end.startswith(name) or (name.startswith(end) and 2 * len(end) >= len(name)))
    short = sure and not site and len(tail.split()) <= 4 < len(head.split())
    return head if named or short else title


def _first(tree: Any, path: str) -> str:
    return str(next(iter(tree.xpath(path)), ""))


def _text(markup: str) -> str:
    return one_line(plain(markup))


def _unescaped(literal: str) -> str:
    try:
        return _text(json.loads(literal))
    except ValueError:
        return _text(literal.strip('"'))
