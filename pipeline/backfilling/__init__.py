"""backfill: history through the same flow as a run's, batch by batch, each under the lock; what died goes on where it was.

collected.py  what was given, as collections
turns.py      the lock, held for a while and given up for a moment, so that runs beside it get their turn
looking.py    what would be read, nothing written
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.filling import Chosen, Item
from models.outcome import Failed, Outcome
from models.run import Tally
from models.source import Poll, Source
from pipeline import wiring
from pipeline.backfilling.collected import BROKEN_OFF, Collected, collections
from pipeline.backfilling.turns import Turns

if TYPE_CHECKING:
    from pipeline.adapters.store.fillings import StoredFillings

_SETTLED_EVERY = 20_000  # items: what is shown follows a long filling
_LET_GO = 0.01  # seconds: a walk asks for its first pages without the lock
_FEEDS, _PAGES = "feeds", "pages"  # the two halves of a recording, as its cursor names them


@dataclass(frozen=True, slots=True)
class Watcher:
    """What an entry point wants to hear while a filling goes on."""

    began: Callable[[str, int], None] = lambda what, done: None  # noqa: ARG005
    ended: Callable[[Outcome, float], None] = lambda outcome, part: None  # noqa: ARG005
    settled: Callable[[str, int], None] = lambda slug, of: None  # noqa: ARG005
    broke: Callable[[str], None] = lambda problem: None  # noqa: ARG005
    waiting: Callable[[str], None] = lambda holder: None  # noqa: ARG005


@dataclass(frozen=True, slots=True)
class Filled:
    """What a filling did."""

    tally: Tally
    database: Path
    gone_on: int  # items that were finished before it began

    def as_json(self) -> dict[str, Any]:
        """What `backfill --json` prints and the run's record keeps."""
        tally = self.tally
        return {
            "feed_failures": dict(sorted(tally.poll_failures.items())),
            "entries": tally.entries,
            "finished_before": self.gone_on,
            "outcomes": dict(sorted(tally.outcomes.items())),
            "links": tally.links,
            "concepts_settled": tally.concepts_settled,
            "epoch": tally.epoch,
        }

    @property
    def read_nothing(self) -> bool:
        """Whether there was nothing, or all that there was failed."""
        failed = sum(count for name, count in self.tally.outcomes.items() if name.startswith("Failed"))
        polls = self.tally.polls
        return not (self.gone_on or polls["read"] or polls["unchanged"]) and failed == self.tally.entries


def one(
    site: wiring.Site,
    given: Sequence[str],
    chosen: Chosen,
    *,
    clock: Callable[[], datetime],
    kind: str = "",
    patience: float = float("inf"),
    watcher: Watcher | None = None,
) -> Filled:
    """Read history in. Raises Locked where another process holds the lock for longer than `patience` seconds at first."""
    from pipeline.adapters.store.fillings import StoredFillings

    heard, now = watcher or Watcher(), clock()
    with ExitStack() as stack:
        workers = stack.enter_context(wiring.workers(site, early=False))  # what is given may be unusable
        fetch = wiring.web(site, now)
        found = collections(site, given, kind, workers, now, fetch)
        turns = stack.enter_context(Turns(wiring.database_path(site), clock, patience, heard.waiting))
        turns.take()
        database = stack.enter_context(wiring.database(site))
        stack.enter_context(wiring.publishing(site))
        assembly = stack.enter_context(wiring.assembled(site, database, workers, now, met=fetch))
        work = _Work(site, assembly.parts, StoredFillings(database), chosen, clock, turns, heard)
        for collected in found:
            work.through(collected)
        work.finish()
        filled = Filled(work.tally, database.path, work.gone_on)
        counts = json.dumps(filled.as_json())
        # No success: sites learn from the last one how fresh their news is, and this is history.
        assembly.runs.finish(counts, site.glossary.digest, work.tally.epoch, max(now, clock()), succeeded=False)
        return filled


