"""epochs: document frequencies, whatever the order of the articles."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.background import Background
from pipeline.stages.features import fields, stemmer
from pipeline.stages.relevance import epochs
from pipeline.stages.relevance.terms import Trie, name_stems, stop_stems
from tests.unit.stages.making import PARAMETERS, features, glossary
from tests.unit.stages.relevance.sample import ARTICLES, GLOSSARY, drawn, epoch


def same(one, other):
    return [*said(one)] == [*said(other)]


def said(made):
    yield from (made.terms, made.frequencies.tolist(), made.documents, made.mean_norm, made.mean_title_norm)
    yield dict(made.contexts)


@given(st.lists(drawn, max_size=8), st.randoms())
def test_an_epoch_does_not_depend_on_the_order_of_its_articles(articles, random):
    assert same(epoch(random.sample(articles, len(articles))), epoch(iter(articles)))


@given(st.lists(drawn, max_size=6))
def test_a_frequency_is_the_number_of_articles_that_have_the_term(articles):
    made = epoch(articles)
    trie = Trie(made.terms)
    stem = stemmer("en")
    held = [set().union(*(trie.columns(stem(said)) for said in fields(one, PARAMETERS.lead_words))) for one in articles]
    assert made.frequencies.tolist() == [sum(column in one for one in held) for column in range(len(made.terms))]
    assert made.documents == len(articles)


def test_terms_are_sorted_and_those_that_neither_an_article_nor_a_name_has_are_left_out():
    made = epoch()
    assert list(made.terms) == sorted(made.terms)
    assert "watermark" in made.terms  # a name, in no article
    assert made.frequencies[made.terms.index("watermark")] == 0
    assert "hide" not in made.terms  # of a definition, in no article
    bare = epoch(parameters=replace(PARAMETERS, expansion_terms=0))
    assert "concret" not in bare.terms  # of an article, in no concept and no context


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
    one = epoch([features(body="token")], replace(PARAMETERS, expansion_terms=0))
    assert one.mean_norm == pytest.approx(np.log(2) * 1.0)  # ln(1 + 1) * idf, idf = ln(2 / 2) + 1


def test_an_epoch_does_not_depend_on_how_many_articles_were_counted_at_once_nor_on_which():
    filler = [features("tram", f"dam {n} of a town", f"rider{n} model" if n % 3 else f"rider{n}") for n in range(1100)]
    first, last = [*ARTICLES, *filler], [*filler, *ARTICLES]
    mixed = [*filler[::2], *ARTICLES, *filler[1::2]]
    made = epoch(first)
    assert made.documents == len(first)
    assert made.frequencies[made.terms.index("model")] == sum("model" in one.text.split() for one in first)
    assert same(epoch(last), made)
    assert same(epoch(mixed), made)


def test_a_background_counts_as_so_many_articles_more():
    ordinary = Background(1000, {"model": 300, "languag model": 10}, 2)
    made = epochs.make(1, GLOSSARY, PARAMETERS, ARTICLES, ordinary)
    alone = epoch()
    assert made.documents == len(ARTICLES) + 100
    frequency = dict(zip(made.terms, made.frequencies, strict=True))
    without = dict(zip(alone.terms, alone.frequencies, strict=True))
    assert frequency["model"] == without["model"] + 30
    assert frequency["token"] == without["token"] + 0.2


@given(st.lists(drawn, max_size=8))
def test_a_context_is_short_of_norm_1_in_order_and_has_no_word_of_the_concepts_own_name(articles):
    made = epoch(articles)
    for slug, one in made.contexts.items():
        columns = [column for column, _ in one]
        assert columns == sorted(set(columns))
        assert sum(weight * weight for _, weight in one) < 1
        words = {made.terms[column] for column in columns}
        assert not words & (name_stems(GLOSSARY.by_slug[slug], "en") | stop_stems("en"))
        assert len(words) <= PARAMETERS.expansion_terms
