"""What a backfill would read: by source and month, nothing written, no database opened."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from models.entry import Entry
from models.filling import Chosen, Item
from models.outcome import Outcome
from models.page import Page
from models.source import Feed
from pipeline import wiring
from pipeline.backfilling.collected import Collected, collections
from pipeline.flow import filling, recorded
from pipeline.stages import items, polls


@dataclass
class Planned:
    """What would be read."""

    by_month: Counter[tuple[str, str]] = field(default_factory=Counter)  # source's slug and month: items
    left_out: Counter[str] = field(default_factory=Counter)  # by outcome

    def as_json(self) -> dict[str, Any]:
        """What `backfill --dry-run --json` prints."""
        rows = [{"source_slug": slug, "month": month, "items": n} for (slug, month), n in sorted(self.by_month.items())]
        return {"items": sum(self.by_month.values()), "by_month": rows, "left_out": dict(sorted(self.left_out.items()))}


def look(
    site: wiring.Site, given: Sequence[str], chosen: Chosen, kind: str, now: datetime, listed: Callable[[str, str], None]
) -> Planned:
    """Count what would be read; `listed(source slug, address)` hears of each."""
    planned = Planned()
    for collected in collections(site, given, kind, now):
        for item in islice(_items(site, collected, chosen, now), chosen.limit):
            outcome: Outcome | None = item.outcome or filling.unwanted(item, chosen, now)
            if outcome is not None:
                planned.left_out[str(outcome)] += 1
                continue
            day = items.day(item) or item.seen
            slug = items.outlet(item, site.sources, chosen.source).slug
            planned.by_month[slug, f"{min(day, now):%Y-%m}" if day else "unknown"] += 1
            listed(slug, item.entry.url)
    return planned


def _items(site: wiring.Site, collected: Collected, chosen: Chosen, now: datetime) -> Iterator[Item]:
    if not collected.recording:
        yield from collected.history("", chosen)
        return
    from pipeline.adapters.history.warc import Archive
    from pipeline.adapters.warc import Replay, responses

    recording = Replay(collected.recording, now, site.settings.largest_body)
    sources = [one for one in site.sources if chosen.source in {"", one.slug}]
    seen: dict[tuple[str, str], str] = {}
    for at, listed in recorded.moments(recording, sources).items():
        for url, source in listed:
            for entry in _entries(site, recording.at(at), url, source.slug):
                if seen.setdefault((url, entry.key), entry.url) is entry.url:
                    yield Item("", entry, outlet=source.slug, seen=at)
    if chosen.source:
        return
    known = recording.ways([*seen.values(), *(url for one in sources for url in one.feeds)])
    rest = Archive(
        lambda after: responses(collected.recording, after, site.settings.largest_body), items.found, known.__contains__
    )
    yield from rest("", chosen)


def _entries(site: wiring.Site, fetch: Any, url: str, slug: str) -> tuple[Entry, ...]:
    feed = Feed(0, url, slug)
    answer = next(iter(fetch([polls.request(feed)])))
    if not isinstance(answer, Page):
        return ()
    return polls.read(polls.Task(feed, answer, site.settings.language)).entries
