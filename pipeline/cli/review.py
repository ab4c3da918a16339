"""conceptwire review."""

import sys
import textwrap
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.context import Context, Now, moment
from pipeline.stages.showing.ages import age

if TYPE_CHECKING:
    from models.decision import Kind, Undecided
    from pipeline.deciding import Sitting
    from pipeline.wiring import Site

_HELP = "k keep · h hide · p pin · s skip · b back · q quit"
_KINDS: "dict[str, Kind]" = {"k": "keep", "h": "hide", "p": "pin"}
_TERMS = 6  # of a link


def review(
    context: typer.Context,
    concepts: Annotated[
        list[str] | None, typer.Argument(metavar="[CONCEPT]...", help="Slug, name or alias; all by default.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many links at most.")] = 20,
    every: Annotated[bool, typer.Option("--all", help="Any link, not only those near the cut.")] = False,
    now: Now = None,
) -> None:
    """Keep, hide or pin links on the keyboard: the newest that the scorer is least sure of, until something is decided of them.

    Each decision is kept at once; q ends, and the boxes are made anew. conceptwire learn then learns from them.

    Example: conceptwire review transformer token --count 10
    """
    from pipeline import deciding, wiring
    from pipeline.adapters.store.decisions import StoredDecisions

    told: Context = context.obj
    site, at = wiring.site(told.config), moment(now)
    made: dict[int, str] = {}
    try:
        with wiring.database(site) as database:
            session = deciding.sitting(site, StoredDecisions(database), concepts or (), count, every=every)
            _go_through(site, session, made, at)
    finally:  # after Ctrl-C too
        if made:
            shown = deciding.settled(site, at)
    if not session.links:
        typer.echo("There is nothing to review." if every else "There is nothing near the cut to review. All links: --all")
        return
    typer.echo(f"{len(made)} decided of {len(session.links)} to be reviewed. Next: conceptwire learn")
    if made and not shown:
        typer.echo("The pass that is under way, or the next one, shows it.")


def _go_through(site: "Site", session: "Sitting", made: dict[int, str], now: datetime) -> None:
    place = 0
    while place < len(session.links):
        link = session.links[place]
        _show(site.glossary.by_slug[link.concept_slug].name, link, made.get(place), now)
        answer = _asked(place + 1, len(session.links))
        if answer == "q":
            return
        if answer in _KINDS:
            session.keep(link, _KINDS[answer], now)  # beside a run too: the store waits for its turn
            made[place] = _KINDS[answer]
        place = max(0, place - 1) if answer == "b" else place + 1


def _asked(number: int, of: int) -> str:
    """One of k, h, p, s, b, q. The end of the input is q."""
    while True:
        sys.stdout.write(f"[{number}/{of}] {_HELP}\n> ")
        sys.stdout.flush()
        line = sys.stdin.readline()
        answer = line.strip().lower() if line else "q"
        if answer in {*_KINDS, "s", "b", "q"}:
            return answer
        sys.stdout.write(f"{answer!r} is none of these.\n")


def _show(name: str, link: "Undecided", made: str | None, now: datetime) -> None:
    terms = ", ".join(f"{one.term} {one.share:.3f}" for one in link.terms[:_TERMS])
    told = f"{link.source_name} · {age(link.published, now)} · relevance {link.relevance:.2f}"
    for part in ("", name.upper(), link.title, told, link.url, f"“{link.passage}”" if link.passage else "", terms):
        sys.stdout.write(textwrap.fill(part, 100, break_long_words=False, break_on_hyphens=False) + "\n")
    sys.stdout.write(f"(so far: {made})\n\n" if made else "\n")
