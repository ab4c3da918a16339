"""Work in portions, so that memory is bounded."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of at most `size` items, in order. (itertools.batched comes with Python 3.12.)"""
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        yield batch
