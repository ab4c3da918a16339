"""What helps readers of a site on: the way to the news, marks in the list, the clock, pages without a style sheet."""

from datetime import UTC, datetime

import pytest
from lxml import html

from models.contract import Matched
from pipeline.stages.showing.site import Wanted, site
from tests.unit.stages.showing.boxes import box, concept, link, moment, published

NOW = datetime(2026, 8, 31, 20, tzinfo=UTC)
QUIET = box(about=concept("fine-tuning", name="Fine-tuning", aliases=("fine-tunings",)))
PAGE = "foundation-model/index.html"


def made(*pages, now=NOW, title="Plain Words", renamed=()):
    shown = published(*pages, run=moment(31, 20), renamed=renamed)
    documents = {one.path: one.content for one in site(shown, Wanted(title, "en", "", now))}
    return {path: html.document_fromstring(content.decode()) for path, content in documents.items() if path.endswith(".html")}


def words(element):
    return " ".join(element.text_content().split())


def test_what_editors_chose_says_so_and_gives_no_likelihood():
    why = made(box(link(pinned=True, relevance=1.0, similarity=0.0, passage="")))[PAGE].find(".//details")
    assert words(why.find("div")) == "Chosen by the editors."
    why = made(box(link(pinned=True, relevance=1.0)))[PAGE].find(".//details")
    assert "Chosen by the editors. Words that match" in words(why)
    assert "relevance" not in words(why)


def test_nothing_is_certain_and_bars_are_as_long_as_the_shares_they_stand_for():
    terms = (Matched("base model", 0.1, "title"), Matched("(other terms)", 0.3, "body"))
    why = made(box(link(relevance=1.0, terms=terms)))[PAGE].find(".//details")
    assert "relevance 99%" in words(why)
    assert "Each with its share of the match." in words(why)
    assert [(words(one), one.find(".//rect").get("width")) for one in why.iter("li")] == [
        ("base model, in the headline: 25% of the match", "25%")
    ]


def test_a_way_leads_down_to_the_news_where_there_is_some():
    pages = made(box(link(1), link(2)), QUIET)
    (way,) = pages[PAGE].findall(".//p[@class='jump']/a")
    assert (words(way), way.get("href")) == ("2 in the news ↓", "#news")
    assert words(pages[PAGE].get_element_by_id("news")).startswith("In the news")
    assert pages["fine-tuning/index.html"].find(".//p[@class='jump']") is None


def test_other_names_are_told_once():
    pages = made(box(), QUIET)
    assert words(pages[PAGE].find(".//p[@class='meta aliases']")) == "Also called base model"
    assert pages["fine-tuning/index.html"].find(".//p[@class='meta aliases']") is None


def test_the_list_marks_concepts_that_are_in_the_news():
    index = made(box(link(1), link(2), link(3)), QUIET)["index.html"]
    assert [words(one) for one in index.iter("dt")] == ["Fine-tuning", "Foundation Model 3 in the news"]
    assert index.find(".//p[@class='meta legend']") is not None
    assert made(QUIET)["index.html"].find(".//p[@class='meta legend']") is None


@pytest.mark.parametrize("now", [NOW, None])
def test_a_clock_that_stands_still_is_told(now):
    pages = made(box(link()), now=now)
    told = [path for path, page in pages.items() if "Ages as of Aug 31, 2026, 20:00 UTC" in words(page)]
    assert told == (["index.html", PAGE] if now else [])


@pytest.mark.parametrize("title", ["", "  ", "\x00"])
def test_a_site_without_a_title_is_a_glossary(title):
    pages = made(box(link()), title=title)
    assert words(pages["index.html"].find(".//h1")) == "Glossary"
    assert words(pages[PAGE].find(".//title")) == "Foundation Model · Glossary"


def test_without_its_style_sheet_a_page_has_no_huge_drawings_and_nothing_that_cannot_work():
    for page in made(box(link(pinned=True)), QUIET).values():
        assert [one for one in page.iter("svg") if not 0 < int(one.get("width", 0)) <= 100 or not one.get("height")] == []
        assert [one for one in page.iter("form", "button") if one.get("hidden") is None] == []


def test_a_text_may_name_a_concept_by_an_address_that_it_had():
    pages = made(box(about=concept(body="See [tuning](tuning.md), [others](none.md).")), QUIET, renamed={"tuning": "fine-tuning"})
    (text,) = pages[PAGE].findall(".//div[@class='text']")
    assert words(text) == "See tuning, others."
    assert [one.get("href") for one in text.iter("a")] == ["../fine-tuning/index.html"]
