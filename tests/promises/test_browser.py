"""`conceptwire site` and `conceptwire export` as a reader meets them, in a real browser: boxes, ages, reasons, search."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from pipeline.stages.showing.ages import age
from tests.conftest import NOW, Site, datetime_of
from tests.downstream.browsing import NEEDS_BROWSER, built, chromium, visiting, web

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = NEEDS_BROWSER
CONCEPT = "foundation-model"
BOX = (
    "SELECT title, url, source_name, published_at, published_precision, passage FROM concept_news "
    f"WHERE concept_slug = '{CONCEPT}' ORDER BY position"
)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def frozen(unbroken: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that shows ages as of one moment. Read it only."""
    return built(unbroken, tmp_path_factory.mktemp("frozen") / "site", frozen=True)


@pytest.fixture(scope="module")
def living(unbroken: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that counts ages by the reader's clock. Read it only."""
    return built(unbroken, tmp_path_factory.mktemp("living") / "site", frozen=False)


def news(page: "Page") -> "Locator":
    return page.get_by_role("region", name="In the news").locator("ol.wire > li")


def shown(page: "Page") -> list[tuple[str | None, ...]]:
    """Title, address, source and age of each link in the box."""
    found = news(page).all()
    return [(one.locator("a.title").inner_text(), one.locator("a.title").get_attribute("href"), *under(one)) for one in found]


def under(one: "Locator") -> tuple[str, str]:
    return one.locator(".source").inner_text(), one.locator("time").inner_text()


def expected(site: Site) -> list[tuple[str, ...]]:
    rows = [
        (title, url, source, age(datetime.fromisoformat(at), datetime_of(NOW), precision))
        for title, url, source, at, precision, _ in site.rows(BOX)
    ]
    assert len({row[2] for row in rows}) == len(rows) == 5
    return rows


def dates(site: Site) -> list[str]:
    return [f"{at:%b} {at.day}, {at.year}" for at in (datetime.fromisoformat(row[3]) for row in site.rows(BOX))]


def test_the_page_shows_the_five_newest_links_of_five_sources_in_order(browser: "Browser", frozen: Path, unbroken: Site):
    with visiting(browser, f"{frozen.as_uri()}/") as page:
        page.goto(f"{frozen.as_uri()}/{CONCEPT}/index.html")
        assert page.get_by_role("heading", level=1).inner_text() == "Foundation Model"
        assert shown(page) == expected(unbroken)
        moments = [row[3] for row in unbroken.rows(BOX)]
        assert moments == sorted(moments, reverse=True)
        near = page.get_by_role("region", name="Related concepts").get_by_role("link").all_inner_texts()
        assert [(name,) for name in near] == unbroken.rows(
            f"SELECT related_name FROM related_concepts WHERE concept_slug = '{CONCEPT}' ORDER BY position"
        )


def test_ages_follow_the_reader_s_clock(browser: "Browser", living: Path, unbroken: Site):
    with web(living) as home, visiting(browser, home) as page:
        page.clock.set_fixed_time(datetime_of(NOW))
        page.goto(f"{home}{CONCEPT}/")
        assert shown(page) == expected(unbroken)
        assert [one.locator("time").get_attribute("title") for one in news(page).all()] == dates(unbroken)
        page.clock.set_fixed_time(datetime_of("2026-09-30T20:00Z"))
        page.goto(f"{home}index.html")
        page.go_back()
        assert news(page).first.locator("time").inner_text() == "4w ago"


@pytest.mark.parametrize("key", ["Enter", "Space", ""], ids=["Enter", "Space", "click"])
def test_why_a_link_is_there_opens_and_tells_terms_and_passage(browser: "Browser", frozen: Path, unbroken: Site, key: str):
    with visiting(browser, f"{frozen.as_uri()}/") as page:
        page.goto(f"{frozen.as_uri()}/{CONCEPT}/index.html")
        first = news(page).first
        quoted = first.get_by_text(unbroken.rows(BOX)[0][5], exact=True)
        assert not quoted.is_visible()
        if key:
            first.locator("a.title").focus()
            page.keyboard.press("Tab")
            page.keyboard.press(key)
        else:
            first.get_by_text("Why this link").click()
        quoted.wait_for(timeout=2000)
        assert "foundation model" in first.locator("details").inner_text()
        assert "95%" in first.locator("details").inner_text()


@pytest.mark.parametrize("start", ["index.html", "rlhf/index.html"])
def test_search_finds_a_concept_by_another_name_and_needs_the_keyboard_only(browser: "Browser", frozen: Path, start: str):
    home = f"{frozen.as_uri()}/"
    with visiting(browser, home) as page:
        page.goto(home + start)
        page.keyboard.press("/")
        page.keyboard.type("Básé  MODEL")
        page.get_by_role("option").first.wait_for()
        assert page.get_by_role("option").first.inner_text().startswith("Foundation Model")
        page.keyboard.press("ArrowDown")
        pointed = page.get_by_role("combobox").get_attribute("aria-activedescendant")
        assert page.locator(f"#{pointed}").get_attribute("aria-selected") == "true"
        page.keyboard.press("Enter")
        page.wait_for_url(f"{home}{CONCEPT}/index.html")


def test_search_says_how_many_it_found_and_lets_go(browser: "Browser", frozen: Path):
    with visiting(browser, f"{frozen.as_uri()}/") as page:
        page.goto(f"{frozen.as_uri()}/index.html")
        box, status = page.get_by_role("combobox"), page.locator("[aria-live]").first
        box.fill("transformer")
        page.get_by_role("option").first.wait_for()
        assert f"{page.get_by_role('option').count()} concept" in status.inner_text()
        assert page.get_by_role("option").first.inner_text().startswith("Transformer")
        page.keyboard.press("Escape")
        assert page.get_by_role("option").count() == 0
        box.fill("zzyzx")
        page.get_by_text("No concept found").first.wait_for(state="attached")


def test_without_scripts_there_are_dates_a_list_and_reasons(browser: "Browser", living: Path, unbroken: Site):
    home = f"{living.as_uri()}/"
    with visiting(browser, home, java_script_enabled=False) as page:
        page.goto(f"{home}index.html")
        listed = page.get_by_role("region", name="All concepts")
        for (name,) in unbroken.rows("SELECT name FROM concepts WHERE slug LIKE 'f%'"):
            assert listed.get_by_role("link", name=name, exact=True).count() == 1
        listed.get_by_role("link", name="Foundation Model", exact=True).click()
        assert [row[3] for row in shown(page)] == dates(unbroken)
        news(page).first.get_by_text("Why this link").click()
        assert news(page).first.get_by_text(unbroken.rows(BOX)[0][5], exact=True).is_visible()


def test_a_fragment_put_into_somebody_s_page_counts_ages_there(browser: "Browser", unbroken: Site, tmp_path: Path):
    unbroken.call("export", str(tmp_path / "news"))
    both = "".join((tmp_path / "news" / slug / "news.html").read_text() for slug in (CONCEPT, "token"))
    (tmp_path / "page.html").write_text(f"<!doctype html><meta charset='utf-8'><title>Mine</title><h1>Mine</h1>{both}")
    with visiting(browser, f"{tmp_path.as_uri()}/") as page:
        page.clock.set_fixed_time(datetime_of(NOW))
        page.goto(f"{tmp_path.as_uri()}/page.html")
        box = page.locator(f"section[data-concept='{CONCEPT}'] .conceptwire-item")
        found: list[tuple[Any, ...]] = [
            (
                link.inner_text(),
                link.get_attribute("href"),
                one.locator(".conceptwire-source").inner_text(),
                one.locator("time").inner_text(),
            )
            for one in box.all()
            for link in [one.locator("a.conceptwire-title")]
        ]
        assert found == expected(unbroken)
        other = page.locator("section[data-concept='token'] time").all_inner_texts()
        assert other
        assert all(text.endswith(" ago") for text in other)


def test_no_link_within_the_site_leads_nowhere(frozen: Path):
    dead = []
    for path in sorted(frozen.rglob("*.html")):
        tree = html.parse(str(path), html.HTMLParser(encoding="utf-8"))
        anchors = set(tree.xpath("//@id"))
        for address in tree.xpath("//@href | //@src"):
            file, _, anchor = address.partition("#")
            if ":" in file or path.name == "404.html":  # served from anywhere
                continue
            if not ((path.parent / file).is_file() if file else anchor in anchors):
                dead.append((path.relative_to(frozen), address))
    assert dead == []
