"""A fortnight of seven invented outlets, hour by hour, as a client that looks in every hour meets it; and as a WARC file.

Their feeds list the newest items, some of which are edited, taken down, or hidden behind the same notice; a digest lists
articles of the others under addresses of its own. One outlet is down at first and again later, one moves, one gives no
dates; pages answer 503 or 429 for a while, one for longer than anybody tries.
"""

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from random import Random
from zlib import crc32

from models.page import Hop, Page, Request
from pipeline.adapters.warc import Recording
from tests.sample import outlets, pieces

BEGIN = datetime(2026, 8, 3, tzinfo=UTC)
HOURS = 14 * 24
FIRST = 3  # entries that the first poll of a feed is to take: settings.first_run_entries
DATA = Path(__file__).parent / "data"
_NOTICE = "This report is for members of the Gazette's reading room. A day's ticket is to be had at the desk in the hall."
_HTML, _XML = "text/html; charset=utf-8", "application/xml; charset=utf-8"


@dataclass(frozen=True)
class Outlet:
    """An outlet and what its feed is like."""

    slug: str
    name: str
    kind: str  # rss, atom, full (the articles themselves are in the feed), undated, digest
    listed: int  # items in its feed
    weight: float = 1.0
    down: tuple[tuple[int, int], ...] = ()  # from one hour to another its feed answers 503
    moves: int = HOURS  # at this hour its feed moves for good

    @property
    def home(self) -> str:
        """Its front page."""
        return f"https://www.{self.slug}.example/"

    def feed(self, hour: int = 0) -> str:
        """Where its feed is."""
        return self.home + ("feed.xml" if hour < self.moves else "news/feed.xml")


OUTLETS = (
    Outlet("morrow-wire", "Morrow Wire", "rss", 14, 1.2),
    Outlet("tidewater-gazette", "Tidewater Gazette", "atom", 12),
    Outlet("quarry-post", "Quarry Post", "full", 10, 0.9),
    Outlet("saltmarsh-review", "Saltmarsh Review", "undated", 20),
    Outlet("kestrel-news", "Kestrel News", "rss", 15, 1.1, down=((0, 4), (100, 113))),
    Outlet("fenland-observer", "Fenland Observer", "rss", 12, moves=150),
    Outlet("harbour-digest", "Harbour Digest", "digest", 10, 1.3),
)


@dataclass(frozen=True)
class Item:
    """One article with its fate."""

    url: str
    title: str
    text: str
    hour: int  # from which on its feed lists it
    published: datetime
    edited: int = HOURS  # from this hour on it reads otherwise
    trouble: int = 0  # for so many hours its page answers `status`
    status: int = 503
    notice: bool = False  # its page shows what other pages of its host show
    digested: int = HOURS  # from this hour on the digest lists it, too
    older: bool = False  # it was in its feed at first, but is not among the newest few that are taken then

    def at(self, hour: int) -> tuple[str, str]:
        """Headline and text."""
        if hour < self.edited:
            return self.title, self.text
        return f"{self.title} (updated)", f"{self.text}\nCorrection: an earlier version of this report named another year."

    @property
    def tracked(self) -> str:
        """Its address in the digest."""
        return f"https://go.harbour-digest.example/{crc32(self.url.encode()):08x}"


def texts() -> list[tuple[str, str]]:
    """Headlines and texts of this project's own test data, in an order that mixes them."""
    with gzip.open(DATA / "judged" / "articles.jsonl.gz", "rt", encoding="utf-8") as stream:
        found = [(row["title"], row["text"]) for row in map(json.loads, stream)]
    with (DATA / "stories" / "articles.jsonl").open(encoding="utf-8") as stream:
        found += [(row["title"], row["text"]) for row in map(json.loads, stream)]
    found += [(one.title, "\n".join(one.paragraphs)) for outlet in outlets() for one in pieces(outlet["slug"])]
    return sorted(set(found), key=lambda one: crc32(one[0].encode()))


def items(told: Sequence[tuple[str, str]], desk: Sequence[int]) -> dict[str, list[Item]]:
    """By outlet its articles, newest first; at the hours of day `desk` something comes out, or is edited."""
    chance, hours = Random(7), [24 * day + hour for day in range(14) for hour in desk]
    owners = [one for one in OUTLETS if one.kind != "digest"]
    found: dict[str, list[Item]] = {one.slug: [] for one in OUTLETS}
    for number, (title, text) in enumerate(told):
        owner = owners[number % len(owners)]
        nth = -1 if number % 12 == 5 else chance.randrange(len(hours))  # one in twelve is older than the fortnight
        hour, later = (hours[nth] if nth >= 0 else 0), hours[nth + 1 :]
        published = BEGIN + timedelta(hours=hour, minutes=-chance.randrange(1, 60 if hour else 4000))
        made = Item(
            f"{owner.home}{number}/{'-'.join(re.findall('[a-z]+', title.lower())[:3])}",
            title,
            text,
            hour,
            published,
            edited=chance.choice([*later[1:6], HOURS]) if number % 9 == 2 else HOURS,
            trouble={4: 2, 17: 12, 29: 1, 41: 5, 55: 400, 66: 3}.get(number % 73, 0),
            status={29: 429, 55: 404}.get(number % 73, 503),
            notice=owner.kind == "atom" and number % 5 == 1,
            digested=chance.choice([hour, *later[:3]]) if number % 7 == 3 else HOURS,
        )
        found[owner.slug].append(made)
    found["harbour-digest"] = [one for some in found.values() for one in some if one.digested < HOURS]
    return {one.slug: _ordered(one, found[one.slug]) for one in OUTLETS}


