"""conceptwire init."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from models.errors import UsageError

_STARTER = ("settings.toml", "sources.toml")  # relevance.toml comes with the program, and gets better with it


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder; it is made, and nothing in it is overwritten.")],
) -> None:
    """Write a commented starter to DIR: settings, sources and a glossary of AI concepts.

    Example: conceptwire init news && conceptwire --config news run
    """
    from config.loading import SHIPPED

    if folder.exists() and not folder.is_dir():
        raise UsageError(str(folder), "exists and is not a folder", "another name")
    try:
        concepts = sorted(SHIPPED.glob("concepts/*.md")) if not any(folder.glob("concepts/*.md")) else []
        (folder / "concepts").mkdir(parents=True, exist_ok=True)
        missing = [SHIPPED / name for name in _STARTER if not (folder / name).exists()]
        for path in [*missing, *concepts]:
            shutil.copyfile(path, folder / path.relative_to(SHIPPED))
    except OSError as error:
        raise UsageError(str(folder), f"cannot be written ({error.strerror})", "another folder") from None
    if not missing and not concepts:
        raise UsageError(str(folder), "has everything already", f"conceptwire --config {folder} run")
    wrote = ", ".join([*(path.name for path in missing), *([f"{len(concepts)} concepts"] if concepts else [])])
    typer.echo(f"Wrote to {folder}: {wrote}. What was there is as it was.")
    typer.echo(f"Next: set `contact` in {folder / 'settings.toml'}, then conceptwire --config {folder} run")
