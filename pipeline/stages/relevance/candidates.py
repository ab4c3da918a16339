"""Which articles may be links of a concept, by an index on words: an estimate of relevance that is seldom below the true one.

Terms that the index knows are counted as in the article; an unknown n-gram or name is taken to be there as often as its
rarest word; the headline is taken to be perfect; lengths and the field are over single words, the field times 1.25 (of 154,000
pairs one in a thousand has less than 0.82 of the whole). What comes within a margin of the cut is read, counted and scored
as ever. Of 1,110 articles and 139 concepts all 678 links are among 1,300 candidates, and among 4,100 where no n-gram and no
name was known; a sample is held to that in tests/unit/stages/relevance/test_candidates.py.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from models.article import TextFrom
from models.parameters import Calibration
from pipeline.stages.features import stemmer
from pipeline.stages.relevance.contexts import Whole
from pipeline.stages.relevance.indexing import KIND, NAME, STEP, Indexer
from pipeline.stages.relevance.scoring import FLOOR, Scorer
from pipeline.stages.relevance.terms import name_stems, spellings, stop_stems
from pipeline.stages.relevance.vectors import Table, pivoted

Levels = np.ndarray[Any, np.dtype[np.uint8]]
Posting = tuple[str, Whole, Levels]  # a term, ascending article ids, their levels
_MARGIN = 0.2  # of the logit
_FIELD = 1.25
Held = Mapping[str, tuple[Whole, Table]]


@dataclass(frozen=True)
class Measured:
    """Of every article, over single words of the epoch."""

    lengths: Table  # (N,) pivoted
    dots: Table  # (N,) product with all concepts together, before pivoting


@dataclass(frozen=True)
class Estimator:
    """Estimates for all articles at once; arrays are (N,) with a place for every article id below N."""

    scorer: Scorer
    indexer: Indexer
    postings: Callable[[Collection[str]], Iterator[Posting]]
    size: int  # N, more than the highest article id
    measured: "Measured | None" = None  # by another estimator of the same epoch and index, if there was one

    def likely(self, slug: str) -> list[int]:
        """Ids of the articles that may reach the cut, ascending."""
        cut = min(max(self.scorer.parameters.cut, 1e-9), 1 - 1e-9)
        return [int(number) for number in np.flatnonzero(self._logits(slug, near=False) >= np.log(cut / (1 - cut)) - _MARGIN)]

    def nearest(self, slug: str, most: int) -> list[int]:
        """Ids of the `most` articles that are estimated to be nearest, ascending: a context is made of some of them."""
        logits = self._logits(slug, near=True)
        found = np.flatnonzero(logits > -np.inf)
        best = found[np.lexsort((found, -logits[found]))[:most]]
        return sorted(int(number) for number in best)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.indexer.grams)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.indexer.names)

    @cached_property
    def _kinds(self) -> dict[TextFrom, Whole]:
        """The articles that were not read from a page."""
        kinds: dict[str, TextFrom] = {KIND + kind: kind for kind in self.scorer.parameters.relevance if kind != "page"}
        return {kinds[term]: ids for term, ids, _ in self._here(kinds.keys())}

    @cached_property
    def whole(self) -> "Measured":
        """What is the same for every concept, those that were amended included."""
        if self.measured is not None:
            return self.measured
        known, together = self.scorer.statistics, self._together
        column = {term: number for number, term in enumerate(known.terms[: known.own]) if " " not in term}
        squares, field = np.zeros(self.size), np.zeros(self.size)
        for stem, ids, reached in self._here(column.keys()):
            weights = reached * (self.scorer.idf[column[stem]] / STEP)
            squares[ids] += weights * weights
            field[ids] += together[column[stem]] * weights
        return Measured(pivoted(np.sqrt(squares), self.scorer.parameters.pivot, known.mean_norm), field)

    @cached_property
    def _together(self) -> Table:
        """(T,) all concepts together."""
        found: Table = np.asarray(self.scorer.together.sum(axis=0)).ravel()
        return found

    def _here(self, terms: Collection[str]) -> Iterator[Posting]:
        """Postings without the articles that have left since: those of the highest ids are beyond the arrays."""
        for term, ids, reached in self.postings(terms):
            count = np.searchsorted(ids, self.size)
            yield term, ids[:count], reached[:count]

    def _logits(self, slug: str, *, near: bool) -> Table:
        """Estimates of the logit; -inf where no term of the concept is. `near`: with a context as near as the concept."""
        row = self.scorer.rows[slug]
        concept, context = self.scorer.concepts[row], self.scorer.contexts[row]
        concept_of = self.scorer.glossary.by_slug[slug]
        names = spellings(concept_of, self.scorer.glossary.language)
        own = name_stems(concept_of, self.scorer.glossary.language)
        grams = [self.scorer.statistics.terms[n] for one in (concept, context) for n in one.indices]
        wanted = {part for gram in grams for part in self._parts(gram)} | {p for name in names for p in self._name_parts(name)}
        held = {term: (ids, reached / STEP) for term, ids, reached in self._here(wanted | own)}
        similarity = self._cosine(concept, held)
        nearness = similarity if near else self._cosine(context, held)
        mentions = np.zeros(self.size)
        for name in names:
            ids, reached = _together(self._name_parts(name), held)
            mentions[ids] += np.expm1(reached)
        said = mentions / (mentions + self.scorer.parameters.mentions_half)
        field = self._field(row, own, held)
        weights = self.scorer.parameters.relevance
        logits = _logit(weights["page"], similarity, said, nearness, field)
        for kind, ids in self._kinds.items():
            logits[ids] = _logit(weights[kind], similarity[ids], said[ids], nearness[ids], field[ids])
        found: Table = np.where(similarity > 0, logits, -np.inf)
        return found

    def _parts(self, gram: str) -> Sequence[str]:
        """Index terms of a gram of stems: itself where it is known, else its words."""
        return (gram,) if " " not in gram or gram in self._known else self._telling(gram.split(" "))

    def _name_parts(self, name: str) -> Sequence[str]:
        """The same of a name."""
        if name in self._names:
            return (NAME + name,)
        return self._telling(stemmer(self.scorer.glossary.language)(name.split(" ")))

    def _telling(self, stems: Sequence[str]) -> Sequence[str]:
        """Without stop words, which are everywhere; what consists of nothing else keeps them."""
        return [stem for stem in stems if stem not in stop_stems(self.scorer.glossary.language)] or list(stems)

    def _cosine(self, weights: sparse.csr_matrix, held: Held) -> Table:
        """Estimates of the similarity with a row of weights."""
        total = np.zeros(self.size)
        for column, weight in zip(weights.indices, weights.data, strict=True):
            ids, reached = _together(self._parts(self.scorer.statistics.terms[column]), held)
            total[ids] += weight * self.scorer.idf[column] * reached
        found: Table = np.minimum(1.0, total / self.whole.lengths)
        return found

    def _field(self, row: int, own: Iterable[str], held: Held) -> Table:
        """Estimates of the signal `field`: all concepts together without this one and the words of its name."""
        together = self._together
        terms = {term: number for number, term in enumerate(self.scorer.statistics.terms)}
        rest = self.whole.dots.copy()
        frozen = self.scorer.frozen[row]
        mine = dict(zip(frozen.indices.tolist(), frozen.data.tolist(), strict=True))
        for column, weight in mine.items():
            stem = self.scorer.statistics.terms[column]
            if " " not in stem and stem in held and stem not in own:
                rest[held[stem][0]] -= weight * self.scorer.idf[column] * held[stem][1]
        for stem in own:
            if stem in held and stem in terms:
                rest[held[stem][0]] -= together[terms[stem]] * self.scorer.idf[terms[stem]] * held[stem][1]
        return self.scorer.field(_FIELD * rest / self.whole.lengths / self.scorer.rest_lengths[row])


_NOTHING: tuple[Whole, Table] = (np.zeros(0, dtype=np.int64), np.zeros(0))


def _together(parts: Sequence[str], held: Held) -> tuple[Whole, Table]:
    """The articles that have all of the parts, and the least of their levels."""
    if not parts or any(part not in held for part in parts):
        return _NOTHING
    rarest, *others = sorted((held[part] for part in parts), key=lambda one: len(one[0]))
    ids, reached = rarest
    for more, levels in others:
        places = np.searchsorted(more, ids)
        both = (places < len(more)) & (more[np.minimum(places, len(more) - 1)] == ids)
        ids, reached = ids[both], np.minimum(reached[both], levels[places[both]])
    return ids, reached


def _logit(weights: Calibration, similarity: Table, names: Table, context: Table, field: Table) -> Table:
    logit: Table = (
        weights.offset
        + weights.similarity * np.log(similarity + FLOOR)
        + weights.headline * np.log(1 + FLOOR)
        + weights.names * names
        + weights.context * np.log(context + FLOOR)
        + weights.field * np.log(field + FLOOR)
    )
    return logit
