"""History that is read in: one item of a web archive, a sitemap, a list, a folder, a feed's archive."""

from dataclasses import dataclass
from datetime import datetime

from models.entry import Entry
from models.outcome import Outcome
from models.page import Page


@dataclass(frozen=True, slots=True)
class Item:
    """One article to be, as its collection lists it."""

    cursor: str  # where reading goes on once this item and all before it are finished
    entry: Entry  # its title may be "": the page's own is taken then
    page: Page | None = None  # the page where the collection holds it; None: it is to be fetched, or `entry` has the text
    outlet: str = ""  # who publishes it, as the collection says: a source's slug or name; "" where it does not
    seen: datetime | None = None  # when it was seen to be there (a recording's date); None: now
    site_name: str = ""  # what its site calls itself; names a source that is made of its host
    outcome: Outcome | None = None  # how it ends without being read: a line that is no article, an answer that is no page


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which items are wanted."""

    since: datetime | None = None  # published then or later, where that is known before it is read, and again after
    until: datetime | None = None  # published before then
    source: str = ""  # a source's slug that all of it belongs to; "": each item's own
    limit: int | None = None  # items at most
