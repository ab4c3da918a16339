"""scoring: cosine and probability; the same numbers as scikit-learn, alone or in a batch."""

from dataclasses import replace
from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.metrics.pairwise import cosine_similarity

from pipeline.stages.relevance.scoring import Scorer, matrix, norms, scaled, weighted_counts
from pipeline.stages.relevance.terms import concept_counts
from tests.unit.stages.making import PARAMETERS, features, stored
from tests.unit.stages.relevance.sample import ARTICLES, GLOSSARY, TEXTS, drawn, lines, scorer

SCORER = scorer()
COSINE = replace(PARAMETERS, pivot=0.0, title_weight=1.0, lead_weight=1.0, body_weight=1.0)
several = st.lists(drawn, min_size=1, max_size=6)


def counted(scored):
    return matrix([weighted_counts(one, scored.trie, scored.parameters) for one in ARTICLES], len(scored.statistics.terms))


def idf(scored):
    statistics = scored.statistics
    return np.log((1 + statistics.documents) / (1 + statistics.frequencies)) + 1


def similarity(scored, number, slug):
    slugs = [concept.slug for concept in GLOSSARY.concepts]
    return scored.similarities(scored.vectors([ARTICLES[number]]))[0, slugs.index(slug)]


def test_idf_is_that_of_scikit_learn():
    theirs = TfidfTransformer(smooth_idf=True).fit(counted(SCORER)).idf_
    assert idf(SCORER) == pytest.approx(theirs, rel=1e-12)


def test_a_vector_is_that_of_scikit_learn_where_length_is_not_pivoted():
    plain = scorer(parameters=COSINE)
    counts = counted(plain)
    theirs = TfidfTransformer(smooth_idf=True, norm="l2").fit(counts)
    counts.data = np.log1p(counts.data)
    assert plain.vectors(ARTICLES).toarray() == pytest.approx(theirs.transform(counts).toarray(), rel=1e-12)


@given(st.lists(lines, min_size=1, max_size=5))
def test_similarity_is_the_cosine_of_scikit_learn_on_articles_of_one_field(bodies):
    articles = [features(body=body) for body in bodies]
    plain = scorer(parameters=COSINE)
    terms, weights = plain.statistics.terms, idf(plain)

    def raw(counts):
        return np.array([log(1 + counts.get(term, 0.0)) for term in terms]) * weights

    ours = [{terms[column]: n for column, n in weighted_counts(one, plain.trie, COSINE).items()} for one in articles]
    theirs = [concept_counts(concept, COSINE, "en") for concept in GLOSSARY.concepts]
    expected = cosine_similarity(np.array([raw(one) for one in ours]), np.array([raw(one) for one in theirs]))
    assert plain.similarities(plain.vectors(articles)) == pytest.approx(expected, abs=1e-12)


@given(several, st.floats(0, 1))
def test_similarities_lie_between_0_and_1(articles, pivot):
    scored = Scorer(GLOSSARY, replace(PARAMETERS, pivot=pivot), SCORER.statistics)
    found = scored.similarities(scored.vectors(articles))
    assert found.shape == (len(articles), len(GLOSSARY.concepts))
    assert ((found >= 0) & (found <= 1)).all()


@given(several)
def test_relevance_is_a_probability_and_0_where_nothing_matches(articles):
    similarities = SCORER.similarities(SCORER.vectors(articles))
    relevance = SCORER.relevance(similarities, 0 * similarities, [one.text_from for one in articles])
    assert ((relevance >= 0) & (relevance < 1)).all()
    assert ((relevance == 0) == (similarities == 0)).all()


@given(several, st.data())
def test_a_row_is_the_same_to_the_last_bit_alone_and_in_any_batch(articles, data):
    number = data.draw(st.integers(0, len(articles) - 1))
    together, alone = SCORER.vectors(articles), SCORER.vectors([articles[number]])
    assert together[number].toarray().tobytes() == alone.toarray().tobytes()
    assert SCORER.similarities(together)[number].tobytes() == SCORER.similarities(alone)[0].tobytes()


@given(several, st.randoms())
def test_scores_do_not_depend_on_the_order_of_the_articles(articles, random):
    batch = list(enumerate(articles))
    shuffled = random.sample(batch, len(batch))

    def pairs(chosen):
        return set(
            SCORER.score(
                [stored(n, one) for n, one in chosen], [one for _, one in chosen], SCORER.vectors([one for _, one in chosen])
            )
        )

    assert pairs(shuffled) == pairs(batch)


