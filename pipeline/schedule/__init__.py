"""conceptwire serve: each job a child process of the same program, started when it is due, killed when it is stuck.

A child gives its memory back, reads the configuration as it is then, and can be killed; the store is made for that. So the
supervisor holds no database and no articles, and survives whatever a job does.

    triggers.py     when: cron in a time zone, intervals
    planning.py     what settings.toml says of it
    children.py     one child
    supervisor.py   what runs, what waits; signals, changed files
    health.py       what is wrong          metrics.py     what is counted          listening.py   where both are asked for
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from models.errors import Locked
from pipeline.adapters.lock import held
from pipeline.schedule.listening import listening
from pipeline.schedule.metrics import Metrics
from pipeline.schedule.planning import Plan, planned
from pipeline.schedule.supervisor import LOOK, PATIENCE, Supervisor

__all__ = ["Plan", "planned", "serve"]
_log = logging.getLogger("conceptwire")


def serve(
    load: Callable[[], Plan],
    command: Callable[[str], Sequence[str]],
    said: Callable[[str, Mapping[str, Any]], str],
    *,
    patience: float = PATIENCE,
    look: float = LOOK,
) -> None:
    """Run jobs until SIGTERM or SIGINT. Raises ConfigError, and Locked where the database is served already."""
    plan = load()
    own = plan.database.with_name(plan.database.name + ".serve")  # not the run lock: that is for who writes
    with ExitStack() as stack:
        try:
            stack.enter_context(held(own, "conceptwire serve", datetime.now(UTC)))
        except Locked as error:
            wrong = error.wrong.replace("is being written by", "is kept up to date already, by")
            raise Locked(str(plan.database), wrong, "one serve for one database is enough") from None
        metrics = Metrics(plan.listen.where) if plan.listen else None
        supervisor = Supervisor(plan, load, command, said, metrics, patience, look)
        if plan.listen:
            address = stack.enter_context(listening(plan.listen, supervisor.answer))
            _log.info("/healthz and /metrics answer at %s", address)
        supervisor.run()
