"""Names are looked up on threads that keep no process from ending: a lookup cannot be interrupted, and may take half a minute."""

import asyncio
import socket
import threading
from contextlib import suppress
from typing import Any

_AT_ONCE = 100  # a slow one holds a thread


class Loop(asyncio.SelectorEventLoop):
    """The usual one, but for how it looks up names."""

    def __init__(self) -> None:
        super().__init__()
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def getaddrinfo(self, host: Any, port: Any, **hints: int) -> Any:
        """As socket.getaddrinfo. A lookup that nobody waits for any more still holds its thread."""
        await self._free.acquire()
        found: asyncio.Future[Any] = self.create_future()

        def settle(error: Exception | None, addresses: Any) -> None:
            self._free.release()
            if found.cancelled():
                return
            if error:
                found.set_exception(error)
            else:
                found.set_result(addresses)

        def look_up() -> None:
            error, addresses = None, None
            try:
                addresses = socket.getaddrinfo(host, port, **hints)
            except (OSError, ValueError, OverflowError) as raised:
                error = raised
            with suppress(RuntimeError):  # nobody is there any more
                self.call_soon_threadsafe(settle, error, addresses)

        try:
            threading.Thread(target=look_up, name="lookup", daemon=True).start()
        except RuntimeError as error:  # the machine has no more
            self._free.release()
            raise OSError(str(error)) from error
        return await found
