"""What every command is told, and the small things they share."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from models.errors import Locked, UsageError


@dataclass(frozen=True, slots=True)
class Context:
    """Options given before the command."""

    config: Path | None
    quiet: bool
    verbose: bool


Now = Annotated[str | None, typer.Option("--now", metavar="TIME", help="Take this moment for now: 2026-08-31T20:00Z.")]
AllowPrivate = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-private", metavar="HOST",
        help="Connect to this host of an intranet, whatever its address: HOST or HOST:PORT as in a URL. Repeatable.",
    ),
]  # fmt: skip
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]


def moment(text: str | None) -> datetime:
    """`--now`, or the clock; aware UTC."""
    if text is None:
        return datetime.now(UTC)
    try:
        parsed = datetime.fromisoformat(text)
        at = parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise UsageError("--now", f"{text!r} is not a time", "2026-08-31T20:00Z") from None
    if not 1990 <= at.year <= 2200:
        raise UsageError("--now", f"{text!r} is not a time of news", "2026-08-31T20:00Z")
    return at


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def waiting(told: Context) -> Callable[[str], None]:
    """Says, unless quiet, whom the run lock is waited for."""

    def say(holder: str) -> None:
        if not told.quiet:
            sys.stderr.write(f"conceptwire: waiting for {holder}\n")

    return say


def say_locked(told: Context, error: Locked, so: str, *, as_json: bool) -> None:
    """Say, unless quiet, who holds the database and since when, and what therefore was not done."""
    if not told.quiet:
        sys.stderr.write(f"conceptwire: {error.where} {error.wrong}; {so}\n")
    if as_json:
        print_json({"locked": error.wrong})


def write(path: Path, text: str) -> None:
    """Write a file that was asked for. Raises UsageError where it cannot be."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(str(path), f"cannot be written ({error.strerror})", "a file in a folder that you may write to") from None
