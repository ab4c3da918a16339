"""conceptwire rescore, and what a changed glossary would do to the boxes."""

import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.context import Context, Json, Now, moment, print_json

if TYPE_CHECKING:
    from pipeline.passes import Passed
    from pipeline.rescoring import Difference, Shown

_All = Annotated[bool, typer.Option("--all", help="Make all statistics and links anew, whatever changed.")]
_Diff = Annotated[bool, typer.Option("--diff", help="Only say which boxes would change, and how; change nothing.")]
_IfLocked = Annotated[bool, typer.Option("--fail-if-locked", help="Exit with 75 where a pass is under way, and do not wait.")]


def rescore(
    context: typer.Context,
    everything: _All = False,
    diff: _Diff = False,
    as_json: Json = False,
    now: Now = None,
    fail_if_locked: _IfLocked = False,
) -> None:
    """Bring the links up to a changed glossary, changed settings or weights, from what is stored; nothing is fetched.

    Of an edited or new concept only its own links are made anew. Where the glossary is as it was, all statistics and links
    are, if articles came or changed since they were last made. `run` follows a changed glossary by itself.

    Examples:

      conceptwire --config news rescore --diff

      conceptwire --config news rescore

      conceptwire --config news rescore --all --json
    """
    from pipeline import rescoring, wiring
    from pipeline.cli.progress import watching

    told: Context = context.obj
    site, at = wiring.site(told.config), moment(now)
    if diff:
        with watching(told) as watcher:
            found = rescoring.difference(site, at, everything=everything, watcher=watcher)
        show(found, as_json=as_json)
        return
    patience = 0.0 if fail_if_locked else math.inf
    with watching(told) as watcher:
        passed = rescoring.rescore(site, at, everything=everything, patience=patience, watcher=watcher)
    if as_json:
        print_json(passed.as_json() | {"database": str(passed.database)})
    elif not told.quiet:
        sys.stdout.write(_summary(passed) + "\n")


def _summary(passed: "Passed") -> str:
    tally = passed.tally
    if not (tally.concepts_settled or tally.links_added or tally.links_removed):
        return f"no link to be made anew: all {tally.links_total} are up to date"
    changed = f"{tally.links_added} added, {tally.links_removed} removed, {tally.links_moved} moved"
    concepts = f"{tally.concepts_settled} concept{'s' * (tally.concepts_settled != 1)}"
    return f"links of {concepts} made anew: {changed}, {tally.links_total} in all"


def show(found: "Sequence[Difference]", *, as_json: bool) -> None:
    """The differences, for a script or a person."""
    if as_json:
        print_json([one.as_json() for one in found])
        return
    from rich.console import Console
    from rich.markup import escape

    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)

    def line(sign: str, colour: str, one: "Shown") -> None:
        console.print(f"  [{colour}]{sign} {escape(one.title)}[/{colour}] · {escape(one.source)} · {one.relevance:.0%}")

    for one in found:
        links = "" if one.links_before == one.links_after else f", links {one.links_before} → {one.links_after}"
        console.print(f"[bold]{escape(one.concept)}[/bold]: {_what(one)}{links}")
        for gained in one.gains:
            line("+", "green", gained)
        for lost in one.loses:
            line("-", "red", lost)
        for place, shown in enumerate(one.box if one.reordered else (), 1):
            console.print(f"  {place} {escape(shown.title)} · {escape(shown.source)}")
    console.print(
        f"{len(found)} box{'es' if len(found) > 1 else ''} would change; nothing was changed" if found else "no box would change"
    )


def _what(one: "Difference") -> str:
    if one.gains or one.loses:
        return f"{len(one.gains)} gained, {len(one.loses)} lost"
    return "another order" if one.reordered else "the box stays"
