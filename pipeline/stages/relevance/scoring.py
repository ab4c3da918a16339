"""Scorer: fielded TF-IDF cosine and its map to a probability.

w(t, d)   = ln(1 + sum over fields f of weight(f) * count(t, f, d)) * idf(t)
idf(t)    = ln((1 + N) / (1 + df(t))) + 1                       (smooth, as scikit-learn's TfidfTransformer)
sim(c, d) = min(1, c·d / ((1 - pivot) * |d| + pivot * mean|d|)), |c| = 1     (pivoted length: Singhal 1996)
relevance = 1 / (1 + exp(-(offset + slope * ln sim)))           (provisional, monotone in sim)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from models.article import Features, Stored, TextFrom
from models.concept import Glossary
from models.link import Scored
from models.parameters import Parameters
from models.statistics import Statistics
from pipeline.stages.features import fields, stemmer, words
from pipeline.stages.relevance.terms import Trie, concept_counts, names

_FLOOR = 0.01  # under the logarithm, so that the faintest similarity does not weigh without bound
Table = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Scorer:
    """Scores articles against a whole glossary with one epoch's statistics."""

    glossary: Glossary
    parameters: Parameters
    statistics: Statistics

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each concept, by slug."""
        return {concept.slug: row for row, concept in enumerate(self.glossary.concepts)}

    @cached_property
    def trie(self) -> Trie:
        """Finds the epoch's terms in token sequences."""
        return Trie(self.statistics.terms)

    @cached_property
    def concepts(self) -> sparse.csr_matrix:
        """(C, T) float64, unit rows in the glossary's order; columns are the epoch's terms."""
        column = {term: i for i, term in enumerate(self.statistics.terms)}
        rows = []
        for concept in self.glossary.concepts:
            counts = concept_counts(concept, self.parameters, self.glossary.language)
            rows.append({column[term]: float(counts[term]) for term in counts.keys() & column.keys()})
        weights = weigh(matrix(rows, len(column)), self.statistics)
        return scaled(weights, norms(weights))

    def vectors(self, articles: Sequence[Features]) -> sparse.csr_matrix:
        """(A, T) float64: TF-IDF weights over pivoted length. A row does not depend on the others."""
        counts = matrix([weighted_counts(one, self.trie, self.parameters) for one in articles], len(self.statistics.terms))
        weights = weigh(counts, self.statistics)
        pivot = self.parameters.pivot
        return scaled(weights, (1 - pivot) * norms(weights) + pivot * self.statistics.mean_norm)

    def similarities(self, vectors: sparse.csr_matrix) -> Table:
        """(A, C) float64 in 0..1, of the rows of `vectors`."""
        product: Table = (vectors @ self.concepts.T).toarray()
        return np.minimum(product, 1.0)

    @cached_property
    def _names(self) -> tuple[Trie, "np.ndarray[Any, np.dtype[np.int64]]"]:
        """Finds the names of concepts, and whose each is."""
        stem = stemmer(self.glossary.language)
        owned = [
            (" ".join(stem(words(name))), row) for row, concept in enumerate(self.glossary.concepts) for name in names(concept)
        ]
        distinct = sorted(dict.fromkeys((name, row) for name, row in owned if name))
        owner = dict(reversed(distinct))  # a name that two concepts share is the first's
        return Trie(owner), np.array(list(owner.values()), dtype=np.int64)

    def mentions(self, articles: Sequence[Features]) -> Table:
        """(A, C) float64: occurrences of each concept's names, field-weighted."""
        trie, owner = self._names
        found = matrix([weighted_counts(one, trie, self.parameters) for one in articles], len(owner))
        of_names = sparse.csr_matrix(
            (np.ones(len(owner)), (np.arange(len(owner)), owner)), shape=(len(owner), len(self.glossary.concepts))
        )
        counted: Table = (found @ of_names).toarray()
        return counted

    def relevance(self, similarities: Table, mentions: Table, text_from: Sequence[TextFrom]) -> Table:
        """(A, C) float64: the probability of each pair; 0 where nothing matches."""
        parameters = self.parameters
        short = np.array([parameters.short_text_offset if one == "summary" else 0.0 for one in text_from])
        logits = parameters.offset + short[:, None] + parameters.slope * np.log(similarities + _FLOOR)
        logits += parameters.name_slope * np.log1p(mentions)
        probability: Table = np.where(similarities > 0, 1 / (1 + np.exp(-logits)), 0.0)
        return probability

    def score(
        self, articles: Sequence[Stored], features: Sequence[Features], vectors: sparse.csr_matrix, floor: float = 0.0
    ) -> Iterator[Scored]:
        """Every pair of relevance above 0 and at least `floor`; `vectors` are those of `features`, a row an article."""
        similarities = self.similarities(vectors)
        relevance = self.relevance(similarities, self.mentions(features), [stored.text_from for stored in articles])
        slugs = [concept.slug for concept in self.glossary.concepts]
        for row, column in zip(*np.nonzero((relevance > 0) & (relevance >= floor)), strict=True):
            stored = articles[row]
            pair = float(similarities[row, column]), float(relevance[row, column])
            yield Scored(slugs[column], stored.id, stored.url, *pair)


def weighted_counts(article: Features, trie: Trie, parameters: Parameters) -> dict[int, float]:
    """Term number to field-weighted count."""
    total: dict[int, float] = {}
    weights = (parameters.title_weight, parameters.lead_weight, parameters.body_weight)
    for tokens, weight in zip(fields(article, parameters.lead_words), weights, strict=True):
        for column in trie.columns(tokens):
            total[column] = total.get(column, 0.0) + weight
    return total


def matrix(rows: Sequence[dict[int, float]], width: int) -> sparse.csr_matrix:
    """(len(rows), width) float64 with sorted columns."""
    ordered = [sorted(row.items()) for row in rows]
    starts = np.cumsum([0, *(len(row) for row in ordered)], dtype=np.int64)
    columns = np.array([column for row in ordered for column, _ in row], dtype=np.int32)
    values = np.array([value for row in ordered for _, value in row], dtype=np.float64)
    return sparse.csr_matrix((values, columns, starts), shape=(len(rows), width))


def weigh(counts: sparse.csr_matrix, statistics: Statistics) -> sparse.csr_matrix:
    """Counts as TF-IDF weights: ln(1 + count) * idf."""
    idf = np.log((1 + statistics.documents) / (1 + statistics.frequencies)) + 1
    weights = counts.copy()
    weights.data = np.log1p(weights.data) * idf[weights.indices]
    return weights


def norms(weights: sparse.csr_matrix) -> Table:
    """(A,) Euclidean length of each row."""
    lengths: Table = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).ravel())
    return lengths


def scaled(weights: sparse.csr_matrix, lengths: Table) -> sparse.csr_matrix:
    """Each row over its length; empty rows stay empty."""
    copied = weights.copy()
    copied.data = copied.data / np.repeat(np.where(lengths > 0, lengths, 1.0), np.diff(copied.indptr))
    return copied
