"""conceptwire serve."""

import logging
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from pipeline.cli.context import AllowPrivate, Context
from pipeline.cli.run import counted

_COMMANDS = {
    "news": ("run", "--gently", "--fail-if-locked"),
    "prune": ("prune",),
    "check": ("check",),
    "vacuum": ("vacuum",),
}
_Listen = Annotated[
    str | None,
    typer.Option(
        "--listen", metavar="HOST:PORT", help="Answer /healthz and /metrics there, on loopback. Else: listen in settings.toml."
    ),
]


def serve(context: typer.Context, listen: _Listen = None, allow_private: AllowPrivate = None) -> None:
    """Keep the links up to date until SIGTERM or Ctrl-C: run now and then, prune, check and vacuum by the calendar.

    settings.toml says when (serve_every_minutes or serve_cron, prune_at, check_at, vacuum_at, timezone). Changed files of the
    configuration are noticed within seconds, and so is SIGHUP. Each job is a process of its own; one that takes longer than
    stuck_minutes is ended. SIGTERM ends everything within ten seconds, and nothing is lost.

    Exit codes: 0 stopped, 2 the configuration cannot be used, 75 another serve keeps this database.

    Examples:

      conceptwire --config news serve

      conceptwire --config news serve --listen 127.0.0.1:9464
    """
    from config import loading
    from pipeline import schedule

    private = allow_private or []
    for host in private:
        loading.check_host(host, "--allow-private")
    told: Context = context.obj
    logging.basicConfig(
        level=logging.WARNING if told.quiet else logging.INFO,
        format="%(asctime)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S%z",
        stream=sys.stderr,
    )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    schedule.serve(lambda: schedule.planned(told.config, listen), lambda job: _command(told, job, private), _said)


def _command(told: Context, job: str, private: list[str]) -> list[str]:
    folder = ["--config", str(told.config)] if told.config else []
    allowed = [word for host in private for word in ("--allow-private", host)] if job == "news" else []
    return [
        sys.executable,
        "-m",
        "pipeline.cli.supervised",
        "--verbose" if told.verbose else "--quiet",
        *folder,
        *_COMMANDS[job],
        *allowed,
        "--json",
    ]


def _said(job: str, counts: Mapping[str, Any]) -> str:
    if job == "news" and "outcomes" in counts:
        return counted(counts)
    if job == "check" and "faults" in counts:
        return "; ".join(str(fault["wrong"]) for fault in counts["faults"]) or "sound"
    plain = {key: value for key, value in counts.items() if isinstance(value, str | int | float)}
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in plain.items()) or "done"
