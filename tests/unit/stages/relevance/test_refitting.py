"""refitting: towards the weights there were, with slopes >= 0, kept only where it helps."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.parameters import Calibration
from pipeline.stages.relevance.fitting import SLOPES, predicted
from pipeline.stages.relevance.refitting import PENALTIES, Pairs, changed, folds, learn, losses, measure, refit, weighed

BEFORE = Calibration(offset=0.5, similarity=1.0, headline=0.2, names=2.0, context=1.0, field=0.0)


def drawn(count, seed=1, told=BEFORE, concepts=13):
    """Pairs that are right as often as a calibration says."""
    chance = np.random.default_rng(seed)
    given_pairs = chance.normal(size=(count, len(SLOPES)))
    truth = (chance.random(count) < predicted(given_pairs, told)).astype(float)
    return Pairs(given_pairs, truth, np.ones(count), [f"concept-{number % concepts:02}" for number in range(count)])


def cost(pairs, before, made, penalty):
    """The formula of the module, as it stands there."""
    old, new = (np.array([getattr(one, name) for name in SLOPES]) for one in (before, made))
    moved = (new - old) * pairs.given.std(axis=0)
    shift = made.offset - before.offset + pairs.given.mean(axis=0) @ (new - old)
    loss = pairs.weights @ losses(predicted(pairs.given, made), pairs.truth)
    return loss + penalty * (shift**2 + moved @ moved)


@settings(max_examples=20)
@given(st.integers(0, 50), st.sampled_from(PENALTIES))
def test_no_step_from_what_was_fitted_costs_less(seed, penalty):
    pairs = drawn(40, seed, replace(BEFORE, offset=-1.0, names=0.0, field=1.0))
    made = refit(pairs, BEFORE, penalty)
    least = cost(pairs, BEFORE, made, penalty)
    for name in ("offset", *SLOPES):
        for step in (-0.05, 0.05):
            value = getattr(made, name) + step
            if name == "offset" or value >= 0:
                assert cost(pairs, BEFORE, replace(made, **{name: value}), penalty) > least


@settings(max_examples=20)
@given(st.integers(0, 50))
def test_no_slope_falls_below_0_whatever_the_pairs_say(seed):
    pairs = drawn(60, seed)
    made = refit(replace(pairs, truth=1 - pairs.truth), BEFORE, 0.01)
    assert min(getattr(made, name) for name in SLOPES) >= 0


def test_without_pairs_and_under_a_penalty_without_end_weights_stay():
    none = drawn(40).chosen(np.zeros(40, dtype=bool))
    assert refit(none, BEFORE, 4.0) is BEFORE
    made = refit(drawn(40), BEFORE, 1e9)
    assert made == BEFORE


def test_a_measure_that_never_differs_keeps_its_slope():
    pairs = drawn(80, told=replace(BEFORE, offset=-2.0))
    pairs.given[:, 2] = 0.7
    made = refit(pairs, BEFORE, 4.0)
    assert made.names == BEFORE.names
    assert made.offset < BEFORE.offset


@pytest.mark.parametrize("count", [20, 200, 2000])
def test_hides_alone_cannot_push_the_offset_without_bound(count):
    truth = np.zeros(count)
    truth[0] = 1.0
    pairs = replace(drawn(count), truth=truth, weights=weighed(truth, np.ones(count, dtype=bool)))
    shift = predicted(pairs.given, BEFORE).mean() - predicted(pairs.given, refit(pairs, BEFORE, PENALTIES[-1])).mean()
    assert abs(shift) < 0.1  # all of them weigh as much as the one that was kept


def test_hides_weigh_no_more_than_what_was_kept_and_blind_judgments_weigh_1():
    truth = np.array([1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    shown = np.array([True, True, True, True, True, False, False])
    assert weighed(truth, shown).tolist() == [1.0, 0.25, 0.25, 0.25, 0.25, 1.0, 1.0]
    assert weighed(truth, ~shown).tolist() == [1.0] * 7
    assert weighed(np.zeros(2), np.ones(2, dtype=bool)).tolist() == [0.5, 0.5]


def test_a_stricter_editor_is_followed_and_one_who_agrees_changes_nothing():
    strict = learn(drawn(150, told=replace(BEFORE, offset=-1.5)), BEFORE, 0.6)
    assert strict.helps
    assert strict.after.log_loss < strict.before.log_loss - strict.error
    assert strict.after.precision > strict.before.precision
    assert strict.calibration.offset < BEFORE.offset - 0.5
    agreed = [learn(drawn(150, seed), BEFORE, 0.6).helps for seed in range(4)]
    assert sum(agreed) <= 1


def test_learning_again_from_the_same_pairs_changes_nothing():
    pairs = drawn(150, told=replace(BEFORE, offset=-1.5))
    first = learn(pairs, BEFORE, 0.6)
    assert not learn(pairs, first.calibration, 0.6).helps


def test_weights_that_link_nothing_are_of_no_help():
    pairs = drawn(100, told=Calibration(-3.0, *[0.0] * 5))
    found = learn(pairs, replace(BEFORE, offset=2.0), 0.9)
    assert found.gain > found.error
    assert found.after.recall == 0
    assert not found.helps


def test_what_a_fold_says_does_not_touch_its_own_predictions():
    pairs = drawn(130)
    own = np.array([one == "concept-04" for one in pairs.concepts])
    flipped = replace(pairs, truth=np.where(own, 1 - pairs.truth, pairs.truth))
    first, second = learn(pairs, BEFORE, 0.6), learn(flipped, BEFORE, 0.6)
    assert first.after != second.after
    assert folds(pairs)[1] == "concepts"
    numbers = np.array(folds(pairs)[0])
    made = [refit(one.chosen(numbers != numbers[own][0]), BEFORE, 4.0) for one in (pairs, flipped)]
    assert made[0] == made[1]


def test_folds_are_of_concepts_where_five_have_both_kinds_and_else_of_pairs():
    pairs = drawn(60, concepts=5)
    numbers, over = folds(pairs)
    assert (over, len(set(numbers))) == ("concepts", 5)
    assert len({(slug, number) for slug, number in zip(pairs.concepts, numbers, strict=True)}) == 5
    few = drawn(60, concepts=4)
    numbers, over = folds(few)
    assert (over, len(set(numbers))) == ("pairs", 12)
    one_kind = replace(pairs, truth=np.array([float(slug < "concept-03") for slug in pairs.concepts]))
    assert folds(one_kind)[1] == "pairs"


def test_what_is_measured_at_the_cut_is_counted_by_hand():
    pairs = Pairs(np.zeros((4, 5)), np.array([1.0, 1.0, 0.0, 0.0]), np.array([1.0, 1.0, 1.0, 0.5]), ["a"] * 4)
    found = measure(pairs, np.array([0.9, 0.5, 0.75, 0.1]), 0.75)
    assert (found.precision, found.recall, found.right_linked, found.wrong_left_out) == (0.5, 0.5, 1, 1)
    loss = -(np.log(0.9) + np.log(0.5) + np.log(0.25) + 0.5 * np.log(0.9)) / 3.5
    assert found.log_loss == pytest.approx(loss)
    assert measure(pairs, np.zeros(4), 0.75).precision == 0
    assert np.isfinite(measure(pairs, np.zeros(4), 0.75).log_loss)


def test_the_same_pairs_give_the_same_weights_and_changes_are_named():
    pairs = drawn(50, told=replace(BEFORE, offset=-1.0))
    made = refit(pairs, BEFORE, 4.0)
    assert made == refit(pairs, BEFORE, 4.0)
    assert "offset" in changed(BEFORE, made)
    assert changed(BEFORE, BEFORE) == {}
