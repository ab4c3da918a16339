"""What is remembered of a host between passes."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Robots:
    """What an origin's robots.txt said when it was asked for last."""

    origin: str  # scheme, host and port, as in a URL: https://paper.example
    asked_at: datetime
    until: datetime  # it is asked for again after that
    rules: str = ""  # the lines that are meant for us; "": there are none, everything may be fetched
    problem: str = ""  # why it could not be had; then `rules` are those of the last copy
    failing_since: datetime | None = None
    copied_at: datetime | None = None  # when `rules` came; None: it was never there, or nobody had an answer yet
    rests_until: datetime | None = None  # the Crawl-delay after the last page, where that is longer than usual
