"""conceptwire concepts list, show, lint, diff; import and export are in exchange.py."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli import exchange
from pipeline.cli.context import Context, Json, Now, moment, print_json

app = typer.Typer(no_args_is_help=True, help="The glossary.", rich_markup_mode=None)
app.command("import")(exchange.import_)
app.command()(exchange.export)


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """List the concepts with their number of links. Example: conceptwire concepts list --json"""
    from pipeline import wiring
    from pipeline.adapters import reading

    told: Context = context.obj
    site = wiring.site(told.config)
    rows: dict[str, dict[str, Any]] = {}
    if wiring.database_path(site).exists():
        with wiring.reading(site) as connection:
            rows = {row.slug: reading.plain(row) for row in reading.concepts(connection)}
    listed = [
        {
            "slug": one.slug,
            "name": one.name,
            "aliases": list(one.aliases),
            "links": rows.get(one.slug, {}).get("link_count", 0),
            "newest": rows.get(one.slug, {}).get("newest_link_at"),
        }
        for one in site.glossary.concepts
    ]
    if as_json:
        print_json(listed)
        return
    width = max(len(str(row["slug"])) for row in listed)
    for row in listed:
        sys.stdout.write(f"{row['slug']:<{width}}  {row['links']:>4} links  {(row['newest'] or '-')[:10]:<10}  {row['name']}\n")


@app.command()
def show(
    context: typer.Context,
    concept: Annotated[str, typer.Argument(metavar="CONCEPT", help="A slug, name or alias.")],
    as_json: Json = False,
) -> None:
    """Show one concept as the glossary has it. Example: conceptwire concepts show rlhf"""
    from dataclasses import asdict

    from pipeline import wiring

    told: Context = context.obj
    site = wiring.site(told.config)
    one = site.glossary.by_slug[wiring.slug_of(site.glossary, concept)]
    if as_json:
        print_json(asdict(one) | {"added": one.added.isoformat(), "minutes_to_read": one.minutes_to_read})
        return
    sections = [
        ("", one.body),
        ("Analogy", one.analogy),
        ("Real-world example", one.example),
        ("Why it matters", one.why_it_matters),
    ]
    sys.stdout.write(f"{one.name}\n{one.definition}\n")
    sys.stdout.write(f"Added {one.added:%B} {one.added.day}, {one.added.year} · {one.minutes_to_read} min read\n")
    for heading, text in sections:
        if text:
            sys.stdout.write("\n" + (f"{heading}\n" if heading else "") + text + "\n")
    names = [site.glossary.by_slug[slug].name for slug in one.related]
    sys.stdout.write(f"\nAlso called: {', '.join(one.aliases) or '-'}\nRelated: {', '.join(names) or '-'}\n")


@app.command()
def lint(context: typer.Context, as_json: Json = False) -> None:
    """Name what an editor should know: concepts that overlap, are ambiguous or match nothing, and aliases that would help.

    Example: conceptwire concepts lint --json
    """
    from dataclasses import asdict

    from pipeline import explaining, wiring

    told: Context = context.obj
    found = explaining.linted(wiring.site(told.config))
    if as_json:
        print_json([asdict(one) for one in found])
        return
    width = max((len(one.concept_slug) for one in found), default=0)
    for one in found:
        sys.stdout.write(f"{one.concept_slug:<{width}}  {one.kind:<9}  {one}\n")
    if not found:
        sys.stdout.write("nothing to say of this glossary\n")


@app.command()
def diff(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A changed glossary: DIR/concepts/*.md, or DIR/*.md.")],
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Say which boxes would gain, lose or reorder which links under a glossary that is not yet in place; change nothing.

    Example: conceptwire --config news concepts diff draft
    """
    from pipeline import rescoring, wiring
    from pipeline.cli.progress import watching
    from pipeline.cli.rescore import show as show_differences

    told: Context = context.obj
    site = wiring.with_glossary(wiring.site(told.config), folder)
    with watching(told) as watcher:
        found = rescoring.difference(site, moment(now), followed=True, watcher=watcher)
    show_differences(found, as_json=as_json)
