"""conceptwire backfill."""

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import UsageError
from models.filling import Chosen
from models.outcome import Changed, New, Outcome
from pipeline.cli import remedies
from pipeline.cli.context import AllowPrivate, Context, Json, Now, moment, print_json, waiting

if TYPE_CHECKING:
    from pipeline import wiring
    from pipeline.backfilling import Filled, Watcher
    from pipeline.backfilling.looking import Planned

# What another time does not mend:
_LASTING = re.compile(r" (?:HTTP (?!408|425|429)[34]\d\d|private address|port not allowed|bad address|not a feed)\b")
_KINDS = ("feed", "sitemap", "warc", "jsonl", "csv", "html")
_Given = Annotated[list[str], typer.Argument(metavar="PATH_OR_URL...", help="Archives, lists, folders; feeds, sitemaps.")]
_Kind = Annotated[str, typer.Option(metavar="KIND", help=f"What it is, where that is not seen by itself: {', '.join(_KINDS)}.")]
_Since = Annotated[str | None, typer.Option(metavar="DATE", help="Only what was published then or later: 2025-01-01.")]
_Until = Annotated[str | None, typer.Option(metavar="DATE", help="Only what was published before then: 2026-01-01.")]
_Source = Annotated[str, typer.Option(metavar="SLUG", help="The source of sources.toml that all of it belongs to.")]
_Limit = Annotated[int | None, typer.Option(metavar="N", min=1, help="At most so many items of each.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be read, by source and month; write nothing.")]
_IfLocked = Annotated[bool, typer.Option("--fail-if-locked", help="Exit with 75 where a run is under way, rather than wait.")]


def backfill(
    context: typer.Context,
    given: _Given,
    kind: _Kind = "",
    since: _Since = None,
    until: _Until = None,
    source: _Source = "",
    limit: _Limit = None,
    dry_run: _DryRun = False,
    allow_private: AllowPrivate = None,
    now: Now = None,
    as_json: Json = False,
    fail_if_locked: _IfLocked = False,
) -> None:
    """Read history in, and bring the links up to date: archived or paged feeds, sitemaps, WARC files (CC-NEWS ones among
    them, and recordings of `run --record`), JSONL or CSV lists of articles or addresses, folders of saved pages.

    What it is is seen by its content. A list has the columns (or keys) url, title, text, summary, published, source,
    language; only url is needed, and what has no text is fetched. Stop it as you like: started again it goes on where
    it was, and what is known already is left as it is. Runs beside it get their turn.

    Exit codes: 0 done, 1 nothing could be read, 2 it cannot be used, 75 locked (if asked).

    Examples:

      conceptwire --config news backfill CC-NEWS-20260801000000-00001.warc.gz --since 2026-07-01

      conceptwire --config news backfill articles.jsonl saved-pages/ --dry-run

      conceptwire --config news backfill https://example.org/sitemap.xml --since 2026-01-01 --limit 500
    """
    if kind and kind not in _KINDS:
        raise UsageError("--kind", f"{kind!r} is no kind", ", ".join(_KINDS))
    from pipeline import wiring

    told: Context = context.obj
    site = wiring.allowing(wiring.site(told.config), allow_private or [])
    chosen = Chosen(_date("--since", since), _date("--until", until), _slug(site, source), limit)
    if chosen.since and chosen.until and chosen.since >= chosen.until:
        raise UsageError("--until", "is not after --since", f"--since {until} --until {since}")
    at = moment(now)
    if dry_run:
        _dry(told, site, given, chosen, kind, at, as_json=as_json)
    else:
        _filled(told, site, given, chosen, kind, at, fixed=now is not None, fail=fail_if_locked, as_json=as_json)


