"""Texts from strangers stay texts in the pages."""

import json
import re
from functools import cache

import pytest
from hypothesis import given
from lxml import html

from pipeline.stages.showing.feeds import clean
from pipeline.stages.showing.site import Wanted, site
from tests.unit.stages.showing.boxes import ADDRESSES, HOSTILE, box, boxes, concept, link, published, related

TAGS = set(
    "html head meta title link script body a header svg path circle rect span form label input kbd div p button main article h1 h2 h3 section ol ul li"
    " details summary strong blockquote time nav footer bdi dl dt dd em s code pre hr br h4 h5 h6 table thead tbody tr th td".split()
)


def rendered(page):
    made = {one.path: one.content.decode() for one in site(published(page), Wanted("T", "en"))}
    return made["index.html"], made[f"{page.concept.slug}/index.html"]


@cache
def attributes():
    """The names that attributes have in pages of tame texts."""
    pages = rendered(box(link(pinned=True), near=(related(),), about=concept(body="[a](https://a.example/)", analogy="x")))
    found = {name for page in pages for one in html.document_fromstring(page).iter() for name in one.attrib}
    assert not [name for name in found if name.startswith("on") or name == "style"]
    return found


def is_safe(page):
    found = html.document_fromstring(page)
    assert {one.tag for one in found.iter() if isinstance(one.tag, str)} <= TAGS
    assert [one for one in found.iter() if not isinstance(one.tag, str)] == []  # no comments, no instructions
    assert {name for one in found.iter() for name in one.attrib} <= attributes() | {"class", "title"}
    assert {href for one in found.iter("a") if not re.match(r"https?://|mailto:|[\w./#-]*$", href := one.get("href"))} == set()
    for script in found.iter("script"):
        assert script.get("src") or json.loads(script.text)
    return found


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text):
    news = link(title=text, source_name=text, passage=text, source_homepage=text)
    about = concept(name=text, definition=text, aliases=(text,), body=text, analogy=text)
    index, page = (is_safe(one) for one in rendered(box(news, about=about, near=(related(related_name=text),))))
    said = " ".join(clean(text).split())
    assert page.find(".//h1").text_content().split() == said.split()
    assert index.find(".//dd").text_content().split() == said.split()
    assert (page.find(".//*[@class='title']").text or "").split() == (said or news.url).split()


@pytest.mark.parametrize("address", ADDRESSES)
def test_hostile_addresses_are_no_links(address):
    for page in rendered(box(link(url=address))):
        is_safe(page)
        assert "javascript:" not in page.lower().replace("&#", "") or 'href="javascript' not in page.lower()


@given(boxes())
def test_whatever_is_shown_no_element_or_attribute_comes_of_it(page):
    for one in rendered(page):
        is_safe(one)
