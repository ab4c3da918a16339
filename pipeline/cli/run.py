"""conceptwire run, conceptwire serve."""

import logging
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import Locked, UsageError
from pipeline.cli.context import Context, Json, Now, moment, print_json

if TYPE_CHECKING:
    from pipeline.passes import Passed

_Replay = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="Read WARC files instead of the web. Give more files after the first, or repeat."),
]
_More = Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="More files for --replay.", show_default=False)]
_Record = Annotated[Path | None, typer.Option(metavar="FILE", help="Write what was fetched to a WARC file (.warc.gz).")]
_IfLocked = Annotated[bool, typer.Option("--fail-if-locked", help="Exit with 75 where another run is under way.")]


def run(
    context: typer.Context,
    more: _More = None,
    replay: _Replay = None,
    record: _Record = None,
    now: Now = None,
    as_json: Json = False,
    fail_if_locked: _IfLocked = False,
) -> None:
    """Fetch what is due, once, and bring the links up to date. Made for cron.

    Exit codes: 0 the pass ran, 1 nothing could be fetched, 2 the configuration cannot be used, 75 locked (if asked).

    Examples:

      conceptwire --config news run

      conceptwire --config news run --json --quiet

      conceptwire run --record day.warc.gz

      conceptwire run --now 2026-08-31T20:00Z --replay day.warc.gz
    """
    if more and not replay:
        raise UsageError("run", f"what is {more[0]}?", f"--replay {more[0]}")
    files = [*(replay or []), *(more or [])]
    told: Context = context.obj
    at = moment(now)
    try:
        passed = _one(told, at, files, record, fixed=now is not None)
    except Locked as error:
        if fail_if_locked:
            raise
        if not told.quiet:
            sys.stderr.write(f"conceptwire: {error.where} {error.wrong}; nothing to do\n")
        if as_json:
            print_json({"locked": error.wrong})
        return
    if as_json:
        print_json(passed.as_json() | {"now": f"{at:%Y-%m-%dT%H:%M:%SZ}", "database": str(passed.database)})
    elif not told.quiet:
        sys.stdout.write(summary(passed) + "\n")
    if passed.fetched_nothing:
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(passed.tally.poll_failures.items()))
        sys.stderr.write(f"conceptwire: nothing could be fetched ({reasons})\n")
        raise typer.Exit(1)


def _one(told: Context, at: datetime, replay: list[Path], record: Path | None, *, fixed: bool) -> "Passed":
    from pipeline import passes, wiring
    from pipeline.cli.progress import watching

    site = wiring.site(told.config)
    with watching(told) as watcher:
        clock = (lambda: at) if fixed else (lambda: datetime.now(UTC))
        return passes.one(site, at, clock=clock, replay=replay, record=record, watcher=watcher)


def summary(passed: "Passed") -> str:
    """One line of counts."""
    tally = passed.tally
    feeds = ", ".join(f"{count} {status}" for status, count in sorted(tally.polls.items())) or "none due"
    outcomes = ", ".join(f"{count} {name}" for name, count in sorted(tally.outcomes.items()))
    entries = f"{tally.entries} entries ({outcomes})" if tally.entries else "no new entries"
    changed = f"{tally.links_added} added, {tally.links_removed} removed" if tally.concepts_settled else "nothing changed"
    return f"feeds: {feeds}; {entries}; links: {changed}, {tally.links_total} in all"


def serve(context: typer.Context) -> None:
    """Run passes at the pace of settings.toml (serve_every_minutes or serve_cron) until SIGTERM or Ctrl-C.

    Example: conceptwire --config news serve
    """
    from pipeline import schedule, wiring
    from pipeline.cli.progress import watching
    from pipeline.passes import Watcher

    told: Context = context.obj
    level = logging.WARNING if told.quiet else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(message)s", stream=sys.stderr)
    for noisy in ("apscheduler", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)

    def watcher(stop: threading.Event) -> Watcher:
        with watching(Context(told.config, not told.verbose, told.verbose), stop.is_set) as made:
            return made

    schedule.serve(lambda: wiring.site(told.config), watcher, summary)
