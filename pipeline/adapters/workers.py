"""Map: in order, in this process or in worker processes; a worker that hangs, dies or swells costs one item.

Each worker process has a pipe of its own and is served by one thread here, so that whatever befalls it has befallen the item
that it had, and no other. The one place where an unforeseen exception is caught: it becomes a Lost with its place in the code.
"""

import logging
import multiprocessing
import os
import pickle
import queue
import resource
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from pipeline.ports import Lost

Item = TypeVar("Item")
Made = TypeVar("Made")
_log = logging.getLogger("conceptwire")
_AHEAD = 8  # items a worker may be ahead of the one that is waited for: a slow page does not idle the others
_STATM = Path("/proc/self/statm")  # Linux's: numbers of pages; the sixth counts data and stack, as RLIMIT_DATA does
_GRACE = 5.0  # seconds after which a worker that nobody ended, for its run was killed, ends itself
_CANNOT_BE_SENT = (TypeError, AttributeError, RecursionError, pickle.PicklingError)
_TOO_LONG, _TOO_LARGE, _DIED = Lost("parse-timeout"), Lost("parse-memory"), Lost("worker died")
_ENDS = {_TOO_LONG, _TOO_LARGE, _DIED}  # a worker's life


def in_order(function: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[tuple[Item, Made | Lost]]:
    """Map in this process, without limits."""
    for item in items:
        yield item, guarded(function, item)


def guarded(function: Callable[[Item], Made], item: Item) -> Made | Lost:
    """The result, or a Lost that names the bug: what a stranger's bytes made our code or a library do."""
    try:
        return function(item)
    except MemoryError:
        return _TOO_LARGE
    except Exception as error:  # noqa: BLE001 - the one border: a bug costs one item, never the run
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{os.path.basename(frame.filename)}:{frame.lineno}"  # noqa: PTH119
        _log.debug("bug while reading an item", exc_info=error)
        return Lost(f"bug: {type(error).__name__} at {where}")


@dataclass(eq=False)
class _Worker:
    """A process, and our end of its pipe."""

    process: Any
    pipe: Connection

    def made(self, function: Callable[[Any], Any], item: Any, seconds: float) -> Any:
        """What it makes of an item, or a Lost; None where it was dead before it had the item whole."""
        try:
            self.pipe.send((function, item))
            if not self.pipe.poll(seconds):
                return _TOO_LONG
            self.pipe.recv_bytes()  # it has it
        except (EOFError, OSError):
            return None
        except _CANNOT_BE_SENT as error:
            return Lost(f"bug: {type(error).__name__}, the item cannot be sent")
        try:
            return guarded(pickle.loads, self.pipe.recv_bytes()) if self.pipe.poll(seconds) else _TOO_LONG
        except (EOFError, OSError):
            return _DIED

    def end(self) -> None:
        """Kill it: it holds nothing that anybody waits for."""
        self.process.kill()
        self.process.join()


@dataclass
class Processes:
    """Map over worker processes, started at the first item. Close it, or use it as a context."""

    count: int
    seconds: float  # an item may take
    preload: Sequence[str] = ()  # modules that the fork server imports once for all workers
    megabytes: int = 0  # an item may take, beyond what its worker has loaded; 0: as many as there are
    _threads: ThreadPoolExecutor | None = field(default=None)
    _starting: threading.Thread | None = field(default=None)
    _all: set[_Worker] = field(default_factory=set)
    _idle: "queue.LifoQueue[_Worker]" = field(default_factory=queue.LifoQueue)
    _changing: Any = field(default_factory=threading.Lock)  # _all, and processes that start
    _closing: bool = field(default=False)

    def __call__(self, function: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[tuple[Item, Made | Lost]]:
        """Results in the order of the items; drawing from `items` and working go on side by side."""
        waiting: deque[tuple[Item, Future[Any]]] = deque()
        try:
            for item in items:
                waiting.append((item, self._ready().submit(self._serve, function, item)))
                while waiting and (len(waiting) > _AHEAD * self.count or waiting[0][1].done()):
                    done, future = waiting.popleft()
                    yield done, future.result()
            while waiting:
                done, future = waiting.popleft()
                yield done, future.result()
        finally:
            for _, future in waiting:
                future.cancel()  # nobody wants it any more

    def warm(self) -> None:
        """Start the workers beside what the caller does; the first item waits for them."""
        if self._starting is None:
            self._starting = threading.Thread(target=self._open, name="workers")
            self._starting.start()

    def _open(self) -> None:
        resource_tracker.ensure_running()  # it unblocks what it finds blocked, so it must be there first
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # of this thread, and what it starts: Ctrl-C is for the run
        multiprocessing.get_context("forkserver").set_forkserver_preload(["__main__", *self.preload])
        with _same_path():
            forkserver.ensure_running()
        for _ in range(self.count):
            self._idle.put(self._started())

    def _ready(self) -> ThreadPoolExecutor:
        self.warm()
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.count, "worker of")
        return self._threads

    def _started(self) -> _Worker:
        context = multiprocessing.get_context("forkserver")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, self.seconds, self.megabytes), daemon=True)
        with self._changing:
            process.start()
            theirs.close()  # so that ours tells when the worker is dead
            made = _Worker(process, ours)
            self._all.add(made)
        return made

    def _serve(self, function: Callable[[Any], Any], item: Any) -> Any:
        """What some worker makes of an item. One that was found dead costs nothing, but not again and again."""
        if self._starting is not None:
            self._starting.join()
        for _ in range(3):
            if self._closing:
                break
            with suppress(queue.Empty):
                worker = self._idle.get_nowait()
                made = worker.made(function, item, self.seconds)
                if made is None or (isinstance(made, Lost) and made in _ENDS):
                    self._replace(worker)
                else:
                    self._idle.put(worker)
                if made is not None:
                    return made
        return _DIED

    def _replace(self, worker: _Worker) -> None:
        with self._changing:
            self._all.discard(worker)
            worker.end()
            worker.pipe.close()
        if not self._closing:
            self._idle.put(self._started())

    def close(self) -> None:
        """End the workers; what they were doing is left."""
        if self._starting is not None:
            self._starting.join()
        self._closing = True
        with self._changing:
            for worker in self._all:
                worker.end()  # its thread hears of it through the pipe
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for worker in self._all:
            worker.end()
            worker.pipe.close()
        self._all, self._idle, self._threads, self._starting, self._closing = set(), queue.LifoQueue(), None, None, False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


