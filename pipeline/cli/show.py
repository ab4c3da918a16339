"""conceptwire site, export, publish, contract."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import UsageError
from pipeline.cli.context import Context, Json, Now, moment, print_json, waiting

if TYPE_CHECKING:
    from pipeline.showing import Shown, Wanted

_PATIENCE = 60.0  # seconds that publishing waits for a run
_Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Where the files go; it is made where it is missing.")]
_From = Annotated[
    Path | None, typer.Option("--from", metavar="FILE", help="Read this database, or published copy, instead of the site's own.")
]
_Title = Annotated[str | None, typer.Option("--title", help="Instead of site_title in settings.toml.")]
_Base = Annotated[
    str | None, typer.Option("--base-url", metavar="URL", help="Where DIR will stand on the web, instead of site_url.")
]


def site(
    context: typer.Context,
    folder: _Folder,
    title: _Title = None,
    base_url: _Base = None,
    file: _From = None,
    now: Now = None,
    as_json: Json = False,
) -> None:
    """Write a complete glossary site: an index with search, a page a concept, feeds. It needs no server.

    Only files that differ are written; those of concepts that are gone are removed; what others put there stays. Ages are
    counted by the reader's clock, so that pages do not go stale; --now freezes them.

    Examples:

      conceptwire --config news site public

      conceptwire --config news site public --base-url https://glossary.example/ --title "AI Glossary"
    """
    from pipeline import showing, wiring

    told: Context = context.obj
    wanted = _wanted(folder, file, title, base_url)
    shown = showing.build(wiring.site(told.config), folder, wanted, moment(now) if now else None)
    _tell(told, shown, folder, as_json, f"open {folder / 'index.html'}")


def export(
    context: typer.Context,
    folder: _Folder,
    title: _Title = None,
    base_url: _Base = None,
    file: _From = None,
    as_json: Json = False,
) -> None:
    """Write files for other sites: for each concept a JSON Feed, Atom, an HTML fragment and JSON-LD; index.json for all.

    Files depend on what is stored alone, and only those that differ are written, so that a host or CDN syncs little.

    Example: conceptwire --config news export public/news --base-url https://glossary.example/news/
    """
    from pipeline import showing, wiring

    told: Context = context.obj
    shown = showing.export(wiring.site(told.config), folder, _wanted(folder, file, title, base_url))
    _tell(told, shown, folder, as_json, f"see {folder / 'index.json'}")


def publish(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where the copy goes; publish in settings.toml by default.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Put a read-only copy of what sites may read in a file's place, at once: tables and indexes, compact, without a log.

    With publish = "..." in settings.toml every run ends so. Whoever has the old copy open keeps it.

    Example: conceptwire --config news publish /srv/www/news.db
    """
    from pipeline import showing, wiring

    told: Context = context.obj
    target, size = showing.publish(wiring.site(told.config), file, moment(None), patience=_PATIENCE, waiting=waiting(told))
    if as_json:
        print_json({"file": str(target), "bytes": size})
    elif not told.quiet:
        sys.stdout.write(f"published {target}: {size / 1e6:.1f} MB\n")


class Form(StrEnum):
    """How the contract is printed."""

    MARKDOWN = "markdown"
    JSON = "json"
    DATASETTE = "datasette"


def contract(
    context: typer.Context,
    form: Annotated[Form, typer.Option("--format", help="Markdown to read, JSON, or metadata for Datasette.")] = Form.MARKDOWN,
    as_json: Json = False,
) -> None:
    """Print what sites may read: every view and column with type, unit, order and an example.

    Examples:

      conceptwire contract

      conceptwire --config news contract --format datasette > metadata.json; datasette news/conceptwire.db -m metadata.json
    """
    from pipeline.stages.showing.contract import described, markdown

    if form is Form.DATASETTE:
        from pipeline import showing, wiring

        told: Context = context.obj
        print_json(showing.datasette(wiring.site(told.config)))
    elif as_json or form is Form.JSON:
        print_json(described())
    else:
        sys.stdout.write(markdown())


def _wanted(folder: Path, file: Path | None, title: str | None, base_url: str | None) -> "Wanted":
    from config.loading import is_base_address
    from pipeline.showing import Wanted

    if not folder.name and not folder.is_absolute():  # "": a variable of a script that is not set
        raise UsageError("DIR", "is empty, or this folder itself", "a folder for the files: public")
    if base_url and not is_base_address(base_url):
        raise UsageError("--base-url", f"{base_url!r} is not an address that others can begin with", "https://glossary.example/")
    return Wanted(file, title, base_url)


def _tell(told: Context, shown: "Shown", folder: Path, as_json: bool, then: str) -> None:
    kept = shown.kept
    if as_json:
        counts = {"written": len(kept.written), "unchanged": kept.unchanged, "removed": len(kept.removed)}
        print_json({"folder": str(folder), "concepts": shown.concepts, "news": shown.news} | counts)
    elif not told.quiet:
        sys.stdout.write(
            f"{shown.concepts} concepts, {shown.news} links in their boxes: {len(kept.written)} files written, "
            f"{kept.unchanged} unchanged, {len(kept.removed)} removed; {then}\n"
        )
    if shown.behind and not told.quiet:
        sys.stderr.write("conceptwire: the glossary has changed since the last run; `conceptwire rescore` brings it in\n")
