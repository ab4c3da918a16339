"""Whatever strangers write into feeds, pages and names is text when it is shown, in every form; nothing of it runs."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from lxml import etree
from lxml import html as markup

from models.contract import CONTRACT
from tests.conftest import NOW, Site
from tests.downstream import hostile
from tests.downstream.browsing import NEEDS_BROWSER, chromium, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ATOM = "{http://www.w3.org/2005/Atom}"
# Controls, what turns writing round, lone surrogates, and what is no character: XML can hold few of them, readers none.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
LIVE = {"CONCEPTWIRE_HOST_INTERVAL_SECONDS": "0", "CONCEPTWIRE_WORKERS": "1"}


@dataclass(frozen=True)
class Shown:
    """A site that follows hostile outlets, and what is made of it."""

    site: Site
    pages: Path
    files: Path
    counts: dict[str, Any]

    def box(self, slug: str) -> list[tuple[Any, ...]]:
        query = "SELECT title, url, source_name, passage FROM concept_news WHERE concept_slug = '{}' ORDER BY position"
        return [tuple(" ".join(re.sub(UNSEEN, " ", text).split()) for text in row) for row in self.site.rows(query.format(slug))]

    def slugs(self) -> list[str]:
        """Concepts that have news."""
        return [slug for (slug,) in self.site.rows("SELECT DISTINCT concept_slug FROM concept_news ORDER BY 1")]


@pytest.fixture(scope="module")
def shown(unbroken: Site, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "news").mkdir()
    with hostile.world(unbroken, folder / "news") as site:
        counts = json.loads(site.call("run", "--json", "--now", NOW, environment=LIVE).stdout)
    wanted = ["--title", f"{hostile.SCRIPT}{hostile.IMAGE}", "--base-url", "https://glossary.example/"]
    site.call("site", str(folder / "site"), *wanted, "--now", NOW)
    site.call("export", str(folder / "files"), *wanted)
    return Shown(site, folder / "site", folder / "files", counts)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with chromium() as started:
        yield started


def strings(value: Any) -> Iterator[str]:
    """All texts in a value of SQLite or JSON."""
    if isinstance(value, str):
        yield value
        if value[:1] in "[{" and value[-1:] in "]}":
            yield from strings(_parsed(value))
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from (key, *strings(one))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from strings(one)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def addresses(value: Any) -> Iterator[str]:
    """What stands under "url" and the like."""
    if isinstance(value, dict):
        for key, one in value.items():
            if isinstance(one, str) and key in {"url", "home_page_url", "feed_url", "@id"}:
                yield one
            yield from addresses(one)
    elif isinstance(value, list):
        for one in value:
            yield from addresses(one)


def of_the_web(address: str) -> bool:
    return urlsplit(address).scheme in {"http", "https"} and bool(urlsplit(address).netloc)


def test_the_articles_are_linked_and_their_bad_addresses_are_not(shown: Shown):
    outcomes = shown.counts["outcomes"]
    assert outcomes.pop("New") == len(hostile.TITLES)
    assert all(name.startswith("Skipped") for name in outcomes), outcomes
    assert shown.site.rows("SELECT count(DISTINCT url) FROM concept_links")[0][0] >= len(hostile.TITLES) - 2
    wrong = [url for (url,) in shown.site.rows("SELECT canonical_url FROM article") if not url.startswith("http://127.0.0.1:")]
    assert wrong == []


@pytest.mark.parametrize("view", CONTRACT, ids=lambda view: view.name)
def test_no_stored_text_hides_or_turns_round_and_every_address_is_of_the_web(shown: Shown, view):
    names = [column.name for column in view.columns]
    rows = [dict(zip(names, row, strict=True)) for row in shown.site.rows(f"SELECT {', '.join(names)} FROM {view.name}")]
    assert [text for text in strings(rows) if UNSEEN.search(text)] == []
    told = [row[name] for row in rows for name in ("url", "source_homepage") if name in row]
    told += [one["url"] for row in rows for one in json.loads(row.get("also_covered_by") or "[]")]
    assert [address for address in told if not of_the_web(address)] == []


def test_the_pages_hold_no_element_no_handler_and_no_address_of_theirs(shown: Shown):
    for path in sorted(shown.pages.rglob("*.html")):
        tree = markup.parse(str(path), markup.HTMLParser(encoding="utf-8", huge_tree=True))
        assert tree.xpath("//img | //iframe | //object | //embed | //base | //form[@action]") == []
        assert tree.xpath("//@*[starts-with(name(), 'on')]") == []
        inline = tree.xpath("//script[not(@src)]")
        assert {one.get("type") for one in inline} <= {"application/ld+json"}
        for address in tree.xpath("//@href | //@src"):
            assert urlsplit(address).scheme in {"", "http", "https", "mailto"}, (path, address)
        assert "alert(1)" not in " ".join(tree.xpath("//script[not(@type)]/text() | //style/text()"))


def test_the_pages_show_every_title_source_and_passage_as_text(shown: Shown):
    for slug in shown.slugs():
        tree = markup.parse(str(shown.pages / slug / "index.html"), markup.HTMLParser(encoding="utf-8"))
        items = tree.xpath("//ol[@class='wire']/li")
        found = [
            (
                li.xpath("string(.//a[@class='title'])"),
                li.xpath("string(.//a[@class='title']/@href)"),
                li.xpath("string(.//*[@class='source'])"),
                li.xpath("string(.//blockquote)").strip(),
            )
            for li in items
        ]
        assert found == shown.box(slug)


def test_the_fragments_show_every_title_as_text_and_hold_our_script_alone(shown: Shown):
    ours = (shown.files / "ages.js").read_text().strip()
    for slug in shown.slugs():
        tree = markup.fromstring((shown.files / slug / "news.html").read_text())
        assert [one.text.strip() for one in tree.xpath("//script")] == [ours]
        assert tree.xpath("//img | //@*[starts-with(name(), 'on')]") == []
        links = [(one.text_content(), one.get("href")) for one in tree.xpath("//a[@class='conceptwire-title']")]
        assert links == [row[:2] for row in shown.box(slug)]
        assert all(of_the_web(address) for address in tree.xpath("//@href"))


def test_feeds_give_every_title_as_text(shown: Shown):
    for slug in shown.slugs():
        box = shown.box(slug)
        told = json.loads((shown.files / slug / "news.json").read_text())
        assert [(one["title"], one["url"], one["authors"][0]["name"]) for one in told["items"]] == [row[:3] for row in box]
        assert all(of_the_web(address) for address in addresses(told))
        tree = ElementTree.parse(shown.files / slug / "news.atom")
        titles = [(one.findtext(f"{ATOM}title"), one.find(f"{ATOM}link").get("href")) for one in tree.iter(f"{ATOM}entry")]
        assert titles == [row[:2] for row in box]
        assert etree.parse(str(shown.files / slug / "news.atom")).docinfo.doctype == ""
        for path in ("news.json", "news.atom"):
            assert (shown.files / slug / path).read_bytes() == (shown.pages / slug / path).read_bytes()


def test_what_machines_read_gives_every_title_as_text(shown: Shown):
    for slug in shown.slugs():
        tree = markup.parse(str(shown.pages / slug / "index.html"), markup.HTMLParser(encoding="utf-8"))
        (inline,) = tree.xpath("//script[@type='application/ld+json']/text()")
        for told in (json.loads(inline), json.loads((shown.files / slug / "concept.jsonld").read_text())):
            found = [(one["headline"], one["url"], one["publisher"]["name"]) for one in told["subjectOf"]]
            assert found == [row[:3] for row in shown.box(slug)]
            assert all(of_the_web(address) for address in addresses(told))
        assert "<" not in inline
    for path in (shown.files / "index.json", shown.files / "glossary.jsonld"):
        assert "hostile" in path.read_text()
        assert all(of_the_web(address) for address in addresses(json.loads(path.read_text())))


@NEEDS_BROWSER
def test_nothing_of_it_runs_in_a_browser(shown: Shown, browser: "Browser"):
    home = f"{shown.pages.as_uri()}/"
    with visiting(browser, home, viewport={"width": 320, "height": 640}) as page:
        for path in ("index.html", "hostile/index.html", *(f"{slug}/index.html" for slug in shown.slugs()[::2])):
            page.goto(home + path)
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        page.get_by_role("combobox").fill("<script>")
        page.get_by_role("option").first.wait_for()
        assert page.get_by_role("option").first.inner_text().startswith(f"{hostile.IMAGE} model")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{home}hostile/index.html")
        assert page.get_by_role("heading", level=1).inner_text() == f"{hostile.IMAGE} model"


@NEEDS_BROWSER
def test_nothing_of_it_runs_in_somebody_s_page(shown: Shown, browser: "Browser", tmp_path: Path):
    boxes = "".join((shown.files / slug / "news.html").read_text() for slug in shown.slugs())
    (tmp_path / "page.html").write_text(f"<!doctype html><meta charset='utf-8'><title>Mine</title>{boxes}")
    with visiting(browser, f"{tmp_path.as_uri()}/") as page:
        page.goto(f"{tmp_path.as_uri()}/page.html")
        assert page.locator(".conceptwire-item").count() == sum(len(shown.box(slug)) for slug in shown.slugs())
        assert page.locator("img").count() == 0


@pytest.mark.parametrize("homepage", ["javascript:alert(1)", "//evil.example/"])
def test_a_source_whose_homepage_is_no_web_address_is_refused(site: Site, homepage: str):
    sources = site.folder / "sources.toml"
    sources.write_text(sources.read_text().replace("https://openbench.example/", homepage, 1))
    done = site.call("sources", "list", check=False)
    assert done.returncode == 2
    assert "sources.toml" in done.stderr
