"""Judgments in the store."""

import pytest
from sqlalchemy.exc import IntegrityError

from models.judgment import Judgment, Text
from pipeline.adapters.store.engine import opened
from pipeline.adapters.store.judgments import StoredJudgments
from pipeline.adapters.store.migrating import migrate
from tests.unit.adapters.making import HOUR, NOW, begun, feeds, kept, rows

A, B = "https://wire.example/a", "https://wire.example/b"


@pytest.fixture
def judgments(database):
    begun(database)
    feeds(database)
    for url in (B, A):
        kept(database, "wire", url, f"Text at {url}.")
    return StoredJudgments(database)


def test_judgments_come_back_by_concept_and_address(judgments):
    judgments.keep(Judgment("token", B, 0), NOW)
    judgments.keep(Judgment("token", A, 2), NOW)
    judgments.keep(Judgment("bias", B, 1), NOW)
    assert judgments.all() == [Judgment("bias", B, 1), Judgment("token", A, 2), Judgment("token", B, 0)]


def test_a_second_grade_of_a_pair_replaces_the_first(database, judgments):
    judgments.keep(Judgment("token", A, 2), NOW)
    judgments.keep(Judgment("token", A, 0), NOW + HOUR)
    assert judgments.all() == [Judgment("token", A, 0)]
    assert rows(database, "SELECT at FROM judgment") == [("2026-09-01T13:00:00Z",)]


def test_the_judgment_of_an_article_that_is_gone_is_kept_and_not_shown(database, judgments):
    judgments.keep(Judgment("token", A, 2), NOW)
    with database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM article WHERE canonical_url = ?", (A,))
    assert judgments.all() == []
    assert rows(database, "SELECT grade FROM judgment") == [(2,)]


def test_texts_are_all_articles_by_address_with_what_they_were_read_from(judgments):
    found = list(judgments.texts())
    assert [one.name for one in found] == [A, B]
    assert isinstance(found[0], Text)
    assert found[0].text == f"Text at {A}."
    assert found[0].text_from == "page"


def test_an_article_whose_text_was_pruned_has_none_to_be_judged_by(database, judgments):
    with database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE article SET text = '', published = '2026-09-01T12:00:00Z' WHERE canonical_url = ?", (A,)
        )
    for newest in (None, 1):
        assert [one.name for one in judgments.texts(newest)] == [B]


def test_judgments_are_there_when_the_store_is_opened_again(database, judgments):
    judgments.keep(Judgment("token", A, 2), NOW)
    database.close()
    opened_again = opened(database.engine.url)
    migrate(opened_again)
    assert StoredJudgments(opened_again).all() == [Judgment("token", A, 2)]
    opened_again.close()


@pytest.mark.parametrize("grade", [-1, 3])
def test_a_grade_that_is_none_is_refused_by_the_store(database, judgments, grade):
    with pytest.raises(IntegrityError):
        judgments.keep(Judgment("token", A, grade), NOW)
    assert rows(database, "SELECT * FROM judgment") == []


def test_a_judgment_of_an_article_that_came_back_counts_again(database, judgments):
    judgments.keep(Judgment("token", A, 2), NOW)
    moved = "UPDATE article SET identity = ? WHERE canonical_url = ?"
    with database.writing() as connection:
        connection.exec_driver_sql(moved, ("elsewhere", A))
    assert judgments.all() == []
    with database.writing() as connection:
        connection.exec_driver_sql(moved, (A.removeprefix("https://"), A))
    assert judgments.all() == [Judgment("token", A, 2)]
