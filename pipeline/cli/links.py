"""conceptwire links, conceptwire explain."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import UsageError
from pipeline.cli.context import Context, Json, Now, moment, print_json
from pipeline.stages.showing.ages import age
from pipeline.stages.showing.terms import telling
from pipeline.stages.showing.wording import chance

if TYPE_CHECKING:
    from models.contract import NewsLink, RelatedConcept

_Concept = Annotated[str, typer.Argument(metavar="CONCEPT", help="A concept's slug, name or alias.")]
_All = Annotated[bool, typer.Option("--all", help="Every link above the cut, best first, not only the box.")]


def links(context: typer.Context, concept: _Concept, every: _All = False, now: Now = None, as_json: Json = False) -> None:
    """Show a concept's "In the news" box: headline, source, age, and why.

    Examples:

      conceptwire links foundation-model

      conceptwire links "Foundation Model" --all --json
    """
    from pipeline import wiring
    from pipeline.adapters import reading

    told: Context = context.obj
    site = wiring.site(told.config)
    slug = wiring.slug_of(site.glossary, concept)
    with wiring.reading(site) as connection:
        rows = reading.links(connection, slug) if every else reading.news(connection, slug)
        related = reading.related(connection, slug)
    if as_json:
        shown, neighbours = ([reading.plain(row) for row in some] for some in (rows, related))
        print_json({"concept": slug, "links": shown, "related": neighbours})
        return
    _draw(site.glossary.by_slug[slug].name, rows, related, moment(now))


def _draw(name: str, rows: "list[NewsLink]", related: "list[RelatedConcept]", now: datetime) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    console.print(f"[bold]{escape(name)}[/bold]\n\n[bold]In the news[/bold]")
    for row in rows:
        terms = ", ".join(telling(term.term for term in row.terms)[:4])
        console.print(f"  {escape(row.title)}")
        covered = f" · also {', '.join(other.source_name for other in row.also_covered_by)}" if row.also_covered_by else ""
        old = age(row.published_at, now, row.published_precision)
        console.print(f"    [cyan]{escape(row.source_name)}[/cyan] · {old}{escape(covered)}")
        why = f"pinned; {escape(terms)}" if row.pinned else f"{chance(row.relevance)}: {escape(terms)}"
        console.print(f"    [dim]{why}[/dim]")
    if not rows:
        console.print("  [dim]no relevant news[/dim]")
    console.print("\n[bold]Related concepts[/bold]")
    for one in related:
        console.print(f"  {escape(one.related_name)}\n    [dim]{escape(one.related_definition)}[/dim]")


def explain(
    context: typer.Context,
    concept: _Concept,
    url: Annotated[str, typer.Argument(metavar="URL", help="The article's address.")],
    as_json: Json = False,
) -> None:
    """Show why an article is, or is not, linked from a concept: terms with their share, passage, what is missing.

    Example: conceptwire explain foundation-model https://example.org/2026/08/an-article
    """
    from pipeline import explaining, wiring

    told: Context = context.obj
    site = wiring.site(told.config)
    slug = wiring.slug_of(site.glossary, concept)
    found = explaining.explained(site, slug, url)
    if found is None:
        raise UsageError(url, "is no article in the database", "conceptwire links CONCEPT --json shows addresses")
    if as_json:
        print_json(found)
        return
    _draw_why(found)


def _draw_why(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    verdict = "linked" if found["relevance"] >= found["cut"] else "not linked"
    console.print(f"[bold]{escape(found['title'])}[/bold]\n{escape(found['url'])}")
    console.print(
        f"{verdict}: relevance {found['relevance']:.3f}, cut {found['cut']:.3f}, similarity {found['similarity']:.4f} "
        f"(epoch {found['epoch']}, {found['scorer']}, text from the {found['text_from']})"
    )
    table = Table("term", "share", "of it", "where")
    for term in found["terms"]:
        part = term["share"] / found["similarity"] if found["similarity"] else 0.0
        table.add_row(escape(term["term"]), f"{term['share']:.4f}", f"{part:.0%}", term["field"])
    console.print(table)
    console.print(_why_relevance(found))
    if found["passage"]:
        console.print(f"“{escape(found['passage'])}”")
    for word in ("against", "missing"):
        if found[word]:
            console.print(f"{word}: " + escape(", ".join(found[word])))


def _why_relevance(found: dict[str, Any]) -> Any:
    """What makes the relevance differ from the similarity."""
    from rich.table import Table

    meanings = {
        "similarity": "with what the glossary says of the concept",
        "headline": "of the headline alone",
        "names": f"mentions of its name: {found['mentions']:g}, headline and lead counting more",
        "context": "with the articles nearest to the concept",
        "field": "with the rest of the glossary; 1 is near enough",
        "offset": "what every article begins with",
    }
    table = Table("signal", "value", "adds to the logit", "")
    for one in found["signals"]:
        value = "" if one["value"] is None else f"{one['value']:.4f}"
        table.add_row(one["signal"], value, f"{one['logit']:+.2f}", meanings[one["signal"]])
    return table
