"""What is shown is looked at again: whose turn it is, and what a look leaves in the store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.decision import Decision
from models.link import Placed, Verdicts
from models.look import Look
from models.page import Page
from models.settings import Settings
from pipeline import flow
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.decisions import StoredDecisions
from pipeline.adapters.store.feeds import StoredFeeds
from pipeline.adapters.store.links import StoredLinks
from pipeline.adapters.store.tending import StoredTending
from pipeline.adapters.store.words import StoredWords
from pipeline.adapters.workers import in_order
from tests.fakes import Web, page
from tests.unit.adapters.making import NOW, SOURCES, begun, concept, entry, feeds, glossary, kept, link, placed, rows
from tests.unit.stages.making import PARAMETERS

DAY = timedelta(days=1)
WEEK = NOW + 7 * DAY
A, B, C = (f"https://wire.example/{name}" for name in "abc")
CONCEPTS = ("attention", "token")


@pytest.fixture
def boxed(database):
    """Three articles; a and b stand in the boxes of both concepts, c in none of them."""
    feeds(database)
    begun(database)
    StoredLinks(database).configure(glossary(*CONCEPTS), NOW)
    for url in (A, B, C):
        kept(database, "wire", url, text=f"Some text of {url}.")
    for slug in CONCEPTS:
        box = placed(*(link(database, slug, url) for url in (A, B)))
        StoredLinks(database).replace(concept(slug), box, lambda url: "new article", NOW)
    return database


def turns(database, now=WEEK, days=7, most=20):
    return [one.url for one in StoredTending(database).to_look_at(now, days, most)]


def look_at(database, url, look, now=WEEK):
    (shown,) = [one for one in StoredTending(database).to_look_at(now + 1000 * DAY, 7, 99) if one.url == url]
    StoredTending(database).looked(shown, look, now)


def unplaced(database):
    return rows(database, "SELECT concept_slug, reason FROM unplaced ORDER BY concept_slug")


def gone_at(database, url):
    return rows(database, f"SELECT gone_at FROM article WHERE canonical_url = '{url}'")[0][0]


def test_articles_in_a_box_have_their_turn_so_many_days_after_they_were_read(boxed):
    assert turns(boxed, WEEK - timedelta(seconds=1)) == []
    assert turns(boxed) == [A, B]
    assert turns(boxed, most=1) == [A]


def test_the_oldest_look_is_first(boxed):
    look_at(boxed, A, Look("there"), NOW + DAY)
    assert turns(boxed) == [B]
    assert turns(boxed, NOW + 8 * DAY) == [B, A]


def test_a_look_keeps_the_validators_of_the_page(boxed):
    look_at(boxed, A, Look("there", etag='W/"1"', last_modified="Mon"))
    (shown,) = StoredTending(boxed).to_look_at(WEEK + 7 * DAY, 7, 2)[1:]
    assert (shown.url, shown.etag, shown.last_modified, shown.gone) == (A, 'W/"1"', "Mon", False)
    assert (shown.title, shown.words) == ("A title", "some words of the text")
    assert unplaced(boxed) == []


@pytest.mark.parametrize("verdict", ["gone", "changed"])
def test_an_article_that_is_gone_has_the_boxes_made_anew_and_keeps_its_text(boxed, verdict):
    look_at(boxed, A, Look(verdict, "HTTP 410"))
    assert gone_at(boxed, A) == "2026-09-08T12:00:00Z"
    assert unplaced(boxed) == [("attention", "gone"), ("token", "gone")]
    assert rows(boxed, "SELECT count(*), min(length(text)) > 0 FROM article") == [(3, 1)]
    assert rows(boxed, "SELECT count(*) FROM features") == [(3,)]


def test_a_gone_article_is_looked_at_every_four_times_as_many_days_and_keeps_its_date(boxed):
    look_at(boxed, A, Look("gone"))
    assert A not in turns(boxed, WEEK + 27 * DAY)
    assert A in turns(boxed, WEEK + 28 * DAY)
    with boxed.writing() as connection:
        connection.exec_driver_sql("DELETE FROM unplaced")
    look_at(boxed, A, Look("gone"), WEEK + 28 * DAY)
    assert gone_at(boxed, A) == "2026-09-08T12:00:00Z"
    assert unplaced(boxed) == []


def test_a_gone_article_that_is_there_again_has_the_boxes_made_anew(boxed):
    look_at(boxed, A, Look("gone"))
    for slug in CONCEPTS:  # as settling does: one that is gone keeps its link, unseen; one that was pinned under the cut has none
        withheld = [Placed(link(boxed, slug, A), None, None)] if slug == "token" else []
        left = [*placed(link(boxed, slug, B)), *withheld]
        StoredLinks(boxed).replace(concept(slug), left, lambda url: "gone", WEEK, Verdicts(gone=frozenset({1})))
    assert unplaced(boxed) == []
    look_at(boxed, A, Look("gone"), WEEK + 28 * DAY)
    assert unplaced(boxed) == []
    StoredDecisions(boxed).decide(Decision("attention", A.removeprefix("https://"), "pin", NOW))
    StoredDecisions(boxed).decide(Decision("removed-since", A.removeprefix("https://"), "pin", NOW))
    with boxed.writing() as connection:
        connection.exec_driver_sql("DELETE FROM unplaced")
    look_at(boxed, A, Look("there", etag='"2"'), WEEK + 56 * DAY)
    assert gone_at(boxed, A) is None
    assert unplaced(boxed) == [("attention", "gone"), ("token", "gone")]


def test_looks_of_a_clock_that_was_ahead_count_for_nothing(boxed):
    far = NOW + 3650 * DAY
    look_at(boxed, A, Look("there"), far)
    look_at(boxed, B, Look("gone"), far)
    assert turns(boxed, WEEK) == [A, B]
    look_at(boxed, A, Look("there"))
    look_at(boxed, B, Look("there"))
    assert turns(boxed, WEEK + DAY) == []
    assert turns(boxed, WEEK + 7 * DAY) == [A, B]


def test_what_was_read_again_after_it_was_gone_has_its_turn_and_no_validators(boxed):
    look_at(boxed, A, Look("there", etag='"1"', last_modified="Mon"))
    look_at(boxed, A, Look("gone"), WEEK + DAY)
    kept(boxed, "wire", A, "Other text.", listed=entry(A, digest="2"))
    read = "SELECT gone_at, checked_at, etag, last_modified FROM article WHERE id = 1"
    assert rows(boxed, read) == [(None, None, "", "")]
    assert A in turns(boxed, WEEK + DAY)


def test_a_failure_changes_nothing_but_the_date_of_the_look(boxed):
    look_at(boxed, A, Look("there", etag='"1"', last_modified="Mon"), NOW + DAY)
    look_at(boxed, A, Look("failed", "timeout"))
    kept_ = "SELECT etag, last_modified, gone_at, checked_at FROM article WHERE canonical_url LIKE '%/a'"
    assert rows(boxed, kept_) == [('"1"', "Mon", None, "2026-09-08T12:00:00Z")]
    assert unplaced(boxed) == []


def test_an_article_that_was_not_found_is_first_in_the_next_pass_and_asked_without_validators(boxed):
    look_at(boxed, B, Look("there", etag='"1"', last_modified="Mon"), NOW + DAY)
    look_at(boxed, B, Look("failed", "HTTP 404", missed=True))
    assert turns(boxed) == [A]  # not twice in one pass
    first = StoredTending(boxed).to_look_at(WEEK + timedelta(minutes=5), 7, 1)[0]
    assert (first.url, first.missed, first.etag, first.last_modified) == (B, True, "", "")
    look_at(boxed, B, Look("failed", "timeout"), WEEK + timedelta(minutes=5))
    assert B not in turns(boxed, WEEK + DAY)  # the two looks have to follow one another


def test_what_a_person_decided_is_not_overwritten(boxed):
    with boxed.writing() as connection:
        connection.exec_driver_sql("INSERT INTO unplaced VALUES ('token', 'editor')")
    look_at(boxed, A, Look("gone"))
    assert unplaced(boxed) == [("attention", "gone"), ("token", "editor")]


def test_pages_that_refuse_clients_are_left_alone(boxed):
    feeds(boxed, SOURCES[0], replace(SOURCES[1], pages="feed"))
    assert turns(boxed) == []


PAGE = (
    "<html><body><article><p>" + "Some words of the text, told at length for all who read. " * 5 + "</p></article></body></html>"
)


def parts(database, web, **settings):
    return flow.Parts(
        web, in_order, StoredFeeds(database), StoredArticles(database), StoredLinks(database), StoredWords(database),
        glossary(*CONCEPTS), PARAMETERS, Settings(**settings), tending=StoredTending(database),
    )  # fmt: skip


def tended(database, pages, now=WEEK, **settings):
    web = Web(pages)
    return [look.verdict for look in flow.tend(parts(database, web, **settings), now)], web.asked


def test_a_pass_looks_at_what_is_due_once_and_then_at_nothing(boxed):
    pages: dict[str, Page | str] = {A: page(A, PAGE), B: page(B, "", 410)}
    assert sorted(tended(boxed, pages)[0]) == ["gone", "there"]
    assert tended(boxed, pages) == ([], [])
    assert (gone_at(boxed, A), gone_at(boxed, B)) == (None, "2026-09-08T12:00:00Z")


def test_a_404_is_gone_at_the_second_look(boxed):
    pages: dict[str, Page | str] = {A: page(A, "", 404), B: "timeout"}
    assert tended(boxed, pages)[0] == ["failed", "failed"]
    assert unplaced(boxed) == []
    assert tended(boxed, pages, WEEK + timedelta(minutes=5)) == (["gone"], [A])
    assert unplaced(boxed) != []


def test_no_more_than_so_many_are_looked_at_in_a_pass_and_none_where_that_is_off(boxed):
    assert tended(boxed, {}, look_again_days=0) == ([], [])
    assert tended(boxed, {}, look_again_at_once=1)[1] == [A]
    assert tended(boxed, {}, look_again_at_once=1)[1] == [B]


def test_a_pass_that_is_told_to_stop_looks_at_nothing(boxed):
    assert list(flow.tend(parts(boxed, Web({})), WEEK, lambda: True)) == []


def test_a_page_that_breaks_our_code_costs_one_look(boxed):
    class Broken(bytes):
        def decode(self, *given):
            raise RuntimeError("no library is perfect")

    verdicts, _ = tended(boxed, {A: page(A, Broken(b"<p>bytes</p>")), B: page(B, PAGE)})
    assert sorted(verdicts) == ["failed", "there"]
