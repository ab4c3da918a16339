"""What a publisher sees of us, for `sources check`."""

from dataclasses import dataclass, field
from datetime import datetime

from models.host import Robots


@dataclass(frozen=True, slots=True)
class Seen:
    """A feed, and what its server saw in the last week."""

    source_slug: str
    configured_url: str
    url: str  # where it is asked
    last_status: str = ""  # "": not asked yet
    last_asked_at: datetime | None = None
    read_at: datetime | None = None  # last without failure
    next_at: datetime | None = None
    failures: int = 0  # one after the other
    failing_since: datetime | None = None
    retired_at: datetime | None = None
    moving_to: str = ""  # where permanent redirects led on the last fetches
    moving_count: int = 0
    newest_at: datetime | None = None  # of its entries
    days: int = 0  # of the last seven, from the first on which it was asked
    polls: int = 0
    requests: int = 0  # those of redirects included
    not_modified: int = 0  # polls that were answered 304
    size: int = 0  # bytes of bodies
    early: int = 0  # polls before its hints allowed one


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages that a source's feeds listed last, and what is known of their hosts."""

    urls: tuple[str, ...] = ()
    robots: tuple[Robots, ...] = field(default=())
