"""site: which files there are, what stands in them, and that they are the same whenever they are made."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urljoin

import pytest
from lxml import etree, html

from models.contract import Coverage
from pipeline.stages.showing.linked import linked
from pipeline.stages.showing.site import Wanted, site
from tests.unit.stages.showing.boxes import box, concept, link, moment, published, related

NOW = datetime(2026, 8, 31, 20, tzinfo=UTC)
ASSETS = {"style.css", "theme.js", "search.js", "site.js", "ages.js", "favicon.svg", "search-data.js"}
TUNING = box(about=concept("fine-tuning", name="Fine-tuning", aliases=(), why_it_matters="It is cheap."))
GLOSSARY = published(
    box(link(1, pinned=True), link(2, published_precision="day", url="https://other.example/b"), near=(related(),)),
    TUNING,
    renamed={"base-model": "foundation-model", "fine-tuning": "foundation-model", "gone": "nowhere"},
    run=moment(31, 20),
)


def made(glossary=GLOSSARY, base_url="", now=NOW, title="Plain Words", language="en"):
    return {one.path: one.content for one in site(glossary, Wanted(title, language, base_url, now))}


def read(files, path):
    return html.document_fromstring(files[path].decode())


def words(element):
    return " ".join(element.text_content().split())


def test_there_is_a_page_for_each_concept_and_each_name_it_had():
    pages = {"index.html", "404.html", "foundation-model/index.html", "fine-tuning/index.html", "base-model/index.html"}
    assert set(made()) == pages | ASSETS
    assert set(made(base_url="https://words.example/g/")) == pages | ASSETS | {"sitemap.xml"}


def test_the_same_values_make_the_same_bytes():
    assert list(made().items()) == list(made().items())


def test_every_link_inside_leads_to_a_file_that_is_there():
    files = made()
    feeds = {f"{slug}/{name}" for slug in ("foundation-model", "fine-tuning") for name in ("news.json", "news.atom")}
    for path in files:
        if path.endswith(".html"):
            page = read(files, path)
            for element, _, address, _ in page.iterlinks():
                if not address.startswith("https://") and element.tag != "meta":
                    target, _, anchor = urljoin(f"file:///{path}", address).removeprefix("file:///").partition("#")
                    assert target in set(files) | feeds
                    assert not anchor or read(files, target).get_element_by_id(anchor) is not None


def test_a_concepts_page_has_its_words_and_only_sections_that_say_something():
    page = read(made(), "fine-tuning/index.html")
    assert words(page.find(".//title")) == "Fine-tuning · Plain Words"
    assert words(page.find(".//h1")) == "Fine-tuning"
    assert [words(one) for one in page.iter("h2")] == ["Why it matters", "In the news"]
    assert "Added May 17, 2026 · 2 min read" in words(page)
    assert "Also called" not in words(page)
    assert "No news about this concept at the moment." in words(page)
    assert page.find(".//div[@class='text']/p/strong").text == "months"


def test_the_news_says_headline_source_age_and_why():
    page = read(made(), "foundation-model/index.html")
    first, second = page.findall(".//ol[@class='wire']/li")
    headline = first.find(".//a[@class='title']")
    assert (headline.text, headline.get("href"), headline.get("rel")) == (link().title, link().url, "noopener external")
    assert "Open Bench · 2d ago" in words(first)
    assert "Pinned by an editor" in words(first)
    assert "Pinned" not in words(second)
    assert "Also covered by Harrow Courier" in words(first)
    assert "Chosen by the editors." in words(first.find(".//details"))
    why = words(second.find(".//details"))
    assert "Chosen" not in why
    assert "almost certainly about the concept: relevance 95%" in why
    assert "foundation model, in the headline: 51% of the match" in why
    assert "(other terms)" not in why
    assert words(first.find(".//blockquote")) == link().passage
    assert [words(one) for one in page.findall(".//ul[@class='related']/li/a")] == ["Fine-tuning"]


def test_dates_stand_still_without_a_clock_and_are_ages_with_one():
    shown = {}
    for now in (None, NOW):
        page = read(made(now=now), "foundation-model/index.html")
        shown[now] = [
            (one.text, one.get("datetime"), one.get("data-precision"), one.get("title"))
            for one in page.findall(".//time[@class]")
        ]
        assert page.get("data-now") == (now and "2026-08-31T20:00Z")
    assert shown[None][0] == ("Aug 29, 2026", "2026-08-29T09:00:00Z", "minute", None)
    assert shown[NOW] == [
        ("2d ago", "2026-08-29T09:00:00Z", "minute", "Aug 29, 2026"),
        ("2d ago", "2026-08-29", "day", "Aug 29, 2026"),
    ]


def test_the_first_page_has_the_newest_news_and_all_concepts():
    page = read(made(), "index.html")
    assert words(page.find(".//h1")) == "Plain Words"
    assert "2 concepts, explained and kept in the news." in words(page)
    assert [words(one) for one in page.findall(".//p[@class='kicker']/a")] == ["Foundation Model"] * 2
    assert [words(one) for one in page.iter("dt")] == ["Fine-tuning", "Foundation Model 2 in the news"]
    assert [words(one) for one in page.iter("h3")] == ["F"]
    assert "News as of Aug 31, 2026, 20:00 UTC" in words(page.find(".//footer"))


def test_a_long_list_can_be_entered_by_letter():
    names = ["Alpha", "Beta", "3D", "模型", *(f"Gamma {number}" for number in range(9))]
    files = made(published(*(box(about=concept(f"c{number}", name=name)) for number, name in enumerate(names))))
    shown = read(files, "index.html").findall(".//nav[@class='alphabet']//a")
    assert [(one.text, one.get("aria-label")) for one in shown] == [
        ("A", None),
        ("B", None),
        ("G", None),
        ("#", "Digits"),
        ("…", "Other scripts"),
    ]


@pytest.mark.parametrize(
    ("count", "line"), [(0, "This glossary has no concepts yet."), (1, "1 concept, explained"), (2, "2 concepts, explained")]
)
def test_glossaries_of_any_size_have_a_first_page(count, line):
    files = made(published(*(box(about=concept(f"c{number}")) for number in range(count))))
    assert line in words(read(files, "index.html"))
    assert "No news has been fetched yet." in words(read(files, "index.html"))
    assert len(files) == 2 + count + len(ASSETS)


def test_two_thousand_concepts_are_a_site_too():
    pages = [
        box(*([link()] if number % 9 == 0 else []), about=concept(f"c{number}", name=f"C {number}")) for number in range(2000)
    ]
    files = made(published(*pages))
    assert len(files) == 2002 + len(ASSETS)
    assert len(read(files, "index.html").findall(".//p[@class='kicker']/a")) == 2  # of the many whose news it is


def test_addresses_are_absolute_only_where_the_place_is_known():
    known = made(base_url="https://words.example/g/")
    page = read(known, "foundation-model/index.html")
    own = "https://words.example/g/foundation-model/"
    assert page.find(".//link[@rel='canonical']").get("href") == own
    assert page.find(".//meta[@property='og:url']").get("content") == own
    assert read(known, "base-model/index.html").find(".//link[@rel='canonical']").get("href") == own
    assert read(made(), "foundation-model/index.html").find(".//link[@rel='canonical']") is None
    feeds = {one.get("type"): one.get("href") for one in page.findall(".//link[@rel='alternate']")}
    assert feeds == {"application/feed+json": "news.json", "application/atom+xml": "news.atom"}


def test_a_sitemap_names_each_page_and_when_it_changed():
    root = etree.fromstring(made(base_url="https://words.example/a&b/")["sitemap.xml"])
    shown = [tuple(child.text for child in one) for one in root]
    base = "https://words.example/a&b/"
    assert shown == [(base, "2026-08-30"), (f"{base}foundation-model/", "2026-08-30"), (f"{base}fine-tuning/", "2026-05-17")]


def test_a_missing_page_finds_home_from_any_depth():
    for base_url, root in (("", "/"), ("https://words.example/", "/"), ("https://words.example/g/", "/g/")):
        page = read(made(base_url=base_url), "404.html")
        assert page.get("data-root") == root
        assert page.find(".//link[@rel='stylesheet']").get("href") == f"{root}style.css"


def test_a_former_address_leads_on():
    page = read(made(), "base-model/index.html")
    assert page.find(".//meta[@http-equiv='refresh']").get("content") == "0; url=../foundation-model/index.html"
    assert page.find(".//meta[@name='robots']").get("content") == "noindex"
    assert [(words(one), one.get("href")) for one in page.iter("a")] == [("Foundation Model", "../foundation-model/index.html")]


def test_linked_data_stands_in_the_page():
    page = read(made(), "foundation-model/index.html")
    assert json.loads(page.find(".//script[@type='application/ld+json']").text) == linked(GLOSSARY.pages[0], "", "en")


def test_pages_run_no_script_of_their_own_and_load_nothing_from_elsewhere():
    for path, content in made(base_url="https://words.example/").items():
        if not path.endswith(".html"):
            assert path == "sitemap.xml" or not re.search(rb"(?:https?:)?//(?!www\.w3\.org/2000/svg)\w+\.\w", content)
            continue
        page = html.document_fromstring(content.decode())
        assert {one.get("type") for one in page.iter("script") if not one.get("src")} <= {"application/ld+json"}
        assert [name for one in page.iter() for name in one.attrib if name.startswith("on") or name == "style"] == []
        loaded = [
            one.get("src") or one.get("href")
            for one in page.iter("script", "img", "iframe", "link")
            if one.get("rel") != "canonical"
        ]
        assert [address for address in loaded if address and ":" in address] == []


def test_an_address_that_is_none_is_no_link():
    hostile = link(
        url="javascript:alert(1)", also_covered_by=(Coverage("Courier", "data:text/html,x"), Coverage("", "https://a.example/"))
    )
    files = made(published(box(hostile), run=moment(31)))
    for path in ("index.html", "foundation-model/index.html"):
        assert {one.get("href").split(":")[0] for one in read(files, path).iter("a") if ":" in one.get("href")} <= {"https"}
        assert hostile.title in words(read(files, path))
    assert "Also covered by Courier, https://a.example/" in words(read(files, "foundation-model/index.html"))


def test_headings_in_a_text_leave_no_hole_in_the_outline():
    page = read(made(published(box(about=concept(body="## Parts\n\nText.")))), "foundation-model/index.html")
    assert [(one.tag, words(one)) for one in page.iter("h1", "h2", "h3")][:3] == [
        ("h1", "Foundation Model"),
        ("h2", "Explanation"),
        ("h3", "Parts"),
    ]


def test_a_glossary_in_another_language_says_so():
    files = made(replace(GLOSSARY), language="pt-BR", title='A "title" <b>')
    assert read(files, "index.html").get("lang") == "pt-BR"
    assert words(read(files, "index.html").find(".//h1")) == 'A "title" <b>'
