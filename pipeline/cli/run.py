"""conceptwire run."""

import signal
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import Locked, UsageError
from pipeline.cli import remedies
from pipeline.cli.context import AllowPrivate, Context, Json, Now, moment, print_json, say_locked

if TYPE_CHECKING:
    from pipeline.passes import Passed

_Replay = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="Read WARC files instead of the web. Give more files after the first, or repeat."),
]
_More = Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="More files for --replay.", show_default=False)]
_Record = Annotated[Path | None, typer.Option(metavar="FILE", help="Write what was fetched to a WARC file (.warc.gz).")]
_AllFeeds = Annotated[
    bool,
    typer.Option(
        "--all-feeds",
        help="Ask feeds, too, whose own rhythm says not yet. Never those that just were asked, failed, or want to wait.",
    ),
]
_IfLocked = Annotated[bool, typer.Option("--fail-if-locked", help="Exit with 75 where another run is under way.")]
_Gently = Annotated[bool, typer.Option("--gently", hidden=True, help="At SIGTERM finish what is in hand, and exit with 0.")]


def run(
    context: typer.Context,
    more: _More = None,
    replay: _Replay = None,
    record: _Record = None,
    now: Now = None,
    all_feeds: _AllFeeds = False,
    allow_private: AllowPrivate = None,
    as_json: Json = False,
    fail_if_locked: _IfLocked = False,
    gently: _Gently = False,
) -> None:
    """Fetch what is due, once, and bring the links up to date. Made for cron.

    Exit codes: 0 the pass ran, 1 nothing could be fetched, 2 the configuration cannot be used, 75 locked (if asked).

    Examples:

      conceptwire --config news run

      conceptwire --config news run --json --quiet

      conceptwire run --all-feeds

      conceptwire run --record day.warc.gz

      conceptwire --config news run --allow-private intranet --allow-private 10.0.0.7:8000

      conceptwire run --now 2026-08-31T20:00Z --replay day.warc.gz
    """
    if more and not replay:
        raise UsageError("run", f"what is {more[0]}?", f"--replay {more[0]}")
    files = [*(replay or []), *(more or [])]
    told: Context = context.obj
    at = moment(now)
    stopping = _told_to_stop() if gently else bool
    try:
        passed = _one(told, at, files, record, stopping, allow_private or [], fixed=now is not None, eager=all_feeds)
    except Locked as error:
        if fail_if_locked:
            raise
        say_locked(told, error, "nothing to do", as_json=as_json)
        return
    if as_json:
        print_json(passed.as_json() | {"now": f"{at:%Y-%m-%dT%H:%M:%SZ}", "database": str(passed.database)})
    elif not told.quiet:
        sys.stdout.write(summary(passed) + "\n")
    if not told.quiet:
        for hint in remedies.hints(passed.tally.poll_failures, feeds=True):
            sys.stderr.write(f"conceptwire: feeds failed: {hint}\n")
    if passed.fetched_nothing and not passed.stopped:
        sys.stderr.write(f"conceptwire: nothing could be fetched ({remedies.counted(passed.tally.poll_failures)})\n")
        raise typer.Exit(1)


def _told_to_stop() -> Callable[[], bool]:
    """Whether SIGTERM or SIGINT has come, which from now on interrupt nothing."""
    come: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: come.append(number))
    return lambda: bool(come)


def _one(
    told: Context,
    at: datetime,
    replay: list[Path],
    record: Path | None,
    stopping: Callable[[], bool],
    private: list[str],
    *,
    fixed: bool,
    eager: bool,
) -> "Passed":
    from pipeline import passes, wiring
    from pipeline.cli.progress import watching

    site = wiring.allowing(wiring.site(told.config), private)
    with watching(told, stopping) as watcher:
        clock = (lambda: at) if fixed else (lambda: datetime.now(UTC))
        return passes.one(site, at, clock=clock, replay=replay, record=record, watcher=watcher, eager=eager)


def summary(passed: "Passed") -> str:
    """One line of counts."""
    return counted(passed.as_json())


def counted(counts: Mapping[str, Any]) -> str:
    """One line of what `run --json` prints."""
    why = {"failed": f" ({remedies.counted(counts['feed_failures'])})"}
    polls = [f"{count} {status}{why.get(status, '')}" for status, count in counts["feeds"].items() if status != "total"]
    outcomes = ", ".join(f"{count} {name}" for name, count in counts["outcomes"].items())
    entries = f"{counts['entries']} entries ({outcomes})" if counts["entries"] else "no new entries"
    links = counts["links"]
    changed = f"{links['added']} added, {links['removed']} removed" if counts["concepts_settled"] else "nothing changed"
    looked = ", ".join(f"{count} {what}" for what in ("gone", "changed") if (count := counts["looked_again"][what]))
    again = f"looked again: {looked}; " if looked else ""
    return f"feeds: {', '.join(polls) or 'none due'}; {entries}; {again}links: {changed}, {links['total']} in all"
