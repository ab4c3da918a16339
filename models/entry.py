"""What a feed says of one item."""

from dataclasses import dataclass
from datetime import datetime

from models.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of a feed, cleaned: plain text, absolute http(s) links, aware UTC dates."""

    key: str  # what makes it the same item next time: its link, else its guid, else a digest of its words
    url: str  # "" where the feed gives no usable link
    identity: str  # what two addresses of one article share; "" without a link
    title: str  # "" where the feed gives none
    summary: str = ""  # plain text
    text: str = ""  # the feed's own full text, where it gives one
    published: datetime | None = None
    precise: bool = True  # False where the feed gave only a day
    digest: str = ""  # of everything above; another digest is an edited entry
    categories: tuple[str, ...] = ()
    language: str = ""  # set where it is surely not the glossary's


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of an entry under its key."""

    digest: str
    queued: bool  # still waiting to be read
    retry_at: datetime | None = None  # not before


@dataclass(frozen=True, slots=True)
class Verdict:
    """An entry and what is to be done with it."""

    entry: Entry
    outcome: Outcome | None  # None: it is queued, and ends in the second half of the run
    remember: bool = True  # whether the store needs to write it down


@dataclass(frozen=True, slots=True)
class Queued:
    """An entry waiting for its page to be read. Kept in the store, so that nothing is lost when a run dies."""

    id: int
    source_slug: str
    pages: str  # the Source's: "fetch" or "feed"; else why its page is not read: "notice", "robots.txt"
    entry: Entry
    attempts: int  # how often its page was asked for in vain
    article_id: int | None  # the article it became before, where the entry was edited
    first_seen: datetime
    same_as: tuple[int, str] | None = None  # id and URL of an article, read from its page, that has this address
    pruned: bool = False  # an article of this address was removed for its age, and is not to come back
