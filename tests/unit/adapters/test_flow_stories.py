"""Two newsrooms' words for one event are one Story, also where the second one comes in a later pass."""

from dataclasses import replace

import pytest

from config import loading, relevance
from models.settings import Settings
from pipeline import flow
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.feeds import StoredFeeds
from pipeline.adapters.store.links import StoredLinks
from pipeline.adapters.store.words import StoredWords
from pipeline.adapters.workers import in_order
from pipeline.stages import features
from tests.fakes import Web
from tests.unit.adapters.making import NOW, article, begun, entry, feeds, glossary, queue, rows

FIRST = (
    "wire", "https://wire.example/a", "Tessarine raises $740M for attention chips",
    "Tessarine, a start-up in Veldhaven, raised $740M from Grimaldi Partners to build attention chips for hospitals.",
)  # fmt: skip
REWRITE = (
    "nature", "https://nature.example/b", "Grimaldi Partners bets on a Veldhaven company",
    "Grimaldi Partners put $740M into Tessarine of Veldhaven, whose chips speed up attention in hospitals.",
)  # fmt: skip
OTHER = (
    "nature", "https://nature.example/c", "Attention heads of a bee",
    "Biologists at Orlow University watched bees pay attention to colours and forget scents within minutes.",
)  # fmt: skip


@pytest.fixture
def desk(database):
    begun(database)
    feeds(database)
    StoredLinks(database).configure(glossary("attention", "token"), NOW)
    learned = replace(relevance.parameters(loading.SHIPPED), cut=0.01)
    return flow.Parts(
        Web({}), in_order, StoredFeeds(database), StoredArticles(database), StoredLinks(database), StoredWords(database),
        glossary("attention", "token"), learned, Settings(epoch_growth=100.0), lambda: relevance.background("en"),
    )  # fmt: skip


def reads(desk, *told):
    """One pass that brought these articles."""
    database = desk.articles.database
    for slug, url, title, text in told:
        (waiting,) = queue(database, slug, entry(url))
        desk.articles.keep(waiting, article(url, text, title=title), features.count(title, text, "page"), NOW)
    list(flow.settle(desk, NOW))
    shown = "SELECT url, also_covered_by FROM concept_links WHERE concept_slug = 'attention' ORDER BY url"
    return dict(rows(database, shown))


def test_a_rewrite_and_what_it_rewrites_share_one_place(desk):
    shown = reads(desk, FIRST, REWRITE, OTHER)
    assert set(shown) == {REWRITE[1], OTHER[1]}  # the heavier source stands for both
    assert FIRST[1] in shown[REWRITE[1]]
    assert shown[OTHER[1]] == "[]"


def test_a_rewrite_that_comes_later_joins_the_story_by_what_was_stored_of_it(desk):
    assert set(reads(desk, FIRST, OTHER)) == {FIRST[1], OTHER[1]}
    shown = reads(desk, REWRITE)
    assert set(shown) == {REWRITE[1], OTHER[1]}
    assert FIRST[1] in shown[REWRITE[1]]


def test_where_ordinary_text_of_the_language_is_not_known_only_headlines_join(desk):
    without = replace(desk, background=lambda: relevance.background("xx"))
    assert set(reads(without, FIRST, REWRITE)) == {FIRST[1], REWRITE[1]}
    assert set(rows(desk.articles.database, "SELECT gist FROM link")) == {("",)}
