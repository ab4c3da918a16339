"""Pruning: old texts and old articles go, stay gone, and nobody waits long for it."""

import signal
import subprocess
import sys
import threading
import time
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.decision import Decision
from models.judgment import Judgment
from models.outcome import Duplicate, New, Skipped
from models.schema import article as articles_table
from models.schema import features as features_table
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.decisions import StoredDecisions
from pipeline.adapters.store.engine import located, opened
from pipeline.adapters.store.judgments import StoredJudgments
from pipeline.adapters.store.keeping import check
from pipeline.adapters.store.links import StoredLinks
from pipeline.adapters.store.pruning import Pruned, planned, prune
from tests.unit.adapters.making import (
    FEATURES,
    NOW,
    article,
    begun,
    concept,
    entry,
    feeds,
    glossary,
    kept,
    link,
    placed,
    queue,
    rows,
    waiting,
)  # fmt: skip

ROOT = Path(__file__).parents[3]
DAY = timedelta(days=1)
A, B, C = (f"https://wire.example/{name}" for name in "abc")


@pytest.fixture
def store(database):
    """Articles of 100 days ago (A), of 100 days ago but first seen now (B), and of now (C), each in a box of two concepts."""
    feeds(database)
    begun(database)
    StoredLinks(database).configure(glossary("bias", "token", "agent"), NOW)
    old = NOW - 100 * DAY
    kept(database, "wire", A, "Old text.", published=old, first_seen=old)
    kept(database, "wire", B, "Backfilled text.", published=old)
    kept(database, "wire", C, "New text.")
    for slug in ("bias", "token"):
        made = placed(*(link(database, slug, url) for url in (C, A, B)))
        StoredLinks(database).replace(concept(slug), made, lambda url: "new article", NOW)
    StoredArticles(database).settled([1, 2, 3])
    return database


def texts(database):
    return dict(rows(database, "SELECT canonical_url, text FROM article"))


def test_old_texts_go_and_features_links_and_hashes_stay(store):
    before = rows(store, "SELECT text_hash, content_hash, word_count FROM article"), rows(store, "SELECT * FROM link")
    assert prune(store, NOW, 30, 0) == Pruned(texts=2)
    assert texts(store) == {A: "", B: "", C: "New text."}
    assert (rows(store, "SELECT text_hash, content_hash, word_count FROM article"), rows(store, "SELECT * FROM link")) == before
    assert [features for _, features in StoredArticles(store).snapshot()] == [FEATURES] * 3
    assert rows(store, "SELECT url FROM entry WHERE payload IS NOT NULL") == [(C,)]
    assert prune(store, NOW, 30, 0) == Pruned()


def test_an_old_article_goes_with_all_that_is_its_own_and_sites_learn_of_it(store):
    seen = rows(store, "SELECT max(sequence) FROM link_changes")[0][0]
    assert prune(store, NOW, 0, 30) == Pruned(articles=1, links=2, concepts=("bias", "token"))
    assert texts(store).keys() == {B, C}
    for table in ("features", "link", "article_source"):
        assert rows(store, f"SELECT count(*) FROM {table} WHERE article_id = 1") == [(0,)]
    assert rows(store, "SELECT identity, at FROM tombstone") == [("wire.example/a", "2026-09-01T12:00:00Z")]
    assert rows(store, f"SELECT concept_slug, url, change, reason FROM link_changes WHERE sequence > {seen}") == [
        ("bias", A, "removed", "gone"),
        ("token", A, "removed", "gone"),
    ]
    assert rows(store, "SELECT * FROM unplaced") == [("bias", "gone"), ("token", "gone")]
    assert rows(store, "SELECT state, article_id, payload FROM entry WHERE id = 1") == [("done", None, None)]
    assert check(store, NOW) == []
    assert prune(store, NOW, 0, 30) == Pruned()


def test_nothing_goes_where_both_are_for_ever(store):
    assert planned(store, NOW + 9999 * DAY, 0, 0) == prune(store, NOW + 9999 * DAY, 0, 0) == Pruned()


def test_what_would_be_pruned_is_what_is_pruned(store):
    wanted = planned(store, NOW, 30, 30)
    assert wanted == Pruned(texts=1, articles=1, links=2, concepts=("bias", "token"))
    assert texts(store) == {A: "Old text.", B: "Backfilled text.", C: "New text."}
    assert prune(store, NOW, 30, 30) == wanted


@pytest.mark.parametrize("kind", ["pin", "keep", "hide"])
def test_an_article_that_an_editor_decided_on_stays_without_its_text(store, kind):
    StoredDecisions(store).decide(Decision("bias", "wire.example/a", kind, NOW))
    assert prune(store, NOW, 30, 30) == Pruned(texts=2)
    assert texts(store) == {A: "", B: "", C: "New text."}


def test_an_article_that_was_judged_stays_with_its_text(store):
    StoredJudgments(store).keep(Judgment("bias", A, 0), NOW)
    assert prune(store, NOW, 30, 30) == Pruned(texts=1)
    assert texts(store) == {A: "Old text.", B: "", C: "New text."}


