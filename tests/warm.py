"""The real program without the second it takes to start: `python -m pipeline.cli` in a process forked from one that has imported it.

Each call has a process of its own, with its own arguments, environment, working directory, standard streams and exit code;
only the imports are there already. What a cold start does is what test_startup.py, test_readme.py, test_serve.py and all
that is killed are about. With TESTS_START_COLD=1 in the environment every call starts cold.
"""

import array
import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent
COLD = "TESTS_START_COLD" in os.environ
LIBRARIES = (
    "alembic.command", "numpy", "pipeline.adapters.store.migrating", "pipeline.preloading", "pipeline.stages.feeds", "py3langid",
    "rdflib", "rich.console", "rich.progress", "rich.table", "scipy.optimize", "sklearn.metrics", "sqlalchemy", "tomlkit",
)  # fmt: skip
_LARGEST = 100_000  # bytes of a request: arguments and environment


class Warm:
    """The process from which calls are forked, one after the other."""

    def __init__(self) -> None:
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm", str(theirs.fileno())],
            cwd=ROOT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        atexit.register(self.close)

    def call(self, request: str, said: str, seconds: float) -> tuple[int, str, str]:
        """The exit code of one call, and what it said on standard output and standard error. Raises TimeoutError."""
        with tempfile.TemporaryFile("w+") as told, tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            told.write(said)
            told.seek(0)
            socket.send_fds(self.channel, [request.encode()], [stream.fileno() for stream in (told, out, err)])
            self.channel.settimeout(seconds)
            try:
                code = int(self.channel.recv(_LARGEST))
            except TimeoutError:
                self.close()
                raise
            out.seek(0)
            err.seek(0)
            return code, out.read(), err.read()

    def close(self) -> None:
        """End it, and whatever it has not waited for."""
        atexit.unregister(self.close)
        started.cache_clear()
        self.channel.close()
        try:
            self.process.wait(1)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@functools.cache
def started() -> Warm:
    """The one of this test process, made at the first call."""
    return Warm()


def call(
    arguments: list[str],
    environment: dict[str, str],
    said: str = "",
    folder: Path = ROOT,
    script: Path | None = None,
    cold: bool = COLD,
    seconds: float = 120,
) -> subprocess.CompletedProcess[str]:
    """What subprocess.run gives for the program, or for a `script` that uses its parts."""
    if cold:
        command = [sys.executable, *([str(script)] if script else ["-m", "pipeline.cli"]), *arguments]
        return subprocess.run(
            command, cwd=folder, env=environment, input=said, capture_output=True, text=True, timeout=seconds, check=False
        )
    request = {"arguments": arguments, "environment": environment, "folder": str(folder), "script": str(script or "")}
    return subprocess.CompletedProcess(arguments, *started().call(json.dumps(request), said, seconds))


def _serve(channel: socket.socket) -> None:
    while True:
        request, streams, _, _ = socket.recv_fds(channel, _LARGEST, 3)
        if not request:
            return
        child = os.fork()
        if not child:
            channel.close()
            os._exit(_become(streams, **json.loads(request)))
        for stream in streams:
            os.close(stream)
        channel.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def _become(
    streams: "list[int] | array.array[int]", arguments: list[str], environment: dict[str, str], folder: str, script: str
) -> int:
    """Be the program, or the script, to its end; gives its exit code."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = [script or "conceptwire", *arguments]
    code = 0
    try:
        if script:
            runpy.run_path(script, run_name="__main__")
        else:
            runpy.run_module("pipeline.cli", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            sys.stderr.write(f"{end.code}\n")
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for said in (sys.stdout, sys.stderr):
        said.flush()
    return code


def _load() -> None:
    """Import what a call may need. What cannot be imported fails in the calls that need it, with their own words."""
    import pipeline

    ours = (found.name for found in pkgutil.walk_packages(pipeline.__path__, "pipeline.", onerror=lambda name: None))
    for name in (*LIBRARIES, *ours):
        if not name.endswith("__main__"):
            with suppress(Exception):
                importlib.import_module(name)
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    _load()
    _serve(socket.socket(fileno=int(sys.argv[1])))
