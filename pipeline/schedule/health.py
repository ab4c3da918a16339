"""What is known of each job, and what of it is wrong: plain values, judged at a moment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pipeline.schedule.planning import NEWS
from pipeline.schedule.triggers import Cron, Every

Result = Literal["ok", "failed", "locked", "stuck", "stopped"]
_FAILURES = 3  # in a row: one is a bad minute of the network
_PATIENCE = timedelta(minutes=15)  # a pass that is late by less is no news to anybody


@dataclass(frozen=True)
class Job:
    """One job's last start, end and result."""

    started: datetime | None = None
    ended: datetime | None = None
    running: bool = False
    stuck: bool = False
    code: int | None = None
    result: Result | None = None
    succeeded: datetime | None = None  # last
    failures: int = 0  # in a row

    def begun(self, now: datetime) -> "Job":
        """It starts."""
        return replace(self, started=now, running=True)

    def overdue(self) -> "Job":
        """It takes too long."""
        return replace(self, stuck=True)

    def over(self, result: Result, code: int, now: datetime) -> "Job":
        """It ends. Where another process held the lock, or this one stops, nothing is known of the job itself."""
        job = replace(self, ended=now, running=False, code=code, result=result)
        if result == "ok":
            return replace(job, succeeded=now, failures=0, stuck=False)
        return job if result in {"locked", "stopped"} else replace(job, failures=job.failures + 1)


def wrong(jobs: Mapping[str, Job], news: Every | Cron, since: datetime, now: datetime) -> list[str]:
    """What is wrong, a sentence each; nothing where all is well. `since`: when serve began."""
    found = [f"{name} is stuck, or was when it last ran" for name, job in jobs.items() if job.stuck]
    passes = jobs.get(NEWS, Job())
    if passes.failures >= _FAILURES:
        found.append(f"news failed {passes.failures} times in a row")
    last = passes.succeeded or since
    # A pass that is under way is judged as of its start: a long one is no late one, until it is stuck.
    at = passes.started if passes.running and passes.started else now
    if at > _late(news, last):
        found.append(f"news has not succeeded since {_written(last)}")
    if jobs.get("check", Job()).failures:
        found.append("check found trouble: conceptwire check says what")
    return found


def _late(news: Every | Cron, last: datetime) -> datetime:
    """When three turns have gone by without a success."""
    if isinstance(news, Every):
        return last + max(3 * news.step, _PATIENCE)
    turn: datetime | None = last
    for _ in range(3):
        turn = news.get_next_fire_time(turn, last) if turn else None
    return max(turn, last + _PATIENCE) if turn else datetime.max.replace(tzinfo=UTC)


def report(jobs: Mapping[str, Job], due: Mapping[str, datetime | None], found: list[str]) -> dict[str, Any]:
    """What /healthz prints."""
    return {
        "status": "trouble" if found else "ok",
        "wrong": found,
        "jobs": {name: _shown(job, due.get(name)) for name, job in jobs.items()},
    }


def _shown(job: Job, due: datetime | None) -> dict[str, Any]:
    return {
        "last_start": _written(job.started),
        "last_end": _written(job.ended),
        "running": job.running,
        "exit": job.code,
        "result": job.result,
        "failures_in_a_row": job.failures,
        "last_success": _written(job.succeeded),
        "next": _written(due),
    }


def _written(at: datetime | None) -> str | None:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else None
