"""scoring: cosine and probability; the same numbers as scikit-learn, alone or in a batch."""

from dataclasses import replace
from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.metrics.pairwise import cosine_similarity

from models.parameters import Calibration
from pipeline.stages.features import count
from pipeline.stages.relevance.scoring import FLOOR, Scorer, Signals
from pipeline.stages.relevance.terms import concept_counts
from pipeline.stages.relevance.vectors import matrix, norms, scaled
from tests.unit.stages.making import PARAMETERS, concept, features, glossary, stored
from tests.unit.stages.relevance.sample import ARTICLES, GLOSSARY, TEXTS, drawn, lines, scorer

SCORER = scorer()
COSINE = replace(PARAMETERS, pivot=0.0, title_weight=1.0, lead_weight=1.0, body_weight=1.0)
several = st.lists(drawn, min_size=1, max_size=6)


def counted(scored):
    return scored.counter(ARTICLES).terms


def similarity(scored, number, slug):
    return scored.signals([ARTICLES[number]]).similarity[0, scored.rows[slug]]


def signals(**said):
    """Signals of a row of pairs; those not given are 0."""
    width = max(len(one) for one in said.values())
    names = ("similarity", "headline", "names", "context", "field", "mentions")
    tables = {name: np.array([said.get(name, [0.0] * width)], dtype=float) for name in names}
    return Signals(**tables, vectors=None)


def weighing(**weights):
    """A scorer of one calibration for pages."""
    blank = dict.fromkeys(("offset", "similarity", "headline", "names", "context", "field"), 0.0)
    learned = dict(PARAMETERS.relevance) | {"page": Calibration(**blank | weights)}
    return Scorer(GLOSSARY, replace(PARAMETERS, relevance=learned), SCORER.statistics)


def test_idf_is_that_of_scikit_learn():
    theirs = TfidfTransformer(smooth_idf=True).fit(counted(SCORER)).idf_
    assert SCORER.idf == pytest.approx(theirs, rel=1e-12)


def test_a_vector_is_that_of_scikit_learn_where_length_is_not_pivoted():
    plain = scorer(parameters=COSINE)
    counts = counted(plain)
    theirs = TfidfTransformer(smooth_idf=True, norm="l2").fit(counts)
    counts.data = np.log1p(counts.data)
    assert plain.signals(ARTICLES).vectors.toarray() == pytest.approx(theirs.transform(counts).toarray(), rel=1e-12)


@given(st.lists(lines, min_size=1, max_size=5))
def test_similarity_is_the_cosine_of_scikit_learn_on_articles_of_one_field(bodies):
    articles = [features(body=body) for body in bodies]
    plain = scorer(parameters=COSINE)
    terms, weights = plain.statistics.terms, plain.idf

    def raw(counts):
        return np.array([log(1 + counts.get(term, 0.0)) for term in terms]) * weights

    rows = plain.counter(articles).terms
    ours = [{terms[column]: n for column, n in zip(row.indices, row.data, strict=True)} for row in rows]
    theirs = [concept_counts(concept, COSINE, "en") for concept in GLOSSARY.concepts]
    expected = cosine_similarity(np.array([raw(one) for one in ours]), np.array([raw(one) for one in theirs]))
    assert plain.signals(articles).similarity == pytest.approx(expected, abs=1e-12)


@given(several, st.floats(0, 1))
def test_every_signal_lies_between_0_and_1(articles, pivot):
    scored = Scorer(GLOSSARY, replace(PARAMETERS, pivot=pivot), SCORER.statistics)
    found = scored.signals(articles)
    for table in (found.similarity, found.headline, found.names, found.context, found.field):
        assert table.shape == (len(articles), len(GLOSSARY.concepts))
        assert ((table >= 0) & (table <= 1)).all()


@given(several)
def test_relevance_is_a_probability_and_0_where_nothing_matches(articles):
    found = SCORER.signals(articles)
    relevance = SCORER.relevance(found, [one.text_from for one in articles])
    assert ((relevance >= 0) & (relevance < 1)).all()
    assert ((relevance == 0) == (found.similarity == 0)).all()


@given(several, st.data())
def test_a_row_is_the_same_to_the_last_bit_alone_and_in_any_batch(articles, data):
    number = data.draw(st.integers(0, len(articles) - 1))
    together, alone = SCORER.signals(articles), SCORER.signals([articles[number]])
    assert together.vectors[number].toarray().tobytes() == alone.vectors.toarray().tobytes()
    for name in ("similarity", "headline", "names", "context", "field", "mentions"):
        assert getattr(together, name)[number].tobytes() == getattr(alone, name)[0].tobytes()


@given(several, st.randoms())
def test_scores_do_not_depend_on_the_order_of_the_articles(articles, random):
    batch = list(enumerate(articles))
    shuffled = random.sample(batch, len(batch))

    def pairs(chosen):
        return set(SCORER.score([stored(n, one) for n, one in chosen], SCORER.signals([one for _, one in chosen])))

    assert pairs(shuffled) == pairs(batch)


