"""What an editor decided of a concept and an article."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["pin", "keep", "hide"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Dated, and kept whatever scores say later."""

    concept_slug: str
    identity: str  # of the article: stages.urls.identity of its canonical address
    kind: Kind  # pin: on top of the box; keep: a link, whatever its relevance; hide: no link
    at: datetime
    note: str = ""
    url: str = ""  # the article's canonical address; "" where it is not, or no longer, stored
    title: str = ""
