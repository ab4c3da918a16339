"""Map: in order, in this process or in worker processes; a dead or hanging worker costs one item.

The one place where an unforeseen exception is caught: it becomes a Lost with its place in the code.
"""

import logging
import multiprocessing
import os
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from pickle import PicklingError
from types import TracebackType
from typing import Any, Self, TypeVar

from pipeline.ports import Lost

Item = TypeVar("Item")
Made = TypeVar("Made")
_log = logging.getLogger("conceptwire")
_AHEAD = 8  # items a worker may be ahead of the one that is waited for: a slow page does not idle the others


def in_order(function: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[tuple[Item, Made | Lost]]:
    """Map in this process, without a time limit."""
    for item in items:
        yield item, guarded(function, item)


def guarded(function: Callable[[Item], Made], item: Item) -> Made | Lost:
    """The result, or a Lost that names the bug: what a stranger's bytes made our code or a library do."""
    try:
        return function(item)
    except Exception as error:  # noqa: BLE001 - the one border: a bug costs one item, never the run
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{os.path.basename(frame.filename)}:{frame.lineno}"  # noqa: PTH119
        _log.debug("bug while reading an item", exc_info=error)
        return Lost(f"bug: {type(error).__name__} at {where}")


@dataclass
class Processes:
    """Map over worker processes, started at the first item. Close it, or use it as a context."""

    count: int
    seconds: float  # an item may take
    preload: Sequence[str] = ()  # modules that the fork server imports once for all workers
    _pool: Any = field(default=None)
    _starting: threading.Thread | None = field(default=None)

    def __call__(self, function: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[tuple[Item, Made | Lost]]:
        """Results in the order of the items; drawing from `items` and working go on side by side."""
        waiting: deque[tuple[Item, Any]] = deque()
        for item in items:
            waiting.append((item, self._start(function, item)))
            while waiting and (len(waiting) > _AHEAD * self.count or waiting[0][1].done()):
                yield self._finish(*waiting.popleft())
        while waiting:
            yield self._finish(*waiting.popleft())

    def warm(self) -> None:
        """Start the workers beside what the caller does; the first item waits for them."""
        if self._starting is None:
            self._starting = threading.Thread(target=self._open, name="workers")
            self._starting.start()

    def _open(self) -> None:
        from pebble import ProcessPool

        resource_tracker.ensure_running()  # it unblocks what it finds blocked, so it must be there first
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # of this thread, and what it starts: Ctrl-C is for the run
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["__main__", *self.preload])
        self._pool = ProcessPool(self.count, context=context)
        self._pool.schedule(os.getpid)

    def _ready(self) -> Any:
        self.warm()
        if self._starting is not None:
            self._starting.join()
        return self._pool

    def _start(self, function: Callable[[Item], Made], item: Item) -> Any:
        if self._pool is not None and not self._pool.active:
            self.close()  # every worker died at once; new ones serve what comes next
        return self._ready().schedule(guarded, args=(function, item), timeout=self.seconds)

    def _finish(self, item: Item, future: Any) -> tuple[Item, Any]:
        from pebble import ProcessExpired

        try:
            return item, future.result()
        except (FutureTimeout, TimeoutError):
            return item, Lost("parse-timeout")
        except (ProcessExpired, BrokenProcessPool, CancelledError):
            return item, Lost("worker died")
        except (TypeError, AttributeError, PicklingError) as error:
            return item, Lost(f"bug: {type(error).__name__}, the result cannot be sent")

    def close(self) -> None:
        """End the workers; what they were doing is left."""
        if self._starting is not None:
            self._starting.join()
            self._starting = None
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
            self._pool = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
