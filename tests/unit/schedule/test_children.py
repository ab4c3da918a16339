"""Children are timed, told, and killed with all that they started."""

import queue
import signal
import sys
import time
from pathlib import Path

from pipeline.schedule.children import Child, Ended

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(grandchild.pid, flush=True)
time.sleep(60)
"""


def started(code: str, limit: float = 20.0, patience: float = 5.0) -> tuple[Child, "queue.Queue[Ended | str]"]:
    told: queue.Queue[Ended | str] = queue.Queue()
    child = Child([sys.executable, "-c", code], limit, patience, lambda: told.put("stuck"), told.put)
    child.start()
    return child, told


def ended(told: "queue.Queue[Ended | str]") -> Ended:
    found = told.get(timeout=15)
    assert isinstance(found, Ended)
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_it_says_and_how_it_ends_is_told():
    _, told = started("import sys; print('{}'); sys.stderr.write('oh\\n'); sys.exit(3)")
    found = ended(told)
    assert (found.code, found.out, found.err, found.stuck) == (3, "{}", "oh", False)
    assert 0 < found.seconds < 10


def test_it_has_a_session_of_its_own_and_an_input_that_stays_open_while_we_live():
    _, told = started("import os, select; print(os.getsid(0) == os.getpid(), select.select([0], [], [], 0.2)[0])")
    assert ended(told).out == "True []"


def test_one_that_is_told_may_finish():
    code = (
        "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\nprint('up', flush=True)\ntime.sleep(60)"
    )
    child, told = started(code)
    time.sleep(0.5)
    child.finish()
    found = ended(told)
    assert (found.code, found.stuck) == (0, False)


def test_one_that_takes_too_long_and_does_not_listen_is_killed_with_all_that_it_started():
    _, told = started(STUBBORN, limit=1.0, patience=0.5)
    assert told.get(timeout=10) == "stuck"
    found = ended(told)
    assert (found.code, found.stuck) == (-signal.SIGKILL, True)
    assert 1.4 < found.seconds < 6
    until = time.monotonic() + 5
    while alive(int(found.out)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(int(found.out))


def test_what_a_killed_one_leaves_behind_holds_nobody_up():
    code = "import os, subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\nos.kill(os.getpid(), 9)"
    _, told = started(code)
    assert ended(told).seconds < 10


def test_a_program_that_is_not_there_has_ended():
    told: queue.Queue[Ended] = queue.Queue()
    before = len(list(Path("/proc/self/fd").iterdir()))
    Child(["/nowhere/at/all"], 5.0, 5.0, lambda: None, told.put).start()
    found = told.get(timeout=5)
    assert found.code == 71
    assert "No such file" in found.err
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
