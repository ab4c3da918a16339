"""The lists of the first page: letters, the newest news, what the search looks through; and how things are said."""

import json
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contract import Coverage, Matched
from pipeline.stages.showing import wording
from pipeline.stages.showing.latest import latest
from pipeline.stages.showing.letters import by_name, initial, letters
from pipeline.stages.showing.site import Wanted, site
from pipeline.stages.showing.terms import telling
from tests.unit.stages.showing.boxes import box, concept, link, moment, published


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("Token", "T"), ("token", "T"), ("Épreuve", "E"), ("Øresund", "O"), ("Łódź", "L"), ("æther", "A"), ("ﬁne", "F"), ("3D model", "#"), ("٣", "#"), ("(n-gram)", "N"),
        ("نموذج", "…"), ("模型", "…"), ("Модель", "…"), ("👩‍🚀", "…"), ("", "…"), ("--", "…"),
    ],
)  # fmt: skip
def test_a_name_stands_under_a_letter(name, letter):
    assert initial(name) == letter


def test_letters_come_first_then_digits_then_other_scripts():
    names = ["模型", "3D", "token", "Épreuve", "Embedding", "Attention", "Zebra"]
    found = letters(concept(f"c{number}", name=name) for number, name in enumerate(names))
    said = [(one.letter, one.anchor, [page.name for page in one.concepts]) for one in found]
    assert said == [
        ("A", "letter-a", ["Attention"]),
        ("E", "letter-e", ["Embedding", "Épreuve"]),
        ("T", "letter-t", ["token"]),
        ("Z", "letter-z", ["Zebra"]),
        ("#", "letter-digits", ["3D"]),
        ("…", "letter-others", ["模型"]),
    ]


@given(st.lists(st.text(max_size=12), max_size=12))
def test_every_concept_stands_under_one_letter_in_one_order(names):
    concepts = [concept(f"c{number}", name=name) for number, name in enumerate(names)]
    found = [page for one in letters(concepts) for page in one.concepts]
    assert found == by_name(concepts) == by_name(reversed(concepts))
    assert len({one.anchor for one in letters(concepts)}) == len(letters(concepts))


def test_the_latest_are_the_newest_articles_each_once_with_the_concepts_they_fit_best():
    first = box(link(1, published_at=moment(29)), link(2, published_at=moment(20)), about=concept("a"))
    second = box(link(1, published_at=moment(29), relevance=0.99), link(3, published_at=moment(30)), about=concept("b"))
    found = latest([first, second])
    assert [(one.link.url[-2:], [page.slug for page in one.concepts]) for one in found] == [
        ("3b", ["b"]),
        ("1b", ["b", "a"]),
        ("2b", ["a"]),
    ]
    assert [one.link.url[-2:] for one in latest([first, second], most=1)] == ["3b"]


def test_the_latest_leave_room_for_other_concepts_and_fill_it_up_if_there_are_none():
    busy = box(*(link(number, published_at=moment(30, number)) for number in range(1, 6)), about=concept("busy"))
    quiet = box(link(9, published_at=moment(3)), about=concept("quiet"))
    assert [one.link.url[-2:] for one in latest([busy, quiet], most=3)] == ["5b", "4b", "9b"]
    assert [one.link.url[-2:] for one in latest([busy, quiet], most=5)] == ["5b", "4b", "3b", "2b", "9b"]
    assert [one.link.url[-2:] for one in latest([busy], most=3)] == ["5b", "4b", "3b"]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 28)), max_size=20), st.integers(1, 8))
def test_the_latest_are_as_many_as_fit_newest_first_each_once(wanted, most):
    boxes = [
        box(*(link(n, published_at=moment(day)) for n, (at, day) in enumerate(wanted) if at == slug), about=concept(f"c{slug}"))
        for slug in range(4)
    ]
    shown = [one.link for one in latest(boxes, most)]
    assert len({one.url for one in shown}) == len(shown) == min(most, len(wanted))
    assert [one.published_at for one in shown] == sorted((one.published_at for one in shown), reverse=True)


