"""epochs: document frequencies, whatever the order of the articles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.features import fields
from pipeline.stages.relevance.terms import Trie
from tests.unit.stages.making import PARAMETERS, features, glossary
from tests.unit.stages.relevance.sample import ARTICLES, GLOSSARY, drawn, epoch


def same(one, other):
    return (one.terms, one.frequencies.tolist(), one.mean_norm, one.documents) == (
        other.terms, other.frequencies.tolist(), other.mean_norm, other.documents
    )  # fmt: skip


@given(st.lists(drawn, max_size=8), st.randoms())
def test_an_epoch_does_not_depend_on_the_order_of_its_articles(articles, random):
    assert same(epoch(random.sample(articles, len(articles))), epoch(iter(articles)))


@given(st.lists(drawn, max_size=6))
def test_a_frequency_is_the_number_of_articles_that_have_the_term(articles):
    made = epoch(articles)
    trie = Trie(made.terms)
    held = [set().union(*map(trie.columns, fields(one, PARAMETERS.lead_words))) for one in articles]
    assert made.frequencies.tolist() == [sum(column in one for one in held) for column in range(len(made.terms))]
    assert made.documents == len(articles)


def test_terms_are_sorted_and_those_that_neither_an_article_nor_a_name_has_are_left_out():
    made = epoch()
    assert list(made.terms) == sorted(made.terms)
    assert "watermark" in made.terms  # a name, in no article
    assert made.frequencies[made.terms.index("watermark")] == 0
    assert "hide" not in made.terms  # of a definition, in no article
    assert "concret" not in made.terms  # of an article, in no concept


def test_a_term_twice_in_an_article_and_in_two_fields_counts_once():
    made = epoch([features("token", "token token", "token"), features()])
    assert made.frequencies[made.terms.index("token")] == 1


def test_an_epoch_names_what_it_was_made_of():
    made = epoch()
    assert (made.epoch, made.glossary_digest, made.parameters_digest) == (1, GLOSSARY.digest, "parameters")
    assert made.documents == len(ARTICLES)


def test_an_epoch_without_articles_or_concepts_can_be_used():
    assert epoch([]).mean_norm == 1.0
    assert epoch([], words=glossary()).terms == ()


def test_the_mean_norm_is_that_of_the_article_vectors():
    one = epoch([features(body="token")])
    assert one.mean_norm == pytest.approx(np.log(2) * 1.0)  # ln(1 + 1) * idf, idf = ln(2 / 2) + 1
