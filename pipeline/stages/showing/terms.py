"""Which of a link's terms tell a reader something."""

from collections.abc import Iterable


def telling(terms: Iterable[str]) -> list[str]:
    """The terms, heaviest first, without those whose words all stand in a heavier one, and without the rest that is summed up."""
    shown: list[str] = []
    for term in terms:
        if not term.startswith("(") and not any(set(term.split()) <= set(heavier.split()) for heavier in shown):
            shown.append(term)
    return shown
