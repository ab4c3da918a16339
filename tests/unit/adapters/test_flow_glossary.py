"""A glossary that changes over a store that stays: only what changed is touched, whenever the program is stopped."""

from dataclasses import replace
from datetime import timedelta

import pytest

from config import loading, relevance
from models.concept import Glossary
from models.decision import Decision
from models.settings import Settings
from pipeline import flow
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.decisions import StoredDecisions
from pipeline.adapters.store.feeds import StoredFeeds
from pipeline.adapters.store.links import StoredLinks
from pipeline.adapters.store.words import StoredWords
from pipeline.adapters.workers import in_order
from pipeline.stages import features
from tests.fakes import Web
from tests.unit.adapters.making import NOW, article, begun, concept, entry, feeds, queue, rows

SUBJECTS = ("attention", "token", "embedding", "quantization", "overfitting", "watermarking")
CONCEPTS = {
    name: concept(name, definition=f"How {name} works in a model, and what {name} is good for there.") for name in SUBJECTS
}
NEW = concept("retrieval", name="Retrieval", definition="Looking documents up before the model writes its answer.")
LINKS = (
    "SELECT concept_slug, url, relevance, rank, position, passage, terms, pinned FROM concept_links ORDER BY concept_slug, rank"
)
CHANGES = "SELECT concept_slug, url, change, reason FROM link_changes WHERE sequence > {} ORDER BY sequence"


def words(*concepts, digest="g1"):
    return Glossary(tuple(sorted(concepts, key=lambda one: one.slug)), digest)


PLACES = (
    ("Farmers in Lisbon try {}", "orchards irrigation peaches drought cooperative"),
    ("Hospital ward saves hours with {}", "nurses rota discharge pharmacy corridor"),
    ("Why a shipyard paid for {}", "welders keel crane tonnage launching"),
    ("Chess club learns of {} too late", "rook gambit tournament grandmaster endgame"),
)


def told(subject, number):
    """A headline and a text of one event each."""
    headline, own = PLACES[number]
    said = f"{subject.title()} matters to the model. The {subject} of a model can be measured, and {subject} saves energy."
    return headline.format(subject), f"{said} " + f"There were {own}, {own[::-1]} and {subject} besides. " * 6


class Shelf:
    """A store of articles, and a glossary that can change."""

    def __init__(self, database):
        self.database = database
        begun(database)
        feeds(database)
        for n, subject in enumerate((*SUBJECTS, "retrieval")):
            for number in range(3):
                self.add(
                    f"https://{'wire' if (n + number) % 2 else 'nature'}.example/{subject}-{number}",
                    *told(subject, number),
                    n + number,
                )

    def add(self, url, title, text, hours=0):
        slug = "wire" if "wire" in url else "nature"
        queued = next(one for one in queue(self.database, slug, entry(url)) if one.entry.url == url)
        made = article(url, text, title=title, published=NOW - timedelta(hours=hours + 1))
        StoredArticles(self.database).keep(queued, made, features.count(title, text, "page"), NOW)

    def edit(self, url, title, text):
        slug = "wire" if "wire" in url else "nature"
        edited = entry(url, digest=title)
        queued = next(one for one in queue(self.database, slug, edited) if one.entry.url == url)
        made = article(url, text, title=title, published=NOW - timedelta(hours=1))
        StoredArticles(self.database).keep(queued, made, features.count(title, text, "page"), NOW)

    def parts(self, glossary, **settings):
        links = StoredLinks(self.database)
        links.configure(glossary, NOW)
        learned = replace(relevance.parameters(loading.SHIPPED), cut=0.3)
        return flow.Parts(
            Web({}), in_order, StoredFeeds(self.database), StoredArticles(self.database), links, StoredWords(self.database),
            glossary, learned, Settings(**{"epoch_growth": 100.0, "per_source": 5, **settings}), lambda: relevance.background("en"),
        )  # fmt: skip

    def settle(self, glossary, **settings):
        return [one.concept_slug for one in flow.settle(self.parts(glossary, **settings), NOW)]

    def rows(self, query=LINKS):
        return rows(self.database, query)

    def last(self):
        return self.rows("SELECT coalesce(max(sequence), 0) FROM link_changes")[0][0]

    def of(self, slug):
        return [row for row in self.rows() if row[0] == slug]

    def decide(self, slug, url, kind):
        StoredDecisions(self.database).decide(Decision(slug, url.removeprefix("https://"), kind, NOW))


@pytest.fixture
def shelf(database):
    made = Shelf(database)
    made.settle(words(*CONCEPTS.values()))
    return made


EDITED = replace(CONCEPTS["token"], definition="A piece of text. Watermarking hides in tokens.", aliases=("watermarking token",))


