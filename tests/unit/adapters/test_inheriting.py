"""What people said follows an article to its new address, a concept to its new slug; and nothing of it is lost on the way."""

from dataclasses import replace

import pytest

from models.judgment import Judgment
from models.look import Look, Shown
from models.outcome import Changed, Duplicate, Unchanged
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.judgments import StoredJudgments
from pipeline.adapters.store.links import StoredLinks
from pipeline.adapters.store.tending import StoredTending
from pipeline.stages import features
from tests.unit.adapters.making import NOW, article, concept, entry, queue
from tests.unit.adapters.test_flow_glossary import CHANGES, CONCEPTS, Shelf, told, words

ALL = words(*CONCEPTS.values())
LESS = [one for one in CONCEPTS.values() if one.slug != "token"]
ZEBRA = concept("zebra", definition="An animal in a model, and what a zebra is good for there.")
UNDER_THE_CUT = "https://nature.example/retrieval-0"


@pytest.fixture
def shelf(database):
    made = Shelf(database)
    made.settle(ALL)
    return made


def urls(shelf, slug="token"):
    return [row[1] for row in shelf.of(slug)]


def pinned(shelf, slug="token"):
    return [row[1] for row in shelf.of(slug) if row[7]]


def read_again(shelf, url, there, text, **more):
    """An edited entry at `url` whose page calls itself `there`."""
    queued = next(
        one for one in queue(shelf.database, url.split("/")[2].split(".")[0], entry(url, digest="2")) if one.entry.url == url
    )
    made = article(there, text, **{"title": told("token", int(url[-1]))[0], **more})
    return StoredArticles(shelf.database).keep(queued, made, features.count(made.title, text, "page"), NOW)


def number(shelf, url):
    return shelf.rows(f"SELECT id FROM article WHERE canonical_url = '{url}'")[0][0]


def look(shelf, url, verdict, gone=False):
    StoredTending(shelf.database).looked(Shown(number(shelf, url), url, "t", "w", gone=gone), Look(verdict), NOW)
    return shelf.settle(ALL)


def test_a_hidden_article_stays_hidden_under_the_address_that_its_page_names_later(shelf):
    url = urls(shelf)[0]
    shelf.decide("token", url, "hide")
    StoredJudgments(shelf.database).keep(Judgment("token", url, 0), NOW)
    shelf.settle(ALL)
    new = url.replace("token-", "2026/token-")
    assert read_again(shelf, url, new, told("token", int(url[-1]))[1] + " Corrected.") == Changed(new)
    shelf.settle(ALL)
    assert {url, new} & set(urls(shelf)) == set()
    assert StoredJudgments(shelf.database).all() == [Judgment("token", new, 0)]


def test_a_pin_goes_over_to_the_article_that_an_edited_entry_joins(shelf):
    first, other = urls(shelf)[0], UNDER_THE_CUT
    shelf.decide("token", first, "pin")
    shelf.settle(ALL)
    assert read_again(shelf, first, other, "What the page of the other says.") == Duplicate(first, other)
    assert shelf.rows("SELECT concept_slug, identity FROM decision") == [("token", other.removeprefix("https://"))]
    shelf.settle(ALL)
    assert pinned(shelf) == [other]


def test_a_pin_goes_over_from_an_article_that_was_gone_and_has_no_link_left(shelf):
    other = "https://nature.example/retrieval-2"  # of the same source: only what was said tells that there is work
    shelf.decide("token", UNDER_THE_CUT, "pin")
    look(shelf, UNDER_THE_CUT, "gone")
    assert read_again(shelf, UNDER_THE_CUT, other, "What the page of the other says.") == Duplicate(UNDER_THE_CUT, other)
    assert shelf.settle(ALL) == ["token"]
    assert pinned(shelf) == [other]


def test_what_was_said_of_the_new_address_itself_stands(shelf):
    first, other = urls(shelf)[:2]
    shelf.decide("token", first, "pin")
    shelf.decide("token", other, "hide")
    read_again(shelf, first, other, "What the page of the other says.")
    shelf.settle(ALL)
    assert pinned(shelf) == []
    assert other not in urls(shelf)


