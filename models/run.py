"""One pass and its counts."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Planned:
    """How much of something a pass is about to do; for progress only."""

    what: str  # feeds, articles
    count: int


@dataclass(slots=True)
class Tally:
    """Counts of one pass, filled as its outcomes drain."""

    polls: Counter[str] = field(default_factory=Counter)  # by Poll.status
    poll_failures: Counter[str] = field(default_factory=Counter)  # by reason
    feed_notes: Counter[str] = field(default_factory=Counter)  # what was odd about feeds that were read
    article_notes: Counter[str] = field(default_factory=Counter)  # and about articles that were kept
    outcomes: Counter[str] = field(default_factory=Counter)  # by str(outcome); add up to the entries
    resting: int = 0  # feeds that wait for their own pace and did not fail when they were asked last
    looked_again: Counter[str] = field(default_factory=Counter)  # articles in boxes, by Look.verdict
    links_added: int = 0
    links_removed: int = 0
    links_moved: int = 0
    links_total: int = 0
    concepts_settled: int = 0
    epoch: int = 0

    @property
    def links(self) -> dict[str, int]:
        """As scripts get them."""
        return {"added": self.links_added, "removed": self.links_removed, "moved": self.links_moved, "total": self.links_total}

    @property
    def entries(self) -> int:
        """Entries that entered the run: as many as outcomes left it."""
        return sum(self.outcomes.values())
