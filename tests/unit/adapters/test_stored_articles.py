"""Articles in the store: what an entry's article turns out to be, and who stands for it."""

from dataclasses import replace

import pytest

from models.article import Features
from models.outcome import Changed, Duplicate, New, Unchanged
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.links import StoredLinks
from tests.unit.adapters.making import (
    FEATURES,
    HOUR,
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

A, B = "https://wire.example/a", "https://wire.example/b"


@pytest.fixture
def articles(database):
    feeds(database)
    return StoredArticles(database)


def stored(articles):
    return [one for one, _ in articles.snapshot()]


def test_an_article_we_did_not_have_is_new(database, articles):
    assert kept(database, "wire", A) == New(A)
    (one,) = stored(articles)
    assert (one.url, one.title, one.published, one.source_slug, one.source_name) == (A, "A title", NOW - HOUR, "wire", "The Wire")
    assert waiting(database) == []
    assert articles.count() == 1
    assert articles.texts([one.id]) == {one.id: "Some text."}


def test_its_features_come_back_as_they_were(database, articles):
    (queued,) = queue(database, "wire", entry(A))
    counted = Features("", "größ naïv", "feed")
    articles.keep(queued, article(A, text_from="feed"), counted, NOW)
    assert [features for _, features in articles.snapshot()] == [counted]


def test_an_edited_article_is_changed_and_first_seen_stays(database, articles):
    kept(database, "wire", A)
    articles.settled([1])
    edited = entry(A, digest="2")
    assert kept(database, "wire", A, "Other text.", listed=edited, first_seen=NOW + HOUR) == Changed(A)
    assert articles.texts([1]) == {1: "Other text."}
    assert rows(database, "SELECT count(*), min(first_seen), min(settled) FROM article") == [(1, "2026-09-01T12:00:00Z", 0)]


def test_an_edited_entry_with_the_same_words_is_unchanged(database, articles):
    kept(database, "wire", A)
    articles.settled([1])
    assert kept(database, "wire", A, listed=entry(A, digest="2")) == Unchanged(A)
    assert list(articles.snapshot(unsettled=True)) == []


def test_an_edited_article_may_have_a_new_address(database, articles):
    kept(database, "wire", A)
    assert kept(database, "wire", A, "Other text.", canonical=B, listed=entry(A, digest="2")) == Changed(B)
    assert [one.url for one in stored(articles)] == [B]


def test_another_source_of_an_article_is_a_duplicate_and_is_named(database, articles):
    kept(database, "wire", A)
    outcome = kept(database, "nature", "https://nature.example/x", canonical=A)
    assert outcome == Duplicate("https://nature.example/x", A)
    assert rows(database, "SELECT source_slug, url FROM article_source") == [("nature", "https://nature.example/x"), ("wire", A)]
    assert articles.count() == 1


def test_the_heaviest_source_stands_for_an_article_which_is_settled_again(database, articles):
    kept(database, "wire", A)
    articles.settled([1])
    kept(database, "nature", "https://nature.example/x", canonical=A)
    ((one, _),) = articles.snapshot(unsettled=True)
    assert (one.source_slug, one.source_weight) == ("nature", 2.0)


def test_a_second_address_in_the_same_feed_changes_nothing(database, articles):
    kept(database, "wire", A)
    articles.settled([1])
    assert kept(database, "wire", B, canonical=A) == Duplicate(B, A)
    assert list(articles.snapshot(unsettled=True)) == []


@pytest.mark.parametrize(("had", "has", "text"), [("summary", "page", "new"), ("feed", "page", "new"), ("summary", "feed", "new"),
                                                   ("page", "summary", "old"), ("page", "page", "old")])  # fmt: skip
def test_a_duplicate_with_a_better_text_gives_it(database, articles, had, has, text):
    kept(database, "wire", A, "old", text_from=had)
    articles.settled([1])
    assert isinstance(kept(database, "nature", B, "new", canonical=A, text_from=has), Duplicate)
    assert articles.texts([1]) == {1: text}
    assert stored(articles)[0].text_from == (has if text == "new" else had)


def test_an_edited_entry_that_turns_out_to_be_another_article_is_a_duplicate(database, articles):
    kept(database, "wire", A)
    kept(database, "wire", B, "Other text.")
    assert kept(database, "wire", A, "Other text.", canonical=B, listed=entry(A, digest="2")) == Duplicate(A, B)


def test_an_entry_joins_an_article_with_its_page_unread(database, articles):
    kept(database, "wire", A)
    (queued,) = queue(database, "nature", entry(A))
    assert articles.join(queued) == Duplicate(A, A)
    assert waiting(database) == []
    assert stored(articles)[0].source_slug == "nature"
    with pytest.raises(ValueError, match="no other address"):
        articles.join(replace(queued, same_as=None))


NOTICE = "Please wait while we check your browser."


def test_the_same_short_text_under_other_titles_of_a_host_is_found(database, articles):
    kept(database, "wire", A, NOTICE)
    (twin,) = articles.same_text(article(B, NOTICE, title="Another title"))
    assert (twin.entry.url, twin.article_id, twin.pages, twin.attempts) == (A, 1, "notice", 0)


def test_a_text_that_was_a_notice_once_stays_one(database, articles):
    kept(database, "wire", A, NOTICE)
    (twin,) = articles.same_text(article(B, NOTICE, title="Another title"))
    articles.keep(twin, article(A, "The feed's own words.", text_from="feed"), FEATURES, NOW)
    assert articles.same_text(article("https://wire.example/c", NOTICE, title="A third title")) == []


@pytest.mark.parametrize(
    "other",
    [
        article(B, NOTICE),  # the same title: one article under two addresses
        article(A, NOTICE, title="Another title"),
        article("https://nature.example/b", NOTICE, title="Another title"),
        article(B, "Something else.", title="Another title"),
        article(B, NOTICE, title="Another title", text_from="feed"),
        article(B, NOTICE, title="Another title", word_count=250),
    ],
    ids=["title", "itself", "host", "text", "no page", "long"],
)
def test_what_only_looks_like_a_notice_is_none(database, articles, other):
    kept(database, "wire", A, NOTICE)
    assert articles.same_text(other) is None


def linked_and_dropped(database, articles):
    begun(database)
    kept(database, "wire", A)
    links = StoredLinks(database)
    links.configure(glossary("attention"), NOW)
    links.replace(concept("attention"), placed(link(database, "attention", A)), lambda url: "new article", NOW)
    articles.drop(1, NOW)


def test_a_dropped_article_is_gone_with_its_features_and_links(database, articles):
    linked_and_dropped(database, articles)
    assert articles.count() == 0
    assert rows(database, "SELECT * FROM features") == rows(database, "SELECT * FROM concept_links") == []
    assert rows(database, "SELECT article_id FROM entry") == [(None,)]


def test_sites_learn_of_the_links_of_a_dropped_article(database, articles):
    linked_and_dropped(database, articles)
    assert ("attention", A, "removed") in rows(database, "SELECT concept_slug, url, change FROM link_changes")


def test_a_snapshot_is_all_the_newest_or_the_unsettled(database, articles):
    for n in range(4):
        kept(database, "wire", f"https://wire.example/{n}", f"Text {n}.", published=NOW - n * HOUR)
    articles.settled([1, 3])
    assert [one.url[-1] for one, _ in articles.snapshot()] == ["0", "1", "2", "3"]
    assert [one.url[-1] for one, _ in articles.snapshot(newest=2)] == ["0", "1"]
    assert [one.url[-1] for one, _ in articles.snapshot(unsettled=True)] == ["1", "3"]
    assert articles.texts([]) == {}
    articles.settled([])


def test_articles_kept_while_a_snapshot_is_read_do_not_disturb_it(database, articles):
    for n in range(3):
        kept(database, "wire", f"https://wire.example/{n}", f"Text {n}.")
    seen = []
    for one, _ in articles.snapshot():
        articles.settled([one.id])
        seen.append(one.id)
    assert sorted(seen) == [1, 2, 3]


def test_an_article_is_found_by_its_identity(database, articles):
    kept(database, "wire", A)
    found = articles.by_identity("wire.example/a")
    assert found is not None
    assert (found[0].url, found[1], found[2]) == (A, FEATURES, "Some text.")
    assert articles.by_identity("wire.example/none") is None


def test_an_edited_entry_whose_page_fails_keeps_the_better_text(database, articles):
    kept(database, "wire", A, "The whole text of the page.")
    poorer = kept(database, "wire", A, "Two sentences.", listed=entry(A, digest="2"), text_from="summary")
    assert isinstance(poorer, Unchanged)
    assert rows(database, "SELECT text, text_from FROM article") == [("The whole text of the page.", "page")]