def test_no_entry_of_any_feed_brings_a_pruned_article_back(store):
    kept(store, "nature", "https://nature.example/copy", canonical=A)
    prune(store, NOW, 0, 30)
    again = [entry(url) for url in (A, "https://nature.example/copy", B, "https://nature.example/other")]
    queued = queue(store, "nature", *again)
    assert {one.entry.url: one.pruned for one in queued} == {
        again[0].url: True,
        again[1].url: True,
        B: False,
        again[3].url: False,
    }
    late = next(one for one in queued if one.entry.url.endswith("other"))
    refused = StoredArticles(store).keep(late, article(A), FEATURES, NOW)  # its page names the address of a pruned one
    assert refused == Skipped("https://nature.example/other", "pruned")
    assert rows(store, "SELECT state, outcome, payload, article_id FROM entry WHERE url LIKE '%other'") == [
        ("done", "Skipped(pruned)", None, None)
    ]
    assert texts(store).keys() == {B, C}


def test_an_edited_entry_whose_page_is_now_a_pruned_one_leaves_its_article(store):
    prune(store, NOW, 0, 30)
    (queued,) = queue(store, "wire", entry(C, digest="2"))
    assert StoredArticles(store).keep(queued, article(A), FEATURES, NOW) == Skipped(C, "pruned")
    assert texts(store).keys() == {B}


def test_the_address_of_an_article_that_stays_gets_no_tombstone(store):
    kept(store, "nature", B, "Another text.", canonical=A, listed=entry(B))  # one feed is led from B to A
    prune(store, NOW, 0, 30)
    assert rows(store, "SELECT identity FROM tombstone") == [("wire.example/a",)]
    queued = queue(store, "nature", entry(B, digest="3"))
    assert isinstance(StoredArticles(store).keep(queued[0], article(B), FEATURES, NOW), Duplicate)


def test_queued_entries_of_a_pruned_article_keep_what_their_feed_said(store):
    queue(store, "wire", entry(A, digest="2"))
    prune(store, NOW, 0, 30)
    assert [(one.entry.url, one.pruned) for one in waiting(store)] == [(A, True)]


def test_the_words_of_a_pruned_text_stand_in_for_it_and_are_not_counted_anew(store):
    prune(store, NOW, 30, 0)
    articles = StoredArticles(store)
    assert articles.texts([1, 3]) == {1: FEATURES.text, 3: "New text."}
    assert articles.by_identity("wire.example/a")[2] == FEATURES.text
    assert list(articles.uncounted()) == []


def many(database, count):
    """So many old articles, quickly."""
    with database.writing() as connection:
        row = dict(connection.execute(sa.select(articles_table).where(articles_table.c.id == 1)).one()._mapping)
        made = [
            row | {"id": n, "identity": f"wire.example/{n}", "canonical_url": f"https://wire.example/{n}"}
            for n in range(9, 9 + count)
        ]
        connection.execute(sa.insert(articles_table), made)
        connection.execute(
            sa.insert(features_table), [{"article_id": one["id"], "tokens": zlib.compress(b"a\nb")} for one in made]
        )


def test_other_writers_get_their_turn_while_many_are_pruned(store):
    many(store, 3000)
    other = opened(located("sqlite:///news.db", store.path.parent))
    waits, stop = [], threading.Event()

    def judge():
        with other.reading() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 2000")
        while not stop.is_set():
            began = time.monotonic()
            StoredJudgments(other).keep(Judgment("bias", C, 1), NOW)
            waits.append(time.monotonic() - began)
            time.sleep(0.002)

    thread = threading.Thread(target=judge)
    thread.start()
    try:
        assert prune(store, NOW, 0, 30).articles == 3001
    finally:
        stop.set()
        thread.join()
        other.close()
    assert len(waits) > 10
    assert max(waits) < 2


DYING = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from pipeline.adapters.store import pruning
from pipeline.adapters.store.engine import located, opened
bury, left = pruning._bury, [2]
def dying(*given):
    bury(*given)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
pruning._bury = dying
pruning.prune(opened(located("sqlite:///news.db", Path(sys.argv[1]))), datetime.fromisoformat(sys.argv[2]), 30, 30)
"""


def test_pruning_that_was_killed_half_way_is_finished_by_the_next(store):
    many(store, 500)
    arguments = [sys.executable, "-c", DYING, str(store.path.parent), NOW.isoformat()]
    assert subprocess.run(arguments, cwd=ROOT, timeout=60, check=False).returncode == -signal.SIGKILL
    assert check(store, NOW) == []
    assert 0 < prune(store, NOW, 30, 30).articles < 501
    assert rows(store, "SELECT count(*) FROM tombstone") == [(501,)]
    assert texts(store).keys() == {B, C}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6), st.integers(0, 40), st.integers(0, 40))
def test_exactly_what_is_old_goes(database, ages, text_days, article_days):
    with database.writing() as connection:
        for table in ("entry", "article", "tombstone"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    feeds(database)
    for number, (published, seen) in enumerate(ages):
        dated = {"published": NOW - max(published, seen) * DAY, "first_seen": NOW - seen * DAY}
        kept(database, "wire", f"https://wire.example/{number}", f"Text {number}.", **dated)
    wanted = planned(database, NOW, text_days, article_days)
    assert prune(database, NOW, text_days, article_days) == wanted
    stay = [n for n, (_, seen) in enumerate(ages) if not (article_days and seen > article_days)]
    bare = {n for n in stay if text_days and max(ages[n]) > text_days}
    assert texts(database) == {f"https://wire.example/{n}": "" if n in bare else f"Text {n}." for n in stay}


def test_an_article_that_left_by_hand_is_no_pruned_one(store):
    StoredArticles(store).drop(1, NOW)
    assert kept(store, "nature", A) == New(A)