def test_an_article_that_another_entry_still_names_keeps_what_was_said_of_it(shelf):
    first, other = urls(shelf)[:2]
    elsewhere = next(one for one in queue(shelf.database, "nature", entry(first, key="k")) if one.entry.key == "k")
    StoredArticles(shelf.database).join(elsewhere)
    shelf.decide("token", first, "hide")
    read_again(shelf, first, other, "What the page of the other says.")
    shelf.settle(ALL)
    assert first not in urls(shelf)
    assert other in urls(shelf)


@pytest.mark.parametrize("url", [UNDER_THE_CUT, "https://wire.example/token-2"])
def test_a_pinned_article_that_was_gone_for_a_while_is_back_in_its_place(shelf, url):
    shelf.decide("token", url, "pin")
    shelf.settle(ALL)
    before = shelf.of("token")
    assert look(shelf, url, "gone") == ["token"]
    assert url not in urls(shelf)
    assert look(shelf, url, "there", gone=True) == ["token"]
    assert shelf.of("token") == before
    assert pinned(shelf) == [url]


def test_an_article_that_was_gone_is_shown_again_once_it_was_read_again(shelf):
    url = urls(shelf)[0]
    title, text = told("token", int(url[-1]))
    look(shelf, url, "changed")
    assert url not in urls(shelf)
    assert read_again(shelf, url, url, text + " Corrected.") == Changed(url)
    shelf.settle(ALL)
    assert url in urls(shelf)
    look(shelf, url, "gone")
    queued = next(
        one for one in queue(shelf.database, url.split("/")[2].split(".")[0], entry(url, digest="3")) if one.entry.url == url
    )
    same = article(url, text + " Corrected.", title=title)
    assert StoredArticles(shelf.database).keep(queued, same, features.count(title, text, "page"), NOW) == Unchanged(url)
    shelf.settle(ALL)
    assert url in urls(shelf)


def test_the_feed_s_own_words_do_not_bring_back_a_page_that_is_gone(shelf):
    url = urls(shelf)[0]
    look(shelf, url, "gone")
    with shelf.database.writing() as connection:
        connection.exec_driver_sql("UPDATE article SET text_from = 'summary'")
    text = told("token", int(url[-1]))[1] + " Corrected."
    assert read_again(shelf, url, url, text, text_from="summary") == Changed(url)
    shelf.settle(ALL)
    assert url not in urls(shelf)


def test_what_was_said_of_a_concept_reaches_its_new_slug_though_it_was_removed_before(shelf):
    hidden = urls(shelf)[0]
    shelf.decide("token", hidden, "hide")
    StoredJudgments(shelf.database).keep(Judgment("token", hidden, 2), NOW)
    shelf.settle(words(*LESS, digest="g2"))
    assert shelf.rows("SELECT * FROM unplaced") == []
    shelf.settle(words(*LESS, replace(CONCEPTS["token"], slug="tokens", was=("token",)), digest="g3"))
    assert len(urls(shelf, "tokens")) == 2
    assert hidden not in urls(shelf, "tokens")
    assert StoredJudgments(shelf.database).all() == [Judgment("tokens", hidden, 2)]


def test_a_former_slug_that_is_named_later_is_followed_though_nothing_else_changed_and_then_nothing_is_written(shelf):
    shelf.decide("token", UNDER_THE_CUT, "pin")
    for slug, kind in (("token", "pin"), ("zebra", "hide")):
        shelf.decide(slug, "https://nature.example/retrieval-2", kind)
    shelf.settle(words(*LESS, ZEBRA, digest="g2"))
    merged = words(*LESS, replace(ZEBRA, was=("token",)), digest="g3")
    shelf.settle(merged)
    assert pinned(shelf, "zebra") == [UNDER_THE_CUT]
    with shelf.database.reading() as connection:
        driver = connection.connection.dbapi_connection
        before = driver.total_changes
    assert shelf.settle(merged) == []
    assert driver.total_changes == before


