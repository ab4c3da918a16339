"""fitting: few, monotone weights; and what is measured on was not learned from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.parameters import Calibration
from pipeline.stages.relevance.fitting import SLOPES, columns, cross_validated, fit, predicted
from tests.unit.stages.relevance.sample import ARTICLES, scorer


def drawn(count, seed=1):
    """Pairs of which the second signal tells the truth, and the truth."""
    given = np.random.default_rng(seed).normal(size=(count, len(SLOPES)))
    return given, (given[:, 1] > 0).astype(float)


def test_the_signal_that_tells_the_truth_weighs_most_and_orders_the_pairs():
    given_pairs, truth = drawn(300)
    learned = fit(given_pairs, truth)
    assert learned.headline > 3 * max(learned.similarity, learned.names, learned.context, learned.field)
    found = predicted(given_pairs, learned)
    assert found[truth == 1].mean() > 0.75
    assert found[truth == 0].mean() < 0.25


@settings(max_examples=20)
@given(st.integers(0, 50))
def test_no_slope_is_ever_below_0(seed):
    given_pairs, truth = drawn(60, seed)
    given_pairs[:, 1] *= -1  # tells the contrary
    learned = fit(given_pairs, truth)
    assert all(getattr(learned, name) >= 0 for name in SLOPES)


def test_a_signal_that_never_differs_weighs_nothing():
    given_pairs, truth = drawn(80)
    given_pairs[:, 4] = 0.0
    assert fit(given_pairs, truth).field == 0.0


def test_columns_are_what_the_slopes_multiply():
    scored = scorer()
    signals = scored.signals(ARTICLES)
    weights = Calibration(0.5, 1.0, 0.2, 3.0, 0.7, 2.0)
    rows, concepts = [0, 1, 4], [1, 3, 2]
    logits = weights.offset + sum(step[rows, concepts] for step in signals.steps(weights).values())
    assert predicted(columns(signals, rows, concepts), weights) == pytest.approx(1 / (1 + np.exp(-logits)), rel=1e-12)


def test_a_concepts_own_judgments_do_not_touch_its_predictions():
    given_pairs, truth = drawn(260)
    concepts = [f"concept-{number % 13:02}" for number in range(260)]
    own = np.array([one == "concept-04" for one in concepts])
    flipped = np.where(own, 1 - truth, truth)
    first, second = (cross_validated(given_pairs, one, concepts) for one in (truth, flipped))
    assert first[own].tolist() == second[own].tolist()
    assert first[~own].tolist() != second[~own].tolist()


@settings(max_examples=3)  # each fits 26 calibrations or more
@given(st.integers(13, 20), st.integers(0, 30), st.data())
def test_any_concepts_predictions_stay_as_they_are_whatever_is_said_of_it(many, seed, data):
    given_pairs, truth = drawn(5 * many, seed)
    concepts = [f"concept-{number % many:02}" for number in range(5 * many)]
    chosen = data.draw(st.sampled_from(sorted(set(concepts))))
    own = np.array([one == chosen for one in concepts])
    first, second = (cross_validated(given_pairs, one, concepts) for one in (truth, np.where(own, 1 - truth, truth)))
    assert first[own].tolist() == second[own].tolist()


@settings(max_examples=30)
@given(st.integers(0, 30), st.integers(0, len(SLOPES) - 1))
def test_pairs_that_one_signal_separates_are_all_ordered(seed, column):
    shares = np.random.default_rng(seed).uniform(size=60)
    given_pairs = np.zeros((60, len(SLOPES)))
    given_pairs[:, column] = np.log(np.sort(shares) + 0.01)
    truth = (np.arange(60) >= 30).astype(float)
    learned = fit(given_pairs, truth)
    found = predicted(given_pairs, learned)
    assert getattr(learned, SLOPES[column]) > 0
    assert found[truth == 1].min() > found[truth == 0].max()


@settings(max_examples=15)
@given(st.integers(0, 30))
def test_the_slopes_of_signals_drawn_at_random_are_not_below_0(seed):
    draw = np.random.default_rng(seed)
    truth = np.array([0.0, 1.0] * 15)
    learned = fit(draw.normal(size=(30, len(SLOPES))), truth, draw.uniform(0.1, 1.0, size=30))
    assert min(getattr(learned, name) for name in SLOPES) >= 0


def test_where_no_signal_tells_anything_relevance_is_the_share_of_relevant_pairs():
    truth = np.array([1.0] * 5 + [0.0] * 15)
    for given_pairs in (np.ones((20, len(SLOPES))), np.repeat(np.arange(20.0)[:, None], len(SLOPES), axis=1)):
        assert predicted(given_pairs, fit(given_pairs, truth)) == pytest.approx(np.full(20, 0.25), rel=1e-12)
