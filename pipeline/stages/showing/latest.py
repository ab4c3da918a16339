"""The newest news across the glossary."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.contract import ConceptPage, NewsLink, PageData

_MOST, _MOST_CONCEPTS = 8, 2
_EACH = 2  # articles of a concept, before others get their turn


@dataclass(frozen=True, slots=True)
class Latest:
    """An article, and the concepts whose boxes show it, the most relevant first."""

    link: NewsLink
    concepts: tuple[ConceptPage, ...]


def latest(pages: Iterable[PageData], most: int = _MOST) -> list[Latest]:
    """The newest articles of all boxes, newest first: each once, one of each story, and not all of one concept."""
    return _varied(_told_once(pages), most)


def _told_once(pages: Iterable[PageData]) -> list[Latest]:
    shown: dict[str, list[tuple[NewsLink, ConceptPage]]] = {}
    for page in pages:
        for link in page.news:
            shown.setdefault(link.url, []).append((link, page.concept))
    told: set[str] = set()
    found: list[Latest] = []
    for url, links in sorted(shown.items(), key=lambda one: (-one[1][0][0].published_at.timestamp(), one[0])):
        if url not in told:
            links.sort(key=lambda one: (-one[0].relevance, one[1].slug))
            found.append(Latest(links[0][0], tuple(concept for _, concept in links[:_MOST_CONCEPTS])))
            told.update(other.url for link, _ in links for other in link.also_covered_by)
    return found


def _varied(found: Sequence[Latest], most: int) -> list[Latest]:
    """The first `most` of which no concept has more than _EACH; the next ones where that leaves room. Keeps the order."""
    had: Counter[str] = Counter()
    chosen: list[int] = []
    for number, one in enumerate(found):
        slugs = [concept.slug for concept in one.concepts]
        if all(had[slug] < _EACH for slug in slugs):
            chosen.append(number)
            had.update(slugs)
    passed = sorted(set(range(len(found))) - set(chosen))
    return [found[number] for number in sorted((chosen + passed)[:most])]