def test_a_concept_merged_into_another_leaves_that_its_links_and_relations_and_gives_it_its_decisions(shelf):
    shelf.settle(words(*CONCEPTS.values(), ZEBRA, digest="g2"))
    before, sequence = shelf.of("zebra"), shelf.last()
    shelf.decide("token", UNDER_THE_CUT, "keep")
    shelf.settle(words(*LESS, replace(ZEBRA, was=("token",)), digest="g3"))
    assert [row for row in shelf.of("zebra") if row[1] != UNDER_THE_CUT] == before
    assert UNDER_THE_CUT in urls(shelf, "zebra")
    assert {row[:1] + row[2:3] for row in shelf.rows(CHANGES.format(sequence))} == {("token", "removed"), ("zebra", "added")}
    assert shelf.rows("SELECT count(*) FROM relation WHERE concept_slug = related_slug OR related_slug = 'token'") == [(0,)]


def test_of_two_concepts_that_become_a_new_one_that_with_its_words_hands_its_links_on(shelf):
    shelf.settle(words(*CONCEPTS.values(), ZEBRA, digest="g2"))
    before = shelf.of("token")
    one = replace(CONCEPTS["token"], slug="tokens", was=("zebra", "token"))
    assert shelf.settle(words(*LESS, one, digest="g3")) == []
    assert [row[1:] for row in shelf.of("tokens")] == [row[1:] for row in before]


def test_a_merged_concept_s_vector_in_the_epoch_stays_its_own(database):
    shelf = Shelf(database)
    shelf.settle(words(*CONCEPTS.values(), ZEBRA))
    before = StoredLinks(database).epoch()
    shelf.parts(words(*LESS, replace(ZEBRA, was=("token",)), digest="g2"))
    after = StoredLinks(database).epoch()
    assert (after.vectors, after.contexts) == (before.vectors, before.contexts)


def test_a_concept_named_as_one_that_was_removed_does_not_take_over_its_vector(database):
    shelf = Shelf(database)
    shelf.settle(words(*CONCEPTS.values(), ZEBRA))
    before = StoredLinks(database).epoch().vectors
    shelf.settle(words(*CONCEPTS.values(), digest="g2"))  # the epoch's vectors stay: others are compared with all of them
    shelf.parts(words(*LESS, replace(CONCEPTS["token"], slug="zebra", was=("token",)), digest="g3"))
    after = StoredLinks(database).epoch()
    assert after.vector("zebra") == before["token"]
    assert sorted(after.vectors.values()) == sorted(before.values())


def test_a_concept_put_back_after_a_pass_that_was_stopped_early_has_its_links_again(shelf):
    before = shelf.of("token")
    shelf.parts(words(*LESS, digest="g2"))  # and the power goes before the epoch is amended
    assert shelf.of("token") == []
    assert shelf.settle(ALL) == ["token"]
    assert [row[:6] for row in shelf.of("token")] == [row[:6] for row in before]


def test_a_concept_put_back_is_scored_as_itself_though_it_is_said_to_have_been_another(shelf):
    before = urls(shelf)
    shelf.parts(words(*LESS, digest="g2"))  # stopped: the epoch still knows Token
    others = [one for one in LESS if one.slug != "watermarking"]
    shelf.settle(words(*others, replace(CONCEPTS["token"], was=("watermarking",)), digest="g3"))
    assert urls(shelf) == before


def test_what_moves_up_when_an_article_is_dropped_moves_for_that_and_nothing_is_scored_again(shelf):
    sequence, url = shelf.last(), urls(shelf)[0]
    StoredArticles(shelf.database).drop(number(shelf, url), NOW)
    assert StoredArticles(shelf.database).unsettled() == set()
    assert shelf.settle(ALL) == ["token"]
    changes = shelf.rows(CHANGES.format(sequence))
    assert {row[3] for row in changes} == {"gone"}
    assert [row[1] for row in changes if row[2] == "removed"] == [url]
