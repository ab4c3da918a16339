"""A concept's names as readers see them: each once, whatever its case and number."""

import re
from collections.abc import Iterable

from models.contract import ConceptPage

_BRACKETS = re.compile(r"[()\[\]]")


def also_called(concept: ConceptPage) -> list[str]:
    """The aliases that are more than the name, or another alias, in other case or as its plural.

    What stands in brackets of a name is a name too: GPU (Graphics Processing Unit) is two.
    """
    aliases = {alias: _folded(alias) for alias in concept.aliases}
    seen = {_folded(part) for part in (concept.name, *_BRACKETS.split(concept.name))} | {""}
    shown = []
    for alias, folded in aliases.items():
        if seen.isdisjoint(_numbers(folded)) and _singulars(folded).isdisjoint(aliases.values()):
            shown.append(alias)
            seen.add(folded)
    return shown


def tags(terms: Iterable[str], concept: ConceptPage) -> list[str]:
    """The terms that say something without the article: names of the concept, and phrases that are no piece of a longer one.

    Of singular and plural the first.
    """
    parts = (part for name in (concept.name, *concept.aliases) for part in (name, *_BRACKETS.split(name)))
    named = {form for part in parts if (folded := _folded(part)) for form in _numbers(folded)}
    forms = {term: _folded(term) for term in terms}
    shown: dict[str, str] = {}
    for term, form in forms.items():
        whole = " " in form and not any(f" {form} " in f" {other} " for other in forms.values() if other != form)
        if (whole or form in named) and _numbers(form).isdisjoint(shown):
            shown[form] = term
    return list(shown.values())


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _numbers(name: str) -> set[str]:
    """The name, and how its singular and its plural may be written."""
    plurals = {f"{name}s", f"{name}es"} | ({f"{name[:-1]}ies"} if name.endswith("y") else set())
    return {name} | plurals | _singulars(name)


def _singulars(name: str) -> set[str]:
    """What the name may be the plural of."""
    endings = {"s": "", "es": "", "ies": "y"}
    return {name.removesuffix(ending) + single for ending, single in endings.items() if name.endswith(ending)} - {""}
