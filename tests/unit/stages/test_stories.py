"""stories.group: one event, one Story, one representative."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.stories import group
from tests.unit.stages.making import NOW, link

HEADLINE = "Robots learn to fold laundry in a lab"


def numbers(stories):
    return sorted(sorted(one.article_id for one in story) for story in stories)


@pytest.mark.parametrize(
    ("title", "together"),
    [
        (HEADLINE, True),
        ("ROBOTS learn to fold laundry, in a lab!", True),
        ("Robots learn to fold laundry in a new lab", True),
        ("Robots learn to iron shirts at home", False),
        ("A lab for laundry", False),
    ],
)
def test_near_equal_headlines_are_one_story(title, together):
    stories = group([link(1, title=HEADLINE), link(2, title=title)])
    assert numbers(stories) == ([[1, 2]] if together else [[1], [2]])


def test_near_equal_headlines_far_apart_in_time_are_two_stories():
    for days, expected in ((3, [[1, 2]]), (3.01, [[1], [2]])):
        pair = [link(1, title=HEADLINE, published=NOW), link(2, title=HEADLINE, published=NOW - timedelta(days=days))]
        assert numbers(group(pair)) == expected


def test_copies_are_one_story_under_any_headline_at_any_time():
    copies = [link(1, content_hash="same"), link(2, content_hash="same", published=NOW - timedelta(days=90))]
    assert numbers(group(copies)) == [[1, 2]]


def test_headlines_without_words_are_not_alike():
    assert numbers(group([link(1, title="…"), link(2, title="!")])) == [[1], [2]]


def test_what_is_like_one_of_a_story_joins_it():
    chain = [link(1, content_hash="a", title="x"), link(2, content_hash="a", title=HEADLINE), link(3, title=HEADLINE)]
    assert numbers(group(chain)) == [[1, 2, 3]]


@pytest.mark.parametrize(
    ("heavier", "lighter"),
    [
        ({"source_weight": 2.0, "relevance": 0.6}, {"source_weight": 1.0, "relevance": 0.9}),
        ({"relevance": 0.9}, {"relevance": 0.8}),
        ({"url": "https://a.example/"}, {"url": "https://b.example/"}),
    ],
)
def test_the_heaviest_source_stands_for_a_story_then_the_more_relevant_then_the_first_address(heavier, lighter):
    pair = [link(1, title=HEADLINE, **lighter), link(2, title=HEADLINE, **heavier)]
    ((head, _),) = group(pair)
    assert head.article_id == 2


drawn = st.lists(
    st.builds(
        lambda number, title, content, days, weight: link(
            number, title=title, content_hash=content, published=NOW - timedelta(days=days), source_weight=weight
        ),
        st.integers(0, 20),
        st.sampled_from([HEADLINE, HEADLINE + " again", "Another thing altogether", "Robots learn to fold paper in a lab"]),
        st.sampled_from(["a", "b", "c", "d"]),
        st.integers(0, 9),
        st.sampled_from([1.0, 2.0]),
    ),
    unique_by=lambda one: one.url,
    max_size=9,
)


@given(drawn, st.randoms())
def test_stories_do_not_depend_on_the_order_of_arrival(found, random):
    assert group(random.sample(found, len(found))) == group(found)


@given(drawn)
def test_every_link_is_in_exactly_one_story(found):
    assert sorted(one.url for story in group(found) for one in story) == sorted(one.url for one in found)


@given(drawn)
def test_two_stories_never_hold_copies_of_one_text(found):
    hashes = [{one.content_hash for one in story} for story in group(found)]
    assert sum(len(each) for each in hashes) == len(set().union(*hashes)) if hashes else not found
