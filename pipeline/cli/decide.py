"""conceptwire pin, keep, hide, unpin, unkeep, unhide, decisions."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.context import Context, Json, Now, moment, print_json

if TYPE_CHECKING:
    from models.decision import Decision
    from pipeline.deciding import Told

_Concept = Annotated[str, typer.Argument(metavar="CONCEPT", help="A concept's slug, name or alias.")]
_Url = Annotated[str, typer.Argument(metavar="URL", help="The article's address, or another one that a feed gave it.")]
_Note = Annotated[str, typer.Option(metavar="TEXT", help="Why, for whoever reads conceptwire decisions.")]
_LATER = "The pass that is under way, or the next one, shows it."


def pin(context: typer.Context, concept: _Concept, url: _Url, note: _Note = "", now: Now = None, as_json: Json = False) -> None:
    """Put an article on top of a concept's box, whatever its relevance and age, until conceptwire unpin.

    Example: conceptwire pin foundation-model https://example.org/2026/08/an-article --note "our own study"
    """
    from pipeline import deciding, wiring

    told: Context = context.obj
    _say(told, deciding.decide(wiring.site(told.config), concept, url, "pin", note, moment(now)), as_json, taken_back=False)


def keep(context: typer.Context, concept: _Concept, url: _Url, note: _Note = "", now: Now = None, as_json: Json = False) -> None:
    """Make an article a link of a concept, whatever its relevance; the box shows it while it is new enough.

    Example: conceptwire keep foundation-model https://example.org/2026/08/an-article
    """
    from pipeline import deciding, wiring

    told: Context = context.obj
    _say(told, deciding.decide(wiring.site(told.config), concept, url, "keep", note, moment(now)), as_json, taken_back=False)


def hide(context: typer.Context, concept: _Concept, url: _Url, note: _Note = "", now: Now = None, as_json: Json = False) -> None:
    """Take an article off a concept's page for good; other concepts keep it.

    Example: conceptwire hide transformer https://example.org/2026/08/power-grid --note "the electrical kind"
    """
    from pipeline import deciding, wiring

    told: Context = context.obj
    _say(told, deciding.decide(wiring.site(told.config), concept, url, "hide", note, moment(now)), as_json, taken_back=False)


def unpin(context: typer.Context, concept: _Concept, url: _Url, now: Now = None, as_json: Json = False) -> None:
    """Take a pin back: scores decide again. Example: conceptwire unpin token https://example.org/2026/08/an-article"""
    from pipeline import deciding, wiring

    told: Context = context.obj
    _say(told, deciding.withdraw(wiring.site(told.config), concept, url, "pin", moment(now)), as_json, taken_back=True)


def unkeep(context: typer.Context, concept: _Concept, url: _Url, now: Now = None, as_json: Json = False) -> None:
    """Take a keep back: scores decide again. Example: conceptwire unkeep token https://example.org/2026/08/an-article"""
    from pipeline import deciding, wiring

    told: Context = context.obj
    _say(told, deciding.withdraw(wiring.site(told.config), concept, url, "keep", moment(now)), as_json, taken_back=True)


def unhide(context: typer.Context, concept: _Concept, url: _Url, now: Now = None, as_json: Json = False) -> None:
    """Take a hide back: scores decide again. Example: conceptwire unhide token https://example.org/2026/08/an-article"""
    from pipeline import deciding, wiring

    told: Context = context.obj
    _say(told, deciding.withdraw(wiring.site(told.config), concept, url, "hide", moment(now)), as_json, taken_back=True)


def decisions(context: typer.Context, as_json: Json = False) -> None:
    """List what editors have decided, oldest first: date, kind, concept, title, note.

    Example: conceptwire decisions --json
    """
    from pipeline import deciding, wiring

    told: Context = context.obj
    found = deciding.listed(wiring.site(told.config))
    if as_json:
        print_json([_row(one) for one in found])
        return
    width = max((len(one.concept_slug) for one in found), default=0)
    for one in found:
        note = f"  ({one.note})" if one.note else ""
        what = one.title or f"{one.identity}, which is not stored"
        sys.stdout.write(f"{one.at:%Y-%m-%d}  {one.kind:<4}  {one.concept_slug:<{width}}  {what}{note}\n")
    if not found:
        sys.stdout.write("Nothing is decided yet. Next: conceptwire review\n")


def _row(one: "Decision") -> dict[str, Any]:
    names = ("kind", "concept_slug", "identity", "url", "title", "note")
    return {"at": f"{one.at:%Y-%m-%dT%H:%M:%SZ}"} | {name: getattr(one, name) for name in names}


def _say(told: Context, done: "Told", as_json: bool, *, taken_back: bool) -> None:
    """What was done, for a script or a person."""
    from pipeline.deciding import DONE

    if as_json:
        before = done.before.kind if done.before else None
        more = {"before": before, "now": None if taken_back else done.decision.kind}
        print_json(_row(done.decision) | more | {"shown": done.shown, "position": done.position})
        return
    if told.quiet:
        return
    one = done.decision
    done_so = f"No longer {DONE[one.kind]}" if taken_back else DONE[one.kind].capitalize()
    was = f" (was {DONE[done.before.kind]})" if done.before and done.before.kind != one.kind else ""
    typer.echo(f"{done_so}{was}: {one.title or one.identity} [{one.concept_slug}]")
    place = f"Number {done.position} in the box." if done.position else "Not in the box."
    typer.echo(place if done.shown else f"Kept. {_LATER}")