def test_every_subject_has_its_links_to_begin_with(shelf):
    assert {row[0] for row in shelf.rows()} == set(SUBJECTS)


def test_of_an_edited_concept_only_its_own_links_are_touched(shelf):
    before, sequence = shelf.rows(), shelf.last()
    assert shelf.settle(words(*{**CONCEPTS, "token": EDITED}.values(), digest="g2")) == ["token"]
    assert [row for row in shelf.rows() if row[0] != "token"] == [row for row in before if row[0] != "token"]
    assert shelf.of("token") != [row for row in before if row[0] == "token"]
    assert {(row[0], row[3]) for row in shelf.rows(CHANGES.format(sequence))} <= {("token", "glossary")}


def test_a_new_concept_has_its_history_at_once(shelf):
    before, sequence = shelf.rows(), shelf.last()
    assert shelf.settle(words(*CONCEPTS.values(), NEW, digest="g2")) == ["retrieval"]
    assert len(shelf.of("retrieval")) == 3
    assert [row for row in shelf.rows() if row[0] != "retrieval"] == before
    assert {row[2:] for row in shelf.rows(CHANGES.format(sequence))} == {("added", "glossary")}
    assert shelf.rows("SELECT count(*) FROM related_concepts WHERE concept_slug = 'retrieval'") != [(0,)]


def test_a_removed_concept_leaves_no_links_and_no_others_change(shelf):
    before, sequence = shelf.rows(), shelf.last()
    less = {slug: one for slug, one in CONCEPTS.items() if slug != "token"}
    assert shelf.settle(words(*less.values(), digest="g2")) == []
    assert shelf.rows() == [row for row in before if row[0] != "token"]
    assert {row[2:] for row in shelf.rows(CHANGES.format(sequence))} == {("removed", "glossary")}


def test_what_is_amended_is_what_a_new_epoch_says_of_who_is_linked(shelf, tmp_path):
    changed = words(*{**CONCEPTS, "token": EDITED}.values(), NEW, digest="g2")
    shelf.settle(changed)
    amended = [row[:2] for row in shelf.rows()]
    list(flow.settle(shelf.parts(changed), NOW, anew=True))
    assert sorted(amended) == sorted(row[:2] for row in shelf.rows())


def test_a_settling_stopped_after_the_epoch_was_amended_goes_on(shelf):
    changed = words(*CONCEPTS.values(), NEW, digest="g2")
    from pipeline.flow import amending

    parts = shelf.parts(changed)
    amending.amend(parts, parts.links.current())  # and the power goes
    assert shelf.of("retrieval") == []
    assert shelf.settle(changed) == ["retrieval"]
    assert len(shelf.of("retrieval")) == 3
    assert shelf.settle(changed) == []


def test_articles_that_come_after_an_edit_are_scored_with_the_amended_epoch(shelf):
    changed = words(*CONCEPTS.values(), NEW, digest="g2")
    shelf.settle(changed)
    shelf.add("https://wire.example/late", *told("retrieval", 3))
    assert "retrieval" in shelf.settle(changed)
    assert "https://wire.example/late" in [row[1] for row in shelf.of("retrieval")]


def test_many_changed_concepts_are_a_new_epoch(shelf):
    edited = [replace(one, definition=f"{one.definition} Once more.") for one in CONCEPTS.values()]
    assert "" in shelf.settle(words(*edited, digest="g2"))


def test_related_concepts_alone_touch_no_link(shelf):
    before, sequence = shelf.rows(), shelf.last()
    told_so = replace(CONCEPTS["token"], related=("watermarking",))
    assert shelf.settle(words(*{**CONCEPTS, "token": told_so}.values(), digest="g2")) == []
    assert shelf.rows() == before
    assert shelf.last() == sequence
    assert shelf.rows("SELECT related_slug FROM related_concepts WHERE concept_slug = 'token' AND position = 1") == [
        ("watermarking",)
    ]


def test_a_renamed_concept_keeps_its_links_decisions_and_place_in_the_epoch(shelf):
    before, sequence = shelf.of("token"), shelf.last()
    shelf.decide("token", before[0][1], "keep")
    renamed = replace(CONCEPTS["token"], slug="tokens", was=("token",))
    others = [one for one in CONCEPTS.values() if one.slug != "token"]
    shelf.settle(words(*others, renamed, digest="g2"))
    assert [row[1:] for row in shelf.of("tokens")] == [row[1:] for row in before]
    assert shelf.rows("SELECT concept_slug, kind FROM decision") == [("tokens", "keep")]
    changes = shelf.rows(CHANGES.format(sequence))
    assert {(row[0], row[2], row[3]) for row in changes} == {("token", "removed", "glossary"), ("tokens", "added", "glossary")}
    assert shelf.rows("SELECT count(*) FROM related_concepts WHERE concept_slug = 'token' OR related_slug = 'token'") == [(0,)]


