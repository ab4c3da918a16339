"""A graded pair for evaluation."""

from dataclasses import dataclass

from models.article import TextFrom


@dataclass(frozen=True, slots=True)
class Judgment:
    """What a judge said of a concept and an article."""

    concept_slug: str
    article: str  # the article's id or URL
    grade: int  # 2: an editor would list it; 1: acceptable; 0: no


@dataclass(frozen=True, slots=True)
class Text:
    """An article as judged collections hold it."""

    name: str  # id or URL
    title: str
    text: str
    text_from: TextFrom = "page"


@dataclass(frozen=True, slots=True)
class Guess:
    """A judgment beside a scorer's relevance."""

    judgment: Judgment
    relevance: float  # 0..1
    title: str = ""
    why: str = ""  # the heaviest terms, for people
