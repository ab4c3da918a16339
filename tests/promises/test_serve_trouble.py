"""conceptwire serve with jobs that hang, fail and overlap: a small program that supervises scripted children."""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow
DRIVER = """
import json, logging, sys
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo
from pipeline import schedule
from pipeline.schedule.listening import Address
from pipeline.schedule.triggers import trigger
told = json.loads(sys.argv[1])
folder = Path(told["folder"])
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
triggers = {job: trigger(text, ZoneInfo("UTC")) for job, text in told["triggers"].items()}
plan = schedule.Plan(folder, folder / "news.db", triggers, timedelta(seconds=told["stuck"]), Address("127.0.0.1", 0, "listen"))
command = lambda job: [sys.executable, "-c", told["code"].get(job, "print('{}')")]
schedule.serve(lambda: plan, command, lambda job, counts: json.dumps(counts), patience=told["patience"], look=0.2)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


class Driven:
    """The small program under way."""

    def __init__(self, folder: Path, triggers: dict[str, str], code: dict[str, str], stuck: float = 60.0, patience: float = 1.0):
        told = {"folder": str(folder), "triggers": triggers, "code": code, "stuck": stuck, "patience": patience}
        self.log = folder / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen([sys.executable, "-c", DRIVER, json.dumps(told)], cwd=ROOT, stderr=log)

    def until(self, reached: Callable[[str], Any], seconds: float = 15.0) -> Any:
        """What `reached` makes of the log, once it is something."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := reached(self.log.read_text()):
                return found
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def says(self, text: str, times: int = 1) -> None:
        self.until(lambda log: log.count(text) >= times)

    def ask(self, path: str) -> tuple[int, str]:
        line = self.until(lambda log: [line for line in log.splitlines() if " answer at " in line])[0]
        try:
            with urllib.request.urlopen(line.rpartition(" at ")[2] + path, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def wrong(self) -> tuple[int, list[str]]:
        status, body = self.ask("/healthz")
        return status, json.loads(body)["wrong"]


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Callable[..., Driven]]:
    made: list[Driven] = []

    def start(**told: Any) -> Driven:
        made.append(Driven(tmp_path, **told))
        return made[-1]

    yield start
    for one in made:
        one.process.terminate()
        try:
            assert one.process.wait(10) == 0, one.log.read_text()
        finally:
            one.process.kill()
            one.process.wait()
        assert "Traceback (most" not in one.log.read_text(), one.log.read_text()


def test_a_stuck_job_is_reported_killed_and_started_again_while_others_go_on(drive):
    driven = drive(triggers={"news": "1s", "prune": "1s"}, code={"news": DEAF}, stuck=1.0, patience=0.5)
    driven.says("news: is stuck: it took longer than 0:00:01")
    assert driven.wrong() == (503, ["news is stuck, or was when it last ran"])
    driven.says("prune: ", times=2)
    driven.says("news: ended at last", times=2)
    metrics = driven.ask("/metrics")[1]
    assert 'conceptwire_jobs_total{job="news",result="stuck"}' in metrics
    assert 'conceptwire_jobs_total{job="prune",result="ok"}' in metrics


def test_jobs_queue_up_and_never_overlap(drive, tmp_path: Path):
    noted = tmp_path / "noted"
    code = f"import time; f = open({str(noted)!r}, 'a', buffering=1); f.write('+'); time.sleep(0.3); f.write('-'); print('{{}}')"
    driven = drive(triggers={"news": "1s", "prune": "1s", "check": "1s"}, code=dict.fromkeys(("news", "prune", "check"), code))
    for job in ("news", "prune", "check"):
        driven.says(f"{job}: ", times=2)
    assert set(noted.read_text().replace("+-", "")) <= {"+"}
    assert driven.wrong() == (200, [])


def test_three_failures_in_a_row_and_what_check_finds_are_said_with_the_childs_own_words(drive):
    fail = "import sys; sys.stderr.write('conceptwire: nothing could be fetched (8 host not found)'); sys.exit(1)"
    driven = drive(
        triggers={"news": "1s", "check": "1s"}, code={"news": fail, "check": "import sys; print('{\"a\": 1}'); sys.exit(1)"}
    )
    driven.says("news: failed (exit 1, ")
    driven.says("nothing could be fetched (8 host not found)", times=3)
    driven.says("check: failed (exit 1, ")
    assert '{"a": 1}' in driven.log.read_text()
    driven.until(lambda _: driven.wrong() == (503, [driven.wrong()[1][0], "check found trouble: conceptwire check says what"]))
    assert "times in a row" in driven.wrong()[1][0]


def test_a_database_that_another_process_holds_is_no_failure(drive):
    held = "import sys; sys.stderr.write('conceptwire: news.db: is being written by a test\\n  Try: wait'); sys.exit(75)"
    polite = """print('{"locked": "is being written by another"}')"""
    driven = drive(triggers={"news": "1s", "prune": "1s"}, code={"news": held, "prune": polite})
    driven.says("news: locked: news.db: is being written by a test\n", times=4)
    driven.says("prune: locked: is being written by another\n")
    assert driven.wrong() == (200, [])
    assert "conceptwire_lock_held_by_others 1.0" in driven.ask("/metrics")[1]


def test_a_child_that_does_not_listen_is_killed_after_its_time_and_at_once_when_told_twice(drive):
    driven = drive(triggers={"news": "1s"}, code={"news": "print('up', flush=True)\n" + DEAF}, patience=1.5)
    driven.until(lambda _: json.loads(driven.ask("/healthz")[1])["jobs"]["news"]["running"])
    time.sleep(0.5)
    began = time.monotonic()
    driven.process.send_signal(signal.SIGTERM)
    assert driven.process.wait(10) == 0
    assert 1.4 < time.monotonic() - began < 4
    again = drive(triggers={"news": "1s"}, code={"news": DEAF}, patience=30.0)
    again.until(lambda _: json.loads(again.ask("/healthz")[1])["jobs"]["news"]["running"])
    time.sleep(0.5)
    began = time.monotonic()
    for _ in range(2):
        again.process.send_signal(signal.SIGINT)
        time.sleep(0.2)
    assert again.process.wait(10) == 0
    assert time.monotonic() - began < 4


def test_many_signals_at_once_are_taken_one_after_the_other(drive):
    driven = drive(triggers={"news": "1h"}, code={})
    driven.says("news: ")
    for _ in range(50):
        driven.process.send_signal(signal.SIGHUP)
        time.sleep(0.002)
    driven.says("asked to reload: read anew")
    assert driven.process.poll() is None
    driven.says("news: ", times=2)
