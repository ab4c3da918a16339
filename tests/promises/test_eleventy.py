"""Other people's generators and programs read the database, and the published copy, as the README shows: Eleventy, PHP, Node."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from lxml import html

from tests.conftest import Site
from tests.downstream.programs import ELEVENTY, HERE, needs_node, published, said

NEEDS_NODE = pytest.mark.skipif(bool(needs_node()), reason=needs_node())
NEEDS_PHP = pytest.mark.skipif(shutil.which("php") is None, reason="PHP is not installed")
CONCEPT = "foundation-model"


@pytest.fixture(scope="module", params=["the database", "the published copy"])
def database(request: pytest.FixtureRequest, unbroken: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param == "the database":
        return unbroken.database
    return published(unbroken, tmp_path_factory.mktemp("published") / "news.db")


def day(moment: str) -> str:
    at = datetime.fromisoformat(moment)
    return f"{at:%b} {at.day}, {at.year}"


def both_boxes(site: Site) -> list[str]:
    """What every reader is to print."""
    links = site.rows(f"SELECT title, source_name, published_at, url FROM concept_news WHERE concept_slug = '{CONCEPT}'")
    near = site.rows(f"SELECT related_name FROM related_concepts WHERE concept_slug = '{CONCEPT}' ORDER BY position")
    assert len(links) == 5
    told = [line for title, source, at, url in links for line in (f"{title} ({source}, {day(at)})", f"  {url}")]
    return [*told, *(name for (name,) in near)]


@NEEDS_NODE
def test_an_eleventy_site_has_a_page_a_concept_with_both_boxes_in_order(database: Path, unbroken: Site, tmp_path: Path):
    program = ELEVENTY / "node_modules" / "@11ty" / "eleventy" / "cmd.cjs"
    said(
        "node", program, f"--input={ELEVENTY}", f"--config={ELEVENTY}/eleventy.config.js", f"--output={tmp_path}", "--quiet",
        CONCEPTWIRE_DATABASE=str(database),
    )  # fmt: skip
    slugs = [slug for (slug,) in unbroken.rows("SELECT slug FROM concepts")]
    assert sorted(path.parent.name for path in tmp_path.glob("*/index.html")) == slugs
    page = html.parse(str(tmp_path / CONCEPT / "index.html"), html.HTMLParser(encoding="utf-8"))
    items = page.xpath("//section[@class='news']/ol/li")
    shown = [(li.findtext("a"), li.findtext("span"), li.find("time").get("datetime"), li.find("a").get("href")) for li in items]
    query = f"SELECT title, source_name, published_at, url FROM concept_news WHERE concept_slug = '{CONCEPT}' ORDER BY position"
    assert shown == unbroken.rows(query)
    assert [li.findtext("time") for li in items] == [day(at) for _, _, at, _ in shown]
    near = [(dt.findtext("a"), dt.getnext().text) for dt in page.xpath("//section[@class='related']/dl/dt")]
    query = "SELECT related_name, related_definition FROM related_concepts WHERE concept_slug = '{}' ORDER BY position"
    assert near == unbroken.rows(query.format(CONCEPT))


def node(database: Path) -> str:
    return said("node", HERE / "reader.js", database, CONCEPT, NODE_PATH=str(ELEVENTY / "node_modules"))


def php(database: Path) -> str:
    return said("php", HERE / "reader.php", database, CONCEPT)


@pytest.mark.parametrize("read", [pytest.param(node, marks=NEEDS_NODE), pytest.param(php, marks=NEEDS_PHP)])
def test_a_reader_in_another_language_prints_both_boxes(read: Callable[[Path], str], database: Path, unbroken: Site):
    assert read(database).splitlines() == both_boxes(unbroken)


@NEEDS_NODE
def test_the_example_says_what_it_wants_where_no_database_is_named(tmp_path: Path):
    program = ELEVENTY / "node_modules" / "@11ty" / "eleventy" / "cmd.cjs"
    with pytest.raises(AssertionError, match="Set CONCEPTWIRE_DATABASE"):
        said("node", program, f"--input={ELEVENTY}", f"--output={tmp_path}", "--quiet", CONCEPTWIRE_DATABASE="")
