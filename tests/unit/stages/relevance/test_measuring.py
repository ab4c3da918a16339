"""Metrics on judged pairs: the definitions, by hand and against scikit-learn's words for them."""

from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, precision_recall_curve

from models.judgment import Guess, Judgment
from pipeline.stages.relevance.measuring import MEANS, POOLED, calibration_error, grouped, measure


def guesses(*said: tuple[str, float, int]) -> list[Guess]:
    return [Guess(Judgment(slug, f"article {n}", grade), relevance) for n, (slug, relevance, grade) in enumerate(said)]


BOTH = guesses(("a", 0.9, 2), ("a", 0.8, 0), ("a", 0.7, 1), ("b", 0.6, 0), ("b", 0.5, 1))


def test_ndcg_is_the_gain_over_the_best_gain():
    best = 3 / log2(2) + 1 / log2(3)
    a = (3 / log2(2) + 1 / log2(4)) / best
    b = (1 / log2(3)) / (1 / log2(2))
    assert measure(BOTH)["ndcg@10"] == pytest.approx((a + b) / 2)


def test_precision_at_5_is_over_the_relevant_there_are():
    assert measure(BOTH)["per_concept"]["a"]["p@5"] == 1.0
    many = guesses(*[("a", 1 - n / 10, int(n % 2)) for n in range(10)])
    assert measure(many)["p@5"] == pytest.approx(2 / 5)


def test_average_precision_of_a_concept_and_of_all_pairs_together():
    measured = measure(BOTH)
    assert measured["ap"] == pytest.approx(((1 + 2 / 3) / 2 + 1 / 2) / 2)
    assert measured["pooled_ap"] == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)


def test_recall_is_the_highest_at_which_precision_holds():
    said = guesses(*[("a", 1 - n / 100, 1) for n in range(9)], ("a", 0.5, 0), ("a", 0.4, 1), ("a", 0.3, 0), ("a", 0.2, 1))
    measured = measure(said)
    assert measured["recall@p0.9"] == pytest.approx(10 / 11)
    assert measured["recall@p0.8"] == pytest.approx(11 / 11)


def test_a_concept_without_a_relevant_article_is_left_out_of_the_means_and_counts_in_the_pool():
    measured = measure([*BOTH, *guesses(("c", 0.95, 0))])
    assert measured["ndcg@10"] == measure(BOTH)["ndcg@10"]
    assert measured["pooled_ap"] < measure(BOTH)["pooled_ap"]
    assert measured["per_concept"]["c"] == {"pairs": 1, "relevant": 0}


def test_calibration_error_is_nothing_where_relevance_is_the_share_of_relevant_pairs():
    assert calibration_error(np.full(100, 0.5), np.tile([1.0, 0.0], 50)) == 0.0
    assert calibration_error(np.ones(100), np.zeros(100)) == 1.0


def test_no_judgments_give_zeros():
    assert measure([])["ndcg@10"] == measure(guesses(("a", 0.5, 0)))["pooled_ap"] == 0.0


@settings(max_examples=8)  # each draws 400 resamples, twice
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0.1, 0.5, 0.9]), st.integers(0, 2)), min_size=1, max_size=30),
    st.randoms(),
)
def test_metrics_lie_in_0_to_1_within_their_order_free_definitions(said, chance):
    made = guesses(*said)
    measured = measure(made)
    assert all(0 <= measured[name] <= 1 + 1e-12 for name in (*MEANS, *POOLED))
    shuffled = chance.sample(made, len(made))
    assert measure(shuffled) == measured
    assert [len(found) for found in grouped(shuffled).values()] == [len(found) for found in grouped(made).values()]


@settings(max_examples=25)  # each draws 400 resamples
@given(
    st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]), st.integers(0, 1)), min_size=1, max_size=40).filter(
        lambda pairs: any(grade for _, grade in pairs)
    )
)
def test_pooled_figures_are_those_of_scikit_learn(pairs):
    relevance, truth = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    measured = measure(guesses(*[("a", value, grade) for value, grade in pairs]))
    precision, recall, _ = precision_recall_curve(truth, relevance)
    assert measured["pooled_ap"] == pytest.approx(average_precision_score(truth, relevance), abs=1e-12)
    for least in (0.9, 0.8):
        assert measured[f"recall@p{least}"] == pytest.approx(recall[:-1][precision[:-1] >= least].max(initial=0.0), abs=1e-12)
