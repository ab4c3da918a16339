"""What was given on the command line, as collections: each with its kind and the way to go through it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from models.entry import Entry
from models.errors import UsageError
from models.filling import Chosen, Item
from models.outcome import Failed, Skipped
from models.page import Failed as NoPage
from models.page import Request
from pipeline import wiring
from pipeline.stages import items
from pipeline.stages.articles import is_home
from pipeline.stages.bounds import bounds
from pipeline.stages.text import digest

if TYPE_CHECKING:
    from pipeline.ports import Fetch, History, Map

_PEEKED = 10_000  # responses of an archive that are looked at for feeds: a recording begins with them
_TRIED = 1000  # items of a file that are looked at before it is read
BROKEN_OFF = "not read to its end"  # the outcome of a walk
_ON_THE_WEB = ("feed", "sitemap")
Tried = TypeVar("Tried", bound="History")


@dataclass(frozen=True)
class Collected:
    """One collection."""

    kind: str  # feed, sitemap, warc, jsonl, csv, html
    what: str  # for people
    identity: str  # the same for the same input
    history: "History"
    recording: tuple[Path, ...] = ()  # web archives with answers of configured feeds in them

    def name(self, chosen: Chosen) -> str:
        """What its progress is kept under: the input and the options that choose from it."""
        return digest(self.kind, self.identity, repr(chosen))

    @property
    def left_out(self) -> Counter[str]:
        """What its way through left out by itself, by outcome."""
        left: dict[str, int] = getattr(self.history, "left_out", {})
        return Counter({str(Skipped("", reason)): count for reason, count in left.items()})

    @property
    def problem(self) -> str:
        """Why it was not gone through to its end; "" where it was."""
        return str(getattr(self.history, "problem", ""))


def collections(
    site: wiring.Site, given: Sequence[str], forced: str, workers: "Map", now: datetime, fetch: "Fetch"
) -> list[Collected]:
    """The collections that were given, in order; archives with feeds in them are one, since one goes on in the next.

    Walks ask `fetch` for what is on the web, and `workers` parse it.
    """
    made: list[Collected] = []
    recorded: list[Path] = []
    feeds = {url for source in site.sources for url in source.feeds}
    for said in given:
        if said.startswith(("http://", "https://")):
            made.append(_from_web(site, said, forced, fetch, workers, now))
            continue
        path = Path(said).absolute()
        kind = forced or _kind_of(path)
        if kind == "warc" and _holds(path, feeds):
            recorded.append(path)
        else:
            made.append(_from_file(site, path, kind, fetch, workers, now))
    if recorded:
        made.insert(0, _archive(site, recorded, recording=True))
    return made


def _kind_of(path: Path) -> str:
    from pipeline.adapters.history.detect import kind_of

    return kind_of(path)


def _holds(path: Path, feeds: set[str]) -> bool:
    from pipeline.adapters.warc import holds

    return holds(path, feeds, _PEEKED)


def _from_web(site: wiring.Site, url: str, forced: str, fetch: "Fetch", workers: "Map", now: datetime) -> Collected:
    from pipeline.flow.walking import FeedArchive, Sitemap
    from pipeline.stages.archives import detect

    kind = forced or ("sitemap" if is_home(url) else "")
    if not kind:
        answer = next(iter([*fetch([Request(url, "feed")])]))
        if isinstance(answer, NoPage) or answer.status != 200:
            reason = answer.reason if isinstance(answer, NoPage) else f"HTTP {answer.status}"
            return Collected("feed", url, url, _nothing(url, reason))
        kind = detect(answer, url)
    if kind not in _ON_THE_WEB:
        remedy = "its feed, its sitemap.xml, or its front page; a list or an archive as a file"
        raise UsageError(url, "is no feed and no sitemap", remedy)
    if kind == "feed":
        return Collected(kind, url, url, FeedArchive(fetch, url, now, **_manner(site, workers)))
    return Collected(kind, url, url, Sitemap(fetch, url, now, **_manner(site, workers), **_of_sitemaps(site)))


def _manner(site: wiring.Site, workers: "Map") -> dict[str, Any]:
    """How a walk goes, and who reads what it finds."""
    from pipeline.flow.walking import Pace, Parsing

    return {"pace": Pace(site.settings.host_interval_seconds), "parse": Parsing(workers, bounds(site.settings))}


def _of_sitemaps(site: wiring.Site) -> dict[str, Any]:
    return {"largest": site.settings.largest_body, "language": site.settings.language}


def _nothing(url: str, reason: str) -> "History":
    def history(after: str, chosen: Chosen) -> Iterator[Item]:  # noqa: ARG001
        yield Item("", Entry(url, url, "", ""), outcome=Failed(url, reason))

    return history


def _from_file(site: wiring.Site, path: Path, kind: str, fetch: "Fetch", workers: "Map", now: datetime) -> Collected:
    if kind == "warc":
        return _archive(site, [path], recording=False)
    if kind == "feed":
        raise UsageError(str(path), "is a feed, whose history is on the web", "its address")
    if kind == "sitemap":
        from pipeline.adapters.history.pieces import pieces
        from pipeline.flow.walking import Sitemap

        walk = Sitemap.of_file(fetch, str(path), pieces(path), now, **_manner(site, workers), **_of_sitemaps(site))
        return Collected(kind, str(path), _identity(path), walk)
    if kind == "html":
        from pipeline.adapters.history.folder import Saved

        made = partial(items.found, dated_key=False)
        return Collected(kind, str(path), str(path), _tried(Saved(path, items.address, made, site.settings.largest_body)))
    from pipeline.adapters.history.lists import Listed

    listed = partial(items.listed, glossary_language=site.settings.language)
    return Collected(kind, str(path), _identity(path), _tried(Listed(path, kind, listed)))


def _tried(history: Tried) -> Tried:
    """The history, once it has given an item that can be read: what is unusable is said before anything is started."""
    next((one for one in islice(history("", Chosen()), _TRIED) if one.outcome is None), None)
    return history


def _archive(site: wiring.Site, paths: list[Path], *, recording: bool) -> Collected:
    from pipeline.adapters.history.warc import Archive
    from pipeline.adapters.warc import responses

    answers = partial(responses, paths, largest_body=site.settings.largest_body)
    what = str(paths[0]) if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"
    identity = "\n".join(map(_identity, paths))
    return Collected("warc", what, identity, Archive(answers, items.found), tuple(paths) if recording else ())


def _identity(path: Path) -> str:
    return f"{path} {path.stat().st_size}"
