"""The calibration fitted anew from a site's own decided pairs, towards the weights it has.

Minimised over the shift a of the offset and the changes u of the slopes, in units of each measure's spread:

    sum_i v_i logloss(y_i, p_i)  +  penalty (a^2 + |u|^2)

    logit p_i = logit of pair i by the weights w0 there were  +  a  +  sum_j u_j (x_ij - mean_j) / spread_j
    w_j       = w0_j + u_j / spread_j >= 0,  so that u_j = (w_j - w0_j) spread_j

That is maximum a posteriori logistic regression under a normal prior around w0 instead of 0 (Chelba and Acero 2004,
Adaptation of maximum entropy capitalizer). Measures are centred, so a alone says how sure to be in general, and few pairs
move it rather than the slopes; it may fall below 0. L-BFGS-B (Byrd, Lu, Nocedal, Zhu 1995) keeps the bounds; the function
is strictly convex, so there is one minimum. A measure that hardly differs among the pairs keeps its slope.

Decided pairs are no fair sample. Judgments are made blind, on the best of several rankers. Pins, keeps and hides are made of
links that were shown: few of them lie under the cut, and an editor strikes out what is wrong more readily than he confirms
what is right. So hides together weigh at most what pins and keeps together do (`weighed`), and a is held as the slopes are:
hides alone cannot push the offset without bound. For the same reason precision and recall "at the cut" below are those of
the decided pairs, to compare two calibrations by, and no measure of the site.

What is measured is cross-validated; the penalty is the best of PENALTIES by the same folds, an optimism that the margin is
there for. The weights there were may have been learned from the same pairs before.

Measured on concepts whose pairs were not learned from, 24 draws of 60 pairs each, where weights are kept:

                                                       kept      log loss     precision     recall at the cut
    AI news as judged: nothing is to be learned       4 of 24      +0.01        -0.02          +0.08
    the same, a held a tenth as fast, penalties 0.5-32 3 of 24      +0.09        -0.08          +0.09
    medicine as judged: nothing is to be learned      6 of 24      +0.01        -0.01          +0.06
    AI news, a stricter editor (only grade 2 right)  19 of 24      -0.14        +0.16          -0.30
    the same, of links that were shown               24 of 24      -0.17        +0.14          -0.26
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from models.parameters import Calibration
from pipeline.stages.relevance.fitting import SLOPES, predicted
from pipeline.stages.relevance.scoring import logistic
from pipeline.stages.relevance.vectors import Table

PENALTIES = (64.0, 16.0, 4.0)  # a standard deviation of 0.09, 0.18 or 0.35 logits before any pair is seen
_MARGIN = 1.0  # standard errors by which log loss must fall
FEWEST = 20  # pairs, of both kinds, under which nothing is learned
_FOLDS = 12  # as in fitting
_BOTH_KINDS = 5  # concepts with right and wrong pairs, from which folds are of whole concepts
_LEAST_SPREAD = 0.01  # of a measure: logarithms of similarities differ by 4
_SUREST = 1e-6  # a probability's distance from 0 and 1 in a loss
_DECIMALS = 4


@dataclass(frozen=True)
class Pairs:
    """P decided pairs of one kind of text."""

    given: Table  # (P, 5) what the slopes multiply
    truth: Table  # (P,) 1 right, 0 wrong
    weights: Table  # (P,) what each counts for
    concepts: Sequence[str]  # (P,) slugs

    def chosen(self, which: Any) -> "Pairs":
        """Those of them that a mask (P,) names."""
        concepts = [one for one, wanted in zip(self.concepts, which, strict=True) if wanted]
        return Pairs(self.given[which], self.truth[which], self.weights[which], concepts)


@dataclass(frozen=True)
class Measured:
    """How well a calibration tells the pairs apart."""

    log_loss: float  # weighted mean
    pooled_ap: float
    precision: float  # of the pairs at or above the cut; 0 where there is none
    recall: float
    right_linked: int  # right pairs at or above the cut
    wrong_left_out: int  # wrong pairs under it


@dataclass(frozen=True)
class Learned:
    """A new calibration beside the one there was."""

    before: Measured
    after: Measured  # cross-validated
    calibration: Calibration  # from all pairs
    penalty: float
    over: str  # "concepts" or "pairs": what folds are made of
    gain: float  # how much log loss falls
    error: float  # standard error of the paired differences

    @property
    def helps(self) -> bool:
        """Log loss falls by more than the margin, precision at the cut does not fall, and something is linked."""
        return self.gain > _MARGIN * self.error and self.after.precision >= self.before.precision and self.after.recall > 0


def weighed(truth: Table, shown: Any) -> Table:
    """(P,) what each pair counts for: 1, wrong ones among the `shown` together at most what right ones among them do."""
    right, wrong = float((truth[shown] == 1).sum()), float((truth[shown] == 0).sum())
    most = min(1.0, max(right, 1.0) / wrong) if wrong else 1.0
    found: Table = np.where(shown & (truth == 0), most, 1.0)
    return found


def learn(pairs: Pairs, before: Calibration, cut: float) -> Learned:
    """The calibration of the pairs, both kinds of which must occur, with the penalty that cross-validation prefers."""
    numbers, over = folds(pairs)
    held = {penalty: _held_out(pairs, numbers, before, penalty) for penalty in PENALTIES}
    penalty = min(PENALTIES, key=lambda one: float((pairs.weights * losses(held[one], pairs.truth)).sum()))
    was, now = predicted(pairs.given, before), held[penalty]
    differences = pairs.weights * (losses(was, pairs.truth) - losses(now, pairs.truth)) / pairs.weights.mean()
    error = float(differences.std(ddof=1) / np.sqrt(len(differences)))
    measured = measure(pairs, was, cut), measure(pairs, now, cut)
    return Learned(*measured, refit(pairs, before, penalty), penalty, over, float(differences.mean()), error)


def refit(pairs: Pairs, before: Calibration, penalty: float) -> Calibration:
    """The minimum of the formula above, rounded; `before` where there is no pair."""
    from scipy.optimize import minimize

    old = np.array([getattr(before, name) for name in SLOPES])
    if not len(pairs.truth):
        return before
    mean, spread = pairs.given.mean(axis=0), pairs.given.std(axis=0)
    differs = spread >= _LEAST_SPREAD
    scale = np.where(differs, spread, 1.0)
    scaled = np.where(differs, (pairs.given - mean) / scale, 0.0)
    columns = np.column_stack([np.ones(len(scaled)), scaled])  # (P, 6), the shift of the offset first
    logits = before.offset + pairs.given @ old

    def cost(moved: Table) -> tuple[float, Table]:
        """The function and its gradient."""
        reached = logits + columns @ moved
        loss = np.logaddexp(0.0, reached) - pairs.truth * reached
        slope = columns.T @ (pairs.weights * (logistic(reached) - pairs.truth))
        return float(pairs.weights @ loss + penalty * (moved @ moved)), slope + 2 * penalty * moved

    bounds = [(None, None), *((-one * by, None) for one, by in zip(old, scale, strict=True))]
    moved = minimize(cost, np.zeros(len(columns.T)), jac=True, method="L-BFGS-B", bounds=bounds).x
    slopes = np.where(differs, np.maximum(0.0, old + moved[1:] / scale), old)
    offset = before.offset + moved[0] - mean @ (slopes - old)
    numbers = (round(float(one), _DECIMALS) for one in (offset, *slopes))
    return Calibration(**dict(zip(("offset", *SLOPES), numbers, strict=True)))


def folds(pairs: Pairs) -> tuple[list[int], str]:
    """(P,) the fold of each pair, and what folds are made of: concepts, or pairs where few concepts have both kinds."""
    kinds = {(slug, bool(right)) for slug, right in zip(pairs.concepts, pairs.truth, strict=True)}
    slugs = sorted({slug for slug, _ in kinds})
    if sum((slug, True) in kinds and (slug, False) in kinds for slug in slugs) >= _BOTH_KINDS:
        return [slugs.index(slug) % _FOLDS for slug in pairs.concepts], "concepts"
    return [number % _FOLDS for number in range(len(pairs.truth))], "pairs"


def losses(probability: Table, truth: Table) -> Table:
    """(P,) the log loss of each pair."""
    sure = np.clip(probability, _SUREST, 1 - _SUREST)
    found: Table = -np.log(np.where(truth == 1, sure, 1 - sure))
    return found


def measure(pairs: Pairs, probability: Table, cut: float) -> Measured:
    """How well probabilities (P,) tell the pairs apart."""
    from sklearn.metrics import average_precision_score

    linked, right = probability >= cut, pairs.truth == 1
    found = int((linked & right).sum())
    return Measured(
        float(np.average(losses(probability, pairs.truth), weights=pairs.weights)),
        float(average_precision_score(right, probability)),
        found / max(1, int(linked.sum())),
        found / max(1, int(right.sum())),
        found,
        int((~linked & ~right).sum()),
    )


def changed(before: Calibration, after: Calibration) -> dict[str, tuple[float, float]]:
    """The weights that differ, before and after."""
    pairs = ((one.name, getattr(before, one.name), getattr(after, one.name)) for one in fields(Calibration))
    return {name: (was, now) for name, was, now in pairs if was != now}


def _held_out(pairs: Pairs, numbers: Sequence[int], before: Calibration, penalty: float) -> Table:
    """(P,) the probability of each pair by a calibration that saw no pair of its fold."""
    found, of = np.zeros(len(pairs.truth)), np.array(numbers)
    for fold in sorted(set(numbers)):
        out = of == fold
        found[out] = predicted(pairs.given[out], refit(pairs.chosen(~out), before, penalty))
    return found
