"""What settings.toml says of the schedule, checked; and whether any file of the configuration has changed."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from pathlib import Path

from config import loading
from models.errors import ConfigError
from models.settings import Settings
from pipeline import wiring
from pipeline.schedule.listening import Address, address
from pipeline.schedule.triggers import Cron, Every, trigger

NEWS = "news"
_CALENDAR = {"prune": "prune_at", "check": "check_at", "vacuum": "vacuum_at"}  # job: its setting
JOBS = (NEWS, *_CALENDAR)
_EXAMPLES = {NEWS: "5 * * * *", "prune": "10 3 * * *", "check": "20 3 * * *", "vacuum": "30 3 * * sun"}


@dataclass(frozen=True)
class Plan:
    """When each job is due, and the rest of what serve is told."""

    folder: Path  # of the configuration
    database: Path
    triggers: Mapping[str, Every | Cron]  # without the jobs that never run
    stuck: timedelta
    listen: Address | None = None


def planned(folder: Path | None, listen: str | None = None, environment: Mapping[str, str] = os.environ) -> Plan:
    """The plan of a configuration, which is read whole. Raises ConfigError. `listen` counts more than the setting."""
    site = wiring.site(folder)
    settings = site.settings

    def where(key: str) -> str:
        variable = loading.PREFIX + key.upper()
        return variable if variable in environment else loading.line(site.folder / "settings.toml", key)

    zone = _zone(settings.timezone, where("timezone"))
    news = _trigger(settings, "serve_cron", NEWS, zone, where)
    said = {NEWS: news or Every(timedelta(minutes=settings.serve_every_minutes))}
    for job, key in _CALENDAR.items():
        if (found := _trigger(settings, key, job, zone, where)) is not None:
            said[job] = found
    place = address(settings.listen, where("listen")) if listen is None else address(listen, "--listen")
    return Plan(site.folder, wiring.database_path(site), said, timedelta(minutes=settings.stuck_minutes), place)


def _trigger(settings: Settings, key: str, job: str, zone: tzinfo, where: Callable[[str], str]) -> Every | Cron | None:
    text = str(getattr(settings, key))
    try:
        return trigger(text, zone)
    except ValueError as error:
        example = f'{key} = "{_EXAMPLES[job]}" (minute, hour, day, month, weekday), or "6h", or "" for never'
        raise ConfigError(where(key), f"{key} is {text!r}: {error}", example) from None


def _zone(name: str, where: str) -> tzinfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(where, f"{name!r} is no time zone", 'timezone = "Europe/Berlin"') from None


Fingerprint = frozenset[tuple[str, int, int, int]]


def fingerprint(folder: Path) -> Fingerprint:
    """Name, size, time and number of every file that says something: *.toml and concepts/*.md. Nothing is opened."""
    found = set()
    for place, ending in ((folder, ".toml"), (folder / "concepts", ".md")):
        try:
            names = [name for name in os.listdir(place) if name.endswith(ending)]  # noqa: PTH208 - every two seconds
        except OSError:  # being moved: the next look tells
            continue
        for name in names:
            try:
                seen = (place / name).stat()
            except OSError:  # gone meanwhile, or an editor's link to nowhere
                continue
            found.add((name, seen.st_size, seen.st_mtime_ns, seen.st_ino))
    return frozenset(found)
