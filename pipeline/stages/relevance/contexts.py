"""The context of a concept: words of the articles that are nearest to it, for definitions are short.

near(c, d)  = what relevance would be if the context agreed with the similarity
best        = the `expansion_articles` nearest; support = the sum of their nearness
context(c)  = the `expansion_terms` heaviest words of the mean of best, weighted by nearness, c's own name left out,
              scaled to the norm support / (support + 3): the scorer fills up with the concept's other words
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from scipy import sparse

from models.concept import Glossary
from models.parameters import Parameters
from pipeline.stages.relevance.counting import Counted
from pipeline.stages.relevance.scoring import Scorer
from pipeline.stages.relevance.terms import name_stems, stop_stems
from pipeline.stages.relevance.vectors import Fields, Table, matrix, norms, scaled, weigh

_OWN_SHARE = 3.0  # of nearness: what the concept's own words weigh beside its best articles; one or two articles are no
# context, and would only be near to themselves
_BATCH = 2000  # articles compared at once: every signal is a table of them and all concepts
Contexts = Mapping[str, tuple[tuple[str, float], ...]]  # by slug: words and weights
Whole = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Words:
    """The single words of all articles."""

    counts: sparse.csr_matrix  # (A, U) field-weighted
    spelled: tuple[str, ...]  # (U,) sorted stems
    held: Whole  # (U,) articles that have the word
    marks: tuple[bytes, ...]  # (A,) what breaks ties between articles, whatever their order

    @classmethod
    def of(cls, parts: list[sparse.csr_matrix], vocabulary: Mapping[str, int], marks: Sequence[bytes]) -> Self:
        """Parts of the rows, taken out of the list, each as wide as the vocabulary was then; columns by the alphabet."""
        spelled = sorted(vocabulary)
        place = np.empty(len(spelled), dtype=np.int32)
        place[[vocabulary[word] for word in spelled]] = np.arange(len(spelled), dtype=np.int32)
        for part in parts:
            part.resize((part.shape[0], len(spelled)))
        counts = sparse.vstack(parts, format="csr") if parts else matrix([], len(spelled))
        parts.clear()  # nobody needs them any more, and they are as large as the whole
        counts.indices = place[counts.indices]
        counts.has_sorted_indices = False
        counts.sort_indices()
        return cls(counts, tuple(spelled), np.bincount(counts.indices, minlength=len(spelled)), tuple(marks))

    def of_articles(self, rows: Whole) -> Self:
        """Some of the articles, with the words that these have."""
        some = self.counts[rows]
        used = np.unique(some.indices)
        held = np.asarray((some[:, used] != 0).sum(axis=0)).ravel()
        spelled = tuple(self.spelled[number] for number in used)
        return type(self)(some[:, used], spelled, held, tuple(self.marks[number] for number in rows))


def counts(said: Sequence[Fields], vocabulary: defaultdict[str, int], weights: Sequence[float]) -> sparse.csr_matrix:
    """(len(said), len(vocabulary)) field-weighted counts of single words; new ones join `vocabulary`."""
    rows = []
    for stems in said:
        total: dict[int, float] = {}
        for tokens, weight in zip(stems, weights, strict=True):
            for token, count in Counter(tokens).items():
                number = vocabulary[token]
                total[number] = total.get(number, 0.0) + weight * count
        rows.append(total)
    return matrix(rows, len(vocabulary))


def nearness(scorer: Scorer, counted: Counted) -> Table:
    """(A, C) in 0..1: relevance of the articles as pages, the context taken to be as near as the concept."""
    near = []
    for start in range(0, counted.terms.shape[0], _BATCH):
        signals = scorer.compared(counted.rows(start, start + _BATCH))
        likely = replace(signals, context=signals.similarity).probability(scorer.parameters.relevance["page"])
        near.append(np.where(signals.similarity > 0, likely, 0.0))
    found: Table = np.concatenate(near) if near else np.zeros((0, len(scorer.rows)))
    return found


def make(glossary: Glossary, parameters: Parameters, near: Table, seen: Words, idf: Table) -> Contexts:
    """Words and weights of each concept's context, by slug."""
    chosen = [best(near[:, column], seen.marks, parameters.expansion_articles) for column in range(near.shape[1])]
    rows = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *chosen]))  # the only ones whose words are weighed
    weights = weigh(seen.counts[rows], idf)
    unit = scaled(weights, norms(weights))
    stops = np.array([word in stop_stems(glossary.language) for word in seen.spelled], dtype=bool)
    place = {word: number for number, word in enumerate(seen.spelled)}
    found = {}
    for column, concept in enumerate(glossary.concepts):
        nearest = near[chosen[column], column]
        support = float(nearest.sum())
        total = unit[np.searchsorted(rows, chosen[column])].T @ nearest
        total[stops] = 0.0
        total[[place[word] for word in name_stems(concept, glossary.language) if word in place]] = 0.0
        found[concept.slug] = _heaviest(total, seen.spelled, parameters.expansion_terms, support / (support + _OWN_SHARE))
    return found


def best(near: Table, marks: Sequence[bytes], most: int) -> Whole:
    """The articles nearest to one concept, best first; of equals the one with the lesser mark."""
    if len(near) > most > 0:
        least = np.partition(near, len(near) - most)[len(near) - most]
        candidates = np.flatnonzero(near >= least)
    else:
        candidates = np.arange(len(near))
    ordered = sorted(candidates, key=lambda number: (-near[number], marks[int(number)]))
    return np.array([number for number in ordered[:most] if near[number] > 0], dtype=np.int64)


def _heaviest(total: Table, spelled: Sequence[str], most: int, norm: float) -> tuple[tuple[str, float], ...]:
    """The `most` heaviest words in order of the alphabet, scaled to `norm`."""
    chosen = np.sort(np.lexsort((np.arange(len(total)), -total))[:most])
    chosen = chosen[total[chosen] > 0]
    length = float(np.sqrt((total[chosen] ** 2).sum()))
    return tuple((spelled[number], float(total[number]) * norm / length) for number in chosen)