def test_the_latest_tell_a_story_once():
    other = link(2, published_at=moment(28), also_covered_by=())
    teller = link(1, published_at=moment(29), also_covered_by=(Coverage("Bench", other.url),))
    assert [one.link for one in latest([box(teller, about=concept("a")), box(other, about=concept("b"))])] == [teller]


def test_the_search_looks_through_names_aliases_and_definitions():
    hostile = concept("x", name="</script><b>", aliases=("模型\u2028",), definition="A “thing”.")
    made = {one.path: one.content for one in site(published(box(about=hostile), box()), Wanted("T", "en"))}
    rows = re.fullmatch(r"globalThis\.conceptwireConcepts = (.*);\n", made["search-data.js"].decode("ascii"), re.DOTALL)
    data = json.loads(rows[1])
    first = [
        "foundation-model",
        "Foundation Model",
        ["foundation models", "base model"],
        "A large model trained once on broad data.",
    ]
    assert data == [first, ["x", "</script><b>", ["模型\u2028"], "A “thing”."]]


def test_dates_and_chances_in_words():
    assert [wording.day(date(2026, month, 3)) for month in (1, 5, 9, 12)] == [
        "Jan 3, 2026",
        "May 3, 2026",
        "Sep 3, 2026",
        "Dec 3, 2026",
    ]
    assert wording.minute(moment(31, 20)) == "Aug 31, 2026, 20:00 UTC"
    assert [wording.stamp(moment(29), precision) for precision in ("minute", "day")] == ["2026-08-29T09:00:00Z", "2026-08-29"]
    assert [wording.frozen(moment(31, 20).replace(second=second)) for second in (0, 7)] == [
        "2026-08-31T20:00Z",
        "2026-08-31T20:00:07Z",
    ]
    assert [wording.likely(chance) for chance in (1, 0.95, 0.9, 0.7, 0.3, 0)] == ["almost certainly"] * 2 + [
        "very likely",
        "likely",
    ] + ["possibly"] * 2


def test_a_reader_hears_of_doubts_about_date_and_text():
    assert wording.doubts(link()) == []
    assert len(wording.doubts(link(published_from="first_seen", text_from="summary"))) == 2
    assert "address" in wording.doubts(link(published_from="url"))[0]


def test_terms_that_tell_something():
    assert telling(["foundation model", "model", "foundation", "base model", "(other terms)"]) == [
        "foundation model",
        "base model",
    ]
    assert telling([]) == []
    terms = (
        Matched("a b", 0.3, "title"),
        Matched("b", 0.3, "body"),
        Matched("c", 0.15, "lead"),
        Matched("(other terms)", 0.25, "body"),
    )
    found = wording.matched(link(terms=terms))
    assert [(term, round(part, 3)) for term, part, _ in found] == [("a b", 0.3), ("c", 0.15)]
    assert [where for *_, where in found] == ["in the headline", "in the opening"]
    assert wording.matched(link(terms=())) == []


def test_a_word_that_hardly_counts_is_left_out_beside_longer_terms():
    terms = (Matched("base model", 0.39, "title"), Matched("river", 0.006, "body"), Matched("a b", 0.004, "body"))
    assert [term for term, *_ in wording.matched(link(terms=terms))] == ["base model", "a b"]
    words = (Matched("model", 0.39, "title"), Matched("river", 0.004, "body"))
    assert [term for term, *_ in wording.matched(link(terms=words))] == ["model", "river"]


def test_what_editors_chose_has_words_only_where_words_had_a_say():
    assert wording.matched(link(pinned=True))
    assert wording.matched(link(pinned=True, similarity=0.0)) == wording.matched(link(pinned=True, passage="")) == []
    assert wording.matched(link(passage=""))


def test_no_estimate_is_certain():
    assert [wording.chance(one) for one in (1.0, 0.9951, 0.99, 0.953, 0.0)] == ["99%", "99%", "99%", "95%", "0%"]
