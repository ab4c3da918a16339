"""Which of a link's terms tell a reader something."""

from collections.abc import Iterable


def telling(terms: Iterable[str]) -> list[str]:
    """The terms, heaviest first, without those whose words all stand in a heavier one, and without the rest that is summed up."""
    shown: dict[str, set[str]] = {}
    for term in terms:
        words = set(term.split())
        if not term.startswith("(") and not any(words <= heavier for heavier in shown.values()):
            shown[term] = words
    return list(shown)
