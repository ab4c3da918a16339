"""Articles that report the same event become one Story; one of them stands for it."""

from collections.abc import Sequence
from datetime import timedelta

from models.link import Link
from pipeline.stages.features import words

_ALIKE = 0.6  # Jaccard of headline words; a syndicated headline keeps at least that, different news rarely reach 0.4
_SAME_DAYS = timedelta(days=3)  # rewrites follow within days


def group(links: Sequence[Link]) -> list[list[Link]]:
    """Stories among `links`: copies, and near-equal headlines within days; whatever the order of `links`.

    Each Story's representative comes first: the heaviest source's article, then the more relevant, then by URL.
    """
    ordered = sorted(links, key=lambda link: (link.published, link.url))
    headlines = [frozenset(words(link.title)) for link in ordered]
    parent = list(range(len(ordered)))

    def root(number: int) -> int:
        while parent[number] != number:
            number = parent[number]
        return number

    def join(one: int, other: int) -> None:
        one, other = root(one), root(other)
        parent[max(one, other)] = min(one, other)

    copies: dict[str, int] = {}
    oldest = 0  # of those that may still be of the same days
    for one, link in enumerate(ordered):
        join(copies.setdefault(link.content_hash, one), one)
        while link.published - ordered[oldest].published > _SAME_DAYS:
            oldest += 1
        for other in range(oldest, one):
            if _alike(headlines[one], headlines[other]):
                join(other, one)
    stories: dict[int, list[Link]] = {}
    for number, link in enumerate(ordered):
        stories.setdefault(root(number), []).append(link)
    return [sorted(story, key=lambda link: (-link.source_weight, -link.relevance, link.url)) for story in stories.values()]


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    together = len(one | other)
    return together > 0 and len(one & other) / together >= _ALIKE
