"""What sites may read: as it is written down, in the live database and in the published copy, at all times."""

import json
import sqlite3
from contextlib import closing
from copy import deepcopy

import pytest

from models.contract import CONTRACT, CONTRACT_VERSION
from models.views import SEARCH
from pipeline.adapters import reading
from pipeline.stages.showing.contract import described, markdown
from tests.conftest import ROOT
from tests.contract_shape import broken, recorded, shape

VIEWS = [view for view in CONTRACT if view.name not in SEARCH]


@pytest.fixture(scope="module")
def copy(unbroken, tmp_path_factory):
    """The published copy of a site after one pass."""
    target = tmp_path_factory.mktemp("published") / "news.db"
    unbroken.call("publish", str(target))
    return target


def opened(path, mode="ro"):
    return closing(sqlite3.connect(f"file:{path}?mode={mode}", uri=True))


def test_no_views_shape_changes_without_another_version_or_a_record_that_it_only_adds():
    assert recorded()[str(CONTRACT_VERSION)] == shape(), "see tests/contract_shape.py"


def test_what_is_gone_or_another_breaks_the_contract_and_what_is_more_does_not():
    before = shape()
    assert broken(before, before) == []
    more, gone, other, sorted_otherwise = (deepcopy(before) for _ in range(4))
    more["concepts"]["columns"]["new"] = ["TEXT", "", False, ""]
    more["new_view"] = before["concepts"]
    del gone["concept_news"]["columns"]["title"]
    other["concept_news"]["columns"]["relevance"] = ["REAL", "", False, "per cent"]
    sorted_otherwise["concept_news"]["order"] = "position DESC"
    assert broken(before, more) == []
    assert broken(before, gone) == ["concept_news.title is gone or another"]
    assert broken(before, other) == ["concept_news.relevance is gone or another"]
    assert broken(before, sorted_otherwise) == ["concept_news: another order"]
    assert broken(before, {}) == sorted(f"{view} is gone" for view in before)


def test_the_page_of_the_contract_is_what_the_program_prints(unbroken):
    assert (ROOT / "models" / "CONTRACT.md").read_text() == markdown() == unbroken.call("contract").stdout
    assert json.loads(unbroken.call("contract", "--json").stdout) == json.loads(json.dumps(described()))


@pytest.mark.parametrize("view", CONTRACT, ids=lambda view: view.name)
def test_a_views_columns_are_those_that_are_described_live_and_published(unbroken, copy, view):
    wanted = {one.name for one in view.columns}
    for path in (unbroken.database, copy):
        with opened(path) as connection:
            found = {row[1] for row in connection.execute(f"PRAGMA table_info({view.name})")}
        assert found == wanted


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_value_is_of_the_type_and_form_that_is_described(unbroken, copy, view):
    kinds = {"TEXT": str, "INTEGER": int, "REAL": float}
    forms = {"moment": r"____-__-__T__:__:__Z", "day": "____-__-__", "": "%", "JSON": "[%]", "0 or 1": "%"}
    for path in (unbroken.database, copy):
        with opened(path) as connection:
            for one in view.columns:
                values = [value for (value,) in connection.execute(f"SELECT {one.name} FROM {view.name}")]
                assert one.null or None not in values
                assert {type(value) for value in values} <= {kinds[one.kind], type(None)}
                like = f"SELECT count(*) FROM {view.name} WHERE {one.name} NOT LIKE ?"
                assert connection.execute(like, (forms[one.form],)).fetchone() == (0,), one.name


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_the_published_copy_has_the_very_rows_of_the_live_views(unbroken, copy, view):
    names = ", ".join(one.name for one in view.columns)
    order = f" ORDER BY {view.order}" if view.order else ""
    with opened(unbroken.database) as live, opened(copy) as published:
        query = f"SELECT {names} FROM {view.name}{order}"
        rows = live.execute(query).fetchall()
        assert rows == published.execute(query).fetchall()
        assert rows or view.name == "renamed_concepts"


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_examples_are_such_values_as_are_described(view):
    for one in view.columns:
        if one.form == "JSON":
            assert isinstance(json.loads(one.example), list)
        elif one.kind != "TEXT":
            {"INTEGER": int, "REAL": float}[one.kind](one.example)


def test_a_box_is_read_through_an_index_without_sorting_live_and_published(unbroken, copy):
    for path in (unbroken.database, copy):
        with opened(path) as connection:
            for view, place in (("concept_news", "position"), ("concept_links", "rank"), ("related_concepts", "position")):
                query = f"EXPLAIN QUERY PLAN SELECT * FROM {view} WHERE concept_slug = ? ORDER BY {place}"
                plan = [row[3] for row in connection.execute(query, ("foundation-model",))]
                assert all(step.startswith("SEARCH ") and ("INDEX" in step or "PRIMARY KEY" in step) for step in plan), plan


def test_search_finds_headlines_and_passages_by_their_stems_live_and_published(unbroken, copy):
    for path in (unbroken.database, copy):
        with reading.opened(path) as connection:
            found = reading.search(connection, "factories")
            assert any("factory floor" in one.title for one in found)
            assert reading.search(connection, 'no" OR such*word (') == reading.search(connection, " ") == []
            every = {
                (link.concept_slug, link.url)
                for page in reading.published(connection)
                for link in reading.links(connection, page.concept.slug)
            }
            assert {(one.concept_slug, one.url) for one in reading.search(connection, "model", 1000)} <= every


def test_typed_rows_hold_what_the_views_hold(unbroken):
    with reading.opened(unbroken.database) as connection:
        news = reading.news(connection, "foundation-model")
        assert [one.position for one in news] == [1, 2, 3, 4, 5]
        assert len({one.source_slug for one in news}) == 5
        assert all(one.terms[0].share >= one.terms[-1].share or one.terms[-1].term.startswith("(") for one in news)
        status = reading.status(connection)
        assert status.last_change == reading.changes(connection)[-1].sequence
        assert [one.sequence for one in reading.changes(connection, status.last_change - 2)] == [
            status.last_change - 1,
            status.last_change,
        ]
        page = next(page for page in reading.published(connection) if page.concept.slug == "foundation-model")
        assert page.news == tuple(news)
        assert "base model" in page.concept.aliases
        assert page.concept.analogy.startswith("A school-leaver")
        assert page.related == tuple(reading.related(connection, "foundation-model"))


def test_a_renamed_concept_leaves_its_former_slug(ran):
    concept = ran.folder / "concepts" / "rlhf.md"
    text = concept.read_text().replace("\nname:", "\nwas: [rlhf]\nname:", 1)
    (ran.folder / "concepts" / "human-feedback.md").write_text(text)
    concept.unlink()
    ran.call("rescore")
    assert ran.rows("SELECT * FROM renamed_concepts") == [("rlhf", "human-feedback")]
    assert ran.rows("SELECT count(*) FROM concepts WHERE slug = 'rlhf'") == [(0,)]
    named = "SELECT related_slug FROM related_concepts WHERE concept_slug = 'foundation-model' ORDER BY position"
    assert ran.rows(named) == [("fine-tuning",), ("human-feedback",), ("transformer",)]  # its file still says rlhf
