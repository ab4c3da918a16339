"""The newest news across the glossary."""

from collections.abc import Iterable
from dataclasses import dataclass

from models.contract import ConceptPage, NewsLink, PageData

_MOST, _MOST_CONCEPTS = 8, 2


@dataclass(frozen=True, slots=True)
class Latest:
    """An article, and the concepts whose boxes show it, the most relevant first."""

    link: NewsLink
    concepts: tuple[ConceptPage, ...]


def latest(pages: Iterable[PageData], most: int = _MOST) -> list[Latest]:
    """The newest articles of all boxes: each once, and one of each story."""
    shown: dict[str, list[tuple[NewsLink, ConceptPage]]] = {}
    for page in pages:
        for link in page.news:
            shown.setdefault(link.url, []).append((link, page.concept))
    told: set[str] = set()
    found: list[Latest] = []
    for url, links in sorted(shown.items(), key=lambda one: (-one[1][0][0].published_at.timestamp(), one[0])):
        if url not in told and len(found) < most:
            links.sort(key=lambda one: (-one[0].relevance, one[1].slug))
            found.append(Latest(links[0][0], tuple(concept for _, concept in links[:_MOST_CONCEPTS])))
            told.update(other.url for link, _ in links for other in link.also_covered_by)
    return found
