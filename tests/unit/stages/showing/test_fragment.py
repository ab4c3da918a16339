"""fragment: HTML that can stand in anyone's page: text stays text, addresses that are none are no links."""

from dataclasses import replace

import pytest
from hypothesis import given
from lxml import html

from pipeline.stages.showing.feeds import clean, headline, outlet
from pipeline.stages.showing.fragment import ages, fragment
from tests.unit.stages.showing.boxes import ADDRESSES, HOSTILE, KNOWN, box, boxes, concept, link, related

TAGS = {
    "div",
    "section",
    "h2",
    "ol",
    "ul",
    "li",
    "article",
    "p",
    "a",
    "span",
    "time",
    "details",
    "summary",
    "blockquote",
    "script",
}
ATTRIBUTES = {
    "class",
    "id",
    "href",
    "rel",
    "dir",
    "datetime",
    "aria-labelledby",
    "aria-hidden",
    "data-precision",
    "data-concept",
    "hidden",
}


def read(page, base_url=KNOWN.base_url):
    """The fragment as a browser would see it, with nothing in it but what we make."""
    made = html.fragment_fromstring(fragment(page, base_url).decode(), create_parent="div")
    for element in made.iter():
        assert element.tag in TAGS
        assert ATTRIBUTES.issuperset(element.attrib)
        assert element.get("href", "https://").startswith(("https://", "http://"))
    (script,) = made.iter("script")
    assert script.text == "\n" + ages().decode()
    return made


def texts(made, name):
    return [element.text_content() for element in made.find_class(f"conceptwire-{name}")]


def test_a_fragment_shows_the_box_in_order_with_dates_that_scripts_can_age():
    made = read(box(link(1), link(2, published_precision="day", pinned=True)))
    assert texts(made, "title") == ["Heron-1B is out: an open foundation model", "Heron-2B is out: an open foundation model"]
    assert [one.get("href") for one in made.find_class("conceptwire-title")] == [
        "https://bench.example/heron-1b",
        "https://bench.example/heron-2b",
    ]
    assert texts(made, "source") == ["Open Bench"] * 2
    times = [(one.get("datetime"), one.get("data-precision"), one.text) for one in made.iter("time")]
    assert times == [("2026-08-29T09:00:00Z", "minute", "Aug 29, 2026"), ("2026-08-29", "day", "Aug 29, 2026")]
    assert [one.text_content().strip() for one in made.find_class("conceptwire-other")] == ["Harrow Courier"] * 2
    assert texts(made, "pin") == ["Pinned by an editor"]
    assert len(made.find_class("conceptwire-pinned")) == 1


def test_each_link_says_why_it_is_there():
    made = read(box(link(1)))
    assert texts(made, "term") == ["foundation model", "base model"]
    assert texts(made, "passage") == ["The base model was trained on river data."]
    assert read(box(link(1, terms=(), passage=""))).find_class("conceptwire-why") == []


def test_what_editors_chose_says_so_and_its_words_only_where_words_had_a_say():
    made = read(box(link(1, pinned=True), link(2)))
    assert texts(made, "chosen") == ["Chosen by the editors."]
    assert texts(made, "term") == ["foundation model", "base model"] * 2
    bare = read(box(link(1, pinned=True, similarity=0.0, relevance=1.0, passage="")))
    assert (texts(bare, "chosen"), texts(bare, "term"), texts(bare, "passage")) == (["Chosen by the editors."], [], [])
    assert "%" not in bare.find_class("conceptwire-why")[0].text_content()


def test_related_concepts_are_links_where_their_addresses_are_known():
    page = box(near=(related(), related("rlhf", related_name="RLHF")))
    made = read(page)
    assert [one.get("href") for one in made.find_class("conceptwire-name")] == [
        "https://words.example/glossary/fine-tuning/",
        "https://words.example/glossary/rlhf/",
    ]
    made = read(page, "")
    assert [one.tag for one in made.find_class("conceptwire-name")] == ["span"] * 2
    assert [one.get("data-concept") for one in made.find_class("conceptwire-concept")] == ["fine-tuning", "rlhf"]


def test_a_concept_without_news_says_so():
    made = read(box())
    assert texts(made, "none") == ["No news about this concept at the moment."]
    assert made.find_class("conceptwire-related") == []


def test_several_fragments_fit_one_page():
    pages = [box(link(1), near=(related(),)), box(link(1), about=concept("fine-tuning"), near=(related(),))]
    made = html.fragment_fromstring("".join(fragment(page, "").decode() for page in pages), create_parent="div")
    ids = [element.get("id") for element in made.iter() if element.get("id")]
    assert len(ids) == len(set(ids)) == 6
    labels = [section.get("aria-labelledby") for section in made.iter("section")]
    assert len(set(labels)) == 4
    assert {name for label in labels for name in label.split()} == set(ids)


def test_the_script_can_stand_in_a_page():
    assert b"</" not in ages()
    assert b"<!--" not in ages()


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_that_is_no_web_address_is_shown_without_a_link(url):
    page = box(link(1, url=url, also_covered_by=(replace(link(1).also_covered_by[0], url=url),)))
    made = read(page)
    assert list(made.iter("a")) == []
    assert texts(made, "title") == ["Heron-1B is out: an open foundation model"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_texts_come_back_as_texts(text):
    shown = link(1, title=text, source_name=text, passage=text)
    made = read(box(shown, about=concept(name=text), near=(related(related_name=text, related_definition=text),)))
    assert texts(made, "title") == [headline(shown)]
    assert texts(made, "source") == [outlet(shown)]
    assert texts(made, "passage") == ([clean(text)] if text else [])
    assert texts(made, "definition") == [clean(text)]
    assert all(
        one.get("dir") == "auto" for name in ("title", "source", "passage") for one in made.find_class(f"conceptwire-{name}")
    )


@given(boxes())
def test_whatever_a_box_holds_no_element_and_no_attribute_comes_from_it(page):
    made = read(page)
    assert texts(made, "title") == [headline(one) for one in page.news]
    assert len(made.find_class("conceptwire-item")) == len(page.news)
