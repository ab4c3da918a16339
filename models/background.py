"""Document frequencies of ordinary English, for stores too small to know what is common."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Background:
    """How often stems and runs of stems occur in general text."""

    documents: int  # what the frequencies are out of
    frequencies: Mapping[str, int] = field(repr=False)
    unlisted: int  # documents of a term too rare for the table


NONE = Background(1, {}, 0)
