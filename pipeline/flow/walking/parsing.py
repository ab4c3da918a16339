"""A walk's feeds are parsed as a run's are: over the port Map, within its limits of time and memory."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.ports import Lost, Map
from pipeline.stages import feeds
from pipeline.stages.bounds import USUAL, Bounds
from pipeline.stages.feeds import Reading

BEYOND = "beyond limit"  # what is left out of a feed: more entries than one may have, or monstrous ones


class Parse(Protocol):
    """feeds.parse, wherever it is done; a Lost where it hung, swelled or died of what it was given."""

    def __call__(self, body: bytes, url: str, content_type: str = "") -> Reading | Lost: ...


@dataclass(frozen=True, slots=True)
class Task:
    """A feed's bytes, with what parsing needs beside them."""

    body: bytes
    url: str
    content_type: str
    bounds: Bounds


def read(task: Task) -> Reading:
    """What a worker makes of the bytes."""
    return feeds.parse(task.body, task.url, task.content_type, task.bounds)


@dataclass(frozen=True)
class Parsing:
    """Parse over a Map, one feed at a time: a walk knows its next page from the one before."""

    map: Map
    bounds: Bounds = USUAL

    def __call__(self, body: bytes, url: str, content_type: str = "") -> Reading | Lost:
        [(_, made)] = self.map(read, [Task(body, url, content_type, self.bounds)])
        return made


@dataclass
class Once:
    """Parse that remembers the last feed: where a walk goes on in a document it goes through it twice."""

    parse: Parse
    left_out: Counter[str]
    _last: tuple[str, bytes, Reading | Lost] | None = field(default=None)

    def __call__(self, body: bytes, url: str, content_type: str = "") -> Reading | Lost:
        if self._last is None or self._last[:2] != (url, body):
            made = self.parse(body, url, content_type)
            self._last = url, body, made
            note_beyond(made, self.left_out)
        return self._last[2]


def note_beyond(made: Reading | Lost, left_out: Counter[str]) -> None:
    """Count the entries of a feed that are beyond its bounds."""
    if isinstance(made, Reading) and made.beyond:
        left_out[BEYOND] += made.beyond
