"""conceptwire init."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from models.errors import UsageError


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that does not exist yet, or is empty.")],
) -> None:
    """Write a commented starter to DIR: settings, sources, relevance parameters and a glossary of AI concepts.

    Example: conceptwire init news && conceptwire --config news run
    """
    from config.loading import SHIPPED

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(str(folder), "exists and is not an empty folder", "another name; init overwrites nothing")
    try:
        (folder / "concepts").mkdir(parents=True)
        for path in sorted([*SHIPPED.glob("*.toml"), *SHIPPED.glob("concepts/*.md")]):
            shutil.copyfile(path, folder / path.relative_to(SHIPPED))
    except OSError as error:
        raise UsageError(str(folder), f"cannot be written ({error.strerror})", "another folder") from None
    count = len(list((folder / "concepts").glob("*.md")))
    typer.echo(f"Wrote {folder}: settings.toml, sources.toml, relevance.toml and {count} concepts.")
    typer.echo(f"Next: set `contact` in {folder / 'settings.toml'}, then conceptwire --config {folder} run")