def _date(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return moment(text)
    except UsageError:
        raise UsageError(option, f"{text!r} is not a date", "2026-01-01") from None


def _slug(site: "wiring.Site", slug: str) -> str:
    slugs = [one.slug for one in site.sources]
    if slug and slug not in slugs:
        raise UsageError("--source", f"{slug!r} is no source of sources.toml", ", ".join(slugs[:5]) or "conceptwire sources add")
    return slug


def _dry(told: Context, site: "wiring.Site", given: list[str], chosen: Chosen, kind: str, at: datetime, *, as_json: bool) -> None:
    from pipeline.backfilling.looking import look

    def listed(slug: str, url: str) -> None:
        if told.verbose:
            sys.stderr.write(f"{slug} {url}\n")

    planned = look(site, given, chosen, kind, at, listed)
    if as_json:
        print_json(planned.as_json())
    elif not told.quiet:
        sys.stdout.write(_table(planned))
    _hint(told, [*planned.left_out, *planned.problems])


def _table(planned: "Planned") -> str:
    width = max((len(slug) for slug, _ in planned.by_month), default=0)
    rows = [f"{slug:<{width}}  {month}  {count:>7}\n" for (slug, month), count in sorted(planned.by_month.items())]
    left = ", ".join(f"{count} {name}" for name, count in sorted(planned.left_out.items()))
    total = (
        f"{sum(planned.by_month.values())} would be read, but for those that are known{f'; left out: {left}' if left else ''}\n"
    )
    return "".join([*rows, total, *(f"stopped: {problem}\n" for problem in planned.problems)])


def _filled(
    told: Context, site: "wiring.Site", given: list[str], chosen: Chosen, kind: str, at: datetime,
    *, fixed: bool, fail: bool, as_json: bool,
) -> None:  # fmt: skip
    from pipeline import backfilling

    def clock() -> datetime:
        return at if fixed else datetime.now(UTC)

    patience = 0.0 if fail else float("inf")
    problems: list[str] = []
    with _watching(told, problems) as watcher:
        filled = backfilling.one(site, given, chosen, clock=clock, kind=kind, patience=patience, watcher=watcher)
    if as_json:
        print_json(filled.as_json() | {"now": f"{at:%Y-%m-%dT%H:%M:%SZ}", "database": str(filled.database)})
    elif not told.quiet:
        sys.stdout.write(_summary(filled) + "\n")
    _hint(told, [*filled.tally.outcomes, *filled.tally.poll_failures, *problems])
    if filled.read_nothing:
        reasons = ", ".join(f"{count} {name}" for name, count in sorted(filled.tally.outcomes.items())) or "there is nothing"
        sys.stderr.write(f"conceptwire: nothing could be read ({reasons})\n")
        raise typer.Exit(1)


def _hint(told: Context, said: list[str]) -> None:
    for hint in () if told.quiet else remedies.hints(said):
        sys.stderr.write(f"conceptwire: failed: {hint}\n")


def _summary(filled: "Filled") -> str:
    tally = filled.tally
    outcomes = ", ".join(f"{count} {name}" for name, count in sorted(tally.outcomes.items()))
    entries = f"{tally.entries} items ({outcomes})" if tally.entries else "no items"
    before = f", {filled.gone_on} finished before" if filled.gone_on else ""
    changed = f"{tally.links_added} added, {tally.links_removed} removed" if tally.concepts_settled else "nothing changed"
    return f"{entries}{before}; links: {changed}, {tally.links_total} in all"


@contextmanager
def _watching(told: Context, problems: list[str]) -> Iterator["Watcher"]:
    from pipeline.backfilling import Watcher

    def broke(problem: str) -> None:
        problems.append(problem)
        sys.stderr.write(f"conceptwire: {problem}{'' if _LASTING.search(problem) else '; started again it goes on from there'}\n")

    def ended(outcome: Outcome, _: float) -> None:
        sys.stderr.write(f"{outcome} {outcome.url}\n")

    if told.quiet:
        yield Watcher()
    elif told.verbose:
        yield Watcher(ended=ended, broke=broke, waiting=waiting(told))
    elif not sys.stderr.isatty():
        yield Watcher(broke=broke, waiting=waiting(told))
    else:
        with _bar() as bar:
            yield Watcher(bar.began, bar.ended, bar.settled, broke, bar.waiting)


@contextmanager
def _bar() -> Iterator["_Bar"]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _Bar(progress)


class _Bar:
    """Items with their rate and the time that is left, then boxes."""

    def __init__(self, progress: Any) -> None:
        self._progress = progress
        self._task = progress.add_task("reading", total=1.0, note="")
        self._since, self._first, self._items, self._new = time.monotonic(), -1.0, 0, 0

    def began(self, what: str, done: int) -> None:
        """Another collection."""
        self._since, self._first, self._items = time.monotonic(), -1.0, 0
        note = f"{done} finished before" if done else ""
        self._progress.update(self._task, description=what[-40:], completed=0.0, note=note)

    def ended(self, outcome: Outcome, part: float) -> None:
        """One more item, with so much of the collection behind it."""
        self._items, self._new = self._items + 1, self._new + isinstance(outcome, New | Changed)
        self._first = part if self._first < 0 else self._first
        seconds = time.monotonic() - self._since
        note = f"{self._items} items, {self._new} new, {self._items / max(seconds, 0.1):.0f}/s{left(seconds, self._first, part)}"
        self._progress.update(self._task, completed=part, note=note)

    def settled(self, slug: str, of: int) -> None:
        """A box was made anew."""
        self._progress.update(self._task, note=f"boxes of {of} concepts: {slug}")

    def waiting(self, holder: str) -> None:
        """Another process has the lock."""
        self._progress.update(self._task, note=f"waiting for {holder}")


def left(seconds: float, first: float, part: float) -> str:
    """How long the rest takes, once enough is behind to tell: `part` of 1 after `seconds`, begun at `first`."""
    if part - first < 0.01 or seconds < 1:
        return ""
    return f", {timedelta(seconds=round(seconds * (1 - part) / (part - first)))} left"
