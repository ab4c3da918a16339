"""How long an exchange may take: all of it a time, and no longer than another without getting on.

Getting on is a connection with all of an answer's headers, and then a thousand bytes of its body; a server that drips gets on
by nothing. Most clients count the time since the last byte only, and wait for a byte a second for ever.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType

ENOUGH = 1000  # bytes; within eight seconds that is slower than any network that reaches anybody


class Patience:
    """Of one exchange; used as `async with`. Raises TimeoutError in the block when it is over."""

    def __init__(self, total: float, stalled: float) -> None:
        """Both in seconds."""
        self._stalled = stalled
        self._limit = asyncio.timeout(None)
        self._until = asyncio.get_running_loop().time() + total
        self._bytes = 0

    async def __aenter__(self) -> None:
        await self._limit.__aenter__()
        self.got_on()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._limit.__aexit__(kind, error, trace)

    def got_on(self) -> None:
        """It has come a step further."""
        self._bytes = 0
        self._limit.reschedule(min(self._until, asyncio.get_running_loop().time() + self._stalled))

    def came(self, count: int) -> None:
        """So many bytes of a body came."""
        self._bytes += count
        if self._bytes >= ENOUGH:
            self.got_on()

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """A block that no server makes longer, and that is no part of the time that an exchange may take."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._limit.reschedule(None)
        yield
        self._until += loop.time() - began
        self.got_on()