def _ordered(outlet: Outlet, of: list[Item]) -> list[Item]:
    """Newest first, with those marked that are old when the feed is first read."""
    ordered = sorted(of, key=lambda one: (one.published, one.url), reverse=True)
    at_first = next((end for first, end in outlet.down if not first), 0)
    old = [one.url for one in ordered if _since(outlet, one) <= at_first][FIRST:]
    return [replace(one, older=True) if one.url in old else one for one in ordered]


def _since(outlet: Outlet, one: Item) -> int:
    return one.digested if outlet.kind == "digest" else one.hour


def recorded(
    path: Path, told: Sequence[tuple[str, str]], desk: Sequence[int] = range(24), *, every_hour: bool = False
) -> list[datetime]:
    """Write what a client meets: what is new of feeds, or with `every_hour` a 304 as well. Gives the hours of its records."""
    hours = []
    world = items(told, desk)
    last: dict[str, bytes] = {}
    with path.open("wb") as stream:
        for hour in range(HOURS):
            now = BEGIN + timedelta(hours=hour)
            met = [*_feeds(world, hour, last, every_hour=every_hour), *_pages(world, hour)]
            list(Recording(lambda _, met=met: iter(met), stream, now)(()))
            hours += [now] if met else []
    return hours


def _feeds(world: dict[str, list[Item]], hour: int, last: dict[str, bytes], *, every_hour: bool) -> Iterator[Page]:
    for outlet in OUTLETS:
        url = outlet.feed(hour)
        hops = (Hop(outlet.feed(), 301, url),) if url != outlet.feed() else ()
        if any(first <= hour < end for first, end in outlet.down):
            body = b"<html><body><p>Down for maintenance.</p></body></html>"
            yield Page(Request(url), url, 503, body, _HTML)
            continue
        body = _feed(outlet, world[outlet.slug], hour).encode()
        etag = f'"{crc32(body):08x}"'
        same = last.get(url) == body
        last[url] = body
        if not same or every_hour:
            yield Page(Request(url), url, 304 if same else 200, b"" if same else body, "" if same else _XML, etag, hops=hops)


def _feed(outlet: Outlet, of: list[Item], hour: int) -> str:
    shown = _shown(outlet, of, hour)
    if outlet.kind == "atom":
        entries = "".join(_atom(one, hour) for one in shown)
        return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{outlet.name}</title><id>{outlet.home}</id>{entries}</feed>'
    listed = "".join(_rss(one, outlet.kind, hour) for one in shown)
    content = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return f'<rss version="2.0" {content}><channel><title>{outlet.name}</title><link>{outlet.home}</link>{listed}</channel></rss>'


def _shown(outlet: Outlet, of: list[Item], hour: int) -> list[Item]:
    return [one for one in of if _since(outlet, one) <= hour][: outlet.listed]


def _rss(one: Item, kind: str, hour: int) -> str:
    title, text = one.at(hour)
    link = one.tracked if kind == "digest" else one.url
    dated = "" if kind == "undated" else f"<pubDate>{one.published:%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
    full = f"<content:encoded>{escape(_paragraphs(text))}</content:encoded>" if kind == "full" else ""
    return f"<item><title>{escape(title)}</title><link>{link}</link>{dated}<description>{escape(_summary(text))}</description>{full}</item>"


def _atom(one: Item, hour: int) -> str:
    title, text = one.at(hour)
    updated = one.published if hour < one.edited else BEGIN + timedelta(hours=one.edited)
    return (
        f'<entry><id>{one.url}</id><title>{escape(title)}</title><link href="{one.url}"/><summary>{escape(_summary(text))}</summary>'
        f"<published>{one.published.isoformat()}</published><updated>{updated.isoformat()}</updated></entry>"
    )


def _summary(text: str) -> str:
    return " ".join(text.split()[:30])


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in text.split("\n") if part.strip())


def _pages(world: dict[str, list[Item]], hour: int) -> Iterator[Page]:
    """The pages that a client asks for, having read the feeds: nobody meets those of articles that no feed lists."""
    for outlet in OUTLETS:
        for one in _shown(outlet, world[outlet.slug], hour):
            if outlet.kind == "digest" and one.digested == hour and not one.older:
                yield _page(one, hour, (Hop(one.tracked, 302, one.url),))
            elif outlet.kind != "digest" and (one.edited == hour or (_is_asked(one, hour) and not one.older)):
                yield _page(one, hour)


def _is_asked(one: Item, hour: int) -> bool:
    return one.hour <= hour <= one.hour + min(one.trouble, 12)


def _page(one: Item, hour: int, hops: tuple[Hop, ...] = ()) -> Page:
    if hour < one.hour + one.trouble:
        wait = "10000" if one.status == 429 else ""
        return Page(Request(one.url), one.url, one.status, b"<p>Not now.</p>", _HTML, retry_after=wait, hops=hops)
    title, text = one.at(hour)
    shown = f"<p>{_NOTICE}</p>" if one.notice else _paragraphs(text)
    body = (
        f"<html><head><title>{escape(title)}</title></head><body><article><h1>{escape(title)}</h1>{shown}</article></body></html>"
    )
    return Page(Request(one.url), one.url, 200, body.encode(), _HTML, hops=hops)


def sources() -> str:
    """The outlets as a sources.toml."""
    return "".join(
        f'[[sources]]\nslug = "{one.slug}"\nname = "{one.name}"\nhomepage = "{one.home}"\nfeeds = ["{one.feed()}"]\n'
        f"weight = {one.weight}\n\n"
        for one in OUTLETS
    )
