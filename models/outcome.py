"""How one entry ended. Every entry that enters a run leaves it as exactly one of these."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class New:
    """An article we did not have."""

    url: str

    def __str__(self) -> str:
        return "New"


@dataclass(frozen=True, slots=True)
class Changed:
    """An article we had, edited since."""

    url: str

    def __str__(self) -> str:
        return "Changed"


@dataclass(frozen=True, slots=True)
class Unchanged:
    """An entry we know, as we know it."""

    url: str

    def __str__(self) -> str:
        return "Unchanged"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Another address, or another feed, of an article we have."""

    url: str
    of: str  # the article's canonical URL

    def __str__(self) -> str:
        return "Duplicate"


@dataclass(frozen=True, slots=True)
class Skipped:
    """Left out for a reason that stays."""

    url: str
    reason: str  # short, countable: "older", "no link", "no title", "language de"

    def __str__(self) -> str:
        return f"Skipped({self.reason})"


@dataclass(frozen=True, slots=True)
class Failed:
    """Not read this time; asked again at `retry_at`, or given up where that is None."""

    url: str
    reason: str
    retry_at: datetime | None = None

    def __str__(self) -> str:
        return f"Failed({self.reason})"


Outcome = New | Changed | Unchanged | Duplicate | Skipped | Failed
