"""The run lock: a file beside the database. The kernel frees it when its holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from models.errors import Locked, StoreError


@contextmanager
def held(database: Path, what: str, now: datetime) -> Iterator[None]:
    """Hold the lock of `database` for the block. Raises Locked, naming the holder, where another process has it."""
    path = database.with_name(database.name + ".lock")
    if not path.parent.is_dir():
        raise StoreError(str(database), "its folder does not exist", f"mkdir -p {path.parent}")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(str(path), f"cannot be written ({error.strerror})", "a folder that you may write to") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 200).decode(errors="replace").strip() or "another process"
            raise Locked(str(database), f"is being written by {holder}", "let it finish, or run again later") from None
        os.ftruncate(handle, 0)
        os.write(handle, f"{what} (process {os.getpid()}) since {now:%Y-%m-%d %H:%M:%SZ}".encode())
        yield
    finally:
        os.close(handle)
