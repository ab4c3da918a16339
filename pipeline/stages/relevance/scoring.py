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
from models.concept import Concept, Glossary
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
        known = self.statistics
        fresh = [concept for concept in self.glossary.concepts if known.vector(concept.slug) is None]
        counted = dict(zip((concept.slug for concept in fresh), self.unit(fresh), strict=True))
        rows = [dict(known.vector(slug) or ()) or counted.get(slug, {}) for slug in self.rows]
        return matrix(rows, len(known.terms))

    def unit(self, concepts: Sequence[Concept]) -> list[dict[int, float]]:
        """The concepts as their texts are now: column to weight, norm 1, in the terms of the epoch."""
        column = {term: i for i, term in enumerate(self.statistics.terms)}
        rows = []
        for concept in concepts:
            counts = concept_counts(concept, self.parameters, self.glossary.language)
            rows.append({column[term]: float(counts[term]) for term in counts.keys() & column.keys()})
        weights = weigh(matrix(rows, len(column)), self.idf)
        made = scaled(weights, norms(weights))
        return [dict(zip(row.indices.tolist(), row.data.tolist(), strict=True)) for row in made]

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
    def together(self) -> sparse.csr_matrix:
        """(n, T) the concepts of the epoch, those that have gone since included; of a new epoch the glossary's."""
        known = self.statistics.vectors
        return matrix([dict(row) for row in known.values()], len(self.statistics.terms)) if known else self.concepts

    @cached_property
    def frozen(self) -> sparse.csr_matrix:
        """(C, T) the concepts as they are in `together`; one that came later is not."""
        known = self.statistics.vectors
        return matrix([dict(known.get(slug, ())) for slug in self.rows], len(self.statistics.terms)) if known else self.concepts

    @cached_property
    def _rest(self) -> Table:
        """(C, T) all other concepts together, without the words of the concept's name."""
        rest: Table = (np.asarray(self.together.sum(axis=0)) - self.frozen.toarray()) * (1 - self._own_names)
        return rest

    @cached_property
    def rest_lengths(self) -> Table:
        """(C,) how long all other concepts together are; 1 where there is none."""
        rest = self._rest[:, : self.statistics.own]  # later columns are empty, and would only group the sum anew
        lengths = np.sqrt((rest * rest).sum(axis=1))
        found: Table = np.where(lengths > 0, lengths, 1.0)
        return found

    @cached_property
    def _fields(self) -> Table:
        """(T, C) float64, unit columns: all other concepts together, without the words of the concept's name."""
        columns: Table = np.ascontiguousarray((self._rest / self.rest_lengths[:, None]).T)
        return columns

    def field(self, near: Table) -> Table:
        """The signal, of similarities with all other concepts together."""
        found: Table = 1.0 - _told(self.together.shape[0]) * np.maximum(0.0, 1.0 - near / self.parameters.field_enough)
        return found

    @cached_property
    def _later(self) -> sparse.csr_matrix:
        """(T, C) 1 where a column came after the epoch was made, for a concept that uses it: its lengths count it."""
        own = (self.concepts != 0) + (self.contexts != 0)
        later = sparse.csr_matrix(own.multiply(np.arange(own.shape[1]) >= self.statistics.own), dtype=np.float64)
        later.eliminate_zeros()
        return sparse.csr_matrix(later.T)

    def signals(self, articles: Sequence[Features]) -> Signals:
        """What is known of each pair of article and concept. A row does not depend on the others."""
        return self.compared(self.counter(articles))

    def compared(self, counted: Counted) -> Signals:
        """The signals of what was counted with this scorer's counter."""
        known = self.statistics
        vectors, scale = self._pivoted(weigh(counted.terms, self.idf), known.mean_norm)
        titles, title_scale = self._pivoted(weigh(counted.titles, self.idf), known.mean_title_norm)
        names = counted.mentions / (counted.mentions + self.parameters.mentions_half)
        return Signals(
            _product(vectors, self.concepts, scale), _product(titles, self.concepts, title_scale), names,
            _product(vectors, self.contexts, scale), self.field(vectors @ self._fields), counted.mentions, vectors,
        )  # fmt: skip

    def _pivoted(self, weights: sparse.csr_matrix, mean_norm: float) -> tuple[sparse.csr_matrix, Table | None]:
        """Rows over their pivoted length, and (A, C) by how much those are longer for concepts that brought columns in."""
        own, pivot = self.statistics.own, self.parameters.pivot
        if own == weights.shape[1]:
            return scaled(weights, pivoted(norms(weights), pivot, mean_norm)), None
        lengths = norms(weights[:, :own])
        more = (weights.multiply(weights).tocsr() @ self._later).toarray()
        longer = np.sqrt(lengths[:, None] ** 2 + more)
        plain = pivoted(lengths, pivot, mean_norm)
        return scaled(weights, plain), plain[:, None] / pivoted(longer, pivot, mean_norm)

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


def _product(vectors: sparse.csr_matrix, concepts: sparse.csr_matrix, scale: Table | None) -> Table:
    product: Table = (vectors @ concepts.T).toarray()
    return np.minimum(product if scale is None else product * scale, 1.0)
