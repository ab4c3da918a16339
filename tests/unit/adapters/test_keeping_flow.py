"""Pruning and polling: a feed that still lists a pruned article does not bring it back, nor does another one."""

import re
from collections import Counter
from email.utils import format_datetime

from models.outcome import Changed, New, Skipped, Unchanged
from pipeline.adapters.store.pruning import prune
from tests.unit.adapters.making import NOW, rows
from tests.unit.adapters.test_flow import DAY, Desk, item, story

A, B = (f"https://wire.example/2026/{name}" for name in "ab")
ELSEWHERE = "https://wire.example/amp-edition/a-story"
LATER = NOW + 100 * DAY


def articles(database):
    return [url for (url,) in rows(database, "SELECT canonical_url FROM article ORDER BY canonical_url")]


def test_a_pruned_article_does_not_come_back_from_any_feed_and_its_page_is_not_asked_for(database):
    desk = Desk(database)
    desk.holds({A: story("A"), B: story("B")}, wire=[item(A), item(B)])
    desk.collect()
    assert prune(database, LATER, 0, 30).articles == 2
    desk.web.asked.clear()
    desk.holds(
        {A: story("A"), B: story("B")}, wire=[item(A), item(B, "Another title"), "<!-- -->"], nature=[item(A + "?utm_source=x")]
    )
    polls, outcomes = desk.collect(LATER)
    assert Counter(map(str, outcomes)) == {"Unchanged": 1, "Skipped(pruned)": 2}
    assert sum(poll.entries for poll in polls.values()) == len(outcomes) == 3
    assert sorted(desk.web.asked) == ["https://nature.example/feed", "https://wire.example/feed"]
    assert articles(database) == []
    desk.holds({}, wire=[item(A), item(B, "Another title"), "<!-- again -->"], nature=[item(A + "?utm_source=x"), "<!-- -->"])
    assert {type(one) for one in desk.collect(LATER + 10 * DAY)[1]} == {Unchanged}


def test_a_page_that_turns_out_to_be_a_pruned_article_is_not_kept(database):
    desk = Desk(database)
    desk.holds({A: story("A")}, wire=[item(A)])
    desk.collect()
    prune(database, LATER, 0, 30)
    desk.holds({ELSEWHERE: story("A", A)}, nature=[item(ELSEWHERE)])
    assert Skipped(ELSEWHERE, "pruned") in desk.collect(LATER)[1]
    assert articles(database) == []
    assert rows(database, "SELECT count(*) FROM entry WHERE state = 'queued'") == [(0,)]


def test_an_article_whose_text_was_pruned_is_read_again_when_its_feed_edits_it(database):
    desk = Desk(database)
    desk.holds({A: story("A")}, wire=[item(A)])
    desk.collect()
    assert prune(database, LATER, 30, 0).texts == 1
    desk.holds({A: story("A, corrected")}, wire=[item(A, "Another title")])
    assert desk.collect(LATER)[1] == [Changed(A)]
    assert "corrected" in rows(database, "SELECT text FROM article")[0][0]


def test_an_address_that_is_used_again_after_its_article_was_pruned_is_a_new_article(database):
    desk = Desk(database)
    desk.holds({A: story("A")}, wire=[item(A)])
    desk.collect()
    prune(database, LATER, 0, 30)
    dated = format_datetime(LATER + DAY)
    anew = re.sub("<pubDate>.*</pubDate>", f"<pubDate>{dated}</pubDate>", item(A, "The next issue"))
    desk.holds({A: story("The next issue"), ELSEWHERE: story("A", A)}, wire=[anew], nature=[item(ELSEWHERE)])
    assert sorted(map(str, desk.collect(LATER + 2 * DAY)[1])) == ["Duplicate", "New"]
    assert rows(database, "SELECT title, published, first_seen FROM article") == [
        ("The next issue", f"{LATER + DAY:%FT%TZ}", f"{LATER + DAY:%FT%TZ}")
    ]
    assert rows(database, "SELECT * FROM tombstone") == []
    assert prune(database, LATER + 3 * DAY, 0, 30).articles == 0


def test_an_older_entry_of_an_address_that_is_pruned_does_not_let_it_in(database):
    desk = Desk(database)
    desk.holds({A: story("A")}, wire=[item(A)])
    desk.collect()
    prune(database, LATER, 0, 30)
    undated = re.sub("<pubDate>.*</pubDate>", "", item(ELSEWHERE, "Undated"))
    desk.holds({A: story("A"), ELSEWHERE: story("A", A)}, wire=[item(A, "Edited, its date as it was")], nature=[undated])
    assert [str(one) for one in desk.collect(LATER + 2 * DAY)[1]] == ["Skipped(pruned)"] * 2
    assert articles(database) == []


def test_new_articles_are_taken_beside_pruned_ones(database):
    desk = Desk(database)
    desk.holds({A: story("A")}, wire=[item(A)])
    desk.collect()
    prune(database, LATER, 30, 30)
    desk.holds({B: story("B")}, wire=[item(A), item(B)])
    assert desk.collect(LATER)[1] == [Unchanged(A), New(B)]
    assert articles(database) == [B]