def test_relevance_is_the_logistic_of_the_logarithms_of_similarity_and_mentions():
    named = Scorer(GLOSSARY, replace(PARAMETERS, name_slope=0.5), SCORER.statistics)
    found = named.relevance(np.array([[0.0, 0.25, 1.0]]), np.array([[9.0, 0.0, 3.0]]), ["page"])[0]
    logits = [4.6 + 3.0 * log(0.26), 4.6 + 3.0 * log(1.01) + 0.5 * log(4.0)]
    assert found == pytest.approx([0.0, *(1 / (1 + exp(-logit)) for logit in logits)], rel=1e-12)


def test_mentions_are_names_weighted_by_field_in_a_batch_or_alone():
    together = SCORER.mentions(ARTICLES)
    assert together.shape == (len(ARTICLES), len(GLOSSARY.concepts))
    assert [SCORER.mentions([one])[0].tolist() for one in ARTICLES] == together.tolist()
    slugs = [concept.slug for concept in GLOSSARY.concepts]
    counted = SCORER.mentions([features(title="token", lead="token token", body="token model")])
    assert counted[0, slugs.index("token")] == 4.0 + 2 * 1.5 + 1.0


def test_a_summary_is_believed_less_than_a_page_or_a_full_text():
    said = SCORER.relevance(np.array([[0.3]] * 3), np.zeros((3, 1)), ["page", "feed", "summary"])[:, 0]
    assert said[0] == said[1] > said[2]


def test_score_gives_every_pair_above_nothing_and_at_least_the_floor():
    articles, vectors = [stored(n) for n in range(len(ARTICLES))], SCORER.vectors(ARTICLES)
    found = list(SCORER.score(articles, ARTICLES, vectors))
    relevance = SCORER.relevance(SCORER.similarities(vectors), SCORER.mentions(ARTICLES), ["page"] * len(ARTICLES))
    assert len(found) == np.count_nonzero(relevance) > 0
    floor = sorted(pair.relevance for pair in found)[len(found) // 2]
    assert list(SCORER.score(articles, ARTICLES, vectors, floor)) == [pair for pair in found if pair.relevance >= floor]
    assert {pair.url for pair in found} <= {one.url for one in articles}


@pytest.mark.parametrize(("number", "slug"), [(0, "foundation-model"), (1, "token"), (2, "fine-tuning"), (4, "rlhf")])
def test_an_article_is_nearest_to_the_concept_it_is_about(number, slug):
    others = [concept.slug for concept in GLOSSARY.concepts if concept.slug != slug]
    assert similarity(SCORER, number, slug) > max(similarity(SCORER, number, other) for other in others)


def test_an_article_about_something_else_is_far_from_all_though_it_shares_a_word_with_one():
    assert TEXTS[3][0] == "Dam reinforcement begins"
    assert similarity(SCORER, 3, "foundation-model") == similarity(SCORER, 3, "token") == 0
    assert 0 < similarity(SCORER, 3, "rlhf") < similarity(SCORER, 4, "rlhf") / 2


def test_a_name_in_the_headline_says_more_than_in_the_body():
    head, deep = features("token", "tram rider", "dam"), features("tram", "rider dam", "token")
    found = SCORER.similarities(SCORER.vectors([head, deep]))[:, 3]
    assert found[0] > found[1] > 0


def test_an_empty_article_and_an_empty_batch_have_no_scores():
    assert not SCORER.similarities(SCORER.vectors([features()])).any()
    assert SCORER.similarities(SCORER.vectors([])).shape == (0, len(GLOSSARY.concepts))
    assert list(SCORER.score([], [], SCORER.vectors([]))) == []


def test_every_concept_has_a_vector_of_length_1():
    assert norms(SCORER.concepts) == pytest.approx(np.ones(len(GLOSSARY.concepts)))


def test_scaling_leaves_empty_rows_empty_and_its_argument_alone():
    given_rows = matrix([{0: 3.0, 1: 4.0}, {}], 2)
    assert scaled(given_rows, norms(given_rows)).toarray().tolist() == [[0.6, 0.8], [0.0, 0.0]]
    assert given_rows.toarray().tolist() == [[3.0, 4.0], [0.0, 0.0]]
