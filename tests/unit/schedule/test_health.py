"""What is wrong is said, and nothing else."""

from datetime import UTC, datetime, timedelta

from pipeline.schedule.health import Job, report, wrong
from pipeline.schedule.triggers import Cron, Every

BEGAN = datetime(2026, 8, 31, 8, tzinfo=UTC)  # a Monday
FIVE = Every(timedelta(minutes=5))
MINUTE = timedelta(minutes=1)


def after(minutes: float) -> datetime:
    return BEGAN + minutes * MINUTE


def test_a_serve_that_has_just_begun_is_well():
    assert wrong({"news": Job()}, FIVE, BEGAN, after(14)) == []


def test_no_success_for_three_intervals_is_wrong_but_not_before_a_quarter_of_an_hour():
    assert wrong({"news": Job()}, FIVE, BEGAN, after(16)) == ["news has not succeeded since 2026-08-31T08:00:00Z"]
    ok = {"news": Job().begun(after(1)).over("ok", 0, after(2))}
    assert wrong(ok, FIVE, BEGAN, after(16)) == []
    assert wrong(ok, FIVE, BEGAN, after(18)) == ["news has not succeeded since 2026-08-31T08:02:00Z"]
    hourly = Every(timedelta(hours=1))
    assert wrong(ok, hourly, BEGAN, after(181)) == []
    assert wrong(ok, hourly, BEGAN, after(183)) != []


def test_an_expression_that_rests_at_weekends_is_well_on_sundays():
    weekdays = Cron("0 8 * * mon-fri", UTC)
    friday = BEGAN - timedelta(days=3)
    ok = {"news": Job().begun(friday).over("ok", 0, friday + MINUTE)}
    assert wrong(ok, weekdays, friday, BEGAN - timedelta(hours=9)) == []
    assert wrong(ok, weekdays, friday, BEGAN + timedelta(days=1.9)) == []
    assert wrong(ok, weekdays, friday, BEGAN + timedelta(days=2.1)) != []


def test_a_long_pass_is_no_late_one_until_it_is_stuck():
    job = Job().begun(after(1))
    assert wrong({"news": job}, FIVE, BEGAN, after(50)) == []
    assert wrong({"news": job.overdue()}, FIVE, BEGAN, after(50)) == ["news is stuck, or was when it last ran"]
    ended = job.overdue().over("stuck", -9, after(51))
    assert "news is stuck, or was when it last ran" in wrong({"news": ended}, FIVE, BEGAN, after(52))
    assert wrong({"news": ended.begun(after(52)).over("ok", 0, after(53))}, FIVE, BEGAN, after(54)) == []


def test_three_failures_in_a_row_are_wrong_and_a_locked_database_is_none():
    job = Job()
    for result in ("failed", "locked", "failed", "stopped"):
        job = job.begun(after(1)).over(result, 1, after(2))
    assert wrong({"news": job}, FIVE, BEGAN, after(3)) == []
    job = job.over("failed", 1, after(3))
    assert wrong({"news": job}, FIVE, BEGAN, after(3)) == ["news failed 3 times in a row"]
    assert wrong({"news": job.over("ok", 0, after(4))}, FIVE, BEGAN, after(5)) == []


def test_what_check_found_is_wrong_until_it_finds_nothing():
    found = Job().over("failed", 1, after(1))
    assert wrong({"check": found}, FIVE, BEGAN, after(2)) == ["check found trouble: conceptwire check says what"]
    assert wrong({"check": found.over("ok", 0, after(2))}, FIVE, BEGAN, after(3)) == []


def test_the_report_says_of_each_job_when_and_how():
    job = Job().begun(after(1)).over("failed", 2, after(2))
    found = report({"news": job, "prune": Job()}, {"news": after(5)}, ["trouble"])
    assert (found["status"], found["wrong"]) == ("trouble", ["trouble"])
    assert found["jobs"]["news"] == {
        "last_start": "2026-08-31T08:01:00Z", "last_end": "2026-08-31T08:02:00Z", "running": False, "exit": 2, "result": "failed",
        "failures_in_a_row": 1, "last_success": None, "next": "2026-08-31T08:05:00Z",
    }  # fmt: skip
    assert found["jobs"]["prune"]["next"] is None
    assert report({}, {}, [])["status"] == "ok"
