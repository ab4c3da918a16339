"""Ten thousand sources, all with nothing new, with and without hosts that misbehave. Part of scripts/bench --fetch.

Each source has an address of its own in 127.0.0.0/8, served by one process beside the program (Linux). All are fetched once;
then two copies of that database meet the same sources a fortnight later: once all answer 304, once a share of hosts is
gone, silent, drips or breaks off. Measured is `conceptwire run`, the whole process with all that it starts.
"""

import argparse
import asyncio
import json
import os
import resource
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_FIRST, _LATER = "2026-08-17T08:00Z", "2026-08-31T20:00Z"
_KINDS = ("refused", "lost", "silent", "drips a body", "drips headers", "resets", "breaks off")
_MOST_CPU, _MOST_MEMORY, _MOST_LONGER = 20.0, 300.0, 1.3  # ms a source, MB, times
_EMPTY = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>Wire %d</title><link>http://wire.example/</link>'
    b"<description>Nothing yet</description></channel></rss>"
)


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
        return f"127.{1 + index // 62_500}.{index // 250 % 250}.{1 + index % 250}:{port}"

    def __enter__(self) -> "Server":
        given = [str(self.sources), str(self.bad), *map(str, self.ports)]
        self._process = subprocess.Popen(
            [sys.executable, __file__, *given], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
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


def misbehaviour(index: int, share: float) -> str:
    """How a host misbehaves when it does; "": it never does. Spread evenly, each kind as often as the others."""
    number = int((index + 1) * share)
    return _KINDS[number % len(_KINDS)] if number > int(index * share) else ""


class _Hosts:
    """The server's side: what was asked, when, and what to answer."""

    def __init__(self, sources: int, share: float, ports: list[int]) -> None:
        self.sources, self.share, self.ports = sources, share, ports
        self.misbehaving = False
        self.kinds = {f"127.{1 + i // 62_500}.{i // 250 % 250}.{1 + i % 250}": misbehaviour(i, share) for i in range(sources)}
        self.listening: dict[int, asyncio.Server] = {}
        self.full: list[socket.socket] = []
        self._clear()

    def _clear(self) -> None:
        self.asked: dict[str, list[float]] = defaultdict(list)
        self.counts: Counter[str] = Counter()
        self.bad: Counter[str] = Counter()

    async def listen(self, port: int) -> None:
        self.listening[port] = await asyncio.get_running_loop().create_server(lambda: _Answering(self), "", port, backlog=4096)

    async def told(self, command: str) -> None:
        """Answer a command of the bench with what was seen."""
        hurried = sum(any(later - one < 0.99 for one, later in pairwise(times)) for times in self.asked.values())
        bad = dict(self.bad)
        if self.misbehaving:
            bad |= {kind: sum(one == kind for one in self.kinds.values()) for kind in ("refused", "lost")}
        print(json.dumps({**self.counts, "hurried": hurried, "bad": bad, "requests": self.counts.total()}), flush=True)
        self._clear()
        await self._behave(badly=command == "bad")

    async def _behave(self, *, badly: bool) -> None:
        if badly == self.misbehaving:
            return
        self.misbehaving = badly
        _, refused, lost = self.ports
        for one in self.full:
            one.close()
        self.full.clear()
        if not badly:
            await self.listen(refused)
            await self.listen(lost)
            return
        for port in (refused, lost):
            self.listening.pop(port).close()
        deaf = socket.create_server(("", lost), backlog=0)  # with its queue full, what is sent to it is lost
        self.full.append(deaf)
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", lost))
            self.full.append(one)


class _Answering(asyncio.Protocol):
    """One connection."""

    def __init__(self, hosts: _Hosts) -> None:
        self._hosts, self._data, self._dripping = hosts, b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while b"\r\n\r\n" in self._data:
            head, _, self._data = self._data.partition(b"\r\n\r\n")
            self._answer(head.lower())

    def _answer(self, head: bytes) -> None:
        host = head.partition(b"host: ")[2].partition(b"\r\n")[0].partition(b":")[0].decode()
        self._hosts.asked[host].append(time.monotonic())
        kind = self._hosts.kinds.get(host, "") if self._hosts.misbehaving else ""
        if kind:
            self._hosts.bad[kind] += 1
            self._misbehave(kind)
        elif b'if-none-match: "' in head:
            self._hosts.counts["not_modified"] += 1
            self._transport.write(b'HTTP/1.1 304 Not Modified\r\nETag: "one"\r\n\r\n')
        else:
            self._hosts.counts["fresh"] += 1
            body = _EMPTY % len(self._hosts.asked)
            start = b'HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: "one"\r\nContent-Length: %d\r\n\r\n'
            self._transport.write(start % len(body) + body)

    def _misbehave(self, kind: str) -> None:
        if kind == "resets":
            linger = struct.pack("ii", 1, 0)
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._transport.abort()
        elif kind == "breaks off":
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<rss>")
            self._transport.close()
        elif kind == "drips headers":
            self._drip(b"HTTP/1.1 200 OK\r\n", b"X-Wait: a while\r\n" * 1000)
        elif kind == "drips a body":
            self._drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" " * 100_000)

    def _drip(self, start: bytes, rest: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(start)
            asyncio.get_running_loop().call_later(1.0, self._drip, rest[:1], rest[1:])


def _serve(sources: int, share: float, ports: list[int]) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)

    async def serve() -> None:
        hosts, loop = _Hosts(sources, share, ports), asyncio.get_running_loop()
        for port in ports:
            await hosts.listen(port)
        commands: asyncio.Queue[str] = asyncio.Queue()
        put: Callable[[str], object] = commands.put_nowait
        reader = threading.Thread(
            target=lambda: [loop.call_soon_threadsafe(put, line.strip()) for line in sys.stdin], daemon=True
        )
        reader.start()
        print("ready", flush=True)
        while True:
            await hosts.told(await commands.get())

    asyncio.run(serve())


if __name__ == "__main__":
    _serve(int(sys.argv[1]), float(sys.argv[2]), [int(port) for port in sys.argv[3:]])
