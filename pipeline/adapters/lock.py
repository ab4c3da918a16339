"""The run lock: a file beside the database. The kernel frees it when its holder dies, however it dies."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from models.errors import Locked, StoreError

_LOOKS = 0.1  # seconds between two looks at a held lock


@contextmanager
def held(
    database: Path,
    what: str,
    now: datetime,
    *,
    patience: float | Callable[[str], float] = 0.0,
    waiting: Callable[[str], None] = lambda holder: None,  # noqa: ARG005
) -> Iterator[None]:
    """Hold the lock of `database` for the block.

    Where another process has it: `waiting(holder)` is called once, and it is waited for `patience` seconds (math.inf: as
    long as it takes; a function of the holder's name where it depends on that). Raises Locked, naming the holder and since
    when, after that.
    """
    path = database.with_name(database.name + ".lock")
    if not path.parent.is_dir():
        raise StoreError(str(database), "its folder does not exist", f"mkdir -p {path.parent}")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(str(path), f"cannot be written ({error.strerror})", "a folder that you may write to") from None
    try:
        _take(handle, database, patience, waiting)
        name = f"{what} (process {os.getpid()}) since {now:%Y-%m-%d %H:%M:%SZ}".encode()
        os.pwrite(handle, name, 0)  # and then cut off: whoever looks meanwhile finds a name, and how patient to be with it
        os.ftruncate(handle, len(name))
        yield
    finally:
        os.close(handle)


def _take(handle: int, database: Path, patience: float | Callable[[str], float], waiting: Callable[[str], None]) -> None:
    begun, told = time.monotonic(), False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 200, 0).decode(errors="replace").strip() or "another process"
            if time.monotonic() - begun >= (patience(holder) if callable(patience) else patience):
                raise Locked(str(database), f"is being written by {holder}", "let it finish, or run again later") from None
            if not told:
                waiting(holder)
                told = True
            time.sleep(_LOOKS)
        else:
            return
