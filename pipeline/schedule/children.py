"""A job under way: a child process in a session of its own, timed, told to end, and killed where it does not listen.

Its standard input is a pipe that nothing is written to: it ends when this process does, however that dies, and the child
(pipeline.cli.supervised) ends then too. What it says goes to files, so that a grandchild that holds them delays no one.
"""

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True)
class Ended:
    """How a child ended."""

    code: int  # negative: the signal that killed it
    out: str
    err: str
    seconds: float
    stuck: bool


class Child:
    """One child. `stuck` is called from another thread when it takes longer than `limit` seconds, `ended` at its end."""

    def __init__(
        self,
        command: Sequence[str],
        limit: float,
        patience: float,  # seconds between SIGTERM and SIGKILL
        stuck: Callable[[], None],
        ended: Callable[[Ended], None],
    ) -> None:
        self._command, self._limit, self._patience = command, limit, patience
        self._say_stuck, self._say_ended = stuck, ended
        self._process: subprocess.Popen[bytes] | None = None
        self._finishing = False
        self._pipe = -1

    def start(self) -> None:
        """Start it; where that cannot be, it has ended."""
        out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - the thread closes them
        reading, self._pipe = os.pipe()
        began = time.monotonic()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                self._command, stdin=reading, stdout=out, stderr=err, start_new_session=True
            )
        except OSError as error:
            for file in (out, err):
                file.close()
            os.close(self._pipe)
            self._say_ended(Ended(71, "", f"cannot be started ({error.strerror})", 0.0, stuck=False))
            return
        finally:
            os.close(reading)
        threading.Thread(target=self._watch, args=(self._process, out, err, began), name="child", daemon=True).start()

    def _watch(self, process: "subprocess.Popen[bytes]", out: IO[bytes], err: IO[bytes], began: float) -> None:
        stuck = False
        try:
            code = process.wait(self._limit)
        except subprocess.TimeoutExpired:
            stuck = True
            self._say_stuck()
            self.finish()
            code = self._last(process)
        if code < 0:
            self._signal_all()  # what it had started
        os.close(self._pipe)
        self._say_ended(Ended(code, _said(out), _said(err), time.monotonic() - began, stuck))

    def _last(self, process: "subprocess.Popen[bytes]") -> int:
        try:
            return process.wait(2 * self._patience)
        except subprocess.TimeoutExpired:  # not even SIGKILL: it hangs in the kernel, on a disk that does not answer
            return -signal.SIGKILL

    def finish(self) -> None:
        """SIGTERM to the child alone, whose own workers it ends; SIGKILL to all of them after `patience` seconds."""
        if self._process is None or self._finishing:
            return
        self._finishing = True
        self._process.send_signal(signal.SIGTERM)
        timer = threading.Timer(self._patience, self.kill)
        timer.daemon = True
        timer.start()

    def kill(self) -> None:
        """SIGKILL to the child and what it started."""
        if self._process is not None and self._process.poll() is None:
            self._signal_all()

    def _signal_all(self) -> None:
        if self._process is not None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):  # all gone
                return


def _said(file: IO[bytes]) -> str:
    with file:
        file.seek(0)
        return file.read(1_000_000).decode(errors="replace").strip()
