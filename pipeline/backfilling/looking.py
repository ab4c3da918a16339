"""What a backfill would read: by source and month, nothing written, no database opened."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from models.entry import Entry
from models.filling import Chosen, Item
from models.outcome import Failed, Outcome, Skipped
from models.source import Feed, Source
from pipeline import wiring
from pipeline.backfilling.collected import BROKEN_OFF, Collected, collections
from pipeline.flow import filling, recorded
from pipeline.ports import Fetch, Lost
from pipeline.stages import items, polls
from pipeline.stages.bounds import bounds

if TYPE_CHECKING:
    from pipeline.ports import Map


@dataclass
class Planned:
    """What would be read."""

    by_month: Counter[tuple[str, str]] = field(default_factory=Counter)  # source's slug and month: items
    left_out: Counter[str] = field(default_factory=Counter)  # by outcome
    problems: list[str] = field(default_factory=list)  # why walks ended before their end

    def as_json(self) -> dict[str, Any]:
        """What `backfill --dry-run --json` prints."""
        rows = [{"source_slug": slug, "month": month, "items": n} for (slug, month), n in sorted(self.by_month.items())]
        left = dict(sorted(self.left_out.items()))
        return {"items": sum(self.by_month.values()), "by_month": rows, "left_out": left, "problems": self.problems}

    def ended(self, collected: Collected) -> None:
        """Count what a way through a collection left out by itself."""
        self.left_out.update(collected.left_out)
        if collected.problem:
            self.left_out[str(Failed(collected.problem, BROKEN_OFF))] += 1
            self.problems.append(collected.problem)


def look(
    site: wiring.Site, given: Sequence[str], chosen: Chosen, kind: str, now: datetime, listed: Callable[[str, str], None]
) -> Planned:
    """Count what would be read; `listed(source slug, address)` hears of each."""
    planned = Planned()
    with wiring.workers(site, early=False) as workers:  # most of what can be given has no feed in it
        for collected in collections(site, given, kind, workers, now, wiring.web(site, now)):
            for item in islice(_items(site, collected, chosen, workers, now), chosen.limit):
                _count(site, item, chosen, now, planned, listed)
            planned.ended(collected)
    return planned


def _count(
    site: wiring.Site, item: Item, chosen: Chosen, now: datetime, planned: Planned, listed: Callable[[str, str], None]
) -> None:
    outcome: Outcome | None = item.outcome or filling.unwanted(item, chosen, now)
    if outcome is not None:
        planned.left_out[str(outcome)] += 1
        return
    day = items.day(item) or item.seen
    slug = items.outlet(item, site.sources, chosen.source).slug
    planned.by_month[slug, f"{min(day, now):%Y-%m}" if day else "unknown"] += 1
    listed(slug, item.entry.url)


def _items(site: wiring.Site, collected: Collected, chosen: Chosen, workers: "Map", now: datetime) -> Iterator[Item]:
    if not collected.recording:
        yield from collected.history("", chosen)
        return
    from pipeline.adapters.history.warc import Archive
    from pipeline.adapters.warc import Replay, responses

    recording = Replay(collected.recording, now, site.settings.largest_body)
    sources = [one for one in site.sources if chosen.source in {"", one.slug}]
    seen: dict[tuple[str, str], str] = {}
    for at, listed in recorded.moments(recording, sources).items():
        for feed, read in _read(site, recording.at(at), listed, workers):
            yield from _without_items(feed, read)
            for entry in () if isinstance(read, Lost) else read.entries:
                if seen.setdefault((feed.url, entry.key), entry.url) is entry.url:
                    yield Item("", entry, outlet=feed.source_slug, seen=at)
    if chosen.source:
        return
    known = recording.ways([*seen.values(), *(url for one in sources for url in one.feeds)])
    rest = Archive(
        lambda after: responses(collected.recording, after, site.settings.largest_body), items.found, known.__contains__
    )
    yield from rest("", chosen)


def _read(
    site: wiring.Site, fetch: Fetch, listed: Sequence[tuple[str, Source]], workers: "Map"
) -> Iterator[tuple[Feed, polls.Read | Lost]]:
    """The feeds that were recorded at a moment."""
    feeds = [Feed(number, url, source.slug) for number, (url, source) in enumerate(listed)]
    within = bounds(site.settings)
    answers = fetch(polls.request(feed) for feed in feeds)
    tasks = (polls.Task(feeds[answer.request.key], answer, site.settings.language, within) for answer in answers)
    for task, read in workers(polls.read, (task for task in tasks if not polls.is_light(task))):
        yield task.feed, read


def _without_items(feed: Feed, read: polls.Read | Lost) -> Iterator[Item]:
    """What ended already: a feed that hung its parser, or entries beyond its bounds."""
    nothing = Entry(feed.url, feed.url, "", "")
    if isinstance(read, Lost):
        yield Item("", nothing, outcome=Failed(feed.url, read.reason))
    else:
        yield from (Item("", nothing, outcome=Skipped(feed.url, "beyond limit")) for _ in range(read.beyond))
