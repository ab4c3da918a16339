"""One pass: the lock held, collect and settle drained, every outcome counted, the record of the run kept."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.outcome import Outcome
from models.run import Planned, Tally
from models.source import Poll
from pipeline import wiring

if TYPE_CHECKING:
    from pipeline.flow import Parts, Settled


_TURN = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Watcher:
    """What an entry point wants to hear while a pass goes on."""

    planned: Callable[[Planned], None] = lambda planned: None  # noqa: ARG005
    polled: Callable[[Poll], None] = lambda poll: None  # noqa: ARG005
    ended: Callable[[Outcome], None] = lambda outcome: None  # noqa: ARG005
    settled: Callable[[str, int], None] = lambda slug, of: None  # noqa: ARG005
    stopping: Callable[[], bool] = lambda: False
    waiting: Callable[[str], None] = lambda holder: None  # noqa: ARG005


@dataclass(frozen=True, slots=True)
class Passed:
    """What a pass did."""

    tally: Tally
    database: Path
    stopped: bool  # it was asked to stop; what is left is done by the next

    def as_json(self) -> dict[str, Any]:
        """What `run --json` prints and the run's record keeps."""
        tally = self.tally
        return {
            "feeds": {"total": sum(tally.polls.values()), **dict(sorted(tally.polls.items()))},
            "feed_failures": dict(sorted(tally.poll_failures.items())),
            "feed_notes": dict(sorted(tally.feed_notes.items())),
            "entries": tally.entries,
            "outcomes": dict(sorted(tally.outcomes.items())),
            "article_notes": dict(sorted(tally.article_notes.items())),
            "looked_again": {verdict: tally.looked_again[verdict] for verdict in ("there", "gone", "changed", "failed")},
            "links": tally.links,
            "concepts_settled": tally.concepts_settled,
            "epoch": tally.epoch,
            "stopped": self.stopped,
        }

    @property
    def fetched_nothing(self) -> bool:
        """Whether every feed that was asked failed, and none that fared well is only waiting for its turn."""
        polls = self.tally.polls
        return bool(polls["failed"]) and not (polls["read"] or polls["unchanged"] or self.tally.resting)


def one(
    site: wiring.Site,
    now: datetime,
    *,
    clock: Callable[[], datetime],
    replay: Sequence[Path] = (),
    record: Path | None = None,
    watcher: Watcher | None = None,
    eager: bool = False,
) -> Passed:
    """One pass over a site; `eager` asks feeds, too, whose own pace is not over yet.

    Raises Locked where another process writes to its database.
    """
    from pipeline.adapters.lock import held

    heard = watcher or Watcher()
    with (
        wiring.workers(site) as workers,
        held(wiring.database_path(site), "conceptwire run", now, patience=_patience, waiting=heard.waiting),
        wiring.database(site) as database,
        wiring.publishing(site),
        wiring.assembled(site, database, workers, now, replay=replay, record=record, eager=eager) as assembly,
    ):
        tally, stopped = _drained(assembly.parts, now, heard)
        _counted(tally, assembly.parts, assembly.runs.changes())
        passed = Passed(tally, database.path, stopped)
        succeeded = not (stopped or passed.fetched_nothing)
        counts = json.dumps(passed.as_json())
        # A replayed pass ends when it began: its record does not depend on the day it is replayed.
        assembly.runs.finish(counts, site.glossary.digest, tally.epoch, max(now, clock()), succeeded=succeeded)
        return passed


def _patience(holder: str) -> float:
    """Seconds that a run waits: a backfill may hold the lock for hours, but lets others in every few seconds."""
    return _TURN if holder.startswith("conceptwire backfill") else 0.0


def settled(
    site: wiring.Site,
    now: datetime,
    what: str,
    *,
    anew: Callable[["Parts"], bool] = lambda parts: False,  # noqa: ARG005
    patience: float = 0.0,
    watcher: Watcher | None = None,
) -> Passed:
    """A pass that fetches nothing: the links of what was touched or decided, of everything where `anew` says so.

    `what` and `patience` are of the run lock (adapters.lock). Raises Locked where another process keeps writing.
    """
    from pipeline import flow
    from pipeline.adapters.lock import held

    heard, tally = watcher or Watcher(), Tally()
    with (
        wiring.workers(site) as workers,
        held(wiring.database_path(site), what, now, patience=patience, waiting=heard.waiting),
        wiring.database(site) as database,
        wiring.publishing(site),
        wiring.assembled(site, database, workers, now, offline=True) as assembly,
    ):
        stopped = _settled(tally, flow.settle(assembly.parts, now, anew=anew(assembly.parts)), heard)
        _counted(tally, assembly.parts, assembly.runs.changes())
        passed = Passed(tally, database.path, stopped)
        # No success: nothing was fetched, and sites learn from the last one how fresh their news is.
        assembly.runs.finish(json.dumps(passed.as_json()), site.glossary.digest, tally.epoch, now, succeeded=False)
        return passed


def _drained(parts: "Parts", now: datetime, heard: Watcher) -> tuple[Tally, bool]:
    from pipeline import flow

    tally = Tally()
    parts = replace(parts, noted=lambda what: tally.article_notes.update([what]))
    for event in flow.collect(parts, now, heard.stopping):
        if isinstance(event, Planned):
            heard.planned(event)
        elif isinstance(event, Poll):
            tally.polls[event.status] += 1
            tally.feed_notes.update(event.notes)
            if event.status == "failed":
                tally.poll_failures[event.reason] += 1
            tally.resting += event.status == "waiting" and not event.feed.failures
            heard.polled(event)
        else:
            tally.outcomes[str(event)] += 1
            heard.ended(event)
    tally.looked_again.update(look.verdict for look in flow.tend(parts, now, heard.stopping))
    _settled(tally, flow.settle(parts, now) if not heard.stopping() else (), heard)
    return tally, heard.stopping()


def _settled(tally: Tally, boxes: "Iterable[Settled]", heard: Watcher) -> bool:
    """Count what settling changes; True where it was stopped."""
    for one in boxes:
        tally.concepts_settled += bool(one.concept_slug)
        heard.settled(one.concept_slug, one.of)
        if heard.stopping():
            break
    return heard.stopping()


def _counted(tally: Tally, parts: "Parts", changes: Mapping[str, int]) -> None:
    tally.links_added, tally.links_removed, tally.links_moved = (changes.get(kind, 0) for kind in ("added", "removed", "moved"))
    tally.links_total = parts.links.total()
    tally.epoch = parts.links.epoch_number()
