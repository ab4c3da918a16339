"""neighbours: related concepts, the editor's choice first."""

import pytest

from models.link import Related
from pipeline.stages.relevance.neighbours import recall, related
from tests.unit.stages.making import concept, glossary
from tests.unit.stages.relevance.sample import ARTICLES, GLOSSARY, scorer


def found(most, words=GLOSSARY, articles=ARTICLES):
    rows = {}
    for one in related(scorer(articles, words=words), most):
        rows.setdefault(one.concept_slug, []).append(one)
    return rows


def test_the_neighbour_that_the_editor_names_comes_first_with_its_own_similarity():
    first, second, *_ = found(3)["fine-tuning"]
    assert (first.related_slug, first.position) == ("token", 1)
    assert first.similarity < second.similarity


def test_neighbours_after_the_editors_are_ordered_by_similarity():
    rows = found(4)["foundation-model"]
    assert [one.position for one in rows] == list(range(1, len(rows) + 1))
    assert [one.similarity for one in rows] == sorted((one.similarity for one in rows), reverse=True)


def test_no_concept_is_its_own_neighbour_nor_has_more_than_asked_nor_one_twice():
    for most in (0, 1, 3):
        for slug, rows in found(most).items():
            slugs = [one.related_slug for one in rows]
            assert slug not in slugs
            assert len(slugs) == len(set(slugs)) <= most


def test_a_concept_with_no_word_in_common_and_no_news_has_no_neighbour():
    strangers = glossary(concept("a", "Alpha"), concept("b", "Beta"), concept("c", "Alpha Ray"))
    assert "b" not in found(3, strangers, [])


def test_similarity_is_mutual():
    rows = found(4)
    pairs = {(slug, one.related_slug): one.similarity for slug, those in rows.items() for one in those}
    for (one, other), value in pairs.items():
        if (other, one) in pairs:
            assert pairs[other, one] == pytest.approx(value, abs=1e-15)
        assert 0 <= value <= 1


def test_equally_near_neighbours_are_ordered_by_slug():
    twins = glossary(concept("a", "Model zeta"), concept("b", "Model eta"), concept("c", "Model theta"))
    assert [one.related_slug for one in found(2, twins)["c"]] == ["a", "b"]


def test_a_named_neighbour_without_a_word_in_common_is_shown_at_similarity_0():
    strangers = glossary(concept("a", "Alpha", related=("b",)), concept("b", "Beta"))
    (row,) = found(3, strangers, [])["a"]
    assert (row.related_slug, row.similarity) == ("b", 0.0)


def test_an_editors_choice_can_be_left_out_to_see_what_vectors_find():
    near = related(scorer(), 1, named_first=False)
    assert next(one.related_slug for one in near if one.concept_slug == "fine-tuning") != "token"


def test_recall_is_the_share_of_named_neighbours_found_over_as_many_as_can_be():
    words = glossary(
        concept("a", "A", related=("b", "c", "gone")), concept("b", "B", related=("a",)), concept("c", "C"), concept("d", "D"),
    )  # fmt: skip
    near = [Related("a", 1, "d", 0.5), Related("a", 2, "b", 0.4), Related("b", 1, "a", 0.4), Related("b", 2, "c", 0.1)]
    assert recall(words, near, 1) == pytest.approx((0 / 1 + 1 / 1) / 2)
    assert recall(words, near, 2) == pytest.approx((1 / 2 + 1 / 1) / 2)
    assert recall(glossary(concept("a", "A")), [], 3) == 0.0
