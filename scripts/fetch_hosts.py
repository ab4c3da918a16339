"""The hosts of scripts/bench --fetch: addresses of 127.0.0.0/8, in one process; some misbehave when they are told to.

python scripts/fetch_hosts.py SOURCES SHARE PORT PORT PORT
Takes "good" and "bad" on standard input, and writes what was seen until then, as JSON.
"""

import asyncio
import json
import resource
import socket
import struct
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import pairwise
from typing import Any

KINDS = ("refused", "lost", "silent", "drips a body", "drips headers", "resets", "breaks off")
_EMPTY = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>Wire %d</title><link>http://wire.example/</link>'
    b"<description>Nothing yet</description></channel></rss>"
)


def address(index: int) -> str:
    """Of a source's host."""
    return f"127.{1 + index // 62_500}.{index // 250 % 250}.{1 + index % 250}"


def misbehaviour(index: int, share: float) -> str:
    """How a host misbehaves when it does; "": it never does. Spread evenly, each kind as often as the others."""
    number = int((index + 1) * share)
    return KINDS[number % len(KINDS)] if number > int(index * share) else ""


class _Hosts:
    """The server's side: what was asked, when, and what to answer."""

    def __init__(self, sources: int, share: float, ports: list[int]) -> None:
        self.sources, self.share, self.ports = sources, share, ports
        self.misbehaving = False
        self.kinds = {address(i): misbehaviour(i, share) for i in range(sources)}
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
