"""Names that take long to look up, or are not found."""

import socket
import subprocess
import sys
import threading
import time

from pipeline.adapters.http import lookups
from tests.conftest import ROOT
from tests.unit.adapters.test_http import failure_at, fetched

HANGING = """
import socket, time
socket.getaddrinfo = lambda *_, **__: time.sleep(30)
from models.page import Request
from pipeline.adapters.http import Live, Limits
limits = Limits("a/1", 5.0, 1000, 5, 9, 0.0, stalled_seconds=0.3)
print([answer.reason for answer in Live(limits)(Request(f"http://h{n}.example/") for n in range(3))])
"""


def test_a_lookup_that_hangs_keeps_no_process_from_ending():
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", HANGING], cwd=ROOT, capture_output=True, text=True, timeout=25, check=True)
    assert (done.stdout, done.stderr) == ("['timeout', 'timeout', 'timeout']\n", "")
    assert time.monotonic() - began < 15


def test_a_name_that_nobody_knows_has_its_reason(monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert failure_at("http://nowhere.example/") == "host not found"


def test_so_many_lookups_at_once_and_no_more(monkeypatch):
    guard, now, most = threading.Lock(), 0, 0

    def slow(*_, **__):
        nonlocal now, most
        with guard:
            now, most = now + 1, max(most, now + 1)
        time.sleep(0.02)
        with guard:
            now -= 1
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(lookups, "_AT_ONCE", 3)
    monkeypatch.setattr(socket, "getaddrinfo", slow)
    assert len(fetched(*[f"http://h{number}.example/" for number in range(20)])) == 20
    assert most == 3
