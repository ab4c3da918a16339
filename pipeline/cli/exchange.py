"""conceptwire concepts import, concepts export."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import UsageError
from pipeline.cli.context import Context, Json, Now, moment, print_json, write

if TYPE_CHECKING:
    from config.exchange_folder import Imported, Said


class Read(StrEnum):
    """What can be imported."""

    SKOS = "skos"
    CSV = "csv"
    JSON = "json"


class Written(StrEnum):
    """What can be exported."""

    TURTLE = "turtle"
    XML = "xml"
    JSON_LD = "json-ld"
    CSV = "csv"
    JSON = "json"


def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="SKOS (Turtle, RDF/XML, JSON-LD), CSV or JSON.")],
    form: Annotated[
        Read | None, typer.Option("--format", help="What FILE is; told by its ending and content by default.")
    ] = None,
    update: Annotated[bool, typer.Option("--update", help="Replace concepts that are there with other content.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; write nothing.")] = False,
    now: Now = None,
    as_json: Json = False,
) -> None:
    """Add the concepts of a file to the glossary, each as concepts/SLUG.md: all of them, or where one cannot be, none.

    CSV and JSON need name and definition; slug, aliases (a|b), body, analogy, example, why_it_matters, added, related and
    was are read too. What the file does not speak of stays as it is. A concept without a definition is named and left out.

    Examples:

      conceptwire --config news concepts import thesaurus.ttl --dry-run

      conceptwire --config news concepts import glossary.csv --update
    """
    from config import exchange, exchange_folder, loading

    told: Context = context.obj
    place = loading.folder(told.config)
    if place.resolve() == loading.SHIPPED.resolve():
        wrong = "the one that comes with the program is not yours to change"
        raise UsageError("the glossary", wrong, f"conceptwire init DIR, then conceptwire --config DIR concepts import {file}")
    language = loading.settings(place).language
    found = exchange.read(file, form or "", language)
    day = moment(now).date()
    done = exchange_folder.put(place, found.drafts, day, language, update=update, dry_run=dry_run)
    if as_json:
        from dataclasses import asdict

        print_json(asdict(done) | {"place": str(done.place), "unread": found.unread, "dry_run": dry_run})
    elif not told.quiet:
        _tell(done, found.unread, dry_run=dry_run)


def _tell(done: "Imported", unread: tuple[str, ...], *, dry_run: bool) -> None:
    would = " (nothing is written: --dry-run)" if dry_run else ""
    counts = f"{len(done.added)} added, {len(done.updated)} updated, {len(done.unchanged)} unchanged"
    lines = [f"{done.place}: {counts}{would}"]
    if done.differ:
        lines.append(f"{len(done.differ)} left alone, there with other content (--update replaces it): {_some(done.differ)}")
    for what, said in (("left out", done.left_out), ("not taken", done.dropped)):
        if said:
            lines += [f"{len(said)} {what}:", *_lines(said)]
    if unread:
        lines.append(f"columns or keys that were not read: {_some(unread)}")
    sys.stdout.write("\n".join(lines) + "\n")


def _some(names: tuple[str, ...], most: int = 20) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _lines(said: "tuple[Said, ...]", most: int = 20) -> list[str]:
    more = [f"  and {len(said) - most} more; --json lists all"] if len(said) > most else []
    return [*(f"  {one.concept}: {one.reason}" for one in said[:most]), *more]


def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file to write, or - for standard output.")],
    form: Annotated[
        Written | None,
        typer.Option("--format", help="By FILE's ending by default (.ttl .rdf .jsonld .csv .json), else turtle."),
    ] = None,
) -> None:
    """Write the glossary for other programs; `concepts import` reads each form back as the same concepts.

    Examples:

      conceptwire concepts export glossary.ttl

      conceptwire concepts export - --format csv
    """
    from config import exchange, loading
    from config.glossary import glossary

    told: Context = context.obj
    place = loading.folder(told.config)
    made = glossary(place, loading.settings(place).language)
    chosen = form or exchange.WRITTEN.get(file.suffix.lower(), "turtle")
    text = exchange.write(made, chosen)
    if str(file) == "-":
        typer.echo(text.encode(), nl=False)  # UTF-8 whatever the terminal's encoding is
        return
    write(file, text)
    if not told.quiet:
        sys.stdout.write(f"{file}: {len(made.concepts)} concepts as {chosen}\n")
