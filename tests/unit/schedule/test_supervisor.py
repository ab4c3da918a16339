"""What the supervisor notices between jobs: a clock that jumped, files that somebody is still writing."""

from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.schedule import Plan, Supervisor
from pipeline.schedule.triggers import Cron, Every


@dataclass
class Calendar:
    """A scheduler that only notes what it is told."""

    told: list[str] = field(default_factory=list)

    def add_job(self, call: Any, trigger: Any, id: str, replace_existing: bool) -> None:  # noqa: A002 - the library's name
        self.told.append(f"{id} anew")

    def remove_job(self, id: str) -> None:  # noqa: A002
        self.told.append(f"{id} never")

    def wakeup(self) -> None:
        self.told.append("awake")


@dataclass
class Room:
    """A supervisor that has begun, without its loop."""

    plans: list[Plan]
    calendar: Calendar
    supervisor: Supervisor


@pytest.fixture
def room(tmp_path: Path) -> Room:
    (tmp_path / "concepts").mkdir()
    triggers = {"news": Every(timedelta(minutes=5)), "prune": Cron("10 3 * * *", UTC), "check": Cron("20 3 * * *", UTC)}
    plan = Plan(tmp_path, tmp_path / "news.db", triggers, timedelta(hours=1))
    plans = [plan]
    calendar = Calendar()
    made = Supervisor(plan, lambda: plans[-1], lambda job: ["/nowhere"], lambda job, counts: "")
    made._scheduler = calendar
    made._look()
    calendar.told.clear()
    return Room(plans, calendar, made)


def test_after_a_suspend_the_calendar_is_woken_and_what_it_missed_is_kept(room: Room):
    room.supervisor._drift -= 3600
    room.supervisor._look()
    room.supervisor._look()
    assert room.calendar.told == ["awake"]


def test_after_a_clock_was_set_back_jobs_are_scheduled_by_the_new_time(room: Room):
    room.supervisor._drift += 3600
    room.supervisor._look()
    assert room.calendar.told == ["news anew", "prune anew", "check anew", "awake"]


def test_files_are_read_once_nobody_writes_them_any_more_and_only_what_changed_is_scheduled(room: Room):
    first = room.plans[0]
    triggers = {"news": first.triggers["news"], "prune": Every(timedelta(hours=6))}
    room.plans.append(Plan(first.folder, first.database, triggers, first.stuck))
    for content in ("h", "half", "whole"):
        (first.folder / "concepts" / "token.md").write_text(content)
        room.supervisor._look()
        assert room.calendar.told == []
    room.supervisor._look()
    assert room.calendar.told == ["prune anew", "check never"]
    assert room.supervisor._running == "news"
    room.supervisor._look()
    assert room.calendar.told == ["prune anew", "check never"]


def test_what_is_asked_for_twice_runs_once(room: Room):
    for job in ("news", "prune", "prune", "check"):
        room.supervisor._ask(job)
    assert (room.supervisor._running, room.supervisor._waiting) == ("news", ["prune", "check"])
    room.supervisor._due("news")
    assert room.supervisor._waiting == ["prune", "check"]