def test_relevance_is_the_logistic_of_what_the_signals_add():
    said = signals(similarity=[0.0, 0.25], headline=[0.5, 0.1], names=[0.9, 0.5], context=[0.5, 0.3], field=[1.0, 0.04])
    weights = {"offset": 1.5, "similarity": 0.5, "headline": 0.25, "names": 3.0, "context": 2.0, "field": 4.0}
    found = weighing(**weights).relevance(said, ["page"])[0]
    logit = 1.5 + 0.5 * log(0.26) + 0.25 * log(0.11) + 3.0 * 0.5 + 2.0 * log(0.31) + 4.0 * log(0.05)
    assert found == pytest.approx([0.0, 1 / (1 + exp(-logit))], rel=1e-12)
    assert FLOOR == 0.01


@given(
    st.sampled_from(["similarity", "headline", "names", "context", "field"]), st.lists(st.floats(0.01, 1), min_size=2, max_size=5)
)
def test_relevance_never_falls_where_a_signal_rises(name, values):
    said = {"similarity": [0.3] * len(values)} | {name: sorted(values)}
    scored = weighing(offset=0.3, similarity=1.0, headline=0.5, names=2.0, context=1.0, field=3.0)
    found = scored.relevance(signals(**said), ["page"])[0]
    assert (np.diff(found) >= 0).all()


def test_mentions_are_names_as_written_weighted_by_field_in_a_batch_or_alone():
    together = SCORER.signals(ARTICLES).mentions
    assert together.shape == (len(ARTICLES), len(GLOSSARY.concepts))
    assert [SCORER.signals([one]).mentions[0].tolist() for one in ARTICLES] == together.tolist()
    found = SCORER.signals([features(title="token", lead="tokens token", body="token tokenized model")])
    assert found.mentions[0, SCORER.rows["token"]] == 4.0 + 2 * 1.5 + 1.0
    assert found.names[0, SCORER.rows["token"]] == 8.0 / (8.0 + 4.0)


def test_a_summary_is_believed_less_than_a_page_or_a_full_text():
    said = Signals(*[np.full((3, 1), 0.3)] * 6, vectors=None)
    found = SCORER.relevance(said, ["page", "feed", "summary"])[:, 0]
    assert found[0] == found[1] > found[2]


def test_an_everyday_sense_of_a_name_is_further_from_the_field_than_its_own_sense():
    own = count("Token counts", "A token is text that a language model reads. Training a large model on broad data.", "page")
    everyday = count("Token of thanks", "A token of thanks for the tram drivers. The town hands every rider a token.", "page")
    others = [concept(f"other-{n}", f"Zeta{n}", "A large language model reads text.") for n in range(15)]
    broad = scorer([own, everyday], words=glossary(*GLOSSARY.concepts, *others))
    found = broad.signals([own, everyday]).field[:, broad.rows["token"]]
    assert 1 >= found[0] > found[1]
    few = SCORER.signals([own, everyday]).field  # five concepts tell no field
    assert (few == 1.0).all()


def test_a_context_holds_words_of_the_best_articles_that_no_definition_has():
    plain = replace(PARAMETERS, expansion_articles=2)
    articles = [
        *ARTICLES, count("Base model from Lindmoor", "The foundation model of Lindmoor is a base model on broad data.", "page"),
    ]  # fmt: skip
    scored = scorer(articles, plain)
    lindmoor = count("Lindmoor", "News from Lindmoor.", "page")
    near = scored.signals([lindmoor]).context[0]
    assert near[scored.rows["foundation-model"]] > near[scored.rows["watermarking"]] == 0


def test_score_gives_every_pair_above_nothing_and_at_least_the_floor():
    articles, known = [stored(n) for n in range(len(ARTICLES))], SCORER.signals(ARTICLES)
    found = list(SCORER.score(articles, known))
    relevance = SCORER.relevance(known, ["page"] * len(ARTICLES))
    assert len(found) == np.count_nonzero(relevance) > 0
    floor = sorted(pair.relevance for pair in found)[len(found) // 2]
    assert list(SCORER.score(articles, known, floor)) == [pair for pair in found if pair.relevance >= floor]
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
    found = SCORER.signals([head, deep]).similarity[:, 3]
    assert found[0] > found[1] > 0


def test_an_empty_article_and_an_empty_batch_have_no_scores():
    assert not SCORER.signals([features()]).similarity.any()
    assert SCORER.signals([]).similarity.shape == (0, len(GLOSSARY.concepts))
    assert list(SCORER.score([], SCORER.signals([]))) == []


def test_every_concept_has_a_vector_of_length_1():
    assert norms(SCORER.concepts) == pytest.approx(np.ones(len(GLOSSARY.concepts)))


def test_scaling_leaves_empty_rows_empty_and_its_argument_alone():
    given_rows = matrix([{0: 3.0, 1: 4.0}, {}], 2)
    assert scaled(given_rows, norms(given_rows)).toarray().tolist() == [[0.6, 0.8], [0.0, 0.0]]
    assert given_rows.toarray().tolist() == [[3.0, 4.0], [0.0, 0.0]]
