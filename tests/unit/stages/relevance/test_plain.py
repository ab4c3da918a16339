"""plain: rankers that anybody would try first."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.judgment import Text
from pipeline.stages.relevance.plain import RANKERS, entries
from tests.unit.stages.making import concept, glossary
from tests.unit.stages.relevance.sample import GLOSSARY, TEXTS

ARTICLES = [Text(str(number), *text) for number, text in enumerate(TEXTS)]


@pytest.mark.parametrize("name", RANKERS)
def test_a_ranker_gives_a_score_from_0_to_1_for_every_pair(name):
    found = RANKERS[name](GLOSSARY, ARTICLES)
    assert found.shape == (len(ARTICLES), len(GLOSSARY.concepts))
    assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.parametrize("name", RANKERS)
def test_a_ranker_puts_the_article_with_the_name_first(name):
    found = RANKERS[name](GLOSSARY, ARTICLES)
    column = [one.slug for one in GLOSSARY.concepts].index("foundation-model")
    assert found[:, column].argmax() == 0


def test_bm25_is_that_of_the_formula():
    words = glossary(concept("token", "Token"), concept("tram", "Tram"))
    said = [Text("a", "token", "token tram tram tram"), Text("b", "tram", "dam dam dam dam"), Text("c", "dam", "dam dam dam dam")]
    found = RANKERS["names"](words, said)

    def bm25(count, held):
        return log(1 + (3 - held + 0.5) / (held + 0.5)) * count * 2.2 / (count + 1.2 * (1 - 0.75 + 0.75 * 1.0))

    most = bm25(2, 1)
    assert found.ravel().tolist() == pytest.approx([1.0, bm25(3, 2) / most, 0.0, bm25(1, 2) / most, 0.0, 0.0], rel=1e-12)


def test_bm25_counts_a_word_for_less_in_a_longer_article():
    words = glossary(concept("token", "Token"))
    said = [Text("a", "token", "tram"), Text("b", "token", "tram dam dam dam dam"), Text("c", "tram", "dam dam dam")]
    short, long = (2.2 / (1 + 1.2 * (1 - 0.75 + 0.75 * length / 4)) for length in (2, 6))  # the mean length is 4
    assert RANKERS["names"](words, said).ravel().tolist() == pytest.approx([1.0, long / short, 0.0], rel=1e-12)


@pytest.mark.parametrize("name", RANKERS)
@given(said=st.lists(st.lists(st.sampled_from("token model tram dam data text".split()), min_size=1), min_size=1, max_size=5))
def test_any_articles_have_scores_from_0_to_1(name, said):
    found = RANKERS[name](GLOSSARY, [Text(str(number), "", " ".join(one)) for number, one in enumerate(said)])
    assert found.shape == (len(said), len(GLOSSARY.concepts))
    assert ((found >= 0) & (found <= 1)).all()


def test_an_entry_is_all_that_the_glossary_says():
    one = concept("a", "A (Alpha)", "D.", aliases=("B",), body="Body.", analogy="As.", example="For.", why_it_matters="Why.")
    assert entries(glossary(one)) == ["A\nAlpha\nB\nD.\nBody.\nAs.\nFor.\nWhy."]
