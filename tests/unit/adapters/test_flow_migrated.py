"""A store of the first version, settled by this one: its articles stay, everything counted is counted anew."""

import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace

import pytest

from config import loading, relevance
from models.article import Features
from models.settings import Settings
from pipeline import flow
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.engine import located, opened
from pipeline.adapters.store.feeds import StoredFeeds
from pipeline.adapters.store.links import StoredLinks
from pipeline.adapters.store.migrating import migrate
from pipeline.adapters.store.words import StoredWords
from pipeline.adapters.workers import in_order
from tests.fakes import Web
from tests.unit.adapters.making import NOW, begun, glossary, rows

URL = "https://wire.example/a"
TITLE, TEXT = "Tokens cost money", "Every token is priced. Attention is dear too, and tokens are many."
STEMS = zlib.compress(b"token cost money\neveri token is price attent is dear too and token are mani")
OLD_TERMS = zlib.compress(b'[["attent", 1], ["token", 1]]')


@pytest.fixture
def old(tmp_path):
    """A database of the first version with a settled article, its link and an epoch 7, brought up to date."""
    made = opened(located("sqlite:///news.db", tmp_path))
    migrate(made, "0001")
    at = "2026-09-01T11:00:00Z"
    with closing(sqlite3.connect(made.path)) as first:
        for table, row in (
            ("source", ("wire", "Wire", "https://wire.example/", 1.0, "fetch", 1)),
            ("article", (1, "wire.example/a", URL, "wire.example", TITLE, TEXT, "page", "h", 0, "en", at, "feed", "minute", at, 12, "c", 1)),
            ("article_source", (1, "wire", URL)),
            ("features", (1, STEMS)),
            ("concept", ("token", "Token", "What token is.", "2026-05-17", 1)),
            ("epoch", (7, at, "glossary", "parameters", 1, 1, "new article", "box", 4.25, OLD_TERMS)),
            ("link", ("token", 1, "wire", 1, 1, 0.5, 0.9, "[]", "", "[]", 0, 7, "tfidf-2", at)),
            ("decision", ("token", "wire.example/a", "pin", at, "mine")),
        ):  # fmt: skip
            first.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
        first.commit()
    migrate(made)
    yield made
    made.close()


@pytest.fixture
def parts(old):
    begun(old)
    words = glossary("attention", "token", digest="glossary")  # the digest that the old epoch knew
    StoredLinks(old).configure(words, NOW)
    learned = replace(relevance.parameters(loading.SHIPPED), cut=0.01, digest="parameters")  # as above
    return flow.Parts(
        Web({}), in_order, StoredFeeds(old), StoredArticles(old), StoredLinks(old), StoredWords(old), words, learned, Settings(),
    )  # fmt: skip


def test_a_migration_keeps_articles_links_and_decisions_and_forgets_what_was_counted(old):
    assert rows(old, "SELECT canonical_url, title, text FROM article") == [(URL, TITLE, TEXT)]
    assert rows(old, "SELECT url, relevance, linked_at FROM concept_links") == [(URL, 0.9, "2026-09-01T11:00:00Z")]
    assert rows(old, "SELECT concept_slug, kind, note FROM decision") == [("token", "pin", "mine")]
    assert rows(old, "SELECT count(*) FROM features") == [(0,)]


def test_an_epoch_of_the_first_version_can_still_be_read(old):
    found = StoredLinks(old).epoch()
    assert found is not None
    assert (found.epoch, found.terms, found.frequencies.tolist(), found.contexts) == (7, ("attent", "token"), [1.0, 1.0], {})
    assert (found.documents, found.mean_norm, found.mean_title_norm) == (1.0, 4.25, 1.0)


def test_settling_counts_words_again_and_begins_the_next_epoch_though_glossary_and_parameters_are_the_same(parts):
    settled = list(flow.settle(parts, NOW))
    assert (settled[0].concept_slug, settled[0].epoch) == ("", 8)
    assert {one.epoch for one in settled} == {8}
    counted = [features for _, features in parts.articles.snapshot()]
    assert counted == [
        Features("tokens cost money", "every token is priced attention is dear too and tokens are many", "page"),
    ]  # fmt: skip
    current = parts.links.current()
    assert (current.epoch, current.parameters_digest, current.collection, current.reason) == (8, "parameters", 1, "model")
    assert parts.articles.unsettled() == set()


def test_a_link_of_the_first_version_is_scored_anew_and_keeps_the_date_it_was_made(parts, old):
    list(flow.settle(parts, NOW))
    ((url, relevance_, linked_at),) = rows(
        old, "SELECT url, relevance, linked_at FROM concept_links WHERE concept_slug = 'token'"
    )
    assert (url, linked_at) == (URL, "2026-09-01T11:00:00Z")
    assert relevance_ != 0.9
    assert rows(old, "SELECT DISTINCT epoch, scorer FROM link") == [(8, parts.parameters.scorer)]


def test_settling_once_more_does_nothing(parts, old):
    list(flow.settle(parts, NOW))
    before = rows(old, "SELECT * FROM concept_links"), rows(old, "SELECT * FROM link_changes")
    assert list(flow.settle(parts, NOW)) == []
    assert (rows(old, "SELECT * FROM concept_links"), rows(old, "SELECT * FROM link_changes")) == before
