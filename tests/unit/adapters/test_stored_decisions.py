"""Decisions as rows: one a pair, dated, whatever becomes of the article; and what there is to decide."""

from dataclasses import replace

import pytest

from models.decision import Decision, Named
from models.link import Placed
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.decisions import StoredDecisions
from pipeline.adapters.store.links import StoredLinks
from tests.unit.adapters.making import HOUR, NOW, begun, concept, entry, feeds, glossary, kept, link, rows

ONE, TWO, THREE = (f"https://nature.example/{name}" for name in ("one", "two", "three"))
PIN = Decision("token", "nature.example/one", "pin", NOW, "ours")
PLACE = "SELECT concept_slug, reason FROM unplaced ORDER BY concept_slug"


@pytest.fixture
def store(database):
    feeds(database)
    begun(database)
    StoredLinks(database).configure(glossary("token", "bias"), NOW)
    for number, url in enumerate((ONE, TWO, THREE)):
        kept(database, "nature", url, f"Text {number}.", title=f"Title {number}", published=NOW - (3 - number) * HOUR)
    return StoredDecisions(database)


def boxed(store, slug, *links, reason="new article"):
    """A concept's links as settling would store them."""
    StoredLinks(store.database).replace(concept(slug), links, lambda url: reason, NOW)


def shown(store, slug, url, relevance, rank=1):
    return Placed(link(store.database, slug, url, relevance=relevance), rank, rank)


def test_a_decision_replaces_the_one_before_and_the_box_is_to_be_made_anew(store):
    store.decide(PIN)
    store.decide(replace(PIN, kind="hide", at=NOW + HOUR, note=""))
    assert rows(store.database, "SELECT * FROM decision") == [("token", "nature.example/one", "hide", "2026-09-01T13:00:00Z", "")]
    assert rows(store.database, PLACE) == [("token", "editor")]


def test_only_a_decision_of_that_kind_is_taken_back(store):
    store.decide(PIN)
    assert not store.withdraw("token", PIN.identity, "hide")
    assert not store.withdraw("bias", PIN.identity, "pin")
    assert store.of("token", PIN.identity) == replace(PIN, url=ONE, title="Title 0")
    assert store.withdraw("token", PIN.identity, "pin")
    assert store.of("token", PIN.identity) is None
    assert not store.withdraw("token", PIN.identity, "pin")


def test_taking_nothing_back_unplaces_nothing(store):
    store.withdraw("token", PIN.identity, "pin")
    assert rows(store.database, PLACE) == []


def test_decisions_are_listed_by_date_and_outlive_article_and_concept(store):
    store.decide(replace(PIN, at=NOW + HOUR))
    store.decide(Decision("bias", "nature.example/two", "keep", NOW))
    StoredArticles(store.database).drop(rows(store.database, "SELECT id FROM article WHERE title = 'Title 0'")[0][0], NOW)
    StoredLinks(store.database).configure(glossary("token"), NOW)
    listed = [(one.concept_slug, one.kind, one.url, one.title, one.note) for one in store.all()]
    assert listed == [("bias", "keep", TWO, "Title 1", ""), ("token", "pin", "", "", "ours")]


def test_an_article_is_named_by_its_own_address_and_by_any_that_a_feed_gave_it(store):
    other = "https://wire.example/a-one"
    kept(store.database, "wire", other, "Text 0.", canonical=ONE, title="Title 0", listed=entry(other))
    itself = Named("nature.example/one", ONE, "Title 0")
    assert store.named("nature.example/one") == itself == store.named("wire.example/a-one")
    assert store.named("nature.example/none") is None
    assert store.addresses("nature.example") == [THREE, TWO, ONE]  # newest first
    assert store.addresses("nobody.example") == []


def test_what_there_is_to_decide_is_the_newest_links_under_a_relevance_without_a_decision(store):
    boxed(store, "token", shown(store, "token", ONE, 0.8), shown(store, "token", TWO, 0.97, 2))
    boxed(store, "bias", shown(store, "bias", THREE, 0.9))
    found = store.undecided((), 0.95, 9)
    assert [(one.concept_slug, one.url, one.relevance) for one in found] == [("bias", THREE, 0.9), ("token", ONE, 0.8)]
    assert [one.url for one in store.undecided((), 2.0, 2)] == [THREE, TWO]
    assert [one.url for one in store.undecided(["token"], 2.0, 9)] == [TWO, ONE]
    first = store.undecided(["token"], 0.95, 9)[0]
    told = first.identity, first.title, first.source_name, first.published, first.passage
    assert told == ("nature.example/one", "Title 0", "Nature", NOW - 3 * HOUR, "A passage.")
    assert [(term.term, term.share) for term in first.terms] == [("attention", 0.25)]


def test_a_decided_pair_is_not_asked_again_but_the_article_is_for_another_concept(store):
    boxed(store, "token", shown(store, "token", ONE, 0.8))
    boxed(store, "bias", shown(store, "bias", ONE, 0.8))
    store.decide(PIN)
    assert [one.concept_slug for one in store.undecided((), 2.0, 9)] == ["bias"]
    store.withdraw("token", PIN.identity, "pin")
    assert [one.concept_slug for one in store.undecided((), 2.0, 9)] == ["bias", "token"]


def test_an_article_that_another_one_stands_for_is_not_asked_for(store):
    hidden = Placed(link(store.database, "token", TWO), None, None)
    boxed(store, "token", shown(store, "token", ONE, 0.8), hidden)
    assert [one.url for one in store.undecided((), 2.0, 9)] == [ONE]
