"""What an index on words holds of an article, so that candidates of a concept are found without reading articles.

level(t, d) = ceil(32 ln(1 + field-weighted count of t in d)), at most 255; t is a stem, a known n-gram of stems (with spaces)
              or a known name as it is written (after "="); what an article was read from, where that is no page (after "?")
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from math import ceil, log1p
from typing import Any, Self

from models.article import Features
from models.concept import Glossary
from models.parameters import Parameters
from pipeline.stages.features import fields, singular, stemmer
from pipeline.stages.relevance.counting import weighted
from pipeline.stages.relevance.terms import Trie, capitals, spellings

STEP, _HIGHEST = 32.0, 255
NAME, KIND = "=", "?"  # no stem begins with these


@dataclass(frozen=True)
class Indexer:
    """How an index was made. All articles of one index are indexed alike, whatever becomes of the glossary."""

    language: str
    weights: tuple[float, float, float]  # of title, lead, body
    lead_words: int
    grams: tuple[str, ...]
    names: tuple[str, ...]
    kept: tuple[str, ...]  # words that are no plurals

    @classmethod
    def of(cls, glossary: Glossary, parameters: Parameters, terms: Iterable[str]) -> Self:
        """For the names of a glossary and the n-grams of an epoch."""
        weights = parameters.title_weight, parameters.lead_weight, parameters.body_weight
        names = {name for one in glossary.concepts for name in spellings(one, glossary.language)}
        kept = {word for one in glossary.concepts for word in capitals(one)}
        grams = tuple(term for term in terms if " " in term)
        return cls(glossary.language, weights, parameters.lead_words, grams, tuple(sorted(names)), tuple(sorted(kept)))

    @classmethod
    def read(cls, written: str) -> Self | None:
        """One that `written` gave; None for an empty text."""
        if not written:
            return None
        told: dict[str, Any] = json.loads(written)
        made: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in told.items()}
        return cls(**made)

    @property
    def written(self) -> str:
        """As text."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def fits(self, parameters: Parameters, language: str) -> bool:
        """Whether levels mean what they mean today."""
        weights = parameters.title_weight, parameters.lead_weight, parameters.body_weight
        return (self.language, self.weights, self.lead_words) == (language, weights, parameters.lead_words)

    @cached_property
    def _tries(self) -> tuple[Trie, Trie, frozenset[str]]:
        return Trie(self.grams), Trie(self.names), frozenset(self.kept)

    def levels(self, article: Features) -> dict[str, int]:
        """Term to level."""
        grams, names, kept = self._tries
        said = fields(article, self.lead_words)
        stem = stemmer(self.language)
        title, lead, body = (stem(words) for words in said)
        total: dict[str, float] = {}
        for stems, weight in zip((title, lead, body), self.weights, strict=True):
            for one, count in Counter(stems).items():
                total[one] = total.get(one, 0.0) + weight * count
        for column, reached in weighted((title, lead, body), grams, self.weights).items():
            total[self.grams[column]] = reached
        first, second, third = ([word if word in kept else singular(word) for word in words] for words in said)
        for column, reached in weighted((first, second, third), names, self.weights).items():
            total[NAME + self.names[column]] = reached
        found = {term: min(_HIGHEST, ceil(STEP * log1p(count))) for term, count in total.items() if count}
        return found if article.text_from == "page" else found | {KIND + article.text_from: 1}


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker gets: how the index is made, and some articles by id."""

    written: str
    articles: Sequence[tuple[int, Features]]


@lru_cache(maxsize=1)
def _reader(written: str) -> Indexer:
    indexer = Indexer.read(written)
    if indexer is None:
        raise ValueError("an index that was made in no way")
    return indexer


def leveled(task: Task) -> dict[int, dict[str, int]]:
    """The levels of each article."""
    indexer = _reader(task.written)
    return {number: indexer.levels(features) for number, features in task.articles}
