"""A whole site from what is published: an index, a page a concept, and what they are drawn with."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from models.contract import ConceptPage, NewsLink, PageData, Published
from models.document import Document
from pipeline.stages.showing import wording
from pipeline.stages.showing.ages import age
from pipeline.stages.showing.feeds import clean, headline, href, outlet
from pipeline.stages.showing.latest import latest
from pipeline.stages.showing.letters import by_name, letters
from pipeline.stages.showing.linked import linked
from pipeline.stages.showing.markdown import Markdown
from pipeline.stages.showing.names import also_called

_ROOM = "pipeline.stages.showing"
_ASSETS = ("style.css", "theme.js", "search.js", "site.js", "ages.js", "favicon.svg")
_UNNAMED = "Glossary"
_FEW = 10  # concepts that fit in one look need no letters to jump to


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the site is to be."""

    title: str
    language: str
    base_url: str = ""  # where it will stand, ending in "/"; "" where that is not known
    now: datetime | None = None  # a clock that stands still, for pictures and tests


def site(published: Published, wanted: Wanted) -> Iterator[Document]:
    """Every file of the site but the feeds. The same values give the same bytes."""
    drawn = _Drawn(published, wanted)
    for name in _ASSETS:
        yield Document(name, files(_ROOM).joinpath("assets", name).read_bytes())
    yield Document("search-data.js", _search_data(drawn.concepts))
    yield drawn.index()
    yield drawn.missing()
    around = [None, *drawn.concepts, None]
    places = {concept.slug: (around[number], around[number + 2]) for number, concept in enumerate(drawn.concepts)}
    for page in published:
        yield drawn.concept(page, *places[page.concept.slug])
    for former, slug in published.moved.items():
        yield drawn.moved(former, slug)
    if wanted.base_url:
        yield _sitemap(published, wanted.base_url)


class _Drawn:
    """The pages, with what all of them share."""

    def __init__(self, published: Published, wanted: Wanted) -> None:
        self.published, self.wanted = published, replace(wanted, title=clean(wanted.title).strip() or _UNNAMED)
        self.concepts = by_name(page.concept for page in published)
        self.names = {one.slug: one.name for one in self.concepts}
        said = {"markdown": Markdown(self.names, published.renamed), "aged": self._aged}
        self._shared = {"site": self.wanted, "status": published.status, "count": len(self.concepts), **said}

    def index(self) -> Document:
        """The first page."""
        news = {page.concept.slug: len(page.news) for page in self.published}
        shown = {"letters": letters(self.concepts), "few": len(self.concepts) <= _FEW, "latest": latest(self.published)}
        return self._made("index.html", "index.html", "", "", news=news, **shown)

    def concept(self, page: PageData, before: ConceptPage | None, after: ConceptPage | None) -> Document:
        """A concept's page, between its neighbours by name."""
        data = _embedded(linked(page, self.wanted.base_url, self.wanted.language))
        path = f"{page.concept.slug}/"
        shown = {"page": page, "concept": page.concept, "before": before, "after": after, "linked": data}
        return self._made("concept.html", f"{path}index.html", "../", path, **shown)

    def moved(self, former: str, slug: str) -> Document:
        """The page at an address that a concept had once."""
        return self._made("moved.html", f"{former}/index.html", "../", f"{slug}/", slug=slug, name=self.names[slug])

    def missing(self) -> Document:
        """What servers show at addresses that don't exist, at whatever depth: its links begin at the site's root."""
        root = "/" + self.wanted.base_url.partition("://")[2].partition("/")[2]
        return self._made("missing.html", "404.html", root, "")

    def _made(self, template: str, path: str, root: str, address: str, **more: Any) -> Document:
        canonical = self.wanted.base_url + address if self.wanted.base_url else ""
        text = _environment().get_template(template).render(**self._shared, root=root, canonical=canonical, **more)
        return Document(path, clean(text).encode())

    def _aged(self, link: NewsLink) -> str:
        """The age, where the clock stands still; else the date, which ages.js makes an age."""
        now = self.wanted.now
        return age(link.published_at, now, link.published_precision) if now else wording.day(link.published_at)


@cache
def _environment() -> Environment:
    """Templates are compiled once a process, which takes as long as thirty pages."""
    made = Environment(
        loader=PackageLoader(_ROOM),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(href=href, headline=headline, outlet=outlet, frozen=wording.frozen)
    made.filters.update(day=wording.day, minute=wording.minute, stamp=wording.stamp)
    made.filters.update(likely=wording.likely, chance=wording.chance, percent=wording.percent, doubts=wording.doubts)
    made.filters.update(matched=wording.matched, also_called=also_called)
    return made


def _embedded(value: Mapping[str, Any]) -> Markup:
    """JSON that can stand in a <script>: nothing in it ends the element or opens another."""
    text = json.dumps(value, ensure_ascii=True)
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 -- what markup is made of has just been replaced


def _search_data(concepts: list[ConceptPage]) -> bytes:
    """What the search looks through, as a script: pages that are opened from a disk may not fetch."""
    rows = [json.dumps([one.slug, one.name, one.aliases, one.definition], ensure_ascii=True) for one in concepts]
    return ("globalThis.conceptwireConcepts = [\n" + ",\n".join(rows) + "\n];\n").encode()


def _sitemap(published: Published, base_url: str) -> Document:
    addresses = [("", _newest(list(published)))] + [(f"{page.concept.slug}/", _newest([page])) for page in published]
    lines = [
        f"<url><loc>{Markup.escape(base_url + path)}</loc>{f'<lastmod>{changed}</lastmod>' if changed else ''}</url>"
        for path, changed in addresses
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return Document("sitemap.xml", (head + "\n".join(lines) + "\n</urlset>\n").encode("utf-8", "replace"))


def _newest(pages: list[PageData]) -> date | None:
    """The day of the last change that we know of."""
    days = [page.concept.added_on for page in pages] + [link.linked_at.date() for page in pages for link in page.news]
    return max(days, default=None)
