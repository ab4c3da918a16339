"""conceptwire sources list, add, import, check."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from models.errors import UsageError
from pipeline.cli import checking
from pipeline.cli.context import Context, Json, print_json

app = typer.Typer(no_args_is_help=True, help="The outlets and their feeds.", rich_markup_mode=None)


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """List the sources, how they fare and when each is asked next; a feed that answered 410 (gone) is retired.

    Example: conceptwire sources list
    """
    from pipeline import wiring
    from pipeline.adapters import reading

    told: Context = context.obj
    site = wiring.site(told.config)
    health: dict[str, dict[str, Any]] = {}
    if wiring.database_path(site).exists():
        with wiring.reading(site) as connection:
            health = {row.source_slug: reading.plain(row) for row in reading.health(connection)}
    listed = [
        {
            "slug": one.slug,
            "name": one.name,
            "homepage": one.homepage,
            "feeds": list(one.feeds),
            "weight": one.weight,
            "pages": one.pages,
        }
        | {
            key: health.get(one.slug, {}).get(key)
            for key in ("last_status", "last_success_at", "consecutive_failures", "articles_30d", "links_30d", "next_fetch_at")
        }
        | {"retired_feeds": (health.get(one.slug, {}).get("retired_feeds") or "").split()}
        for one in site.sources
    ]
    if as_json:
        print_json(listed)
        return
    width = max(len(str(row["slug"])) for row in listed)
    for row in listed:
        status = row["last_status"] or "not asked yet"
        sys.stdout.write(
            f"{row['slug']:<{width}}  {row['articles_30d'] or 0:>5} articles  {row['links_30d'] or 0:>4} links"
            f"  {status}  {_turn(row)}  {row['name']}\n"
        )


def _turn(row: dict[str, Any]) -> str:
    """When a source is asked next, as people read it."""
    retired, at = row["retired_feeds"], row["next_fetch_at"]
    if len(retired) == len(row["feeds"]):
        return "retired"
    turn = f"next {at[:10]} {at[11:16]}Z" if at else "next run"
    return f"{turn} ({len(retired)} of {len(row['feeds'])} feeds retired)" if retired else turn


app.command()(checking.check)


@app.command()
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="A feed's address.")],
    name: Annotated[str, typer.Option(help="What readers see; the host's name by default.")] = "",
    slug: Annotated[str, typer.Option(help="Made from the name by default. An existing one gets one more feed.")] = "",
    homepage: Annotated[str, typer.Option(help="The feed's host by default.")] = "",
) -> None:
    """Append a source to sources.toml; comments stay.

    Example: conceptwire --config news sources add https://example.org/feed.xml --name "Example News"
    """
    from config import sources_file

    told: Context = context.obj
    done = sources_file.add(_folder(told), [sources_file.Row(name, url, slug, homepage)])
    if done.unusable:
        raise UsageError(url, "is not a web address", "https://example.org/feed.xml")
    typer.echo(done.sentence())


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="OPML, or CSV with the columns name and feed_url.")],
) -> None:
    """Append every feed of an OPML or CSV file to sources.toml; known addresses are left out, and counted.

    Example: conceptwire --config news sources import feeds.opml
    """
    from config import sources_file

    told: Context = context.obj
    done = sources_file.add(_folder(told), sources_file.rows(file))
    typer.echo(done.sentence())


def _folder(told: Context) -> Path:
    from config import loading

    place = loading.folder(told.config)
    if place == loading.SHIPPED:
        raise UsageError(
            "sources",
            "the list that comes with the program is not yours to change",
            "conceptwire init DIR, then --config DIR",
        )
    return place
