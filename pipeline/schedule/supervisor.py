"""The supervisor: one job at a time, each as a child; told by the calendar, by signals and by changed files.

Whatever happens is a call put into one queue and made by one thread, so nothing here needs a lock. SimpleQueue.put may be
called within signal handlers; threading.Event.set may not: it can meet the very lock that its waiter holds.
"""

import json
import logging
import queue
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from models.errors import ConceptwireError
from pipeline.schedule import health
from pipeline.schedule.children import Child, Ended
from pipeline.schedule.listening import Answer
from pipeline.schedule.metrics import Metrics
from pipeline.schedule.planning import JOBS, NEWS, Fingerprint, Plan, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = logging.getLogger("conceptwire")
LOOK = 2.0  # seconds between two looks at the configuration's files
PATIENCE = 8.0  # seconds a child has to end; service managers kill after ten
_LAST = 1.0  # seconds more that the kernel has to end a killed child
_LOCKED = 75
_AGAIN = timedelta(minutes=10)  # a nightly job that found the database locked
_JUMP = 30.0  # seconds by which the clock went on without us, or back: a suspend, or set anew


@dataclass
class Supervisor:
    """What runs now, what waits, and how it went."""

    plan: Plan
    load: Callable[[], Plan]
    command: Callable[[str], Sequence[str]]  # job -> arguments of its process
    said: Callable[[str, Mapping[str, Any]], str]  # job, its JSON -> words for the log
    metrics: Metrics | None = None
    patience: float = PATIENCE
    look: float = LOOK
    jobs: dict[str, health.Job] = field(default_factory=lambda: dict.fromkeys(JOBS, health.Job()))
    began: datetime = field(default_factory=partial(datetime.now, UTC))
    _inbox: "queue.SimpleQueue[Callable[[], None]]" = field(default_factory=queue.SimpleQueue)
    _waiting: list[str] = field(default_factory=list)
    _child: Child | None = None
    _running: str = ""
    _stopping: bool = False
    _until: float = 0.0  # monotonic; a child that even SIGKILL does not end is left then
    _seen: Fingerprint = frozenset()  # the files that the plan was read from
    _changed: Fingerprint = frozenset()  # the files at the last look
    _drift: float = 0.0
    _scheduler: Any = None

    def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        self._seen = self._changed = fingerprint(self.plan.folder)
        self._drift = _drift()
        with self._signals(), self._calendar():
            self._ask(NEWS)
            while not self._stopping or (self._child is not None and time.monotonic() < self._until):
                try:
                    self._inbox.get(timeout=_LAST if self._stopping else self.look)()
                except queue.Empty:
                    self._look()

    def _look(self) -> None:
        drift, now = _drift(), fingerprint(self.plan.folder)
        if abs(drift - self._drift) > _JUMP:
            self._clock_jumped(back=drift < self._drift)
            self._drift = drift
        if now != self._seen and now == self._changed:  # twice the same: whoever writes is done
            self._reload("the configuration changed")
        self._changed = now

    @contextmanager
    def _signals(self) -> "Iterator[None]":
        actions: dict[int, Callable[[], None]] = {
            signal.SIGTERM: self._stop,
            signal.SIGINT: self._stop,
            signal.SIGHUP: partial(self._reload, "asked to reload"),
        }
        before = {number: signal.signal(number, lambda number, _: self._inbox.put(actions[number])) for number in actions}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def _calendar(self) -> "Iterator[None]":
        from apscheduler.schedulers.background import BackgroundScheduler

        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        for job, trigger in self.plan.triggers.items():
            self._schedule(job, trigger)
        self._scheduler.start()
        try:
            yield
        finally:
            self._scheduler.shutdown(wait=False)

    def _schedule(self, job: str, trigger: Any, called: str = "") -> None:
        due = partial(self._inbox.put, partial(self._due, job))
        self._scheduler.add_job(due, trigger, id=called or job, replace_existing=True)

    def _due(self, job: str) -> None:
        if job != self._running:  # a job that takes longer than its interval skips a turn
            self._ask(job)

    def _ask(self, job: str) -> None:
        """Run a job when nothing else runs; once, however often it was asked for meanwhile."""
        if job not in self._waiting and not self._stopping:
            self._waiting.append(job)
        self._next()

    def _next(self) -> None:
        if self._child is not None or not self._waiting or self._stopping:
            return
        job = self._running = self._waiting.pop(0)
        self._note(job, self.jobs[job].begun(_now()))
        if self.metrics:
            self.metrics.began(job)
        limit = self.plan.stuck.total_seconds()
        stuck, ended = partial(self._call, self._stuck, job), partial(self._call, self._ended, job)
        self._child = Child(self.command(job), limit, self.patience, stuck, ended)
        self._child.start()

    def _call(self, method: Callable[..., None], *values: Any) -> None:
        """Called by another thread: have it done by this one."""
        self._inbox.put(partial(method, *values))

    def _stuck(self, job: str) -> None:
        _log.error("%s: is stuck: it took longer than %s and is told to end", job, self.plan.stuck)
        self._note(job, self.jobs[job].overdue())

    def _ended(self, job: str, ended: Ended) -> None:
        self._child, self._running = None, ""
        counts = _counts(ended.out)
        result = self._result(ended, counts)
        now = _now()
        self._note(job, self.jobs[job].over(result, ended.code, now))
        if self.metrics:
            self.metrics.ended(job, result, ended.seconds, now)
            self.metrics.said(job, counts)
        self._tell(job, result, ended, counts)
        if result == "locked" and job != NEWS:
            from apscheduler.triggers.date import DateTrigger

            self._schedule(job, DateTrigger(now + _AGAIN), f"{job} again")
        self._next()

    def _result(self, ended: Ended, counts: Mapping[str, Any]) -> health.Result:
        if ended.stuck:
            return "stuck"
        if ended.code == _LOCKED or "locked" in counts:
            return "locked"
        if self._stopping and (ended.code in {0, 130, 143} or ended.code < 0):
            return "stopped"
        return "failed" if ended.code else "ok"

    def _tell(self, job: str, result: health.Result, ended: Ended, counts: Mapping[str, Any]) -> None:
        took = f"{ended.seconds:.1f} s"
        if result == "locked":
            _log.info("%s: locked: %s", job, counts.get("locked") or ended.err.partition("\n")[0].removeprefix("conceptwire: "))
        elif result == "failed":
            _log.error("%s: failed (exit %s, %s) %s", job, ended.code, took, ended.err or self.said(job, counts))
        elif result == "stuck":
            _log.error("%s: ended at last (%s) %s", job, took, ended.err)
        else:
            words = self.said(job, counts) if counts else "killed" if ended.code < 0 else "ended"
            _log.info("%s: %s; %s%s", job, words, took, ", stopped" if result == "stopped" else "")
            if ended.err and result == "ok":
                _log.warning("%s: %s", job, ended.err)

    def _note(self, job: str, known: health.Job) -> None:
        self.jobs = self.jobs | {job: known}  # a new dictionary: the server's threads read the old one to its end

    def _stop(self) -> None:
        if self._child is not None and self._stopping:  # told twice: somebody is in a hurry
            self._child.kill()
        elif self._child is not None:
            _log.info("stopping: %s has %.0f s to finish what is in hand", self._running, self.patience)
            self._child.finish()
        if not self._stopping:
            self._until = time.monotonic() + self.patience + _LAST
        self._stopping = True
        self._waiting.clear()

    def _reload(self, why: str) -> None:
        if self._stopping:
            return
        self._seen = self._changed = fingerprint(self.plan.folder)
        try:
            plan = self.load()
        except ConceptwireError as error:
            _log.error("%s, but it cannot be used; the old schedule goes on: %s", why, error)
            return
        old, self.plan = self.plan, plan
        for job, trigger in plan.triggers.items():
            if old.triggers.get(job) != trigger:
                self._schedule(job, trigger)
        for job in old.triggers.keys() - plan.triggers.keys():
            self._scheduler.remove_job(job)
        _log.info("%s: read anew", why)
        if plan.listen != old.listen:
            _log.warning("listen is another: it takes a restart")
        self._ask(NEWS)

    def _clock_jumped(self, *, back: bool) -> None:
        """After a suspend the scheduler would sleep on for as long; after a clock set back, until the old time comes again."""
        for job, trigger in self.plan.triggers.items() if back else ():
            self._schedule(job, trigger)
        self._scheduler.wakeup()

    def answer(self, path: str) -> Answer | None:
        """/healthz and /metrics; called by the server's threads."""
        if path == "/metrics" and self.metrics:
            return Answer(200, *self.metrics.text())
        if path != "/healthz":
            return None
        now, jobs, plan = _now(), self.jobs, self.plan
        found = health.wrong(jobs, plan.triggers[NEWS], self.began, now)
        due = {job: trigger.get_next_fire_time(None, now) for job, trigger in plan.triggers.items()}
        body = json.dumps(health.report(jobs, due, found), indent=2) + "\n"
        return Answer(503 if found else 200, "application/json", body.encode())


def _counts(out: str) -> dict[str, Any]:
    try:
        found = json.loads(out)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _drift() -> float:
    """How far the clock is from the counter that neither a suspend nor a person moves."""
    return _now().timestamp() - time.monotonic()


def _now() -> datetime:
    return datetime.now(UTC)
