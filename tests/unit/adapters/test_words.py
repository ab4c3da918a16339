"""The index on words, in its tables."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.adapters.store import words as room
from pipeline.adapters.store.words import StoredWords
from tests.unit.adapters.making import FEATURES, feeds, kept, rows

LEVELS = st.dictionaries(st.integers(0, 3 * 65_536), st.dictionaries(st.sampled_from("abcd"), st.integers(1, 255)), max_size=12)


@pytest.fixture
def index(database):
    made = StoredWords(database)
    made.begin("made so")
    return made


def held(index, terms="abcd"):
    """What the index says: {article: {term: level}}."""
    found: dict[int, dict[str, int]] = {}
    for term, ids, levels in index.postings(set(terms)):
        assert (np.diff(ids) > 0).all()
        for number, level in zip(ids.tolist(), levels.tolist(), strict=True):
            found.setdefault(number, {})[term] = level
    return found


def test_an_index_that_was_never_begun_is_empty(database):
    index = StoredWords(database)
    assert index.made_with() == ""
    assert list(index.postings({"a"})) == []
    assert index.holders({"a"}) == {}
    assert index.highest() == 0


@given(st.lists(LEVELS, max_size=4))
@settings(max_examples=40)
def test_what_was_taken_in_comes_back_whatever_the_portions(portions):
    merged: dict[tuple[str, int], bytes] = {}
    told: dict[int, dict[str, int]] = {}
    for some in portions:
        for number, terms in some.items():
            for term, level in terms.items():
                key = (term, number // 65_536)
                merged[key] = room._merged(merged.get(key, b""), [(number % 65_536, level)])
                told.setdefault(number, {})[term] = level
    found: dict[int, dict[str, int]] = {}
    for (term, block), stored in merged.items():
        places, levels = room._unpacked(stored)
        for place, level in zip(places.tolist(), levels.tolist(), strict=True):
            found.setdefault(block * 65_536 + place, {})[term] = level
    assert found == told


def test_articles_come_back_with_their_levels_over_several_blocks(index):
    index.add({1: {"a": 5, "b": 7}, 70_000: {"a": 9}, 140_000: {"c": 255}})
    index.add({2: {"a": 1}})
    assert held(index) == {1: {"a": 5, "b": 7}, 2: {"a": 1}, 70_000: {"a": 9}, 140_000: {"c": 255}}
    assert index.holders({"a", "b", "nothing"}) == {"a": 3, "b": 1}


def test_an_article_that_lost_a_word_is_known_to_be_stale_until_the_index_is_begun_anew(database, index):
    feeds(database)
    kept(database, "wire", "https://wire.example/x")
    ((number, _),) = index.unindexed()
    index.add({number: {"a": 5, "b": 6}, 9: {"a": 6}})
    assert index.stale() == set()
    index.add({number: {"a": 8}})
    assert held(index) == {number: {"a": 5, "b": 6}, 9: {"a": 6}}
    assert index.stale() == {number}
    assert index.lacking() == 0
    index.begin("made so again")
    index.add({number: {"a": 8}})
    assert held(index) == {number: {"a": 8}}
    assert index.stale() == set()


def test_every_article_is_lacking_until_it_is_taken_in(database, index):
    feeds(database)
    for name in "xyz":
        kept(database, "wire", f"https://wire.example/{name}")
    waiting = dict(index.unindexed())
    assert list(waiting.values()) == [FEATURES] * 3
    assert index.lacking() == 3
    assert index.highest() == max(waiting)
    index.add({min(waiting): {"a": 1}})
    assert index.lacking() == 2
    assert min(waiting) not in dict(index.unindexed())


def test_an_edited_article_is_lacking_again(database, index):
    feeds(database)
    kept(database, "wire", "https://wire.example/x")
    ((number, _),) = index.unindexed()
    index.add({number: {"a": 1}})
    from tests.unit.adapters.making import entry

    kept(database, "wire", "https://wire.example/x", "Other words.", listed=entry("https://wire.example/x", digest="2"))
    assert index.lacking() == 1


def test_an_index_made_otherwise_is_forgotten(database, index):
    feeds(database)
    kept(database, "wire", "https://wire.example/x")
    ((number, _),) = index.unindexed()
    index.add({number: {"a": 1}})
    index.begin("made otherwise")
    assert index.made_with() == "made otherwise"
    assert index.lacking() == 1
    assert held(index) == {}
    assert rows(database, "SELECT count(*) FROM posting") == [(1,)]
