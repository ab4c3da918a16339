"""conceptwire serve: the same pass, again and again, by APScheduler; stops cleanly when it is told to."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from models.errors import ConceptwireError, ConfigError
from models.settings import Settings
from pipeline import passes, wiring

_log = logging.getLogger("conceptwire")
_PATIENCE = 8  # seconds; service managers kill after ten


def serve(
    load: Callable[[], wiring.Site],
    watcher: Callable[[threading.Event], passes.Watcher],
    summary: Callable[[passes.Passed], str],
) -> None:
    """Run passes until SIGTERM or SIGINT; the article in hand is finished, the rest waits in the database's queue."""
    from apscheduler.schedulers.background import BackgroundScheduler

    site = load()
    trigger = _trigger(site.settings)
    stop, idle = threading.Event(), threading.Event()
    idle.set()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def job() -> None:
        idle.clear()
        try:
            passed = passes.one(load(), _now(), clock=_now, watcher=watcher(stop))
            _log.info("%s", summary(passed))
        except ConceptwireError as error:
            _log.error("%s", error)
        finally:
            idle.set()

    scheduler = BackgroundScheduler(timezone=site.settings.timezone)
    scheduler.add_job(job, trigger, coalesce=True, max_instances=1, misfire_grace_time=None, next_run_time=_now())
    scheduler.start()
    stop.wait()
    scheduler.shutdown(wait=False)
    if not idle.wait(_PATIENCE):  # what is in hand rolls back, and the next pass takes it up
        _log.warning("a pass did not end in %s s and is left", _PATIENCE)
        logging.shutdown()
        os._exit(0)


def _trigger(settings: Settings) -> Any:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from apscheduler.triggers.cron import CronTrigger
    from apscheduler.triggers.interval import IntervalTrigger

    try:
        zone = ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError("timezone", f"{settings.timezone!r} is no time zone", 'timezone = "Europe/Berlin"') from None
    if not settings.serve_cron:
        return IntervalTrigger(minutes=settings.serve_every_minutes, timezone=zone)
    try:
        return CronTrigger.from_crontab(settings.serve_cron, timezone=zone)
    except ValueError as error:
        raise ConfigError("serve_cron", f"{settings.serve_cron!r}: {error}", 'serve_cron = "5 * * * *"') from None


def _now() -> datetime:
    return datetime.now(UTC)