@contextmanager
def _same_path() -> Iterator[None]:
    """What is started in the block imports from where this process does, and not from the current folder first.

    The fork server of Python 3.11 does not take over sys.path, so that workers would run what else is installed, or lies around.
    """
    path = os.pathsep.join(place or os.getcwd() for place in sys.path)  # noqa: PTH109
    wanted = {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _work(pipe: Connection, seconds: float, megabytes: int) -> None:
    """A worker's life: items in, results out, until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit(megabytes)
    with suppress(EOFError, OSError):
        while True:
            said = _received(pipe)
            signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE)
            pipe.send_bytes(b"mine")  # whatever happens from here on has happened to this item
            made = guarded(_turned, said) if said else _TOO_LARGE
            if not _sent(pipe, made) or made is _TOO_LARGE:
                return  # what is left of its memory is in pieces
            signal.setitimer(signal.ITIMER_REAL, 0)


def _received(pipe: Connection) -> bytes:
    """The next item; b"" where there is no room for it."""
    try:
        return pipe.recv_bytes()
    except MemoryError:
        return b""


def _turned(said: bytes) -> Any:
    function, item = pickle.loads(said)  # noqa: S301 - from the process that started this one
    return function(item)


def _sent(pipe: Connection, made: Any) -> bool:
    """Send a result, or why it cannot be sent; False where there is no room to."""
    try:
        pipe.send(made)
    except _CANNOT_BE_SENT as error:
        pipe.send(Lost(f"bug: {type(error).__name__}, the result cannot be sent"))
    except MemoryError:
        pipe.send(_TOO_LARGE)
        return False
    return True


def _limit(megabytes: int) -> None:
    """Bound this process's memory, and leave no dump of it where it dies. What is loaded already counts beside."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if megabytes and _STATM.exists():
        loaded = int(_STATM.read_text("ascii").split()[5]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        most = loaded + megabytes * 2**20
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
