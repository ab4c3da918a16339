"""How good relevance is, on judged pairs. Condensed lists (only judged pairs), equals by article.

    nDCG@10      gain 2^grade - 1, discount log2(rank + 1)      (Järvelin and Kekäläinen 2002; Burges 2005)
    P@5          relevant among the first five over min(5, relevant ones)
    AP           average precision of one concept; pooled_ap: of all pairs together, the test of one cut for all
    recall@p0.9  the highest recall of all pairs together at which precision still is 0.9; recall@p0.8 likewise
    ece          expected calibration error over ten bins of equal size      (Naeini, Cooper, Hauskrecht 2015)

Concepts without a relevant article are left out of the means per concept. Grades of 1 and 2 are relevant.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.metrics import average_precision_score, ndcg_score

from models.judgment import Guess

MEANS = ("ndcg@10", "p@5", "ap")
POOLED = ("pooled_ap", "recall@p0.9", "recall@p0.8", "ece")
_BINS = 10
_RESAMPLES = 400  # of concepts; the interval's ends move by less than 0.01 with more
_SEED = 20260831  # any number, always the same: two evaluations agree

Numbers = np.ndarray[Any, np.dtype[np.float64]]


def measure(guesses: Sequence[Guess]) -> dict[str, Any]:
    """All metrics, with a 95 % bootstrap interval over concepts each, and `per_concept`. Empty input gives zeros."""
    by_concept = grouped(guesses)
    concepts = [_Concept.of(found) for found in by_concept.values()]
    counted = {"pairs": len(guesses), "relevant": sum(guess.judgment.grade > 0 for guess in guesses)}
    per_concept = {slug: one.figures for slug, one in zip(by_concept, concepts, strict=True)}
    return counted | _overall(concepts) | {"intervals": _intervals(concepts), "per_concept": per_concept}


@dataclass(frozen=True)
class _Concept:
    """One concept's pairs as arrays, best first, and its own figures."""

    relevance: Numbers
    truth: Numbers
    figures: dict[str, float]

    @classmethod
    def of(cls, found: Sequence[Guess]) -> Self:
        relevance = np.array([guess.relevance for guess in found], dtype=np.float64)
        truth = np.array([guess.judgment.grade > 0 for guess in found], dtype=np.float64)
        return cls(relevance, truth, _of_concept(found))


def grouped(guesses: Sequence[Guess]) -> dict[str, list[Guess]]:
    """Guesses by concept, best first, equals by article."""
    found: defaultdict[str, list[Guess]] = defaultdict(list)
    for guess in sorted(guesses, key=lambda one: (-one.relevance, one.judgment.article)):
        found[guess.judgment.concept_slug].append(guess)
    return dict(sorted(found.items()))


def _of_concept(found: Sequence[Guess]) -> dict[str, float]:
    grades = np.array([guess.judgment.grade for guess in found], dtype=np.float64)
    relevant = int((grades > 0).sum())
    counted: dict[str, float] = {"pairs": len(found), "relevant": relevant}
    if not relevant:
        return counted
    order = np.arange(len(found), 0, -1, dtype=np.float64)  # places, so that equals keep the order of `grouped`
    gains = 2**grades - 1
    ndcg = float(ndcg_score([gains], [order], k=10)) if len(found) > 1 else 1.0
    return counted | {
        "ndcg@10": ndcg,
        "p@5": float((grades[:5] > 0).sum() / min(5, relevant)),
        "ap": float(average_precision_score(grades > 0, order)),
    }


def _overall(concepts: Sequence[_Concept]) -> dict[str, float]:
    measured = [one.figures for one in concepts if one.figures["relevant"]]
    means = {name: float(np.mean([one[name] for one in measured])) if measured else 0.0 for name in MEANS}
    if not measured:
        return means | dict.fromkeys(POOLED, 0.0)
    relevance = np.concatenate([one.relevance for one in concepts])
    truth = np.concatenate([one.truth for one in concepts])
    precision, recall = _curve(relevance, truth)
    return means | {
        "pooled_ap": float((np.diff(recall, prepend=0.0) * precision).sum()),
        "recall@p0.9": float(recall[precision >= 0.9].max(initial=0.0)),
        "recall@p0.8": float(recall[precision >= 0.8].max(initial=0.0)),
        "ece": calibration_error(relevance, truth),
    }


def _curve(relevance: Numbers, truth: Numbers) -> tuple[Numbers, Numbers]:
    """Precision and recall at every distinct relevance, from the highest down: scikit-learn's, a hundred times as fast.

    Resampling asks for it four hundred times an evaluation.
    """
    order = np.argsort(-relevance, kind="stable")
    ends = np.flatnonzero(np.diff(relevance[order], append=-1.0))  # equals share a threshold; none is below 0
    found = np.cumsum(truth[order])[ends]
    return found / (ends + 1), found / found[-1]


def calibration_error(relevance: Numbers, truth: Numbers) -> float:
    """Mean distance of a bin's mean relevance from its share of relevant pairs, weighted by its size."""
    bins = [one for one in np.array_split(np.argsort(relevance, kind="stable"), _BINS) if len(one)]
    gaps = [len(one) * abs(relevance[one].mean() - truth[one].mean()) for one in bins]
    return float(sum(gaps) / len(relevance))


def _intervals(concepts: Sequence[_Concept]) -> dict[str, tuple[float, float]]:
    """The middle 95 % of each metric over resampled concepts."""
    if not concepts:
        return {}
    draw = np.random.default_rng(_SEED)
    drawn = [_overall([concepts[i] for i in draw.integers(0, len(concepts), len(concepts))]) for _ in range(_RESAMPLES)]
    ends = {name: np.quantile([one[name] for one in drawn], (0.025, 0.975)) for name in (*MEANS, *POOLED)}
    return {name: (float(low), float(high)) for name, (low, high) in ends.items()}
