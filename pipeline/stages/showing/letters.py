"""The order of names, and the letters that they stand under."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from models.contract import ConceptPage

DIGITS, OTHER = "#", "…"
_LATIN = re.compile(r"LATIN (?:SMALL|CAPITAL) (?:LETTER|LIGATURE) ([A-Z])")


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter of the list, and the concepts under it, by name."""

    letter: str
    anchor: str  # its id in the page
    concepts: tuple[ConceptPage, ...]


def folded(text: str) -> str:
    """Without case and accents."""
    return "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))


def by_name(concepts: Iterable[ConceptPage]) -> list[ConceptPage]:
    """Latin letters first, then digits, then other scripts; accents, case and opening signs don't count."""
    return sorted(concepts, key=lambda one: (_place(initial(one.name)), _bare(one.name), one.slug))


def initial(name: str) -> str:
    """A to Z, "#" for digits, "…" for other scripts."""
    first = _bare(name)[:1]
    if first.isdecimal():
        return DIGITS
    # Ø, æ or ł have no accent to take off, but a name that says their letter.
    latin = _LATIN.match(unicodedata.name(first, "")) if first else None
    return latin[1] if latin else OTHER


def letters(concepts: Iterable[ConceptPage]) -> list[Letter]:
    """The list from A to Z; only letters that have concepts."""
    groups: dict[str, list[ConceptPage]] = {}
    for concept in by_name(concepts):
        groups.setdefault(initial(concept.name), []).append(concept)
    anchors = {DIGITS: "digits", OTHER: "others"}
    return [Letter(one, f"letter-{anchors.get(one, one.lower())}", tuple(found)) for one, found in groups.items()]


def _bare(name: str) -> str:
    return re.sub(r"^[\W_]+", "", folded(name))


def _place(letter: str) -> tuple[int, str]:
    return ((DIGITS, OTHER).index(letter) + 1 if letter in {DIGITS, OTHER} else 0, letter)
