"""The run lock of something long: held while it works, given up for a moment every few seconds."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.adapters.lock import held

_HELD = 3.0  # seconds before it is given up
_GIVEN_UP = 0.25  # seconds: who waits for the lock looks ten times a second


@dataclass
class Turns:
    """Take the lock before work, give it up after; both are cheap to say too often."""

    database: Path
    clock: Callable[[], datetime]
    patience: float  # seconds for the first turn; for those after it as long as it takes
    waiting: Callable[[str], None]
    _stack: ExitStack = field(default_factory=ExitStack)
    _since: float | None = None  # monotonic

    def take(self) -> None:
        """Hold the lock from now on. Raises Locked where patience ends before another process gives it up."""
        if self._since is None:
            lock = held(self.database, "conceptwire backfill", self.clock(), patience=self.patience, waiting=self.waiting)
            self._stack.enter_context(lock)
            self._since, self.patience = time.monotonic(), float("inf")

    def give(self, pause: float = 0.0) -> None:
        """Let others have the lock, where it was held for long; wait `pause` seconds in any case."""
        if self._since is not None and (pause or time.monotonic() - self._since >= _HELD):
            self._stack.close()
            self._since = None
            time.sleep(max(pause, _GIVEN_UP))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()
