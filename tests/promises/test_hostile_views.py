"""Whatever strangers send, twice: every text of every view is clean text, every address one of the web; and a fault would be found."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from models.views import VIEWS
from tests.conftest import ROOT, Site
from tests.downstream import outlets
from tests.inspecting import faults
from tests.servers import serving

LIVE = {"CONCEPTWIRE_HOST_INTERVAL_SECONDS": "0", "CONCEPTWIRE_WORKERS": "1"}
SHOWN = [*VIEWS, "news_search"]
KEPT = ["article", "link", "change", "source", "features"]


@dataclass(frozen=True)
class After:
    """A site after two rounds, and what was told of them."""

    site: Site
    told: list[dict[str, Any]]
    trapped: list[str]


def site(folder: Path, feeds: list[str]) -> Site:
    """A site that follows these feeds, with a glossary that links whatever is about models at all."""
    (folder / "concepts").mkdir(parents=True)
    for slug, (name, definition) in outlets.CONCEPTS.items():
        text = (
            f"---\nname: {name}\ndefinition: {definition}\nadded: 2026-05-17\n---\n{definition} "
            + "It is read, trained and adapted. " * 5
        )
        (folder / "concepts" / f"{slug}.md").write_text(text)
    weights = (ROOT / "config" / "relevance.toml").read_text()
    (folder / "relevance.toml").write_text(weights.replace("\ncut = 0.75 ", "\ncut = 0.01 "))
    tables = []
    for n, url in enumerate(feeds):
        pages = 'pages = "feed"\n' if "/fuzz" in url or "/links" in url else ""  # their links lead to hosts that there are not
        tables.append(
            f'[[sources]]\nslug = "s{n}"\nname = "Outlet {n}"\nhomepage = "https://s{n}.example/"\nfeeds = ["{url}"]\n{pages}'
        )
    (folder / "sources.toml").write_text("\n".join(tables))
    return Site(folder)


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Iterator[After]:
    with serving() as host, serving() as trap:
        routes = outlets.first(host, trap)
        made = site(tmp_path_factory.mktemp("strangers") / "site", [host.url(path) for path in routes if path.endswith(".xml")])
        told = []
        for now in ("2026-08-31T20:00Z", "2026-09-01T20:00Z"):
            host.routes = dict(routes)
            done = made.call("run", "--json", "--all-feeds", "--now", now, environment=LIVE)
            told.append(json.loads(done.stdout))
            routes = outlets.second(routes)
        yield After(made, told, trap.targets())


def test_all_of_it_went_through_and_was_linked_so_that_there_is_something_to_look_at(after: After):
    first, second = after.told
    assert first["outcomes"]["New"] > 80
    assert second["outcomes"]["Changed"] > 30
    assert {"login or consent page", "HTTP 410"} <= set(second["feed_failures"])
    assert not [name for told in after.told for name in told["outcomes"] if "bug" in name or "parse" in name]
    shown = {url.split("/")[3] for (url,) in after.site.rows("SELECT DISTINCT url FROM concept_links")}
    assert {"words", "pages", "dates", "guids", "in", "away", "random", "entities"} <= shown
    assert after.site.rows("SELECT count(*) > 60 FROM link_changes WHERE change = 'moved'") == [(1,)]
    assert [name for name in SHOWN if not after.site.rows(f"SELECT 1 FROM {name} LIMIT 1")] == ["renamed_concepts"]


@pytest.mark.parametrize("view", SHOWN)
def test_nothing_in_the_views_shows_markup_a_link_that_is_not_http_or_invalid_unicode(after: After, view: str):
    assert faults(after.site.database, [view]) == []


def test_nothing_in_the_tables_behind_them_does(after: After):
    assert faults(after.site.database, KEPT) == []


def test_no_page_is_known_by_an_address_on_another_site_that_it_names(after: After):
    ours = after.site.rows("SELECT DISTINCT substr(url, 1, instr(substr(url, 8), '/') + 7) FROM concept_links")
    assert len(ours) == 1
    assert after.site.rows("SELECT count(*) FROM concept_links WHERE url LIKE '%/said' OR url LIKE '%/Said'") != [
        (0,)
    ]  # its own it may


def test_no_article_is_dated_before_1990_or_after_it_was_seen(after: After):
    bad = "published_at < '1990' OR published_at > '2026-09-01T20:00:00Z'"
    assert after.site.rows(f"SELECT title, published_at FROM concept_links WHERE {bad}") == []
    said = after.site.rows("SELECT DISTINCT published_from FROM concept_links WHERE url LIKE '%/dates/%'")
    assert said == [("first_seen",)]


def test_nobody_was_asked_for_an_entity_a_dtd_a_style_or_a_picture(after: After):
    assert after.trapped == []


POISON = {
    "markup in a title": ("UPDATE article SET title = 'A <b>bold</b> one'", "concept_news", "markup"),
    "an image in a passage": ("UPDATE link SET passage = '<img src=x onerror=alert(1)>'", "concept_news", "markup"),
    "a script in what matched": ("""UPDATE link SET terms = '[{"term": "<script>alert(1)</script>"}]'""", "concept_news", "markup"),
    "markup in what is searched": ("UPDATE article SET title = 'A <!-- comment'", "news_search", "markup"),
    "a script's address": ("UPDATE article SET canonical_url = 'javascript:alert(1)'", "concept_news", "no http(s) link"),
    "no address": ("UPDATE article SET canonical_url = ''", "concept_news", "no http(s) link"),
    "half an address": ("UPDATE article SET canonical_url = '//evil.example/'", "news_search", "no http(s) link"),
    "credentials": ("UPDATE article SET canonical_url = 'https://u:p@evil.example/'", "concept_news", "credentials"),
    "an address that ends its attribute": ("""UPDATE article SET canonical_url = 'https://a.example/"x'""", "concept_news", "unsafe letters"),
    "an address in another's coverage": (
        """UPDATE link SET also_covered_by = '[{"source_name": "A", "url": "data:text/html,x"}]'""", "concept_news", "no http(s) link"
    ),
    "a file in what changed": ("UPDATE change SET url = 'file:///etc/passwd'", "link_changes", "no http(s) link"),
    "a status": ("UPDATE feed SET last_status = 'failed: <b>no</b>'", "source_health", "markup"),
    "bytes that are no UTF-8": ("UPDATE article SET title = CAST(X'61ff62' AS TEXT)", "concept_news", "no UTF-8"),
    "half a character": ("UPDATE article SET title = CAST(X'eda080' AS TEXT)", "concept_news", "no UTF-8"),
    "NUL": ("UPDATE article SET title = CAST(X'610062' AS TEXT)", "concept_news", "control character"),
    "writing turned round": ("UPDATE article SET title = 'a' || char(0x202e)", "news_search", "unseen or turning character"),
    "letters taken apart": ("UPDATE article SET title = 'e' || char(0x301)", "concept_news", "not NFC"),
    "no character": ("UPDATE article SET title = char(0x1fffe)", "concept_news", "no character"),
}  # fmt: skip


@pytest.mark.parametrize("what", POISON)
def test_the_check_would_have_found(after: After, tmp_path: Path, what: str):
    poison, view, fault = POISON[what]
    with closing(sqlite3.connect(after.site.database)) as ours, closing(sqlite3.connect(tmp_path / "poisoned.db")) as poisoned:
        ours.backup(poisoned)
        shown = " WHERE id IN (SELECT article_id FROM link WHERE position = 1)" if "UPDATE article" in poison else ""
        poisoned.execute(poison + shown)
        poisoned.commit()
    found = faults(tmp_path / "poisoned.db", [view])
    assert found
    assert all(fault in one for one in found)
