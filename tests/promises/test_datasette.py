"""Datasette over the database and the published copy, with the metadata that `conceptwire contract` prints: the real program."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from lxml import html

from models.contract import CONTRACT
from tests.conftest import Site

pytest.importorskip("datasette", reason="Datasette is not installed")
LIVE, COPY = "conceptwire", "news"
BOTH = pytest.mark.parametrize("database", [LIVE, COPY])
SILENT = (
    '\n[[sources]]\nslug = "mute"\nname = "Mute"\nhomepage = "https://mute.example/"\nfeeds = ["https://mute.example/feed"]\n'
)


@dataclass(frozen=True)
class Served:
    """A server over both files."""

    address: str
    files: dict[str, Path]
    metadata: Path

    def get(self, path: str, **given: str) -> bytes:
        with urllib.request.urlopen(f"{self.address}{path}?{urlencode(given)}", timeout=20) as answer:
            return bytes(answer.read())

    def rows(self, path: str, **given: str) -> list[dict[str, Any]]:
        return list(json.loads(self.get(f"/{path}.json", _shape="array", **given)))


@pytest.fixture(scope="module")
def served(unbroken: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("datasette")
    shutil.copytree(unbroken.folder, folder / "site")
    site, files = Site(folder / "site"), {LIVE: folder / "site" / f"{LIVE}.db", COPY: folder / f"{COPY}.db"}
    sources = site.folder / "sources.toml"
    sources.write_text(sources.read_text() + SILENT)  # its feed is not in the recording
    environment = {"CONCEPTWIRE_PUBLISH": str(files[COPY])}
    site.run(environment=environment)
    metadata = folder / "metadata.json"
    metadata.write_text(site.call("contract", "--format", "datasette", environment=environment).stdout)
    command = [sys.executable, "-m", "datasette", str(files[LIVE]), "-i", str(files[COPY]), "-m", str(metadata), "-p", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stderr
            told = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in process.stderr)
            yield Served(next(found[0] for found in told if found), files, metadata)
        finally:
            process.terminate()
            process.communicate(timeout=20)


@BOTH
def test_what_sites_may_read_is_shown_and_everything_else_hidden(served: Served, database: str):
    told = json.loads(served.get(f"/{database}.json"))
    shown = {one["name"] for one in told["tables"] if not one["hidden"]} | {one["name"] for one in told["views"]}
    assert shown - {"news_search"} == {view.name for view in CONTRACT} - {"news_search"}  # Datasette itself hides indexes


@BOTH
@pytest.mark.parametrize("view", [view for view in CONTRACT if view.name != "news_search"], ids=lambda view: view.name)
def test_each_view_and_column_is_described_with_its_unit(served: Served, database: str, view):
    page = html.fromstring(served.get(f"/{database}/{view.name}", _size="1").decode())
    assert view.holds[1:] in " ".join(page.xpath("string(//div[@class='metadata-description'])").split())
    told = {dt.text: dt.getnext().text for dt in page.xpath("//dl[@class='column-descriptions']/dt")}
    assert set(told) == {column.name for column in view.columns}
    for column in view.columns:
        assert column.meaning in told[column.name]
        assert column.unit in told[column.name]


@BOTH
def test_the_metadata_names_no_column_that_is_not_there(served: Served, database: str):
    tables = json.loads(served.metadata.read_text())["databases"][database]["tables"]
    with closing(sqlite3.connect(f"file:{served.files[database]}?mode=ro", uri=True)) as connection:
        for name, said in tables.items():
            there = {row[1] for row in connection.execute(f"PRAGMA table_info('{name}')")}
            assert set(said.get("columns", ())) <= there, name


@BOTH
@pytest.mark.parametrize(
    ("view", "column", "falling"),
    [
        ("concept_links", "published_at", True),
        ("link_changes", "sequence", True),
        ("related_concepts", "position", False),
        ("concepts", "name", False),
    ],
)
def test_rows_come_in_an_order_that_tells_something(served: Served, database: str, view: str, column: str, falling: bool):
    found = [row[column] for row in served.rows(f"{database}/{view}", _size="20")]
    assert len(set(found)) > 1 or column == "position"
    assert found == sorted(found, reverse=falling)


def test_a_concept_is_shown_by_its_name_where_a_row_names_its_slug(served: Served):
    page = served.get(f"/{COPY}/concept_news", concept_slug="foundation-model").decode()
    assert f'<a href="/{COPY}/concepts/foundation-model">Foundation Model</a>' in page


@BOTH
def test_minutes_have_a_unit(served: Served, database: str):
    page = html.fromstring(served.get(f"/{database}/concepts", slug="foundation-model").decode())
    (cell,) = page.xpath("//td[contains(@class, 'col-minutes_to_read')]")
    assert cell.text == "2\xa0min"


@BOTH
def test_the_ready_made_queries_give_rows(served: Served, database: str, unbroken: Site):
    box = served.rows(f"{database}/news_of_a_concept", concept="foundation-model")
    query = "SELECT position, title, url FROM concept_news WHERE concept_slug = 'foundation-model' ORDER BY position"
    assert [(row["position"], row["title"], row["url"]) for row in box] == unbroken.rows(query)
    newest = [row["published_at"] for row in served.rows(f"{database}/newest_links")]
    assert len(newest) == len(unbroken.rows("SELECT 1 FROM concept_links"))
    assert newest == sorted(newest, reverse=True)
    assert [row["source_slug"] for row in served.rows(f"{database}/silent_sources")] == ["mute"]
    first, last = (served.rows(f"{database}/changes_since", sequence=str(number)) for number in (0, 10**9))
    assert (first[0]["sequence"], last) == (1, [])


@BOTH
@pytest.mark.parametrize("words", ["foundation models", '"foundation', "fondation OR (", "Heron-8B", "*"])
def test_search_finds_words_and_takes_whatever_people_type(served: Served, database: str, words: str):
    found = served.rows(f"{database}/search", words=words)
    assert bool(found) == (words not in {"fondation OR (", "*"})
    assert all(row["url"].startswith("https://") for row in found)


@BOTH
def test_nothing_can_be_written(served: Served, database: str):
    before = served.files[database].read_bytes()
    with pytest.raises(urllib.error.HTTPError, match="400"):
        served.get(f"/{database}.json", sql="DELETE FROM concepts")
    assert served.files[database].read_bytes() == before


def test_one_answer_without_a_server(served: Served):
    command = ["--get", f"/{COPY}/news_of_a_concept.json?concept=foundation-model&_shape=array"]
    started = [sys.executable, "-m", "datasette", "-i", str(served.files[COPY]), "-m", str(served.metadata), *command]
    done = subprocess.run(started, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == served.rows(f"{COPY}/news_of_a_concept", concept="foundation-model")
