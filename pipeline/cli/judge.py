"""conceptwire judge."""

import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.context import Context, Now, moment, write

if TYPE_CHECKING:
    from pipeline.judging import Pair

_HELP = (
    "2 an editor would list it · 1 acceptable · 0 no (in passing, another sense, off topic) · "
    "m more text · s skip · b back · q quit"
)
_SHOWN, _MORE = 900, 6000  # characters of the text: enough for most pairs, and for nearly all


def judge(
    context: typer.Context,
    concepts: Annotated[
        list[str] | None, typer.Argument(metavar="[CONCEPT]...", help="Slug, name or alias; all by default.")
    ] = None,
    depth: Annotated[int, typer.Option(min=1, help="How many of each ranker's best articles of a concept.")] = 5,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what was judged, for eval --qrels, and stop.")
    ] = None,
    now: Now = None,
) -> None:
    """Grade pairs of concept and article on the keyboard, so that conceptwire eval can measure on your own news.

    Pairs are the best of four rankers, in no order and without scores. Each grade is kept at once; q ends, and the next
    sitting goes on.

    Example: conceptwire judge foundation-model fine-tuning --depth 8
    """
    from pipeline import judging, wiring
    from pipeline.adapters.store.judgments import StoredJudgments

    told: Context = context.obj
    site = wiring.site(told.config)
    slugs = [wiring.slug_of(site.glossary, one) for one in concepts or ()]
    with wiring.database(site) as database:
        store = StoredJudgments(database)
        if export:
            judgments = store.all()
            write(export, "\n".join(judging.table(judgments)) + "\n")
            typer.echo(f"Wrote {len(judgments)} judgments to {export}.")
            return
        session = judging.sitting(site, store, slugs, depth)
        made: set[int] = set()
        place = 0
        while place < len(session.pairs):
            pair, grade = session.pairs[place], _asked(session.pairs[place])
            if grade == "q":
                break
            if grade.isdigit():
                if session.keep(pair, int(grade), moment(now)):  # beside a run too: the store waits for its turn
                    made.add(place)
                else:
                    typer.echo("That article has left the store meanwhile; nothing was kept.")
            place = max(0, place - 1) if grade == "b" else place + 1
    ended = f"{len(made)} judged of {len(session.pairs)} to be judged." if session.pairs else "Everything is judged already."
    typer.echo(f"{ended} Next: conceptwire eval")


def _asked(pair: "Pair") -> str:
    """Show a pair; one of 0, 1, 2, s, b, q. The end of the input is q."""
    _show(pair, _SHOWN)
    while True:
        sys.stdout.write(f"[{pair.number}/{pair.of}] {_HELP}\n> ")
        sys.stdout.flush()
        line = sys.stdin.readline()
        answer = line.strip().lower() if line else "q"
        if answer == "m":
            _show(pair, _MORE)
        elif answer in {"0", "1", "2", "s", "b", "q"}:
            return answer
        else:
            sys.stdout.write(f"{answer!r} is none of these.\n")


def _show(pair: "Pair", most: int) -> None:
    text = textwrap.shorten(pair.article.text, most, placeholder=" …")
    for part in ("", pair.concept.name.upper(), pair.concept.definition, "", pair.article.title, pair.article.name, "", text, ""):
        sys.stdout.write(textwrap.fill(part, 100) + "\n")
