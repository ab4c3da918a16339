"""What a site lists of itself: sitemaps, indexes of them, robots.txt that names them, the site's address alone; or a file."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from models.filling import Chosen, Item
from models.page import Failed, Page
from pipeline.flow.walking.asking import Asking, Pace, momentary, trouble
from pipeline.flow.walking.feeds import wanted
from pipeline.flow.walking.marks import Mark, marked, short
from pipeline.flow.walking.parsing import Once, Parse
from pipeline.ports import Fetch
from pipeline.stages.archives import Broken
from pipeline.stages.sitemaps import Child, Found, Listed, read, untouched
from pipeline.stages.urls import same_site, web_address

_DEEPEST = 5  # sitemaps on the way to a page
_MOST_DOCUMENTS = 100_000  # of one walk
_PART = 65_536  # bytes
_UNPACKED = 10  # times as large as what is packed may be

File = Callable[[], Iterator[bytes]]  # its bytes in pieces, from the start every time


@dataclass(frozen=True)
class _Document:
    """A sitemap at hand. `found()` reads it, from the start every time."""

    name: str
    found: Callable[[], Iterator[Found]]
    base: str = ""  # its final address
    sites: tuple[str, ...] = ()  # addresses of the sites whose pages it may list; none: any
    anywhere: bool = False  # whether the sitemaps it names may be on other hosts: a robots.txt speaks for its own
    way: tuple[str, ...] = ()  # short names of the sitemaps that lead here, from below the first


class Sitemap:
    """The pages that the sitemap at `url` lists, and those below it. Memory is that of one document as it was sent."""

    def __init__(
        self, fetch: Fetch, url: str, now: datetime,
        *, parse: Parse, largest: int = 10_000_000, language: str = "", pace: Pace | None = None, file: "File | None" = None,
    ) -> None:  # fmt: skip
        """`parse`: what reads a feed among the sitemaps. `largest`: bytes of a body; packed ones may be ten times that.

        `language`: the glossary's; "" takes all.
        """
        self._fetch, self._url, self._now, self._parse, self._pace = fetch, url, now, parse, pace or Pace()
        self._most, self._language, self._file = largest * _UNPACKED, language, file
        self.problem = ""
        self.left_out: Counter[str] = Counter()

    @classmethod
    def of_file(
        cls, fetch: Fetch, name: str, file: "File", now: datetime,
        *, parse: Parse, largest: int = 10_000_000, language: str = "", pace: Pace | None = None,
    ) -> "Sitemap":  # fmt: skip
        """The same of a file, plain or packed: it may list pages of any site; what it names is fetched."""
        return cls(fetch, name, now, parse=parse, largest=largest, language=language, pace=pace, file=file)

    def __call__(self, after: str, chosen: Chosen) -> Iterator[Item]:
        """Items after the cursor. A sitemap that cannot be read is passed over, unless another time may do."""
        self.left_out = Counter()
        ask, parse = Asking(self._fetch, self._now, self._pace), Once(self._parse, self.left_out)
        walk = _Walk(ask, parse, self._most, chosen, self._language, self.left_out)
        self.problem = ""
        root = self._root(walk)
        if root is not None:
            yield from walk.through(root, marked(after))
        self.problem = walk.problem()

    def _root(self, walk: "_Walk") -> _Document | None:
        file = self._file
        if file is not None:
            return _Document(self._url, lambda: read(file(), "", self._most, self._url, walk.parse))
        home = web_address(self._url)
        if not home:
            walk.stopped = f"{self._url} is no web address"
            return None
        if urlsplit(home).path == "/" and not urlsplit(home).query:
            return walk.site(home)
        walk.visited.add(short(self._url))
        page = walk.page(self._url)
        if page is None:
            return None
        return walk.document(page, _Document("", lambda: iter(()), sites=(self._url, page.url)))


def _slices(body: bytes) -> Iterator[bytes]:
    return (body[start : start + _PART] for start in range(0, len(body), _PART))


@dataclass
class _Walk:
    ask: Asking
    parse: Parse
    most: int  # bytes
    chosen: Chosen
    language: str
    left_out: Counter[str]
    visited: set[str] = field(default_factory=set)  # short names of addresses
    passed: list[str] = field(default_factory=list)  # what is wrong with sitemaps that were passed over: the first few
    failures: int = 0  # how many they are
    stopped: str = ""  # why the walk goes no further

    def problem(self) -> str:
        """What kept the walk from being complete."""
        more = self.failures - 1
        passed = self.passed[0] + (f" (and {more} more)" if more else "") if self.passed else ""
        return self.stopped or passed

    def note(self, wrong: str) -> None:
        """Remember what was passed over."""
        self.failures += 1
        self.passed = self.passed or [wrong]

    def page(self, url: str) -> Page | None:
        """A sitemap's answer, or None: noted, and the end of the walk where it failed for the moment."""
        answer = self.ask(url)
        wrong = trouble(answer)
        if isinstance(answer, Failed) or wrong:
            self.stopped = wrong if momentary(answer) else ""
            self.note(wrong)
            return None
        return answer

    def document(self, page: Page, parent: _Document, way: tuple[str, ...] = ()) -> _Document:
        """A sitemap as it came, listed by another one."""
        asked = page.request.url
        self.visited.add(short(page.url))
        robots = urlsplit(page.url).path == "/robots.txt"

        def found() -> Iterator[Found]:
            return read(_slices(page.body), page.url, self.most, feed=self.parse)

        return _Document(asked, found, page.url, parent.sites or (asked, page.url), robots, way)

    def site(self, home: str) -> _Document | None:
        """A site as a document: what its robots.txt names, else its sitemap.xml. None: it is down for the moment."""
        address = web_address("/robots.txt", home)
        answer = self.ask(address)
        if momentary(answer) and not (isinstance(answer, Page) and answer.status == 200):
            self.stopped = trouble(answer)
            return None
        named: list[Found] = []
        if isinstance(answer, Page) and answer.status == 200 and answer.body.strip():
            named = [one for one in self._robots(answer) if isinstance(one, Child)]
        named = named or [Child(web_address("/sitemap.xml", home))]
        return _Document(home, lambda: iter(named), address, (home, *([answer.url] if isinstance(answer, Page) else [])), True)

    def _robots(self, answer: Page) -> Iterator[Found]:
        return read(_slices(answer.body), answer.url, self.most, "/robots.txt", self.parse)

    def through(self, document: _Document, mark: Mark | None) -> Iterator[Item]:
        """The items of a document and of those below it, after a mark, which counts from here."""
        number = 0
        skipping = mark is not None and self._holds(document, mark)
        for found in document.found():
            if isinstance(found, Broken):
                self.note(f"{document.name} {found.reason}")
            elif isinstance(found, Child):
                reached = skipping and mark is not None and mark.way[:1] == (short(found.loc),)
                if skipping and not reached:
                    self.visited.add(short(web_address(found.loc, document.base)))
                    continue
                skipping = False
                yield from self._below(document, found, replace(mark, way=mark.way[1:]) if mark and reached else None)
            else:
                number += 1
                if not skipping:
                    yield from self._item(document, found, number)
                elif mark and not mark.way:
                    skipping = number < mark.done
            if self.stopped:
                return

    def _holds(self, document: _Document, mark: Mark) -> bool:
        """Whether what the mark names is still in the document where it was; where not, it is gone through anew."""
        number = 0
        for found in document.found():
            if isinstance(found, Child) and mark.way[:1] == (short(found.loc),):
                return True
            if isinstance(found, Listed):
                number += 1
                if not mark.way and number == mark.done:
                    return short(found.loc) == mark.last
        return False

    def _below(self, parent: _Document, child: Child, mark: Mark | None) -> Iterator[Item]:
        """What a sitemap lists that another one names."""
        url = web_address(child.loc, parent.base)
        if not self._is_wanted(parent, child, url):
            return
        self.visited.add(short(url))
        page = self.page(url)
        if page is None or (page.url != url and short(page.url) in self.visited):
            return
        yield from self.through(self.document(page, parent, (*parent.way, short(child.loc))), mark)

    def _is_wanted(self, parent: _Document, child: Child, url: str) -> bool:
        """Whether a sitemap is to be fetched; why not is noted where something may be missing."""
        if not url:
            self.left_out["no link"] += 1
        elif parent.sites and not parent.anywhere and not _of(url, (*parent.sites, parent.base)):
            self.left_out["other host"] += 1
        elif len(parent.way) >= _DEEPEST:
            self.note(f"{url} is nested too deeply")
        elif len(self.visited) >= _MOST_DOCUMENTS:
            self.stopped = f"{url} is the sitemap after {_MOST_DOCUMENTS:,} others"
        else:
            return short(url) not in self.visited and not untouched(child, self.chosen.since)
        return False

    def _item(self, document: _Document, listed: Listed, number: int) -> Iterator[Item]:
        """The item of a page, unless it is left out."""
        if untouched(listed, self.chosen.since):
            return
        entry = listed.entry(document.base)
        if not entry.url or (document.sites and not _of(entry.url, document.sites)):
            self.left_out["other host" if entry.url else "no link"] += 1
        elif wanted(entry, self.chosen):
            language = listed.language if self.language and listed.language != self.language else ""
            cursor = Mark(document.way, number, short(listed.loc)).text()
            yield Item(cursor, replace(entry, language=language) if language else entry, outlet=listed.outlet)


def _of(url: str, sites: tuple[str, ...]) -> bool:
    return any(same_site(site, url) for site in sites if site)
