"""One pass: the lock held, collect and settle drained, every outcome counted, the record of the run kept."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from models.outcome import Outcome
from models.run import Planned, Tally
from models.source import Poll
from pipeline import wiring


@dataclass(frozen=True, slots=True)
class Watcher:
    """What an entry point wants to hear while a pass goes on."""

    planned: Callable[[Planned], None] = lambda planned: None  # noqa: ARG005
    polled: Callable[[Poll], None] = lambda poll: None  # noqa: ARG005
    ended: Callable[[Outcome], None] = lambda outcome: None  # noqa: ARG005
    settled: Callable[[str, int], None] = lambda slug, of: None  # noqa: ARG005
    stopping: Callable[[], bool] = lambda: False


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
            "entries": tally.entries,
            "outcomes": dict(sorted(tally.outcomes.items())),
            "links": {
                "added": tally.links_added,
                "removed": tally.links_removed,
                "moved": tally.links_moved,
                "total": tally.links_total,
            },
            "concepts_settled": tally.concepts_settled,
            "epoch": tally.epoch,
            "stopped": self.stopped,
        }

    @property
    def fetched_nothing(self) -> bool:
        """Whether every feed that was asked failed."""
        polls = self.tally.polls
        return bool(polls["failed"]) and not (polls["read"] or polls["unchanged"])


def one(
    site: wiring.Site,
    now: datetime,
    *,
    clock: Callable[[], datetime],
    replay: Sequence[Path] = (),
    record: Path | None = None,
    watcher: Watcher | None = None,
) -> Passed:
    """One pass over a site. Raises Locked where another process writes to its database."""
    from pipeline.adapters.lock import held

    heard = watcher or Watcher()
    with (
        wiring.workers(site) as workers,
        held(wiring.database_path(site), "conceptwire run", now),
        wiring.database(site) as database,
        wiring.assembled(site, database, workers, now, replay=replay, record=record) as assembly,
    ):
        tally, stopped = _drained(assembly.parts, now, heard)
        passed = Passed(tally, database.path, stopped)
        succeeded = not (stopped or passed.fetched_nothing)
        counts = json.dumps(passed.as_json())
        # A replayed pass ends when it began: its record does not depend on the day it is replayed.
        assembly.runs.finish(counts, site.glossary.digest, tally.epoch, max(now, clock()), succeeded=succeeded)
        return passed


def _drained(parts: Any, now: datetime, heard: Watcher) -> tuple[Tally, bool]:
    from pipeline import flow

    tally = Tally()
    for event in flow.collect(parts, now, heard.stopping):
        if isinstance(event, Planned):
            heard.planned(event)
        elif isinstance(event, Poll):
            tally.polls[event.status] += 1
            if event.status == "failed":
                tally.poll_failures[event.reason] += 1
            heard.polled(event)
        else:
            tally.outcomes[str(event)] += 1
            heard.ended(event)
    for settled in flow.settle(parts, now) if not heard.stopping() else ():
        tally.links_added += settled.boxed.added
        tally.links_removed += settled.boxed.removed
        tally.links_moved += settled.boxed.moved
        tally.concepts_settled += bool(settled.concept_slug)
        heard.settled(settled.concept_slug, settled.of)
        if heard.stopping():
            break
    tally.links_total = parts.links.total()
    tally.epoch = parts.links.epoch_number()
    return tally, heard.stopping()
