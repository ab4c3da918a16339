"""An outlet and its feeds."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from models.page import HANDLING


@dataclass(frozen=True, slots=True)
class Source:
    """An outlet. Names and caps are per Source; a Source may have several feeds."""

    slug: str  # lower case letters, digits, hyphens
    name: str  # as readers see it
    homepage: str  # http(s)
    feeds: tuple[str, ...]  # feed addresses
    weight: float = 1.0  # who represents a story that several report: the heavier
    pages: Literal["fetch", "feed"] = "fetch"  # "feed": its pages refuse clients; live from the feed's own text


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed and what the last exchange with it left behind."""

    id: int
    url: str  # where to ask; moved by permanent redirects
    source_slug: str
    pages: Literal["fetch", "feed"] = "fetch"
    etag: str = ""  # verbatim
    last_modified: str = ""  # verbatim
    digest: str = ""  # of the last body read to its end; equal bytes are not parsed again
    polled: bool = False  # has ever been read
    next_fetch_at: datetime | None = None  # not to be asked before
    asks: int = 0  # seconds between two requests that the feed itself asks for (ttl, sy:updatePeriod); 0: none
    pace: int = 0  # seconds between two requests that its rhythm suggests; 0: not known yet
    failures: int = 0  # one after the other
    read_at: datetime | None = None  # last without failure
    validators_url: str = ""  # the address that the validators came from; "": `url`
    handling: int = HANDLING  # how the content was asked for that they are of
    fresh: int = 0  # seconds for which the last full answer said it stays fresh
    skips: int = 0  # hours and days on which the feed asks not to be asked (stages.pace)
    hinted_until: datetime | None = None  # the feed or its server asks not to be asked before
    failing_since: datetime | None = None
    moving_to: str = ""  # where permanent redirects led on the last fetches
    moving_count: int = 0  # how many of them, one after the other


@dataclass(frozen=True, slots=True)
class Poll:
    """How one feed's turn ended."""

    feed: Feed
    status: str  # "read", "unchanged", "failed", "waiting", "retired"
    reason: str = ""  # why it failed, or what it waits for
    at: str = ""  # where its redirects had led when it failed
    http_status: int = 0
    entries: int = 0
    retry_at: datetime | None = None  # not before, said the server itself (Retry-After)
    moved_to: str = ""  # the target of permanent redirects that held for long enough: asked there from now on
    etag: str = ""
    last_modified: str = ""
    validators_url: str = ""  # as in Feed
    unsound: bool = False  # the validators of the feed are no good: it is asked without them next time
    digest: str = ""
    notes: tuple[str, ...] = field(default=())  # e.g. "not well-formed, read all the same"
    asks: int = 0  # as in Feed
    pace: int = 0  # as in Feed
    next_at: datetime | None = None  # when the feed is asked next
    gone: bool = False  # its own address answered 410: it is asked no more
    fresh: int = 0  # as in Feed, like the next four
    skips: int = 0
    hinted_until: datetime | None = None
    moving_to: str = ""
    moving_count: int = 0
    requests: int = 0  # that its server saw: redirects count; 0: none, or a recording's
    not_modified: bool = False  # it answered 304
    size: int = 0  # bytes of the bodies that came
