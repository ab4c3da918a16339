"""ranking.cut and ranking.place: which pairs are links, and which of them the box shows."""

from collections import Counter
from collections.abc import Iterable, Sequence

from models.link import Link, Placed, Scored


def cut(scored: Iterable[Scored], at: float) -> list[Scored]:
    """Pairs whose relevance (a probability) is at least `at`, best first; equals by URL."""
    kept = (pair for pair in scored if pair.relevance >= at)
    return sorted(kept, key=lambda pair: (-pair.relevance, pair.url))


def place(stories: Sequence[Sequence[Link]], *, box_size: int, per_source: int) -> list[Placed]:
    """Every link with its places.

    Rank: representatives of stories by relevance, equals by URL. Position: the `box_size` newest of them, at most
    `per_source` of one Source; equally new ones by relevance, then URL.
    """
    heads = [story[0] for story in stories]
    ranks = {link.url: n for n, link in enumerate(sorted(heads, key=lambda h: (-h.relevance, h.url)), 1)}
    positions = {link.url: n for n, link in enumerate(_box(heads, box_size, per_source), 1)}
    placed = []
    for head, *others in stories:
        covered = tuple((link.source_name, link.url) for link in others)
        placed.append(Placed(head, ranks[head.url], positions.get(head.url), covered))
        placed += [Placed(link, None, None) for link in others]
    return placed


def _box(heads: Sequence[Link], box_size: int, per_source: int) -> list[Link]:
    box: list[Link] = []
    shown: Counter[str] = Counter()
    for link in sorted(heads, key=lambda h: (-h.published.timestamp(), -h.relevance, h.url)):
        if len(box) < box_size and shown[link.source_slug] < per_source:
            box.append(link)
            shown[link.source_slug] += 1
    return box
