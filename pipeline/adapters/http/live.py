"""The port Fetch over the web. The asyncio loop lives in here, on a thread of its own; callers see an iterator."""

import asyncio
import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from models.page import Failed, Page, Request
from pipeline.adapters.http.exchanges import Exchanges
from pipeline.adapters.http.limits import Limits
from pipeline.adapters.http.lookups import Loop
from pipeline.adapters.http.pacing import Paces

_WINDOW = 5000  # requests drawn ahead, some 5 KB each: enough different hosts to keep all exchanges busy


@dataclass(frozen=True)
class Live:
    """The port Fetch over the web. What hosts asked for is remembered from one call to the next.

    `now` is when it was made, for servers that say when to come back but not what time it is.
    """

    limits: Limits
    now: datetime | None = None
    paces: Paces = field(default_factory=Paces, init=False, repr=False, compare=False)

    def __call__(self, requests: Iterable[Request]) -> Iterator[Page | Failed]:
        """Answers as they come; leaves no thread and no connection behind, however the iteration ends: but for threads that still
        wait for a name to be looked up, which end by themselves, or with the process."""
        loop = Loop()
        thread = threading.Thread(target=loop.run_forever, name="fetch", daemon=True)
        thread.start()
        client = asyncio.run_coroutine_threadsafe(_client(self), loop).result()
        try:
            yield from self._answers(client, loop, iter(requests))
        finally:
            asyncio.run_coroutine_threadsafe(client.close(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def _answers(
        self, client: "_Client", loop: asyncio.AbstractEventLoop, requests: Iterator[Request]
    ) -> Iterator[Page | Failed]:
        under_way = 0
        while True:  # an iterator that has no more for now is asked again after each answer, which may have brought some
            while under_way < _WINDOW and (request := next(requests, None)) is not None:
                asyncio.run_coroutine_threadsafe(client.start(request), loop)
                under_way += 1
            if not under_way:
                return
            answer = client.answers.get()
            under_way -= 1
            if _holds(answer):
                loop.call_soon_threadsafe(client.exchanges.slots.give_back)
            yield answer


def _holds(answer: Page | Failed) -> bool:
    """Whether an answer keeps its slot until it is taken. Those without a body wait in their thousands."""
    return isinstance(answer, Page) and bool(answer.body)


async def _client(live: Live) -> "_Client":
    return _Client(live)


class _Client:
    """Lives on the loop's thread; only `answers` is shared."""

    def __init__(self, live: Live) -> None:
        self.answers: queue.SimpleQueue[Page | Failed] = queue.SimpleQueue()
        self.exchanges = Exchanges(live.limits, live.paces, live.now)
        self.tasks: set[asyncio.Task[Page | Failed]] = set()

    async def start(self, request: Request) -> None:
        task = asyncio.create_task(self.exchanges.answer(request))
        self.tasks.add(task)
        task.add_done_callback(partial(self._done, request))

    def _done(self, request: Request, task: "asyncio.Task[Page | Failed]") -> None:
        self.tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()  # a bug of ours: the asker still gets an answer
        answer = Failed(request, f"bug: {type(error).__name__}") if error else task.result()
        self.answers.put(answer)

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.exchanges.hosts.close()
