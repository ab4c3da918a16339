"""A recording with feeds in it, gone through as it was recorded: at every moment at which a feed answered, a `collect`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

from models.entry import Entry
from models.filling import Chosen
from models.outcome import Outcome
from models.run import Planned
from models.source import Feed, Poll, Source
from pipeline import ports
from pipeline.flow.collecting import collect
from pipeline.flow.filling import Within, outside
from pipeline.flow.minding import minded
from pipeline.flow.parts import Parts
from pipeline.stages import polls

Given = TypeVar("Given")
Made = TypeVar("Made")


class Recording(Protocol):
    """What was answered, and when."""

    def at(self, now: datetime) -> ports.Fetch:
        """The answers of that moment."""

    def times(self, urls: Iterable[str]) -> list[datetime]:
        """When any of these addresses was answered, in order."""

    def ways(self, urls: Iterable[str]) -> set[str]:
        """Those of the addresses that were answered, and wherever redirects led from them."""


class Feeds(ports.Feeds, Protocol):
    """The feeds of a recording."""

    def stand_in(self, url: str, owner: Source) -> None:
        """Make the feed that stands for the recorded one at `url`, where there is none."""

    def is_past(self, feed_id: int, now: datetime) -> bool:
        """Whether a later record of the feed was gone through already."""

    def retries(self) -> list[tuple[datetime, str]]:
        """When entries that wait are to be read again, earliest first, and their addresses."""


def moments(recording: Recording, sources: Sequence[Source]) -> dict[datetime, list[tuple[str, Source]]]:
    """Which feeds were recorded at which moment, in order of time."""
    found: dict[datetime, list[tuple[str, Source]]] = {}
    for source in sources:
        for url in source.feeds:
            for at in recording.times(recording.ways([url])):
                found.setdefault(at, []).append((url, source))
    return dict(sorted(found.items()))


def replay(parts: Parts, feeds: Feeds, recording: Recording, at: datetime, chosen: Chosen) -> Iterator[Poll | Outcome]:
    """Collect what was recorded at a moment, as a run of that moment did."""
    within = _Past(Within(parts.map, chosen), feeds, chosen, at)
    then = replace(parts, fetch=minded(recording.at(at), parts.settings, at), feeds=feeds, map=within, recorded=True)
    for event in collect(then, at):
        if not isinstance(event, Planned):
            yield event
        while within.left:
            yield within.left.pop()


def between(parts: Parts, feeds: Feeds, recording: Recording, until: datetime | None, chosen: Chosen) -> Iterator[Poll | Outcome]:
    """Entries whose page could not be read, read again when a run did that before `until` (None: before the recording ended).

    A run between two records of feeds left a record of each page that it asked for again.
    """
    last: datetime | None = None
    while (at := _asked_again(feeds, recording)) and (until is None or at < until) and (last is None or at > last):
        last = at
        yield from replay(parts, feeds, recording, at, chosen)


def _asked_again(feeds: Feeds, recording: Recording) -> datetime | None:
    """When the first of the entries that wait was asked for again."""
    tries = ((when, recording.times(recording.ways([url]))) for when, url in feeds.retries())
    return min((at for when, times in tries for at in times if at >= when), default=None)


def leftovers(parts: Parts, feeds: Feeds, recording: Recording, chosen: Chosen) -> Iterator[Poll | Outcome]:
    """Entries whose page could not be read until the recording ended: the tries that they have left, one after another."""
    yield from between(parts, feeds, recording, None, chosen)
    last: datetime | None = None
    while (waiting := feeds.retries()) and (last is None or waiting[0][0] > last):
        last = waiting[0][0]
        yield from replay(parts, feeds, recording, last, chosen)


@dataclass
class _Past:
    """Map that leaves out a feed's entries of other dates, and what a later record of the feed has said already."""

    inner: ports.Map
    feeds: Feeds
    chosen: Chosen
    now: datetime
    left: list[Outcome] = field(default_factory=list)

    def __call__(self, function: Callable[[Given], Made], items: Iterable[Given]) -> Iterator[tuple[Given, Made | ports.Lost]]:
        for item, made in self.inner(function, items):
            yield item, cast("Made | ports.Lost", self._past(item, made))

    def _past(self, task: Any, made: Any) -> Any:
        if not isinstance(made, polls.Read):
            return made
        return replace(made, entries=tuple(self._as_known(task.feed, [one for one in made.entries if self._wanted(one)])))

    def _wanted(self, entry: Entry) -> bool:
        if entry.published is None:
            return True
        outcome = outside(entry.url, min(entry.published, self.now), self.chosen, precise=entry.precise)
        if outcome is not None:
            self.left.append(outcome)
        return outcome is None

    def _as_known(self, feed: Feed, entries: list[Entry]) -> list[Entry]:
        if not self.feeds.is_past(feed.id, self.now):
            return entries
        known = self.feeds.known(feed.id, [entry.key for entry in entries])
        return [replace(entry, digest=known[entry.key].digest) if entry.key in known else entry for entry in entries]
