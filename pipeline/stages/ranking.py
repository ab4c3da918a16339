"""ranking.cut and ranking.place: which pairs are links, and which of them the box shows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from models.link import Link, Placed, Scored


def cut(scored: Iterable[Scored], at: float) -> list[Scored]:
    """Pairs whose relevance (a probability) is at least `at`, best first; equals by URL."""
    kept = (pair for pair in scored if pair.relevance >= at)
    return sorted(kept, key=lambda pair: (-pair.relevance, pair.url))


def place(
    stories: Sequence[Sequence[Link]], *, box_size: int, per_source: int, pinned: Mapping[int, datetime] | None = None
) -> list[Placed]:
    """Every link with its places. `pinned`: since when, by article.

    Rank: representatives of stories by relevance, equals by URL. Position: pinned ones on top, those pinned last first,
    whatever their source; then the newest others, at most `per_source` of one Source, `box_size` in all; equally new ones by
    relevance, then URL. A pinned article stands for its Story.
    """
    pins = pinned or {}
    ordered = [sorted(story, key=lambda link: -_since(pins, link)) for story in stories]
    heads = [story[0] for story in ordered]
    ranks = {link.url: n for n, link in enumerate(sorted(heads, key=lambda h: (-h.relevance, h.url)), 1)}
    positions = {link.url: n for n, link in enumerate(_box(heads, box_size, per_source, pins), 1)}
    placed = []
    for head, *others in ordered:
        covered = tuple((link.source_name, link.url) for link in others)
        placed.append(Placed(head, ranks[head.url], positions.get(head.url), covered, head.article_id in pins))
        placed += [Placed(link, None, None) for link in others]
    return placed


def _since(pins: Mapping[int, datetime], link: Link) -> float:
    return pins[link.article_id].timestamp() if link.article_id in pins else 0.0


def _box(heads: Sequence[Link], box_size: int, per_source: int, pins: Mapping[int, datetime]) -> list[Link]:
    box = sorted((h for h in heads if h.article_id in pins), key=lambda h: (-_since(pins, h), h.url))[:box_size]
    shown: Counter[str] = Counter(link.source_slug for link in box)
    for link in sorted(heads, key=lambda h: (-h.published.timestamp(), -h.relevance, h.url)):
        if link.article_id not in pins and len(box) < box_size and shown[link.source_slug] < per_source:
            box.append(link)
            shown[link.source_slug] += 1
    return box
