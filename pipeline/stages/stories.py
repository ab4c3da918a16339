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
    ordered = sorted(links, key=lambda link: link.url)
    headlines = [frozenset(words(link.title)) for link in ordered]
    parent = list(range(len(ordered)))

    def root(number: int) -> int:
        while parent[number] != number:
            number = parent[number]
        return number

    for one in range(len(ordered)):
        for other in range(one):
            if root(one) != root(other) and _same(ordered[one], ordered[other], headlines[one], headlines[other]):
                parent[max(root(one), root(other))] = min(root(one), root(other))
    stories: dict[int, list[Link]] = {}
    for number, link in enumerate(ordered):
        stories.setdefault(root(number), []).append(link)
    return [sorted(story, key=lambda link: (-link.source_weight, -link.relevance, link.url)) for story in stories.values()]


def _same(one: Link, other: Link, words_of_one: frozenset[str], words_of_other: frozenset[str]) -> bool:
    if one.content_hash == other.content_hash:
        return True
    together = len(words_of_one | words_of_other)
    alike = together > 0 and len(words_of_one & words_of_other) / together >= _ALIKE
    return alike and abs(one.published - other.published) <= _SAME_DAYS
