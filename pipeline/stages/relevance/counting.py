"""Articles as counts: of terms, of terms in headlines, of mentions of names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from models.article import Features
from models.concept import Glossary
from models.parameters import Parameters
from pipeline.stages.features import fields, singular, stemmer
from pipeline.stages.relevance.terms import Trie, capitals, spellings
from pipeline.stages.relevance.vectors import Fields, Table, matrix


@dataclass(frozen=True)
class Counted:
    """What was counted of A articles."""

    terms: sparse.csr_matrix  # (A, T) field-weighted counts
    titles: sparse.csr_matrix  # (A, T) the headline's part of them
    mentions: Table  # (A, C) field-weighted mentions of each concept's names

    def rows(self, start: int, end: int) -> "Counted":
        """Some of the articles."""
        return Counted(self.terms[start:end], self.titles[start:end], self.mentions[start:end])


@dataclass(frozen=True)
class Counter:
    """Counts a vocabulary and the names of a glossary."""

    glossary: Glossary
    parameters: Parameters
    terms: Sequence[str]

    def __call__(self, articles: Iterable[Features]) -> Counted:
        """The counts of `articles`, a row each."""
        said = [fields(one, self.parameters.lead_words) for one in articles]
        return self.of(said, [self.stems(one) for one in said])

    def of(self, said: Sequence[Fields], stemmed: Sequence[Fields]) -> Counted:
        """The same of their words and of the stems of these."""
        bodies = [weighted(one, self._trie, self.weights) for one in stemmed]
        titles = [weighted((one[0], (), ()), self._trie, self.weights) for one in stemmed]
        named = matrix([weighted(self._singular(one), self._names, self.weights) for one in said], self._owners.shape[0])
        mentions: Table = (named @ self._owners).toarray()
        return Counted(matrix(bodies, len(self.terms)), matrix(titles, len(self.terms)), mentions)

    @property
    def weights(self) -> tuple[float, float, float]:
        """Of title, lead and body."""
        return self.parameters.title_weight, self.parameters.lead_weight, self.parameters.body_weight

    def stems(self, said: Fields) -> Fields:
        """Each field's words as stems."""
        title, lead, body = map(stemmer(self.glossary.language), said)
        return title, lead, body

    def _singular(self, said: Fields) -> Fields:
        kept = self._capitals
        if not kept:
            title, lead, body = (list(map(singular, words)) for words in said)
            return title, lead, body
        title, lead, body = ([word if word in kept else singular(word) for word in words] for words in said)
        return title, lead, body

    @cached_property
    def _capitals(self) -> set[str]:
        whole = self.glossary.whole or self.glossary  # a concept counts alone what it counts beside all others
        return {word for concept in whole.concepts for word in capitals(concept)}

    @cached_property
    def _trie(self) -> Trie:
        return Trie(self.terms)

    @cached_property
    def _owned(self) -> list[tuple[str, int]]:
        """Spellings of names and whose they are; one that several concepts share is everyone's."""
        return sorted(
            {
                (name, row)
                for row, concept in enumerate(self.glossary.concepts)
                for name in spellings(concept, self.glossary.language)
            }
        )

    @cached_property
    def _names(self) -> Trie:
        return Trie(dict.fromkeys(name for name, _ in self._owned))

    @cached_property
    def _owners(self) -> sparse.csr_matrix:
        """(names, C) 1 where the name is the concept's."""
        rows = {name: n for n, name in enumerate(dict.fromkeys(name for name, _ in self._owned))}
        places = [rows[name] for name, _ in self._owned], [row for _, row in self._owned]
        shape = len(rows), len(self.glossary.concepts)
        return sparse.csr_matrix((np.ones(len(self._owned)), places), shape=shape)


def weighted(said: Fields, trie: Trie, weights: Sequence[float]) -> dict[int, float]:
    """Term number to field-weighted count."""
    total: dict[int, float] = {}
    for tokens, weight in zip(said, weights, strict=True):
        for column in trie.columns(tokens):
            total[column] = total.get(column, 0.0) + weight
    return total
