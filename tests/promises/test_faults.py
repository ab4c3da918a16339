"""Nothing is lost, whatever breaks: a killed run can be finished, a second one waits its turn."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import warm
from tests.conftest import NOW, ROOT, Site, clean, new_site

DYING = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from pipeline import passes, wiring
folder, recording, kind, number = sys.argv[1:]
left = {"polled": -1, "ended": -1, "settled": -1} | {kind: int(number)}
def step(name):
    def heard(*_):
        left[name] -= 1
        if left[name] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return heard
now = datetime.fromisoformat("2026-08-31T20:00:00Z")
watcher = passes.Watcher(polled=step("polled"), ended=step("ended"), settled=step("settled"))
if __name__ == "__main__":
    passes.one(wiring.site(Path(folder)), now, clock=lambda: now, replay=[Path(recording)], watcher=watcher)
"""


def killed_at(site: Site, kind: str, number: int, workers: int = 1) -> int:
    """Kill a run when it has said so often that a step is done; gives how it ended."""
    script = site.folder / "dying.py"
    script.write_text(DYING)
    environment = clean() | {"PYTHONPATH": str(ROOT), "CONCEPTWIRE_WORKERS": str(workers)}
    arguments = [str(site.folder), str(site.recording), kind, str(number)]
    return warm.call(arguments, environment, script=script).returncode


# Each of these runs goes on with what the one before it left, and is killed in its turn.
STEPS = {"polled": (1, 5), "ended": (1, 20, 49), "settled": (1, 2, 9)}


@pytest.mark.parametrize("kind", STEPS)
def test_runs_killed_at_one_step_after_the_other_can_be_finished_and_leave_no_worker_behind(
    kind: str, site: Site, unbroken: Site
):
    for number in STEPS[kind]:
        assert killed_at(site, kind, number, workers=2 if number == 1 else 1) == -signal.SIGKILL
        within(5, lambda: not _processes_naming(str(site.folder)))
    site.run()
    assert site.links() == unbroken.links()
    assert site.rows("SELECT count(*) FROM entry WHERE state = 'queued'") == [(0,)]


@pytest.mark.slow
def test_a_run_killed_at_any_moment_can_be_finished(tmp_path: Path, unbroken: Site):
    site = new_site(tmp_path / "site")
    for wait in (0.5, 1.0, 1.5):
        process = subprocess.Popen(
            site.command("-q", "run", "--now", NOW, "--replay", str(site.recording)),
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(wait)
        process.kill()
        process.wait()
    site.run()
    assert site.links() == unbroken.links()


def within(seconds: float, reached: Callable[[], object]) -> None:
    """Wait for something to come true."""
    until = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < until
        time.sleep(0.02)


def _processes_naming(text: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line:
            found.append(line)
    return found


def test_a_second_run_says_who_holds_the_lock_and_exits_0_or_75_if_asked(site: Site):
    holder = subprocess.Popen([sys.executable, "-c", HOLDING, str(site.database)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        polite = site.call("run", "--now", NOW, "--replay", str(site.recording))
        assert "is being written by a test" in polite.stderr
        assert "since 2026-08-31 20:00:00Z" in polite.stderr
        assert site.call("run", "--fail-if-locked", "--now", NOW, "--replay", str(site.recording), check=False).returncode == 75
    finally:
        holder.kill()
        holder.communicate()
    assert site.run()["outcomes"]["New"] == 73


HOLDING = """
import sys, time
from datetime import datetime
from pathlib import Path
from pipeline.adapters.lock import held
with held(Path(sys.argv[1]), "a test", datetime.fromisoformat("2026-08-31T20:00:00Z")):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_run_in_which_nothing_can_be_fetched_exits_1(site: Site, tmp_path: Path):
    empty = tmp_path / "other.warc"
    block = "HTTP/1.1 200 OK\r\n\r\n"
    empty.write_text(
        "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:0>\r\nWARC-Target-URI: https://elsewhere.example/\r\n"
        f"WARC-Date: 2026-08-01T00:00:00Z\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n{block}\r\n\r\n",
        newline="",
    )
    one = {"CONCEPTWIRE_WORKERS": "1"}  # workers that are ended while they still start may complain of it, once in a while
    done = site.call("run", "--json", "--now", NOW, "--replay", str(empty), environment=one, check=False, cold=True)
    assert done.returncode == 1
    assert json.loads(done.stdout)["feed_failures"] == {"host not found": 8}
