"""stories, measured on copies, rewrites and teasers of 36 events, and on articles that are near and different."""

import json
from dataclasses import replace
from datetime import datetime
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.relevance import background
from models.background import NONE
from pipeline.stages.features import count
from pipeline.stages.stories import gist, group
from tests.unit.stages.making import link

DATA = Path(__file__).parents[2] / "data" / "stories" / "articles.jsonl"
ARTICLES = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]


def as_link(number, one):
    text = gist(count(one["title"], one["text"], "page"), background("en"), "en")
    return link(
        number, url=f"https://{one['outlet'].lower().replace(' ', '-')}.example/{one['id']}", title=one["title"],
        published=datetime.fromisoformat(one["published"]), source_slug=one["outlet"], content_hash=one["id"], gist=text,
    )  # fmt: skip


LINKS = [as_link(number, one) for number, one in enumerate(ARTICLES, 1)]
EVENT = {made.url: one["event"] for made, one in zip(LINKS, ARTICLES, strict=True)}


def pairs(stories):
    return {frozenset(pair) for story in stories for pair in combinations(sorted(one.url for one in story), 2)}


@pytest.fixture(scope="module")
def joined():
    return pairs(group(LINKS))


def test_articles_of_one_event_are_joined_and_others_are_not(joined):
    told = {frozenset(pair) for pair in combinations(EVENT, 2) if EVENT[pair[0]] == EVENT[pair[1]]}
    assert len(told) == 124
    assert len(joined & told) / len(joined) >= 0.97
    assert len(joined & told) / len(told) >= 0.93


def test_stories_do_not_depend_on_the_order_of_their_articles(joined):
    assert pairs(group(LINKS[::-1])) == joined
    assert pairs(group(sorted(LINKS, key=lambda one: one.title))) == joined


@settings(max_examples=15)
@given(st.randoms(use_true_random=False))
def test_stories_and_those_that_stand_for_them_are_the_same_in_any_order(random):
    assert group(random.sample(LINKS, len(LINKS))) == group(LINKS)


@pytest.mark.parametrize("number", range(0, len(LINKS), 20))
def test_a_copy_under_another_address_joins_the_story_of_its_article_and_moves_no_other(number, joined):
    copy = replace(LINKS[number], url="https://mirror.example/a", source_slug="mirror", article_id=900)
    stories = group([*LINKS, copy])
    (own,) = [story for story in stories if copy in story]
    assert LINKS[number] in own
    assert {pair for pair in pairs(stories) if copy.url not in pair} == joined


def test_an_exact_copy_under_another_address_joins_its_story_whatever_its_date_and_source():
    first = LINKS[0]
    copy = replace(first, url="https://mirror.example/a", source_slug="mirror", article_id=900, published=LINKS[-1].published)
    assert [{one.url for one in story} for story in group([first, copy])] == [{first.url, copy.url}]


def test_an_outlets_own_articles_are_joined_by_headline_or_copy_only():
    first, second = LINKS[:2]
    assert len(group([first, replace(second, source_slug=first.source_slug)])) == 2
    assert len(group([first, second])) == 1


def test_a_gist_is_short_of_norm_1_and_empty_where_ordinary_text_is_not_known():
    weights = json.loads(LINKS[0].gist)
    assert len(weights) <= 64
    assert sum(weight * weight for weight in weights.values()) == pytest.approx(1.0, abs=0.01)
    assert "the" not in weights
    assert gist(count("Eine Nachricht", "Ein Text.", "page"), NONE, "de") == ""
