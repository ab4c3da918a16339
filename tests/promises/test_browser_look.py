"""The site's pages for every reader: axe finds nothing, light and dark, phone and desktop; nothing is cut off. With pictures."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.conftest import Site
from tests.downstream.browsing import NEEDS_BROWSER, artefacts, built, chromium, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = NEEDS_BROWSER
SCREENS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
PAGES = {"index": "index.html", "concept": "foundation-model/index.html"}
QUIET = "adversarial-example/index.html"  # without news


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def pages(unbroken: Site, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The site's address. Read it only."""
    return built(unbroken, tmp_path_factory.mktemp("look") / "site", frozen=True).as_uri() + "/"


def violations(page: "Page") -> list[tuple[str, str, list[str]]]:
    """What axe-core finds: rule, why, where."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    options = {"preload": False, "resultTypes": ["violations"]}  # no second look at the style sheet, no list of what is right
    found = axe.Axe().run(page, options=options).response["violations"]
    return [(one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:5]]) for one in found]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing(browser: "Browser", pages: str, name: str, theme: str, screen: str):
    with visiting(browser, pages, viewport=SCREENS[screen], color_scheme=theme, reduced_motion="reduce") as page:
        page.goto(pages + PAGES[name])
        page.screenshot(path=artefacts() / f"{name}-{screen}-{theme}.png", full_page=name == "concept")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        if name == "index":
            page.get_by_role("combobox").fill("model")
            page.get_by_role("option").first.wait_for()
            page.keyboard.press("ArrowDown")
        assert violations(page) == []
        page.screenshot(path=artefacts() / f"{name}-{screen}-{theme}-open.png")


@pytest.mark.parametrize("path", [*PAGES.values(), QUIET])
def test_nothing_scrolls_sideways_on_the_smallest_screen(browser: "Browser", pages: str, path: str):
    with visiting(browser, pages, viewport={"width": 320, "height": 640}) as page:
        page.goto(pages + path)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_chosen_theme_lasts_from_page_to_page(browser: "Browser", pages: str):
    with visiting(browser, pages, color_scheme="light") as page:
        page.goto(pages + PAGES["index"])
        ground = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(ground)
        page.get_by_role("button", name="Dark theme").click()
        dark = page.evaluate(ground)
        assert dark != light
        page.goto(pages + PAGES["concept"])
        assert page.evaluate(ground) == dark


def test_a_concept_without_news_says_so(browser: "Browser", pages: str, unbroken: Site):
    assert unbroken.rows("SELECT count(*) FROM concept_news WHERE concept_slug = 'adversarial-example'") == [(0,)]
    with visiting(browser, pages) as page:
        page.goto(pages + QUIET)
        box = page.get_by_role("region", name="In the news")
        assert box.get_by_role("listitem").count() == 0
        assert len(box.inner_text().split()) > 5
