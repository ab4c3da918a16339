"""One connection a host, kept open for as long as somebody wants something of it, and a while longer where there is room.

Ten thousand hosts leave no connections behind, and a host that is asked for its robots.txt, and then for a hundred pages, is
connected to once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from pipeline.adapters.http.addresses import Guard
from pipeline.adapters.http.locations import Allowed, Location

_IDLE = 100  # hosts that nobody wants anything of, whose connections are kept; aiohttp closes them after 15 seconds


class Host:
    """A host that somebody wants something of."""

    def __init__(self, *, anywhere: bool) -> None:
        self.turn = asyncio.Lock()  # one exchange after the other, in the order they came
        self.door = asyncio.Lock()  # one request after the other: those of exchanges that were led here, too
        self.wanted = 0
        self.has_answered = False  # so that its connection may be one that was kept
        self.guard = Guard(anywhere=anywhere)
        self._connector: aiohttp.TCPConnector | None = None

    @property
    def connector(self) -> aiohttp.TCPConnector:
        """The one connection, for redirects that lead here from elsewhere, too."""
        if self._connector is None:
            self._connector = aiohttp.TCPConnector(limit=1, socket_factory=self.guard)
        return self._connector

    async def close(self) -> None:
        """Close the connection."""
        if self._connector is not None:
            await self._connector.close()


class Turn:
    """The exchange whose turn it is at a host; used as `async with`."""

    def __init__(self, host: Host) -> None:
        self._lock, self._held = host.turn, False

    async def __aenter__(self) -> "Turn":
        await self._lock.acquire()
        self._held = True
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._held:
            self._lock.release()

    @asynccontextmanager
    async def resting(self) -> AsyncIterator[None]:
        """A block that waits for another host: the next exchange may begin, and this one comes after it."""
        self._lock.release()
        self._held = False
        yield
        await self._lock.acquire()
        self._held = True


class Hosts:
    """The hosts that somebody wants something of."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._open: dict[str, Host] = {}
        self._idle: dict[str, Host] = {}

    @asynccontextmanager
    async def wanting(self, there: Location) -> AsyncIterator[Host]:
        """The host for the length of a block."""
        anywhere = self._allowed.private(there)
        key = f"{there.site} {anywhere}"  # a port may be what is allowed
        if key not in self._open:
            self._open[key] = self._idle.pop(key) if key in self._idle else Host(anywhere=anywhere)
        host = self._open[key]
        host.wanted += 1
        try:
            yield host
        finally:
            host.wanted -= 1
            if not host.wanted:
                self._idle[key] = self._open.pop(key)
                if len(self._idle) > _IDLE:
                    await self._idle.pop(next(iter(self._idle))).close()

    async def close(self) -> None:
        """Close all connections."""
        for host in [*self._open.values(), *self._idle.values()]:
            await host.close()
