"""Links in the store: a whole box or nothing, every change recorded with its reason, nothing written where nothing changed."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa

from models.contract import Matched
from models.link import Boxed, Evidence, Placed, Related, Term
from models.statistics import Current, Statistics
from pipeline.adapters import reading
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.links import StoredLinks
from pipeline.adapters.store.runs import StoredRuns
from tests.unit.adapters.making import HOUR, NOW, begun, concept, feeds, glossary, kept, link, placed, rows

A, B, C = (f"https://wire.example/{name}" for name in "abc")
ATTENTION = concept("attention")
KEY = Current(1, "g1", "p1", 3, "new article", "box_size=5")
CONTEXTS = {"attention": ((0, 0.1), (1, 1 / 3)), "token": ()}
EPOCH = Statistics(1, "g1", "p1", 503.0, ("attention", "größe"), np.array([2.5, 1 / 3]), 4.25, 1 / 7, CONTEXTS)
BOX = "SELECT url FROM concept_news WHERE concept_slug = 'attention' ORDER BY position"
CHANGES = "SELECT at, concept_slug, url, change, reason FROM link_changes ORDER BY sequence"


@pytest.fixture
def links(database):
    begun(database)
    feeds(database)
    for url in (A, B, C):
        kept(database, "wire", url, f"Text at {url}.")
    made = StoredLinks(database)
    made.configure(glossary("attention", "token"), NOW)
    return made


@pytest.fixture
def boxed(database, links):
    """Replace the box of Attention by links to these addresses, in this order."""

    def replaced(*urls, now=NOW, reason="new article"):
        return links.replace(ATTENTION, placed(*[link(database, "attention", url) for url in urls]), lambda url: reason, now)

    return replaced


def test_links_come_back_as_they_were_by_address(database, links):
    evidence = Evidence((Term("größe", 0.125, "lead"), Term("b", 0.125, "body")), "Ein „Satz“.")
    numbers = {"similarity": 0.1 + 0.2, "relevance": 1 / 3, "gist": '{"größ": 1.0}'}
    first = link(database, "attention", B, evidence=evidence, **numbers)
    links.replace(ATTENTION, placed(first, link(database, "attention", A)), lambda url: "new article", NOW)
    assert links.of(ATTENTION) == [link(database, "attention", A), first]
    assert links.of(concept("token")) == []
    assert links.total() == 2
    assert links.concepts_of([1, 2, 99]) == {"attention"}
    assert links.concepts_of([3]) == set()


def test_what_came_went_and_moved_is_recorded_with_its_reason(database, boxed):
    assert boxed(A, B) == Boxed(2, 0, 0)
    assert boxed(C, B, now=NOW + HOUR, reason="model") == Boxed(1, 1, 0)
    assert boxed(B, C, now=NOW + HOUR, reason="glossary") == Boxed(0, 0, 2)
    assert boxed(now=NOW + HOUR, reason="edited article") == Boxed(0, 2, 0)
    at, later = "2026-09-01T12:00:00Z", "2026-09-01T13:00:00Z"
    assert [row[:1] + row[2:] for row in rows(database, CHANGES)] == [
        (at, A, "added", "new article"), (at, B, "added", "new article"),
        (later, A, "removed", "model"), (later, C, "added", "model"),
        (later, B, "moved", "glossary"), (later, C, "moved", "glossary"),
        (later, B, "removed", "edited article"), (later, C, "removed", "edited article"),
    ]  # fmt: skip


def test_nothing_is_written_where_nothing_changed(database, boxed):
    boxed(A, B)
    with database.reading() as connection:
        driver = connection.connection.dbapi_connection
        before = driver.total_changes
    assert boxed(A, B, now=NOW + HOUR) == Boxed()
    assert driver.total_changes == before


def test_only_the_rows_that_differ_are_written(database, boxed):
    boxed(A, B)
    with database.writing() as connection:
        for (name,) in rows(database, "SELECT name FROM sqlite_master WHERE type = 'trigger'"):  # they count more changes
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        driver = connection.connection.dbapi_connection
    before = driver.total_changes
    assert boxed(A, B, C) == Boxed(1, 0, 0)
    assert driver.total_changes - before == 2  # the link and its change


def test_a_link_keeps_the_date_it_was_made(database, boxed):
    boxed(A)
    boxed(B, A, now=NOW + HOUR)
    assert rows(database, "SELECT url, linked_at FROM concept_links ORDER BY url") == [
        (A, "2026-09-01T12:00:00Z"), (B, "2026-09-01T13:00:00Z"),
    ]  # fmt: skip


def test_a_link_that_another_stands_for_is_kept_but_not_shown(database, links):
    one, other = link(database, "attention", A), link(database, "attention", B)
    told = Placed(one, 1, 1, (("The Wire", B),))
    assert links.replace(ATTENTION, [told, Placed(other, None, None)], lambda url: "new article", NOW) == Boxed(1, 0, 0)
    assert links.total() == 1
    assert [each.url for each in links.of(ATTENTION)] == [A, B]
    assert rows(database, BOX) == [(A,)]
    assert links.replace(ATTENTION, placed(one, other), lambda url: "model", NOW) == Boxed(1, 0, 0)


def test_a_link_below_the_box_is_listed_and_not_in_the_box(database, links):
    links.replace(ATTENTION, [Placed(link(database, "attention", A), 1, None)], lambda url: "new article", NOW)
    assert rows(database, BOX) == []
    assert rows(database, "SELECT url, rank FROM concept_links") == [(A, 1)]


def test_a_reader_sees_the_old_box_or_the_new_one(database, boxed, links):
    boxed(A, B)
    seen = []
    with closing(sqlite3.connect(f"file:{database.path}?mode=ro", uri=True, timeout=0)) as reader:

        def look(*given):
            seen.append(tuple(url for (url,) in reader.execute(BOX)))

        sa.event.listen(database.engine, "after_cursor_execute", look)
        boxed(C)
        look()
    assert len(seen) > 3
    assert set(seen) == {(A, B), (C,)}
    assert seen[-1] == (C,)


def test_a_box_whose_replacing_fails_stays_as_it_was(database, boxed, links):
    boxed(A, B)

    def broken(url):
        raise KeyError(url)

    with pytest.raises(KeyError):
        links.replace(ATTENTION, placed(link(database, "attention", C)), broken, NOW)
    assert rows(database, BOX) == [(A,), (B,)]


def test_a_removed_concepts_links_go_and_are_recorded(database, boxed, links):
    boxed(A, B)
    links.begin(EPOCH, [Related("token", 1, "attention", 0.5)], KEY, NOW)
    assert links.configure(glossary("token"), NOW + HOUR) == ["attention"]
    assert links.total() == 0
    assert rows(database, "SELECT slug FROM concepts") == [("token",)]
    assert rows(database, "SELECT * FROM related_concepts") == []
    later = "2026-09-01T13:00:00Z"
    assert rows(database, CHANGES)[2:] == [(later, "attention", url, "removed", "glossary") for url in (A, B)]


def test_configuring_the_same_glossary_writes_nothing(database, links):
    with database.reading() as connection:
        driver = connection.connection.dbapi_connection
        before = driver.total_changes
    assert links.configure(glossary("attention", "token"), NOW) == []
    assert driver.total_changes == before


def test_a_changed_definition_reaches_sites_and_keeps_the_links(database, boxed, links):
    boxed(A)
    changed = replace(concept("attention", definition="New words."), name="Attention!")
    links.configure(replace(glossary("token"), concepts=(changed, concept("token"))), NOW)
    assert rows(database, "SELECT name, definition, link_count, added_on FROM concepts LIMIT 1") == [
        ("Attention!", "New words.", 1, "2026-05-17")
    ]


def test_an_epoch_comes_back_to_the_last_bit(links):
    assert (links.epoch(), links.epoch_number(), links.current()) == (None, 0, None)
    made = replace(EPOCH, documents=500 + 1 / 7, mean_norm=1 / 3)
    links.begin(made, [], KEY, NOW)
    found = links.epoch()
    assert found is not None
    assert found.frequencies.tolist() == [2.5, 1 / 3]
    assert replace(found, frequencies=made.frequencies) == made
    assert (links.epoch_number(), links.current()) == (1, KEY)


def test_a_new_epoch_takes_the_olds_place_and_everything_is_settled_again(database, links):
    articles = StoredArticles(database)
    articles.settled([1, 2, 3])
    links.begin(EPOCH, [Related("attention", 1, "token", 0.5)], KEY, NOW)
    links.begin(replace(EPOCH, epoch=2), [Related("token", 1, "attention", 0.25)], KEY, NOW)
    assert links.epoch_number() == 2
    assert len(list(articles.snapshot(unsettled=True))) == 3
    assert rows(database, "SELECT concept_slug, related_slug, related_name, similarity FROM related_concepts") == [
        ("token", "attention", "Attention", 0.25)
    ]


def test_typed_rows_have_json_and_dates_read(database, boxed, links):
    boxed(B, A)
    links.begin(EPOCH, [Related("attention", 1, "token", 0.5)], KEY, NOW)
    with reading.opened(database.path) as connection:
        first, second = reading.news(connection, "attention")
        assert (first.url, first.position, first.pinned, second.url) == (B, 1, False, A)
        assert first.terms == (Matched("attention", 0.25, "title"),)
        assert (first.also_covered_by, first.published_at) == ((), NOW - HOUR)
        assert [row.rank for row in reading.links(connection, "attention")] == [1, 2]
        assert [row.related_name for row in reading.related(connection, "attention")] == ["Token"]
        assert [(row.slug, row.link_count) for row in reading.concepts(connection)] == [("attention", 2), ("token", 0)]
        assert [row.source_slug for row in reading.health(connection)] == ["nature", "wire"]
        assert reading.news(connection, "none") == reading.links(connection, "none") == reading.related(connection, "none") == []
        assert reading.plain(first)["published_at"] == "2026-09-01T11:00:00Z"


def test_the_index_for_search_has_a_row_for_each_link_that_is_shown_whoever_changes_what(database, boxed, links):
    def indexed():
        found = rows(database, "SELECT concept_slug, url, title, passage FROM news_search ORDER BY url")
        assert found == rows(database, "SELECT concept_slug, url, title, passage FROM concept_links ORDER BY url")
        return [(row[1], row[2]) for row in found]

    boxed(A, B)
    assert indexed() == [(A, "A title"), (B, "A title")]
    links.replace(
        ATTENTION,
        [Placed(link(database, "attention", A), None, None), *placed(link(database, "attention", C))],
        lambda url: "model",
        NOW,
    )
    assert indexed() == [(C, "A title")]
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE article SET title = 'Größere Räume' WHERE canonical_url = ?", (C,))
    assert indexed() == [(C, "Größere Räume")]
    assert rows(database, "SELECT url FROM news_search WHERE news_search MATCH 'raume'") == [(C,)]
    with database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM article WHERE canonical_url = ?", (C,))
    assert indexed() == []
    boxed(A)
    links.configure(glossary("token"), NOW)
    assert indexed() == []


def test_sites_get_utc_with_z_and_json(database, links):
    told = Placed(link(database, "attention", A), 1, 1, (("Nature", B),))
    links.replace(ATTENTION, [told], lambda url: "new article", NOW)
    ((published, terms, also),) = rows(database, "SELECT published_at, terms, also_covered_by FROM concept_news")
    assert published == "2026-09-01T11:00:00Z"
    assert json.loads(terms) == [{"term": "attention", "share": 0.25, "field": "title"}]
    assert json.loads(also) == [{"source_name": "Nature", "url": B}]


def test_the_status_names_the_last_run_that_ended(database, links):
    links.begin(EPOCH, [], KEY, NOW)
    runs = StoredRuns(database)
    runs.begin(NOW)
    runs.finish("{}", "g1", 1, NOW + HOUR, succeeded=True)
    begun(database)  # one that died
    (row,) = rows(database, "SELECT * FROM status")
    assert row[:-1] == (1, "g1", 1, "2026-09-01T13:00:00Z", "2026-09-01T11:00:00Z", 0)
