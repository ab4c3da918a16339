"""The calibration learned from judged pairs: a logistic regression of few, monotone signals.

Few judgments want a small model: trees and twenty signals gained in sample and lost on concepts not seen.
Standardised columns, L2 penalty with C = 0.1; a signal that would count against relevance is left out.
"""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
from sklearn.linear_model import LogisticRegression

from models.parameters import Calibration
from pipeline.stages.relevance.scoring import Signals, logistic
from pipeline.stages.relevance.vectors import Table

_INVERSE_PENALTY = 0.1
_FOLDS = 12  # of whole concepts: what is measured on was never learned from
SLOPES = tuple(one.name for one in fields(Calibration) if one.name != "offset")


def columns(signals: Signals, rows: Sequence[int], concepts: Sequence[int]) -> Table:
    """(P, 5) what the slopes multiply, in the order of SLOPES, for P pairs."""
    measures = signals.measures
    found: Table = np.stack([measures[name][rows, concepts] for name in SLOPES], axis=1)
    return found


def fit(given: Table, truth: Table, weights: Table | None = None) -> Calibration:
    """The calibration of pairs `given` (P, 5) whose `truth` (P,) is 0 or 1. Both must occur."""
    used = [n for n in range(given.shape[1]) if given[:, n].std() > 0]
    while used:
        mean, spread = given[:, used].mean(axis=0), given[:, used].std(axis=0)
        model = LogisticRegression(C=_INVERSE_PENALTY, max_iter=1000)
        model.fit((given[:, used] - mean) / spread, truth, sample_weight=weights)
        slopes = model.coef_[0] / spread
        if slopes.min() >= 0:
            learned = {SLOPES[n]: float(slope) for n, slope in zip(used, slopes, strict=True)}
            offset = float(model.intercept_[0] - (mean * slopes).sum())
            return Calibration(offset, **dict.fromkeys(SLOPES, 0.0) | learned)
        del used[int(slopes.argmin())]
    share = float(np.average(truth, weights=weights))  # no signal tells anything
    return Calibration(float(np.log(share / (1 - share))), **dict.fromkeys(SLOPES, 0.0))


def predicted(given: Table, calibration: Calibration) -> Table:
    """(P,) the probability of each pair."""
    slopes = np.array([getattr(calibration, name) for name in SLOPES])
    return logistic(calibration.offset + given @ slopes)


def cross_validated(given: Table, truth: Table, concepts: Sequence[str]) -> Table:
    """(P,) the probability of each pair by a calibration that saw no pair of its concept.

    Raises ValueError where the other concepts' pairs are all right, or all wrong.
    """
    found = np.zeros(len(truth))
    names = sorted(set(concepts))
    for held in (set(names[start::_FOLDS]) for start in range(min(_FOLDS, len(names)))):
        out = np.array([one in held for one in concepts])
        if len(set(truth[~out])) < 2:
            raise ValueError("the other concepts' judgments all say the same")
        found[out] = predicted(given[out], fit(given[~out], truth[~out]))
    return found
