"""scoring: a probability for whatever is written, by what was read, and by the sense of a name."""

from dataclasses import replace
from math import exp, log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.relevance import background, parameters
from models.parameters import Calibration
from pipeline.stages.features import count
from pipeline.stages.relevance import epochs
from pipeline.stages.relevance.scoring import Scorer
from tests.unit.stages.making import PARAMETERS, concept, features, glossary, stored
from tests.unit.stages.relevance.sample import ARTICLES, GLOSSARY, drawn, epoch

SHIPPED = parameters(Path("/nowhere"))  # what the program scores with where a site has no file of its own
SCORER = Scorer(GLOSSARY, SHIPPED, epochs.make(1, GLOSSARY, SHIPPED, ARTICLES, background("en")))
KINDS = ("page", "feed", "summary")
anything = st.builds(count, st.text(max_size=60), st.text(max_size=300), st.sampled_from(KINDS))
slopes = st.floats(0, 20)
weights = st.builds(Calibration, st.floats(-20, 20), slopes, slopes, slopes, slopes, slopes)


@given(st.lists(drawn | anything, max_size=6), weights)
def test_every_score_of_any_article_lies_between_0_and_1(articles, learned):
    scorer = Scorer(GLOSSARY, replace(SHIPPED, relevance=dict.fromkeys(KINDS, learned)), SCORER.statistics)
    batch = [stored(number, one) for number, one in enumerate(articles)]
    for pair in scorer.score(batch, scorer.signals(articles)):
        assert 0 < pair.similarity <= 1
        assert 0 < pair.relevance <= 1


@given(st.lists(drawn, min_size=1, max_size=4), st.sampled_from(["title", "text"]))
def test_one_more_mention_of_a_name_never_lowers_the_signal_of_names(articles, where):
    more = [replace(one, **{where: f"{getattr(one, where)} token"}) for one in articles]
    column = SCORER.rows["token"]
    assert (SCORER.signals(more).names[:, column] > SCORER.signals(articles).names[:, column]).all()


def test_what_was_read_picks_the_calibration_of_its_row():
    offsets = {"page": 1.0, "feed": 2.0, "summary": 3.0}
    learned = {kind: Calibration(offset, 1.0, 0.0, 0.0, 0.0, 0.0) for kind, offset in offsets.items()}
    scorer = Scorer(GLOSSARY, replace(PARAMETERS, relevance=learned), epoch())
    kinds = ["summary", "page", "feed", "page", "summary"]
    signals = scorer.signals([ARTICLES[0]] * len(kinds))
    column = scorer.rows["foundation-model"]
    similarity = signals.similarity[0, column]
    expected = [1 / (1 + exp(-(offsets[kind] + log(similarity + 0.01)))) for kind in kinds]
    assert scorer.relevance(signals, kinds)[:, column] == pytest.approx(expected, rel=1e-12)


OTHERS = [concept(f"other-{n}", f"Zeta{n}", "A large language model, training it on broad data.") for n in range(15)]
WIDE = glossary(*GLOSSARY.concepts, *OTHERS)  # as many concepts as it takes to tell a field
BROAD = Scorer(WIDE, SHIPPED, epochs.make(1, WIDE, SHIPPED, ARTICLES, background("en")))
OWN = features("token prices rise", "every token is text", "language model data training people on broad data")
EVERYDAY = features("token prices rise", "every token is brass", "tram driver town riders dam on wet rails")


def test_an_article_of_the_field_scores_higher_than_one_of_an_everyday_sense_that_names_the_concept_as_often():
    signals, column = BROAD.signals([OWN, EVERYDAY]), BROAD.rows["token"]
    assert signals.mentions[0, column] == signals.mentions[1, column] > 0
    assert signals.headline[0, column] == signals.headline[1, column] > 0
    found = BROAD.relevance(signals, ["page", "page"])[:, column]
    assert found[0] > 2 * found[1] > 0


def test_nearness_to_the_field_alone_tells_the_two_senses_apart_where_all_else_is_equal():
    signals, column = BROAD.signals([OWN, EVERYDAY]), BROAD.rows["token"]
    alike = {name: np.repeat(getattr(signals, name)[:1], 2, axis=0) for name in ("similarity", "headline", "names", "context")}
    field, everyday = BROAD.relevance(replace(signals, **alike), ["page", "page"])[:, column]
    assert field > everyday
    assert signals.field[0, column] > signals.field[1, column]


def test_an_article_that_is_near_enough_to_the_field_gains_nothing_by_being_nearer():
    near = features("token", "language model data", "foundation model training broad data preferences people task")
    nearer = features("token", "language model data", "foundation model training broad data preferences people task " * 3)
    assert BROAD.signals([near, nearer]).field[:, BROAD.rows["token"]].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("few", [1, 5])
def test_a_glossary_of_a_few_concepts_tells_no_field_and_takes_nothing_from_an_everyday_sense(few):
    words = glossary(GLOSSARY.by_slug["token"], *OTHERS[: few - 1])
    narrow = Scorer(words, SHIPPED, epochs.make(1, words, SHIPPED, ARTICLES, background("en")))
    assert narrow.signals([OWN, EVERYDAY]).field.tolist() == [[1.0] * few] * 2


def test_the_more_concepts_a_glossary_has_the_more_it_takes_from_an_everyday_sense():
    fields = []
    for many in (6, 10, 14, 20, 25):
        words = glossary(GLOSSARY.by_slug["token"], *[concept(f"other-{n}", f"Zeta{n}", "A model.") for n in range(many - 1)])
        grown = Scorer(words, SHIPPED, epochs.make(1, words, SHIPPED, ARTICLES, background("en")))
        fields.append(grown.signals([EVERYDAY]).field[0, grown.rows["token"]])
    assert fields[0] > fields[1] > fields[2] > fields[3] == fields[4] == 0.0
