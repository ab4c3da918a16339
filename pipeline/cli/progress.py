"""What is seen of a pass while it goes on: bars on a terminal, plain lines elsewhere, nothing where quiet."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from models.outcome import Changed, Duplicate, Failed, New, Outcome, Skipped
from models.run import Planned
from models.source import Poll
from pipeline.cli.context import Context, waiting
from pipeline.passes import Watcher


@contextmanager
def watching(context: Context, stopping: Callable[[], bool] = lambda: False) -> Iterator[Watcher]:
    """A Watcher that shows a pass on standard error."""
    if context.quiet:
        yield Watcher(stopping=stopping)
    elif sys.stderr.isatty() and not context.verbose:
        with _bars() as bars:
            yield Watcher(bars.planned, bars.polled, bars.ended, bars.settled, stopping, bars.waiting)
    else:
        lines = _Lines(context.verbose)
        yield Watcher(polled=lines.polled, ended=lines.ended, settled=lines.settled, stopping=stopping, waiting=waiting(context))


class _Lines:
    """One line for what failed; for everything where verbose."""

    def __init__(self, verbose: bool) -> None:
        self._verbose = verbose

    def polled(self, poll: Poll) -> None:
        if poll.status == "failed" or self._verbose:
            reason = f"{poll.reason}: redirected to {poll.at}" if poll.at else poll.reason
            why = "".join(f" ({said})" for said in (reason, *poll.notes) if said)
            _say(f"feed {poll.feed.url}: {poll.status}{why}")

    def ended(self, outcome: Outcome) -> None:
        if self._verbose:
            _say(f"{outcome} {outcome.url}")

    def settled(self, slug: str, of: int) -> None:
        if self._verbose:
            _say(f"links of {slug} made anew (1 of {of})" if slug else "new epoch of statistics")


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


@contextmanager
def _bars() -> Iterator["_Bars"]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(), TextColumn("{task.description:<9}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _Bars(progress)


class _Bars:
    """Feeds, articles, boxes."""

    def __init__(self, progress: Any) -> None:
        self._progress = progress
        self._feeds = progress.add_task("feeds", total=None, note="")
        self._entries = progress.add_task("articles", total=None, note="")
        self._boxes = progress.add_task("boxes", total=None, note="")
        self._new = 0

    def planned(self, planned: Planned) -> None:
        if planned.what == "feeds":
            self._progress.update(self._feeds, total=planned.count)
        else:  # entries that the feeds themselves settled have ended already
            done = self._progress.tasks[self._entries].completed
            self._progress.update(self._entries, total=done + planned.count)

    def polled(self, poll: Poll) -> None:
        self._progress.update(self._feeds, advance=1, note=poll.feed.source_slug)

    def ended(self, outcome: Outcome) -> None:
        self._new += isinstance(outcome, New | Changed)
        note = f"{self._new} new" if isinstance(outcome, New | Changed | Duplicate | Failed | Skipped) else ""
        self._progress.update(self._entries, advance=1, note=note)

    def settled(self, slug: str, of: int) -> None:
        self._progress.update(self._boxes, advance=bool(slug), total=of or None, note=slug)

    def waiting(self, holder: str) -> None:
        self._progress.update(self._feeds, note=f"waiting for {holder}")
