"""conceptwire prune, vacuum, check, backup."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import Locked
from pipeline.cli.context import Context, Json, Now, moment, print_json, say_locked, waiting

if TYPE_CHECKING:
    from pipeline.adapters.store.pruning import Pruned
    from pipeline.wiring import Site

_TextDays = Annotated[
    int | None, typer.Option(min=0, max=36_500, metavar="N", help="Instead of text_days in settings.toml; 0 keeps texts.")
]
_ArticleDays = Annotated[
    int | None, typer.Option(min=0, max=36_500, metavar="N", help="Instead of article_days in settings.toml; 0 keeps articles.")
]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Only count what would be pruned.")]
_IfLocked = Annotated[bool, typer.Option("--fail-if-locked", help="Exit with 75 where another process writes.")]
_Wait = Annotated[float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for another process that writes.")]
_Target = Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes; an older copy there is replaced.")]
_PATIENCE = 60.0


def prune(
    context: typer.Context,
    text_days: _TextDays = None,
    article_days: _ArticleDays = None,
    dry_run: _DryRun = False,
    wait: _Wait = _PATIENCE,
    now: Now = None,
    as_json: Json = False,
    fail_if_locked: _IfLocked = False,
) -> None:
    """Drop old texts and old articles. Word counts and links stay without a text; an article leaves with its links.

    Removed articles do not come back when a feed still lists them. Articles that an editor decided on stay; those that
    were judged keep their text too. The next run makes the boxes anew that lost links.

    Exit codes: 0 done, or another process writes; 2 no database; 75 another process writes (if asked).

    Examples:

      conceptwire --config news prune --text-days 180 --article-days 730 --dry-run

      conceptwire --config news prune --json --quiet
    """
    from pipeline import keeping

    told: Context = context.obj
    at = moment(now)
    site = _with_days(told, text_days, article_days)
    clock = (lambda: at) if now is not None else (lambda: datetime.now(UTC))
    try:
        done = keeping.prune(site, at, clock=clock, dry_run=dry_run, patience=wait, waiting=waiting(told))
    except Locked as error:
        if fail_if_locked:
            raise
        say_locked(told, error, "nothing was pruned", as_json=as_json)
        return
    if as_json:
        print_json(done.as_json() | {"dry_run": dry_run, "now": f"{at:%Y-%m-%dT%H:%M:%SZ}"})
    elif not told.quiet:
        sys.stdout.write(_summary(site, done, dry_run=dry_run) + "\n")


def _with_days(told: Context, text_days: int | None, article_days: int | None) -> "Site":
    from pipeline import wiring

    days = {"text_days": text_days, "article_days": article_days}
    return wiring.replaced(wiring.site(told.config), **{name: count for name, count in days.items() if count is not None})


def _summary(site: "Site", done: "Pruned", *, dry_run: bool) -> str:
    """What was pruned, in a line."""
    if not (site.settings.text_days or site.settings.article_days):
        return "nothing is to be pruned: text_days and article_days are 0 in settings.toml (or give --text-days, --article-days)"
    boxes = f", links of {len(done.concepts)} concepts" if done.concepts else ""
    counts = f"{done.texts} texts, {done.articles} articles, {done.links} links"
    after = "; the next run makes their boxes anew" if done.concepts and not dry_run else ""
    return f"{'would prune' if dry_run else 'pruned'}: {counts}{boxes}{after}"


def vacuum(context: typer.Context, wait: _Wait = _PATIENCE, as_json: Json = False) -> None:
    """Give the disk what deleted rows took. Sites read on; other writers wait. Needs room for two copies for a while.

    Exit codes: 0 done, 2 no database or no room, 75 another process writes.

    Example: conceptwire --config news vacuum
    """
    from pipeline import keeping, wiring

    told: Context = context.obj
    done = keeping.vacuum(wiring.site(told.config), moment(None), patience=wait, waiting=waiting(told))
    if as_json:
        print_json({"bytes_before": done.before, "bytes_after": done.after})
    elif not told.quiet:
        sys.stdout.write(f"{done.before / 1e6:.1f} MB before, {done.after / 1e6:.1f} MB after\n")


def check(context: typer.Context, as_json: Json = False) -> None:
    """Look whether the database is sound: its file, rows that point nowhere, boxes with gaps, dates to come. Changes nothing.

    Exit codes: 0 sound, 1 something is wrong, 2 no database.

    Example: conceptwire --config news check --json
    """
    from pipeline import keeping, wiring

    told: Context = context.obj
    site = wiring.site(told.config)
    found = keeping.check(site, moment(None))
    if as_json:
        faults = [{"wrong": one.wrong, "remedy": one.remedy} for one in found]
        print_json({"database": str(wiring.database_path(site)), "sound": not found, "faults": faults})
    elif found:
        sys.stderr.write("".join(f"conceptwire: {one.wrong}\n  Try: {one.remedy}\n" for one in found))
    elif not told.quiet:
        sys.stdout.write(f"{wiring.database_path(site)} is sound\n")
    if found:
        raise typer.Exit(1)


def backup(context: typer.Context, file: _Target, as_json: Json = False) -> None:
    """Copy the database into one file while runs and sites go on: as it is at one moment, checked, on the disk.

    To restore: end what uses the database, remove its -wal and -shm files, and put the copy in its place.

    Example: conceptwire --config news backup /backups/news.db
    """
    from pipeline import keeping, wiring

    told: Context = context.obj
    site = wiring.site(told.config)
    with _bar(told) as progress:
        size = keeping.backup(site, file, progress)
    if as_json:
        print_json({"database": str(wiring.database_path(site)), "file": str(file.absolute()), "bytes": size})
    elif not told.quiet:
        sys.stdout.write(f"{file}: {size / 1e6:.1f} MB, sound\n")


@contextmanager
def _bar(told: Context) -> Iterator[Callable[[int, int], None]]:
    """A progress bar of pages, on a terminal."""
    if told.quiet or not sys.stderr.isatty():
        yield lambda done, of: None  # noqa: ARG005
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("copying"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        pages = bars.add_task("pages", total=None)
        yield lambda done, of: bars.update(pages, completed=done, total=of)
