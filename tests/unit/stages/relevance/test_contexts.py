"""contexts: the words of a concept's nearest articles, worked out by hand."""

from collections import defaultdict
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.relevance.contexts import Words, counts, make
from tests.unit.stages.making import PARAMETERS, concept, glossary

TOKEN = glossary(concept("token", "Token"))


def seen(*texts, batches=1):
    """The words of articles of one field, counted in so many batches; an article's mark is its text."""
    vocabulary = defaultdict(int)
    vocabulary.default_factory = vocabulary.__len__
    size = -(-len(texts) // batches) or 1
    parts = [
        counts([((), (), one.split()) for one in texts[start : start + size]], vocabulary, (4.0, 2.0, 1.0))
        for start in range(0, len(texts), size)
    ]
    return Words.of(parts, vocabulary, [one.encode() for one in texts])


def context(near, *texts, **more):
    """Token's context where its nearness to the texts is `near` and every word is as rare as the other."""
    known = seen(*texts)
    parameters = replace(PARAMETERS, **more)
    return dict(make(TOKEN, parameters, np.array([near]).T, known, np.ones(len(known.spelled)))["token"])


def test_a_context_is_the_mean_of_the_best_articles_by_nearness_without_the_name_and_words_without_a_subject():
    found = context([0.6, 0.3], "brass price", "price token the")
    brass, price = 0.6 / sqrt(2), 0.6 / sqrt(2) + 0.3 / sqrt(3)  # unit vectors, times nearness
    norm = 0.9 / (0.9 + 3.0) / sqrt(brass**2 + price**2)
    assert found == pytest.approx({"brass": brass * norm, "price": price * norm}, rel=1e-12)


def test_a_context_weighs_more_the_nearer_its_articles_are_and_never_all():
    lengths = [sqrt(sum(weight**2 for weight in context([near], "price").values())) for near in (0.1, 0.5, 1.0)]
    assert lengths == pytest.approx([0.1 / 3.1, 0.5 / 3.5, 1.0 / 4.0], rel=1e-12)


def test_only_the_nearest_articles_and_the_heaviest_words_are_taken():
    assert context([0.1, 0.9], "far", "near", expansion_articles=1).keys() == {"near"}
    assert context([0.9], "tram tram tram dam", expansion_terms=1).keys() == {"tram"}
    assert context([0.9], "beta alpha", expansion_terms=1).keys() == {"alpha"}  # equals by the alphabet
    assert context([0.9], "price", expansion_terms=0) == {}


def test_an_article_that_is_not_near_at_all_and_no_article_give_no_context():
    assert context([0.0], "price") == {}
    assert make(TOKEN, PARAMETERS, np.zeros((0, 1)), seen(), np.ones(0)) == {"token": ()}


@given(st.permutations(["dam", "price", "rain", "tram"]))
def test_of_equally_near_articles_the_same_are_taken_in_any_order(texts):
    assert context([0.5] * 4, *texts, expansion_articles=2).keys() == {"dam", "price"}


@given(
    st.lists(st.lists(st.sampled_from("zeta eta theta iota".split()), max_size=5).map(" ".join), max_size=7), st.integers(1, 7)
)
def test_words_are_counted_alike_in_any_batches_and_stand_in_order_of_the_alphabet(texts, batches):
    whole, parts = seen(*texts), seen(*texts, batches=batches)
    assert parts.spelled == whole.spelled == tuple(sorted({word for text in texts for word in text.split()}))
    assert parts.counts.toarray().tolist() == whole.counts.toarray().tolist()
    assert whole.held.tolist() == [sum(word in text.split() for text in texts) for word in whole.spelled]


def test_a_word_counts_by_the_field_it_stands_in():
    vocabulary = defaultdict(int)
    vocabulary.default_factory = vocabulary.__len__
    part = counts([(["token"], ["token", "token"], ["price"])], vocabulary, (4.0, 2.0, 1.0))
    known = Words.of([part], vocabulary, [b""])
    assert dict(zip(known.spelled, known.counts.toarray()[0].tolist(), strict=True)) == {"price": 1.0, "token": 8.0}
