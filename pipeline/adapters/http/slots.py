"""How many exchanges are under way at once: those that get on, and beside them those that do not.

A slot stands for a body in memory. A host that drips, or that no connection comes about with, would hold one until its time
is over; a few hundred of them among thousands would hold all, and everybody would wait for the worst. So an exchange that has
not ended after some seconds steps aside and leaves its slot to another, as long as it holds little; for more it needs one.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_SLOW = 0.5  # seconds; an answer that gets on is here by then, or begins to come
_ASIDE = 20  # times as many may stand aside as get on
SMALL = 65_536  # bytes of a body that may be held aside


class Slots:
    """Taken by exchanges, given back by whoever takes the answers."""

    def __init__(self, parallel: int) -> None:
        self._free = asyncio.Semaphore(parallel)
        self.room = _ASIDE * parallel

    async def take(self) -> None:
        """Wait for a slot."""
        await self._free.acquire()

    def give_back(self) -> None:
        """Its answer has been taken."""
        self._free.release()


class Slot:
    """One exchange's; used as `async with`, it is held when the block has come to its end."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._aside = False
        self.held = 0  # bytes of the body so far
        self.keeps = False  # whether whoever takes the answer gives it back; else it ends with the block

    async def __aenter__(self) -> "Slot":
        await self._slots.take()
        self._timer = asyncio.get_running_loop().call_later(_SLOW, self._step_aside)
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        self._timer.cancel()
        if kind is None and self.keeps:
            await self.back()
        elif self._aside:
            self._aside = False
            self._slots.room += 1
        else:
            self._slots.give_back()

    def _step_aside(self) -> None:
        if self._slots.room > 0 and self.held <= SMALL and not self._aside:
            self._leave()

    def _leave(self) -> None:
        self._slots.room -= 1
        self._aside = True
        self._slots.give_back()

    @asynccontextmanager
    async def resting(self) -> AsyncIterator[None]:
        """A block that waits for another exchange, with nothing in hand: that one may need the slot, or the room."""
        if not self._aside:
            self._leave()
        yield
        if self._slots.room < 0:
            await self.back()

    @property
    def wanted(self) -> bool:
        """Whether it stands aside and holds more than it may there."""
        return self._aside and self.held > SMALL

    async def back(self) -> None:
        """Wait for a slot again, where it was left."""
        if self._aside:
            await self._slots.take()
            self._aside = False
            self._slots.room += 1
