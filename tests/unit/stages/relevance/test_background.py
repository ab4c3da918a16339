"""epochs with a background: ordinary text counts as so many articles more."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.relevance import background
from models.background import NONE, Background
from pipeline.stages.relevance import epochs
from pipeline.stages.relevance.scoring import Scorer
from pipeline.stages.relevance.terms import name_stems, stop_stems
from tests.unit.stages.making import PARAMETERS, features
from tests.unit.stages.relevance.sample import ARTICLES, GLOSSARY, drawn

ORDINARY = Background(1000, {"model": 300, "token": 50, "languag model": 10}, 2)


def made(articles, ordinary):
    return epochs.make(1, GLOSSARY, PARAMETERS, articles, ordinary)


def idf(known):
    scorer = Scorer(GLOSSARY, PARAMETERS, known)
    return dict(zip(known.terms, scorer.idf.tolist(), strict=True))


def test_idf_is_that_of_the_articles_and_the_background_together():
    articles = [features(body="token model"), features(body="token"), features(body="tram")]
    found = idf(made(articles, ORDINARY))
    assert found["token"] == pytest.approx(log((1 + 103) / (1 + 2 + 100 * 0.05)) + 1, rel=1e-12)
    assert found["model"] == pytest.approx(log((1 + 103) / (1 + 1 + 100 * 0.3)) + 1, rel=1e-12)
    assert found["watermark"] == pytest.approx(log((1 + 103) / (1 + 0 + 100 * 0.002)) + 1, rel=1e-12)  # too rare for the table


def test_a_background_weighs_a_term_as_articles_written_like_it_would():
    like_it = [features(body="token model")] * 5 + [features(body="model")] * 25 + [features(body="tram")] * 70
    by_reading, by_table = idf(made([*ARTICLES, *like_it], NONE)), idf(made(ARTICLES, ORDINARY))
    for term in ("token", "model"):
        assert by_table[term] == pytest.approx(by_reading[term], rel=1e-12)


def test_a_term_of_ordinary_text_weighs_less_than_one_it_hardly_has_though_no_article_has_either():
    found = idf(made([], Background(1000, {"token": 900}, 2)))
    assert found["token"] < found["watermark"]


def test_no_background_is_no_article_more():
    alone = made(ARTICLES, NONE)
    assert alone.documents == len(ARTICLES)
    assert alone.frequencies.tolist() == [round(one) for one in alone.frequencies.tolist()]


def test_the_shipped_background_is_read_for_english_alone():
    assert background("de") is NONE
    shipped = background("en")
    assert shipped.unlisted < min(shipped.frequencies.values())
    assert max(shipped.frequencies.values()) <= shipped.documents


@given(st.lists(drawn, max_size=8), st.randoms())
def test_an_epoch_with_a_background_does_not_depend_on_the_order_of_its_articles(articles, random):
    one, other = made(articles, ORDINARY), made(random.sample(articles, len(articles)), ORDINARY)
    assert (one.terms, one.frequencies.tolist(), one.contexts) == (other.terms, other.frequencies.tolist(), other.contexts)
    assert (one.mean_norm, one.mean_title_norm, one.documents) == (other.mean_norm, other.mean_title_norm, other.documents)


@given(st.lists(drawn, min_size=1, max_size=8))
def test_a_context_of_articles_and_background_keeps_off_names_and_empty_words(articles):
    known = made(articles, ORDINARY)
    assert set(known.contexts) == set(GLOSSARY.by_slug)
    for slug, context in known.contexts.items():
        words = [known.terms[column] for column, _ in context]
        assert words == sorted(set(words))
        assert not set(words) & (name_stems(GLOSSARY.by_slug[slug], "en") | stop_stems("en"))
        assert all(weight > 0 for _, weight in context)
        assert sum(weight * weight for _, weight in context) < 1
