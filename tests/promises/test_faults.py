"""Nothing is lost, whatever breaks: a killed run can be finished, a second one waits its turn."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import NOW, ROOT, Site, new_site

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


def killed_at(site: Site, kind: str, number: int) -> int:
    script = site.folder / "dying.py"
    script.write_text(DYING)
    arguments = [sys.executable, str(script), str(site.folder), str(site.recording), kind, str(number)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CONCEPTWIRE_")}
    return subprocess.run(
        arguments, env=environment | {"PYTHONPATH": str(ROOT)}, timeout=60, capture_output=True, check=False
    ).returncode


STEPS = [("polled", 1), ("polled", 5), ("ended", 1), ("ended", 20), ("ended", 70), ("settled", 1), ("settled", 2), ("settled", 9)]


@pytest.mark.parametrize(("kind", "number"), STEPS)
def test_a_run_killed_at_any_step_can_be_finished(kind: str, number: int, site: Site, unbroken: Site):
    assert killed_at(site, kind, number) == -signal.SIGKILL
    site.run()
    assert site.links() == unbroken.links()
    assert site.rows("SELECT count(*) FROM entry WHERE state = 'queued'") == [(0,)]


@pytest.mark.slow
def test_a_run_killed_at_any_moment_can_be_finished(tmp_path: Path, unbroken: Site):
    site = new_site(tmp_path / "site")
    for wait in (0.4, 0.7, 1.0, 1.3, 1.6):
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


def test_a_killed_run_leaves_no_worker_behind(site: Site):
    assert killed_at(site, "ended", 5) == -signal.SIGKILL
    for _ in range(50):
        if not _processes_naming(str(site.folder)):
            return
        time.sleep(0.1)
    raise AssertionError(_processes_naming(str(site.folder)))


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
    done = site.call("run", "--json", "--now", NOW, "--replay", str(empty), check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["feed_failures"] == {"host not found": 8}


def test_serve_runs_a_pass_and_stops_cleanly_on_sigterm(site: Site):
    process = subprocess.Popen(
        site.command("serve"), cwd=ROOT, stderr=subprocess.PIPE, text=True, env=os.environ | {"CONCEPTWIRE_EXCHANGE_SECONDS": "2"}
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    _, rest = process.communicate(timeout=30)
    assert process.returncode == 0, line + rest
    assert "Traceback" not in line + rest
