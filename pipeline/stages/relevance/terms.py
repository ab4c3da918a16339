"""What is counted: 1- to 3-grams of stems that neither begin nor end with a stop word."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from models.concept import Concept
from models.parameters import Parameters
from pipeline.stages.features import singular, stemmer, words

_MARKDOWN = re.compile(r"[*_`#>]")
_SMALL = frozenset(
    ("a", "an", "and", "for", "from", "in", "of", "on", "or", "the", "to", "with")
)  # they give an acronym no letter
_INITIALS = 3  # words; two letters are too many other things
_WORDS = re.compile(r"\w+")
_BRACKETS = re.compile(r"[()\[\]]")
# English function words: they hold sentences together and name no subject. Other languages rely on IDF alone.
_ENGLISH = """
a about above after again against all almost alone along already also although always am among an and another any anyone
anything are around as at away back be became because become been before behind being below between both but by can cannot
could did do does doing done down during each either else enough even ever every everyone everything few for from further
get go had has have having he her here hers herself him himself his how however i if in indeed instead into is it its itself
just keep last least less made make many may me might mine more moreover most much must my myself namely neither never
nevertheless next no nobody none nor not nothing now of off often on once one only onto or other others otherwise our ours
ourselves out over own per perhaps please put quite rather re really regarding same say says said see seem seemed seems
several she should since so some somehow someone something sometimes somewhere still such take than that the their theirs
them themselves then there thereby therefore these they this those though through throughout thus to together too toward
towards under unless until up upon us used using various very via was we well were what whatever when whenever where whereas
whether which while who whoever whole whom whose why will with within without would yet you your yours yourself
don doesn didn isn aren wasn weren won wouldn couldn shouldn hasn haven hadn ll ve
"""


@lru_cache(maxsize=4)
def stop_stems(language: str) -> frozenset[str]:
    """Stems of words that carry no subject."""
    return frozenset(stemmer("en")(_ENGLISH.split())) if language == "en" else frozenset()


def grams(tokens: Sequence[str], longest: int, stops: frozenset[str]) -> Iterator[str]:
    """Every n-gram of 1 to `longest` tokens, as often as it occurs."""
    for size in range(1, longest + 1):
        for run in zip(*(tokens[start:] for start in range(size)), strict=False):
            if run[0] not in stops and run[-1] not in stops:
                yield " ".join(run)


class Trie:
    """A vocabulary that finds its n-grams in a token sequence: most tokens begin none, and cost one look-up."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._root: dict[str, Any] = {}
        for column, term in enumerate(terms):
            node = self._root
            for token in term.split(" "):
                node = node.setdefault(token, {})
            node[""] = column
        for token, node in self._root.items():
            if len(node) == 1 and "" in node:  # a word that begins nothing longer is a number right away
                self._root[token] = node[""]

    def columns(self, tokens: Sequence[str]) -> list[int]:
        """The number of each vocabulary term, as often as it occurs, in order of its first token."""
        found: list[int] = []
        root, count = self._root, len(tokens)
        for start in [place for place, token in enumerate(tokens) if token in root]:
            node = root[tokens[start]]
            if type(node) is int:
                found.append(node)
                continue
            place = start + 1
            while True:
                column = node.get("")
                if column is not None:
                    found.append(column)
                if place == count or (node := node.get(tokens[place])) is None:
                    break
                place += 1
        return found


def names(concept: Concept) -> list[str]:
    """A concept's name and aliases, what stands in brackets apart: RLHF (Reinforcement ...) is two names."""
    spelled = [part for name in (concept.name, *concept.aliases) for part in _BRACKETS.split(name)]
    return list(dict.fromkeys(part.strip() for part in spelled if part.strip()))


def name_stems(concept: Concept, language: str) -> set[str]:
    """Stems of the words of a concept's names that carry a subject."""
    return {token for name in names(concept) for token in stemmer(language)(words(name))} - stop_stems(language)


def capitals(concept: Concept) -> set[str]:
    """Words of a concept's names that are all capitals and end in S, in lower case: AIDS is no plural of aid."""
    return {word.lower() for name in names(concept) for word in _WORDS.findall(name) if word.isupper() and word.endswith("S")}


def spellings(concept: Concept, language: str) -> list[str]:
    """A concept's names as texts write them: words in the singular; hyphened ones joined too; initials of long names.

    A single word without a subject (who, it, can) is no name: every text has it.
    """
    kept, stops = capitals(concept), stop_stems(language)
    found = []
    for name in names(concept):
        found.append(words(name))
        found += [words(name.replace(part, part.replace("-", ""))) for part in name.split() if "-" in part]
        telling = [word for word in found[0] if word not in _SMALL] if name == concept.name else []
        if len(telling) >= _INITIALS:
            found += [["".join(word[0] for word in telling)], ["".join(word[0] for word in found[0])]]
    telling_ones = [one for one in found if one and not (len(one) == 1 and stemmer(language)(one)[0] in stops)]
    spelled = (" ".join(word if word in kept else singular(word) for word in one) for one in telling_ones)
    return list(dict.fromkeys(spelled))


def concept_counts(concept: Concept, parameters: Parameters, language: str) -> Mapping[str, float]:
    """Weighted n-gram counts of a concept: each field's counts times its weight; every name on its own."""
    texts = (concept.definition, concept.body, concept.example, concept.analogy, concept.why_it_matters)
    weights = (
        parameters.definition_weight, parameters.text_weight, parameters.example_weight,
        parameters.analogy_weight, parameters.why_weight,
    )  # fmt: skip
    named = tuple((name, parameters.name_weight) for name in names(concept))
    return _weighted((*named, *zip(texts, weights, strict=True)), parameters.longest_ngram, language)


@lru_cache(maxsize=2000)  # concepts: an epoch and the scorers after it ask for the same ones
def _weighted(weighted: tuple[tuple[str, float], ...], longest: int, language: str) -> Mapping[str, float]:
    stem, stops = stemmer(language), stop_stems(language)
    total: dict[str, float] = {}
    for text, weight in weighted:
        if weight:
            for gram in grams(stem(words(_MARKDOWN.sub(" ", text))), longest, stops):
                total[gram] = total.get(gram, 0.0) + weight
    return total