@dataclass
class _Work:
    site: wiring.Site
    parts: Any
    fillings: "StoredFillings"
    chosen: Chosen
    clock: Callable[[], datetime]
    turns: Turns
    heard: Watcher
    tally: Tally = field(default_factory=Tally)
    gone_on: int = 0
    whole: list[str] = field(default_factory=list)  # collections that were read to their end

    def through(self, collected: Collected) -> None:
        """Read one collection in, from where it was left."""
        name = collected.name(self.chosen)
        self.turns.take()
        done, _, cursor = self.fillings.begin(name, collected.what, self.clock()).partition(" ")
        place = _Place(name, int(done or 0), cursor)
        self.gone_on += place.done
        self.heard.began(collected.what, place.done)
        if collected.recording:
            collected = self._recorded(collected, place)
            place.prefix = f"{_PAGES} "
        if collected.kind in {"feed", "sitemap"}:
            self.turns.give(_LET_GO)
        self._batches(collected, place)
        self.turns.take()
        if self._is_whole(collected):
            self.whole.append(name)

    def _is_whole(self, collected: Collected) -> bool:
        """Count what a walk left out by itself; a walk that broke off goes on from its last page another time."""
        self.tally.outcomes.update(collected.left_out)
        if collected.problem:
            self._ended(Failed(collected.problem, BROKEN_OFF), 1.0)
            self.heard.broke(collected.problem)
        return not collected.problem

    def _batches(self, collected: Collected, place: "_Place") -> None:
        from pipeline.flow.filling import Filling, batches, fill

        filling = Filling(collected.kind, self.chosen, self.site.sources)
        after = place.cursor.removeprefix(place.prefix)
        for batch in batches(self._limited(collected.history(after, self.chosen), place)):
            self.turns.take()
            for outcome in fill(self.parts, self.fillings, filling, batch, self.clock()):
                self._ended(outcome, getattr(collected.history, "part", 0.0))
            self._reached(place, len(batch), place.prefix + batch[-1].cursor)
            asked = any(item.page is None and item.outcome is None for item in batch)
            self.turns.give(self.site.settings.host_interval_seconds if asked else 0.0)

    def _limited(self, items: Iterator[Item], place: "_Place") -> Iterator[Item]:
        limit = self.chosen.limit
        return items if limit is None else islice(items, max(0, limit - place.done))

    def _reached(self, place: "_Place", count: int, cursor: str) -> None:
        """Move on; what is shown follows at every so many items, counted from the beginning, whoever counted them."""
        if (place.done + count) // _SETTLED_EVERY > place.done // _SETTLED_EVERY:
            self.settle()
        place.done, place.cursor = place.done + count, cursor
        self.fillings.reached(place.name, f"{place.done} {cursor}")

    def _ended(self, event: Outcome | Poll, part: float) -> None:
        if isinstance(event, Poll):
            self.tally.polls[event.status] += 1
            self.tally.poll_failures.update([event.reason] if event.status == "failed" else [])
        else:
            self.tally.outcomes[str(event)] += 1
            self.heard.ended(event, part)

    def _recorded(self, collected: Collected, place: "_Place") -> Collected:
        """Go through a recording's feeds; gives the collection of the pages that no feed listed."""
        from pipeline.adapters.history.warc import Archive
        from pipeline.adapters.store.fillings import RecordedFeeds
        from pipeline.adapters.warc import Replay
        from pipeline.flow import recorded

        recording = Replay(collected.recording, self.clock(), self.site.settings.largest_body)
        feeds = RecordedFeeds(self.fillings.database)
        sources = [one for one in self.site.sources if self.chosen.source in {"", one.slug}]
        moments = recorded.moments(recording, sources)
        if not place.cursor.startswith(_PAGES):
            self._moments(place, recording, feeds, moments)
        archive = collected.history
        if not isinstance(archive, Archive):
            raise TypeError(f"{collected.what} is no archive")
        if self.chosen.source:  # pages that no feed listed are anybody's
            return replace(collected, history=lambda after, chosen: iter(()))  # noqa: ARG005
        known = recording.ways([*(url for one in sources for url in one.feeds), *feeds.addresses()])
        return replace(collected, history=replace(archive, known=known.__contains__))

    def _moments(self, place: "_Place", recording: Any, feeds: Any, moments: dict[datetime, list[tuple[str, Source]]]) -> None:
        from pipeline.flow import recorded

        after = place.cursor.removeprefix(f"{_FEEDS} ")
        for nth, (at, listed) in enumerate(moments.items(), 1):
            if after and at <= datetime.fromisoformat(after):
                continue
            if self.chosen.limit is not None and place.done >= self.chosen.limit:
                break
            self.turns.take()
            for url, source in listed:
                feeds.stand_in(url, source)
            then, part = replace(feeds, asked=tuple(url for url, _ in listed)), nth / len(moments)
            count = self._drained(recorded.between(self.parts, feeds, recording, at, self.chosen), part)
            count += self._drained(recorded.replay(self.parts, then, recording, at, self.chosen), part)
            self._reached(place, count, f"{_FEEDS} {at.isoformat()}")
            self.turns.give()
        self.turns.take()
        count = self._drained(recorded.leftovers(self.parts, feeds, recording, self.chosen), 1.0)
        self._reached(place, count, f"{_PAGES} ")

    def _drained(self, events: Iterator[Outcome | Poll], part: float) -> int:
        """Count what ends; an entry that is tried again ends later in the same recording."""
        before = self.tally.entries
        for event in events:
            if not (isinstance(event, Failed) and event.retry_at):
                self._ended(event, part)
        return self.tally.entries - before

    def finish(self) -> None:
        """Settle, and only then note what is finished: who was killed while settling has nothing to read again."""
        self.settle()
        for name in self.whole:
            self.fillings.finished(name, self.clock())

    def settle(self) -> None:
        """Make the links of what is new."""
        from pipeline import flow

        self.turns.take()
        for settled in flow.settle(self.parts, self.clock()):
            self.tally.links_added += settled.boxed.added
            self.tally.links_removed += settled.boxed.removed
            self.tally.links_moved += settled.boxed.moved
            self.tally.concepts_settled += bool(settled.concept_slug)
            self.heard.settled(settled.concept_slug, settled.of)
        self.tally.links_total = self.parts.links.total()
        self.tally.epoch = self.parts.links.epoch_number()


@dataclass
class _Place:
    """Where a filling is."""

    name: str
    done: int  # items that are finished
    cursor: str
    prefix: str = ""
