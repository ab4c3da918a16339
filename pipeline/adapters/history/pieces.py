"""A file's bytes in pieces."""

from collections.abc import Callable, Iterator
from pathlib import Path

from models.errors import UsageError

_PART = 65_536  # bytes


def pieces(path: Path) -> Callable[[], Iterator[bytes]]:
    """Its bytes, from the start every time they are asked for. Raises UsageError then, where it cannot be read."""

    def read() -> Iterator[bytes]:
        try:
            with path.open("rb") as stream:
                while piece := stream.read(_PART):
                    yield piece
        except OSError as error:
            raise UsageError(str(path), f"cannot be read ({error.strerror})", "a file that you may read") from None

    return read
