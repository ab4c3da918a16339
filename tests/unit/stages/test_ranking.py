"""ranking: which pairs are links, and which of them the box shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.link import Scored
from pipeline.stages.ranking import cut, place
from tests.unit.stages.making import NOW, link

scores = st.builds(
    lambda number, relevance: Scored("token", number, f"https://paper.example/{number}", relevance, relevance),
    st.integers(0, 30),
    st.sampled_from([0.1, 0.4, 0.5, 0.50001, 0.9]),
)
links = st.builds(
    lambda number, source, relevance, age: link(number, source_slug=source, relevance=relevance, published=NOW.replace(hour=age)),
    st.integers(0, 30),
    st.sampled_from("abc"),
    st.sampled_from([0.5, 0.7, 0.9]),
    st.integers(0, 4),
)
several = st.lists(links, unique_by=lambda one: one.url, max_size=12)


def places(stories, box_size=5, per_source=1):
    return {one.link.url: one for one in place(stories, box_size=box_size, per_source=per_source)}


def box(stories, box_size=5, per_source=1):
    shown = [one for one in places(stories, box_size, per_source).values() if one.position]
    return [one.link for one in sorted(shown, key=lambda one: one.position)]


def test_a_pair_at_the_cut_is_a_link_and_one_below_is_not():
    at, below = (Scored("token", n, f"https://paper.example/{n}", 0.5, relevance) for n, relevance in ((1, 0.5), (2, 0.49)))
    assert cut([below, at], 0.5) == [at]


def test_the_box_has_the_newest_first_whatever_their_relevance():
    old, new = link(9, relevance=0.99), link(1, relevance=0.6)
    assert box([[old], [new]]) == [new, old]


def test_equally_new_links_are_ordered_by_relevance_then_address():
    first, second, third = (link(n, published=NOW, relevance=r) for n, r in ((3, 0.9), (1, 0.7), (2, 0.7)))
    assert box([[third], [first], [second]]) == [first, second, third]


def test_the_best_is_ranked_first_and_equals_by_address():
    one, other, best = link(2), link(1), link(3, relevance=0.9)
    ranked = places([[one], [other], [best]])
    assert [ranked[each.url].rank for each in (best, other, one)] == [1, 2, 3]


@pytest.mark.parametrize(("per_source", "shown"), [(1, [1, 4]), (2, [1, 2, 4]), (3, [1, 2, 3])])
def test_a_source_has_no_more_places_than_the_cap_and_the_next_source_takes_them(per_source, shown):
    stories = [[link(n, source_slug="paper" if n < 4 else "other")] for n in (4, 3, 2, 1)]
    size = 2 if per_source == 1 else 3
    assert [one.article_id for one in box(stories, size, per_source)] == shown


def test_only_the_first_of_a_story_has_places_and_names_the_others():
    head, other = link(1), link(2)
    placed = places([[head, other]])
    assert (placed[head.url].rank, placed[head.url].position) == (1, 1)
    assert placed[head.url].also_covered_by == (("Paper 2", other.url),)
    assert (placed[other.url].rank, placed[other.url].position, placed[other.url].also_covered_by) == (None, None, ())


@given(st.lists(scores, unique_by=lambda pair: pair.url), st.floats(0, 1), st.randoms())
def test_the_cut_does_not_depend_on_the_order_of_arrival(scored, at, random):
    shuffled = random.sample(scored, len(scored))
    assert cut(iter(shuffled), at) == cut(scored, at)


@given(st.lists(scores, unique_by=lambda pair: pair.url), st.floats(0, 1))
def test_the_cut_keeps_all_at_or_above_it_best_first(scored, at):
    kept = cut(scored, at)
    assert {pair.url for pair in kept} == {pair.url for pair in scored if pair.relevance >= at}
    assert [pair.relevance for pair in kept] == sorted((pair.relevance for pair in kept), reverse=True)


@given(several, st.integers(1, 5), st.integers(1, 3), st.randoms())
def test_places_do_not_depend_on_the_order_of_arrival(found, box_size, per_source, random):
    stories = [[one] for one in found]
    shuffled = random.sample(stories, len(stories))
    assert places(shuffled, box_size, per_source) == places(stories, box_size, per_source)


@given(several, st.integers(1, 5), st.integers(1, 3))
def test_a_box_is_full_where_it_can_be_newest_first_and_capped_by_source(found, box_size, per_source):
    shown = box([[one] for one in found], box_size, per_source)
    by_source = {slug: sum(one.source_slug == slug for one in found) for slug in "abc"}
    assert len(shown) == min(box_size, sum(min(per_source, count) for count in by_source.values()))
    assert [one.published for one in shown] == sorted((one.published for one in shown), reverse=True)
    assert all(sum(one.source_slug == slug for one in shown) <= per_source for slug in "abc")
