"""The cursor of a walk: which document, and how many of its items are finished."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.stages.text import digest


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a walk. `last` holds where a document has grown meanwhile: numbers alone would pass over items."""

    way: tuple[str, ...] = ()  # a feed's page, and its first where that was found; short names of a sitemap's parents
    done: int = 0  # items of the document that are finished
    last: str = ""  # short name of the last of them

    def text(self) -> str:
        """As a cursor."""
        return json.dumps([*self.way, self.done, self.last], separators=(",", ":"))

    def place(self, keys: Sequence[str]) -> int:
        """How many of a document's items are finished, given their short names; 0 where the last is not there any more."""
        if 0 < self.done <= len(keys) and keys[self.done - 1] == self.last:
            return self.done
        return keys.index(self.last) + 1 if self.last in keys else 0


def marked(cursor: str) -> Mark | None:
    """The place that a cursor names; None for "" and for what is none, which both mean the beginning."""
    try:
        *way, done, last = json.loads(cursor)
    except (ValueError, TypeError):
        return None
    sound = isinstance(done, int) and isinstance(last, str) and all(isinstance(step, str) for step in way)
    return Mark(tuple(way), done, last) if sound else None


def short(key: str) -> str:
    """A short name, enough to tell a few thousand apart."""
    return digest(key)[:12]
