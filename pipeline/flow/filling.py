"""fill: a batch of what a collection holds through the same flow as a run's: decided, queued, read, kept.

Whoever calls moves the collection's cursor past the batch when it is drained; a batch that died is gone through again:
what is finished is known then, and what is queued is read.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar, cast

from models.entry import Entry, Known, Queued
from models.filling import Chosen, Item
from models.outcome import Duplicate, Failed, Outcome, Skipped, Unchanged
from models.page import Failed as NoPage
from models.page import Page, Request
from models.source import Source
from pipeline import ports
from pipeline.flow.collecting import read
from pipeline.flow.parts import Parts
from pipeline.stages import items as collected
from pipeline.stages import reading
from pipeline.stages.articles import is_home
from pipeline.stages.urls import canonical

BEFORE, AFTER = "before since", "after until"
_MOST = 200  # items of a batch
_MOST_ASKED = 50  # of them to be fetched: one host answers once a second, and the lock is held meanwhile
_MOST_BYTES = 32_000_000  # of pages in memory
_WEB = {"feed", "sitemap"}  # kinds that never hold a page
Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Filling:
    """What is read in, and for whom."""

    kind: str  # feed, sitemap, warc, jsonl, csv, html
    chosen: Chosen
    sources: Sequence[Source]


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Items in batches that fit into memory. Where a batch ends depends on the items alone, from where it begins."""
    batch: list[Item] = []
    asked = size = 0
    for item in items:
        batch.append(item)
        asked += item.page is None and item.outcome is None
        size += len(item.page.body) if item.page else 0
        if len(batch) >= _MOST or asked >= _MOST_ASKED or size >= _MOST_BYTES:
            yield batch
            batch, asked, size = [], 0, 0
    if batch:
        yield batch


def fill(parts: Parts, fillings: ports.Fillings, filling: Filling, batch: Sequence[Item], now: datetime) -> Iterator[Outcome]:
    """Decide, queue and read a batch; every item ends as one Outcome."""
    taken: defaultdict[int, dict[str, Item]] = defaultdict(dict)
    for item in batch:
        outcome = item.outcome or unwanted(item, filling.chosen, now)
        if outcome is not None:
            yield outcome
            continue
        key, listed = item.entry.key, taken[_feed(fillings, filling, item)]
        if key in listed:
            yield Duplicate(item.entry.url, item.entry.url)
        else:
            listed[key] = item
    for feed_id, listed in taken.items():
        yield from _queue(fillings, feed_id, listed, now)
    yield from _read(parts, fillings, filling.chosen, taken, now)


def unwanted(item: Item, chosen: Chosen, now: datetime) -> Outcome | None:
    """Why an item is left out unread, as far as that can be told; None where it is to be read."""
    entry, url = item.entry, item.entry.url
    if not url:
        return Skipped(url, "no link")
    if is_home(canonical(url)):
        return Skipped(url, "front page")
    if entry.language:
        return Skipped(url, f"language {entry.language}")
    day = collected.day(item)
    return outside(url, min(day, now), chosen, precise=entry.published is not None and entry.precise) if day else None


def outside(url: str, published: datetime, chosen: Chosen, *, precise: bool = True) -> Outcome | None:
    """Skipped where a date is not among those wanted; one that is only a day counts as that day's beginning."""
    since = chosen.since if precise or not chosen.since else chosen.since.replace(hour=0, minute=0, second=0, microsecond=0)
    if since and published < since:
        return Skipped(url, BEFORE)
    return Skipped(url, AFTER) if chosen.until and published >= chosen.until else None


def _feed(fillings: ports.Fillings, filling: Filling, item: Item) -> int:
    held = item.page is not None
    label = filling.kind if held or filling.kind in _WEB else f"{filling.kind}-urls"
    owner = collected.outlet(item, filling.sources, filling.chosen.source)
    return fillings.feed(label, "file" if held else "web", owner)


def _queue(fillings: ports.Fillings, feed_id: int, listed: dict[str, Item], now: datetime) -> Iterator[Outcome]:
    """Put in the queue what is to be read; the outcomes of the rest."""
    known = fillings.known(feed_id, listed.keys())
    new: list[tuple[Entry, datetime]] = []
    for key, item in listed.items():
        outcome, queued = _known(item, known.get(key), now)
        if outcome is not None:
            yield outcome
        elif not queued:
            new.append((item.entry, min(item.seen or now, now)))
    fillings.take(feed_id, new, now)


def _known(item: Item, before: Known | None, now: datetime) -> tuple[Outcome | None, bool]:
    """What becomes of an item, given what is known under its key; and whether it is in the queue already.

    What a file says of an article that was read in stays: a collection that holds it twice, or an edited copy, would
    make it go back and forth.
    """
    url = item.entry.url
    if before is None:
        return None, False
    if before.queued:
        waits = before.retry_at is not None and before.retry_at > now
        return (Failed(url, "waits for another try", before.retry_at) if waits else None), True
    if before.digest == item.entry.digest:
        return Unchanged(url), False
    return (Duplicate(url, url), False) if item.page is not None else (None, False)


def _read(
    parts: Parts, fillings: ports.Fillings, chosen: Chosen, taken: dict[int, dict[str, Item]], now: datetime
) -> Iterator[Outcome]:
    at_hand = _AtHand(parts.fetch)
    pages = {key: item.page for listed in taken.values() for key, item in listed.items() if item.page is not None}
    keys = {feed_id: set(listed) for feed_id, listed in taken.items()}
    rounds = (at_hand.noting(some, pages) for some in fillings.queued(keys, now))
    yield from read(replace(parts, fetch=at_hand, map=Within(parts.map, chosen)), rounds, now)
    if chosen.since or chosen.until:
        fillings.forget(keys, [str(Skipped("", reason)) for reason in (BEFORE, AFTER)])


@dataclass
class _AtHand:
    """Fetch that answers the pages a collection holds; the rest is asked of another."""

    rest: ports.Fetch
    pages: dict[int, Page] = field(default_factory=dict)

    def noting(self, some: Iterable[Queued], pages: dict[str, Page]) -> Iterator[Queued]:
        """The entries; those whose page is at hand get one try, since it will be the same another time."""
        for queued in some:
            page = pages.get(queued.entry.key)
            if page is None:
                yield queued
            else:
                self.pages[queued.id] = page
                yield replace(queued, pages="fetch", attempts=reading.ATTEMPTS - 1)

    def __call__(self, requests: Iterable[Request]) -> Iterator[Page | NoPage]:
        unheld: list[Request] = []
        for request in requests:
            page = self.pages.pop(request.key, None)
            if page is None:
                unheld.append(request)
            else:
                yield replace(page, request=request)
        if unheld:
            yield from self.rest(iter(unheld))


@dataclass(frozen=True)
class Within:
    """Map whose articles are those of the dates that are wanted."""

    inner: ports.Map
    chosen: Chosen

    def __call__(self, function: Callable[[Given], Made], items: Iterable[Given]) -> Iterator[tuple[Given, Made | ports.Lost]]:
        for item, made in self.inner(function, items):
            yield item, cast("Made | ports.Lost", self._within(made))

    def _within(self, made: Any) -> Any:
        if not isinstance(made, reading.Read) or made.article is None:
            return made
        article = made.article
        outcome = outside(article.canonical_url, article.published, self.chosen, precise=article.published_precision == "minute")
        return reading.Read(skipped=outcome.reason) if isinstance(outcome, Skipped) else made
