"""Scorer: fielded TF-IDF cosines, and their map to a probability.

sim(c, d)       = min(1, c·d / ((1 - pivot) * |d| + pivot * mean|d|)), |c| = 1      weights: vectors.py
headline(c, d)  = the same of the headline alone
names(c, d)     = m / (m + half), m field-weighted mentions of c's names as they are written      (saturation as in BM25)
context(c, d)   = the same as sim with the words of the articles that are nearest to c, its own name left out (contexts.py)
field(c, d)     = min(1, similarity with all other concepts together, words of c's name left out / field_enough);
                  nearer to 1 for a glossary of under 20 concepts
logit relevance = offset + a ln(sim + 0.01) + b ln(headline + 0.01) + c names + d ln(context + 0.01) + e ln(field + 0.01)

with slopes >= 0 learned for what was read: a page, a feed's text, a summary. `field` tells the everyday sense of a name:
it takes from an article that is far from everything else in the glossary and gives nothing to one that is near.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from models.article import Features, Stored, TextFrom
from models.concept import Glossary
from models.link import Scored
from models.parameters import Calibration, Parameters
from models.statistics import Statistics
from pipeline.stages.relevance.counting import Counted, Counter
from pipeline.stages.relevance.terms import concept_counts, name_stems
from pipeline.stages.relevance.vectors import Table, inverse_frequencies, matrix, norms, pivoted, scaled, weigh

_FIELD_OF = (5, 20)  # concepts that tell nothing of a field, and that tell it as well as 139 do
FLOOR = 0.01  # under the logarithm, so that the faintest similarity does not weigh without bound


@dataclass(frozen=True)
class Signals:
    """What relevance is made of, (A, C) each."""

    similarity: Table
    headline: Table
    names: Table
    context: Table
    field: Table
    mentions: Table  # for people: `names` before saturation
    vectors: sparse.csr_matrix  # (A, T) of the articles, for explanations

    @property
    def measures(self) -> dict[str, Table]:
        """What a calibration's slopes multiply, by their names."""
        return {
            "similarity": np.log(self.similarity + FLOOR),
            "headline": np.log(self.headline + FLOOR),
            "names": self.names,
            "context": np.log(self.context + FLOOR),
            "field": np.log(self.field + FLOOR),
        }

    def steps(self, weights: Calibration) -> dict[str, Table]:
        """What each signal adds to the logit."""
        return {name: getattr(weights, name) * measure for name, measure in self.measures.items()}

    def probability(self, weights: Calibration) -> Table:
        """The logistic function of all steps."""
        logits = np.full_like(self.similarity, weights.offset)
        for step in self.steps(weights).values():
            logits += step
        return logistic(logits)


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
    def counter(self) -> Counter:
        """Counts the epoch's terms and the glossary's names."""
        return Counter(self.glossary, self.parameters, self.statistics.terms)

    @cached_property
    def idf(self) -> Table:
        """(T,) of the epoch's terms."""
        return inverse_frequencies(self.statistics.frequencies, self.statistics.documents)

    @cached_property
    def concepts(self) -> sparse.csr_matrix:
        """(C, T) float64, unit rows in the glossary's order; columns are the epoch's terms."""
        column = {term: i for i, term in enumerate(self.statistics.terms)}
        rows = []
        for concept in self.glossary.concepts:
            counts = concept_counts(concept, self.parameters, self.glossary.language)
            rows.append({column[term]: float(counts[term]) for term in counts.keys() & column.keys()})
        weights = weigh(matrix(rows, len(column)), self.idf)
        return scaled(weights, norms(weights))

    @cached_property
    def _nameless(self) -> sparse.csr_matrix:
        """(C, T) float64, unit rows: the concepts without the words of their own names."""
        rest = self.concepts.multiply(1 - self._own_names).tocsr()
        rest.eliminate_zeros()
        return scaled(rest, norms(rest))

    @cached_property
    def _own_names(self) -> Table:
        """(C, T) 1 where a term has a word of the concept's name, else 0."""
        having: dict[str, list[int]] = {}
        for number, term in enumerate(self.statistics.terms):
            for token in set(term.split(" ")):
                having.setdefault(token, []).append(number)
        found = np.zeros((len(self.rows), len(self.statistics.terms)))
        for row, concept in enumerate(self.glossary.concepts):
            for token in name_stems(concept, self.glossary.language):
                found[row, having.get(token, [])] = 1.0
        return found

    @cached_property
    def contexts(self) -> sparse.csr_matrix:
        """(C, T) float64: what the best articles leave of the norm of 1 is filled with the concept's own other words."""
        found = self.statistics.contexts
        words = matrix([dict(found.get(slug, ())) for slug in self.rows], len(self.statistics.terms))
        return words + sparse.diags(1 - norms(words)) @ self._nameless

    @cached_property
    def _fields(self) -> Table:
        """(T, C) float64, unit columns: all other concepts together, without the words of the concept's name."""
        rest = (np.asarray(self.concepts.sum(axis=0)) - self.concepts.toarray()) * (1 - self._own_names)
        lengths = np.sqrt((rest * rest).sum(axis=1, keepdims=True))
        columns: Table = np.ascontiguousarray((rest / np.where(lengths > 0, lengths, 1.0)).T)
        return columns

    def signals(self, articles: Sequence[Features]) -> Signals:
        """What is known of each pair of article and concept. A row does not depend on the others."""
        return self.compared(self.counter(articles))

    def compared(self, counted: Counted) -> Signals:
        """The signals of what was counted with this scorer's counter."""
        known, pivot = self.statistics, self.parameters.pivot
        vectors = pivoted(weigh(counted.terms, self.idf), pivot, known.mean_norm)
        titles = pivoted(weigh(counted.titles, self.idf), pivot, known.mean_title_norm)
        names = counted.mentions / (counted.mentions + self.parameters.mentions_half)
        far = np.maximum(0.0, 1.0 - (vectors @ self._fields) / self.parameters.field_enough)
        field = 1.0 - _told(len(self.rows)) * far
        return Signals(
            _product(vectors, self.concepts), _product(titles, self.concepts), names,
            _product(vectors, self.contexts), field, counted.mentions, vectors,
        )  # fmt: skip

    def relevance(self, signals: Signals, text_from: Sequence[TextFrom]) -> Table:
        """(A, C) float64: the probability of each pair; 0 where nothing matches."""
        probability = np.zeros_like(signals.similarity)
        for kind in sorted(set(text_from)):
            weights = self.parameters.relevance[kind]
            chosen = np.array([one == kind for one in text_from])
            probability[chosen] = signals.probability(weights)[chosen]
        found: Table = np.where(signals.similarity > 0, probability, 0.0)
        return found

    def score(self, articles: Sequence[Stored], signals: Signals, floor: float = 0.0) -> Iterator[Scored]:
        """Every pair of relevance above 0 and at least `floor`; `signals` has a row an article."""
        relevance = self.relevance(signals, [stored.text_from for stored in articles])
        slugs = [concept.slug for concept in self.glossary.concepts]
        for row, column in zip(*np.nonzero((relevance > 0) & (relevance >= floor)), strict=True):
            stored = articles[row]
            pair = float(signals.similarity[row, column]), float(relevance[row, column])
            yield Scored(slugs[column], stored.id, stored.url, *pair)


def _told(concepts: int) -> float:
    """0..1: how far a glossary of so many concepts tells its field; a few words of few concepts cannot."""
    fewest, enough = _FIELD_OF
    return min(1.0, max(0.0, (concepts - fewest) / (enough - fewest)))


def logistic(logits: Table) -> Table:
    """1 / (1 + exp(-logits))."""
    found: Table = 1 / (1 + np.exp(-np.clip(logits, -500.0, 500.0)))
    return found


def _product(vectors: sparse.csr_matrix, concepts: sparse.csr_matrix) -> Table:
    product: Table = (vectors @ concepts.T).toarray()
    return np.minimum(product, 1.0)
