"""A link from a concept to an article, and why it is there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Term:
    """A matched term; the shares of a link's terms add up to its similarity."""

    term: str  # as a reader would write it
    share: float  # of the similarity, >= 0
    field: str  # title, lead or body: where it weighs most


@dataclass(frozen=True, slots=True)
class Scored:
    """A pair and its two numbers."""

    concept_slug: str
    article_id: int
    url: str  # breaks ties
    similarity: float  # pivoted TF-IDF cosine, 0..1
    relevance: float  # probability that an editor keeps it, 0..1


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a pair scores as it does."""

    terms: tuple[Term, ...]  # heaviest first; shares sum to the similarity
    passage: str  # whole sentences of the article, at most 300 characters; "" where none fits


@dataclass(frozen=True, slots=True)
class Link:
    """A pair above the cut, with what placing it needs to know of its article."""

    concept_slug: str
    article_id: int
    url: str
    title: str
    published: datetime
    content_hash: str
    source_slug: str
    source_name: str
    source_weight: float
    similarity: float
    relevance: float
    evidence: Evidence
    epoch: int
    scorer: str
    gist: str = ""  # JSON {stem: weight}: what tells the event; "" where it is not known
    pruned: bool = False  # made from words alone: the article's text is no longer kept


@dataclass(frozen=True, slots=True)
class Placed:
    """A link with its places: among all of the concept's, and in the box."""

    link: Link
    rank: int | None  # 1 is best; None where another article of its Story stands for it
    position: int | None  # 1 is newest, in the box; None outside it
    also_covered_by: tuple[tuple[str, str], ...] = ()  # (source name, url) of the other articles of its Story
    pinned: bool = False  # by an editor: on top of the box


@dataclass(frozen=True, slots=True)
class Related:
    """A neighbour of a concept."""

    concept_slug: str
    position: int  # 1 is nearest
    related_slug: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Boxed:
    """What replacing a concept's links changed."""

    added: int = 0
    removed: int = 0
    moved: int = 0


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What is decided of the articles of one concept, by article id."""

    pinned: Mapping[int, datetime] = field(default_factory=dict)  # since when
    kept: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()  # their page is gone, or has become another

    @property
    def forced(self) -> frozenset[int]:
        """Links whatever their relevance."""
        return (self.kept | self.pinned.keys()) - self.gone

    @property
    def withheld(self) -> frozenset[int]:
        """No links, whatever their relevance."""
        return self.hidden | self.gone
