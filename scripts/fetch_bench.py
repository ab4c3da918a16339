"""Ten thousand sources, all with nothing new, with and without hosts that misbehave. Part of scripts/bench --fetch.

Each source has an address of its own in 127.0.0.0/8, served by one process beside the program (Linux). All are fetched once;
then two copies of that database meet the same sources a fortnight later: once all answer 304, once a share of hosts is
gone, silent, drips or breaks off. Measured is `conceptwire run`, the whole process with all that it starts.
"""

import argparse
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fetch_hosts import address, misbehaviour

ROOT = Path(__file__).resolve().parent.parent
_FIRST, _LATER = "2026-08-17T08:00Z", "2026-08-31T20:00Z"
_MOST_CPU, _MOST_MEMORY, _MOST_LONGER = 20.0, 300.0, 1.3  # ms a source, MB, times


def options(parser: argparse.ArgumentParser) -> None:
    """What scripts/bench takes for --fetch."""
    parser.add_argument("--fetch", type=int, nargs="?", const=10_000, metavar="SOURCES", help="loopback sources (10000)")
    parser.add_argument("--bad", type=float, default=0.05, metavar="SHARE", help="of the hosts misbehave in --fetch")


def compare(sources: int, bad: float) -> None:
    """Both ways, printed; exits with 1 where a ceiling is passed."""
    with tempfile.TemporaryDirectory() as name, Server(sources, bad) as server:
        site = _site(Path(name), server)
        first = measured(site, _FIRST)
        print(f"{sources} sources, each a host of its own on loopback; {os.cpu_count()} processors, the server on one of them")
        print(f"  first run, all 200      {first}")
        server.said("good")
        shutil.copytree(site, Path(name) / "bad")
        good = measured(site, _LATER)
        report = server.said("bad")
        print(f"  all 304                 {good}   {report['not_modified']} of {report['requests']} answers")
        worse = measured(Path(name) / "bad", _LATER)
        seen = server.said("good")
        print(f"  {bad:.0%} of hosts bad        {worse}   {', '.join(f'{n} {k}' for k, n in seen['bad'].items())}")
        cpu, longer = 1000 * good.cpu / sources, worse.wall / good.wall
        rows = (
            ("CPU a source, all in", cpu, _MOST_CPU, "ms"),
            ("memory of all processes", max(good.memory, worse.memory), _MOST_MEMORY, "MB"),
            ("wall with bad hosts", longer, _MOST_LONGER, "times that without"),
            ("hosts asked faster than their pace", report["hurried"] + seen["hurried"], 0, ""),
            ("sources that were not answered with 304", sources - report["not_modified"], 0, ""),
        )
        for what, value, most, unit in rows:
            verdict = "met" if value <= most else "MISSED"
            print(f"  {what:<42} {value:8.2f} {unit}; at most {most:g}: {verdict}")
        if sources < 10_000:
            print("  the ceilings are for 10,000 sources: of fewer, one host that drips may outlast all the others")
        sys.exit(any(value > most for _, value, most, _ in rows))


@dataclass(frozen=True)
class Cost:
    """Of one call of the program."""

    wall: float  # seconds
    cpu: float  # seconds, of all its processes
    memory: float  # MB, of all its processes together, at their most

    def __str__(self) -> str:
        return f"{self.wall:6.1f} s wall, {self.cpu:6.1f} s CPU, {self.memory:4.0f} MB"


def measured(site: Path, now: str) -> Cost:
    """What a pass costs."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pipeline.cli", "-q", "--config", str(site), "run", "--now", now]
    process = subprocess.Popen(command, cwd=site, env=environment, stdout=subprocess.DEVNULL)
    most = 0.0
    while process.poll() is None:
        most = max(most, sum(map(_memory, _family(process.pid))))
        time.sleep(0.2)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode not in {0, 1}:
        raise SystemExit(f"conceptwire run ended with {process.returncode}")
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, most)


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        with suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def _memory(pid: int) -> float:
    """A process's share of what it has in memory, in MB: pages of several count once."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _site(folder: Path, server: "Server") -> Path:
    site = folder / "site"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    init = [sys.executable, "-m", "pipeline.cli", "init", str(site)]
    subprocess.run(init, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    source = '[[sources]]\nslug = "wire-{0}"\nname = "Wire {0}"\nhomepage = "http://{1}/"\nfeeds = ["http://{1}/feed"]\n'
    lines = [source.format(number, server.host(number)) for number in range(server.sources)]
    (site / "sources.toml").write_text("\n".join(lines))
    allowed = ", ".join(f'"{server.host(i)}"' for i in range(server.sources))
    (site / "settings.toml").write_text(f'allow_private = [{allowed}]\ncontact = "https://bench.example/"\n')
    return site


class Server:
    """The hosts, in a process of their own. `said("bad")` makes some misbehave; each call tells what was seen until then."""

    def __init__(self, sources: int, bad: float) -> None:
        self.sources, self.bad = sources, bad
        with socket.socket() as refused, socket.socket() as lost, socket.socket() as usual:
            for one in (refused, lost, usual):
                one.bind(("", 0))
            self.ports = [one.getsockname()[1] for one in (usual, refused, lost)]

    def host(self, index: int) -> str:
        """The address of a source's host: those that will be gone have ports of their own."""
        kind = misbehaviour(index, self.bad)
        port = self.ports[{"refused": 1, "lost": 2}.get(kind, 0)]
        return f"{address(index)}:{port}"

    def __enter__(self) -> "Server":
        given = [str(self.sources), str(self.bad), *map(str, self.ports)]
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("fetch_hosts.py")), *given],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        return self

    def said(self, command: str) -> dict[str, Any]:
        """Have the hosts behave well or badly from now on; what they saw before."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        seen: dict[str, Any] = json.loads(self._process.stdout.readline())
        return seen

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
