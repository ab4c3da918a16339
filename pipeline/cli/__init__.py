"""The command line: parse, read the clock, drain, draw, exit code. Commands import what they need when they run."""

import errno
import gc
import io
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from models.errors import ConceptwireError
from pipeline.cli import (
    backfill,
    concepts,
    decide,
    evaluate,
    init,
    judge,
    keeping,
    learn,
    links,
    rescore,
    review,
    run,
    serve,
    show,
    sources,
)
from pipeline.cli.context import Context

app = typer.Typer(
    name="conceptwire",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Keep every page of a glossary in the news.\n\n"
        "Fetches feeds, reads the articles, decides which concepts of a glossary each is about, and keeps ranked, "
        "dated, explained links in one SQLite file that web sites read.\n\n"
        "Start: conceptwire init news; conceptwire --config news run; conceptwire --config news links foundation-model"
    ),
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"conceptwire {version('conceptwire')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            help="Folder of settings.toml, sources.toml and concepts/. Default: $CONCEPTWIRE_CONFIG, else the starter "
            "that comes with the program, with its database in the working directory.",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors and what --json prints.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say how every feed and entry ended.")] = False,
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")] = False,
) -> None:
    """Options of all commands."""
    context.obj = Context(config, quiet, verbose)


app.command()(init.init)
app.command()(run.run)
app.command()(backfill.backfill)
app.command()(serve.serve)
app.command()(links.links)
app.command()(links.explain)
app.command()(show.site)
app.command()(show.export)
app.command()(show.publish)
app.command()(show.contract)
app.command("eval")(evaluate.evaluate)
app.command()(judge.judge)
app.command()(rescore.rescore)
app.command()(keeping.prune)
app.command()(keeping.vacuum)
app.command()(keeping.check)
app.command()(keeping.backup)
for command in (decide.pin, decide.keep, decide.hide, decide.unpin, decide.unkeep, decide.unhide, decide.decisions):
    app.command()(command)
app.command()(review.review)
app.command()(learn.learn)
app.add_typer(sources.app, name="sources")
app.add_typer(concepts.app, name="concepts")


def hoisted(arguments: Sequence[str]) -> list[str]:
    """The arguments with the options of all commands first, so that `run --quiet` means what `--quiet run` means."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument in {"--config", "-c"}:
            front += [argument, *([value] if (value := next(waiting, None)) is not None else [])]
        elif argument in {"--quiet", "-q", "--verbose", "-v"} or argument.startswith("--config="):
            front.append(argument)
        else:
            rest.append(argument)
    return front + rest


def main() -> None:
    """The console script. What a person did wrong is one sentence and its remedy on standard error."""
    gc.set_threshold(50_000)  # counting makes many small dictionaries and no cycles: an eighth of its time was spent in search
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without “ or · still gets the rest
    logging.getLogger("aiohttp").setLevel(logging.ERROR)  # it warns of strangers' headers in their own words
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        app(hoisted(sys.argv[1:]))
    except ConceptwireError as error:
        sys.stderr.write(f"conceptwire: {error}\n")
        sys.exit(error.exit_code)
    except _Stopped as stop:
        sys.stderr.write("conceptwire: stopped; what was read is kept, the next run goes on with the rest\n")
        sys.exit(128 + stop.number)
    except OSError as error:
        if error.errno not in {errno.EPIPE, errno.ENOSPC}:
            raise
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - nothing more can be written
        sys.exit(141 if error.errno == errno.EPIPE else 1)


class _Stopped(BaseException):
    """Ctrl-C or SIGTERM: unwound, so that open transactions roll back and workers end."""

    def __init__(self, number: int) -> None:
        self.number = number


def _stop(number: int, _: object) -> None:
    raise _Stopped(number)
