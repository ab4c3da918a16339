"""What an editor decided of a concept and an article, and what there is to decide."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from models.link import Term

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


@dataclass(frozen=True, slots=True)
class Named:
    """A stored article as an editor names it."""

    identity: str
    url: str  # canonical
    title: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """A link of which an editor has said nothing yet."""

    concept_slug: str
    identity: str
    url: str
    title: str
    source_name: str
    published: datetime
    relevance: float
    passage: str
    terms: tuple[Term, ...]  # heaviest first