def test_other_settings_of_the_box_are_followed_without_scoring(shelf):
    assert shelf.settle(words(*CONCEPTS.values()), box_size=1) == sorted(SUBJECTS)
    assert shelf.rows("SELECT max(position) FROM concept_links") == [(1,)]


def test_an_article_that_was_edited_after_it_was_indexed_keeps_its_link_when_its_concept_is_edited(shelf):
    zoo = " ".join(f"{subject} matters to the model and to {subject} alone." for subject in SUBJECTS) * 40
    shelf.add("https://wire.example/long", "A long article of everything", zoo)
    changed = {**CONCEPTS, "token": EDITED}
    shelf.settle(words(*changed.values(), digest="g2"))  # the index is made here
    headline, text = told("token", 3)
    shelf.edit("https://wire.example/long", headline, text[:80])
    shelf.settle(words(*changed.values(), digest="g2"))
    assert "https://wire.example/long" in [row[1] for row in shelf.of("token")]
    once_more = replace(EDITED, definition=f"{EDITED.definition} Once more.")
    shelf.settle(words(*{**changed, "token": once_more}.values(), digest="g3"))
    assert "https://wire.example/long" in [row[1] for row in shelf.of("token")]


def test_an_article_of_the_highest_id_that_left_is_no_stumbling_block(shelf):
    shelf.settle(words(*{**CONCEPTS, "token": EDITED}.values(), digest="g2"))
    (number,) = shelf.rows("SELECT max(id) FROM article")[0]
    StoredArticles(shelf.database).drop(number, NOW)
    assert "retrieval" in shelf.settle(words(*{**CONCEPTS, "token": EDITED}.values(), NEW, digest="g3"))


def test_a_concept_taken_out_and_put_back_before_anything_was_settled_has_its_links_again(shelf):
    before = shelf.of("token")
    less = {slug: one for slug, one in CONCEPTS.items() if slug != "token"}
    shelf.parts(words(*less.values(), digest="g2"))  # and the power goes
    assert shelf.of("token") == []
    shelf.settle(words(*CONCEPTS.values()))
    assert [row[1] for row in shelf.of("token")] == [row[1] for row in before]


def test_as_many_new_articles_as_were_pruned_are_a_reason_for_a_new_epoch(shelf):
    for number in range(15):
        StoredArticles(shelf.database).drop(number + 1, NOW)
    for number in range(4):
        shelf.add(f"https://wire.example/new-{number}", *told("token", number))
    assert "" in shelf.settle(words(*CONCEPTS.values()), epoch_growth=0.1)


def test_the_reasons_of_changes_are_told_apart_though_they_come_together(shelf):
    sequence, (hidden, pinned) = shelf.last(), [row[1] for row in shelf.of("token")][:2]
    shelf.decide("token", hidden, "hide")
    shelf.decide("token", pinned, "pin")
    shelf.add("https://wire.example/late", *told("token", 3))
    shelf.settle(words(*CONCEPTS.values()))
    changes = {(url, change): reason for _, url, change, reason in shelf.rows(CHANGES.format(sequence))}
    assert changes[hidden, "removed"] == "editor"
    assert changes["https://wire.example/late", "added"] == "new article"


def test_a_settling_that_is_repeated_says_nothing_of_links_that_stay(shelf):
    sequence = shelf.last()
    with shelf.database.writing() as connection:
        connection.exec_driver_sql("UPDATE article SET settled = 0")
    shelf.settle(words(*CONCEPTS.values()))
    assert shelf.last() == sequence


def test_pins_below_the_cut_are_links_on_top_of_the_box_until_they_are_taken_back(shelf):
    (other,) = [row[1] for row in shelf.of("watermarking")][:1]
    assert other not in [row[1] for row in shelf.of("token")]
    shelf.decide("token", other, "pin")
    shelf.settle(words(*CONCEPTS.values()))
    assert [(row[1], row[7]) for row in shelf.of("token") if row[4] == 1] == [(other, 1)]
    list(flow.settle(shelf.parts(words(*CONCEPTS.values())), NOW, anew=True))
    assert [row[1] for row in shelf.of("token") if row[4] == 1] == [other]
    StoredDecisions(shelf.database).withdraw("token", other.removeprefix("https://"), "pin")
    shelf.settle(words(*CONCEPTS.values()))
    assert other not in [row[1] for row in shelf.of("token")]
