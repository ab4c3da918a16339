"""Lists of articles: what is well-formed is read, what is not is counted by its line, nothing is held in memory."""

import csv
import gzip
import json
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import UsageError
from models.filling import Chosen, Item
from pipeline.adapters.history.lists import Listed
from pipeline.stages import items

MADE = partial(items.listed, glossary_language="en")
TEXT = "A sentence of the article. " * 10


@pytest.fixture(autouse=True)
def _own_limit():
    """The csv module's limit is the process's: what a test makes of it is not left to others."""
    before = csv.field_size_limit()
    yield
    csv.field_size_limit(before)


def read(path: Path, kind: str, after: str = "") -> list[Item]:
    return list(Listed(path, kind, MADE)(after, Chosen()))


def jsonl(path: Path, *lines: object) -> Path:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines), encoding="utf-8")
    return path


def outcomes(found: list[Item]) -> list[str]:
    return [str(item.outcome) for item in found]


def test_an_article_of_a_line_has_its_text_as_a_page_and_its_date(tmp_path: Path):
    line = {"url": "https://a.example/1", "title": "A <b>title</b>", "text": TEXT, "published": "2026-05-01T10:00:00Z"}
    (item,) = read(jsonl(tmp_path / "a.jsonl", line | {"source": "The Wire"}), "jsonl")
    assert (item.cursor, item.entry.url, item.entry.title, item.outlet) == ("1", "https://a.example/1", "A title", "The Wire")
    assert item.page is not None
    assert item.page.body.decode() == TEXT.strip()
    assert f"{item.entry.published:%Y-%m-%d %H}" == "2026-05-01 10"


@pytest.mark.parametrize(
    "row",
    [
        {"link": "https://a.example/1", "content": TEXT, "description": "Short.", "date": "Fri, 01 May 2026 10:00:00 GMT"},
        {"URL": "https://a.example/1", "Body": TEXT, "Summary": "Short.", "published_at": 1777629600},
    ],
)
def test_other_names_of_the_same_are_known(row: dict[str, object], tmp_path: Path):
    (item,) = read(jsonl(tmp_path / "a.jsonl", row), "jsonl")
    assert item.entry.url == "https://a.example/1"
    assert item.entry.summary == "Short."
    assert item.page is not None
    assert f"{item.entry.published:%Y-%m-%d %H}" == "2026-05-01 10"


def test_what_has_no_text_is_to_be_fetched_and_another_language_is_said(tmp_path: Path):
    row = {"url": "https://a.example/1", "language": "de-AT"}
    (item,) = read(jsonl(tmp_path / "a.jsonl", row), "jsonl")
    assert (item.page, item.entry.language) == (None, "de")


def test_bad_lines_fail_with_their_number_and_stop_nothing(tmp_path: Path):
    bad = [
        "{",
        "[1, 2]",
        '"https://a.example/"',
        "[" * 5000,
        json.dumps({"title": "no address"}),
        json.dumps({"url": "ftp://a/"}),
    ]
    found = read(jsonl(tmp_path / "a.jsonl", *bad, "", {"url": "https://a.example/1"}), "jsonl")
    assert outcomes(found) == ["Failed(bad line)"] * 6 + ["None"]
    assert [item.outcome.url for item in found if item.outcome][2] == "a.jsonl, line 3"
    assert found[-1].cursor == "8"


@pytest.mark.parametrize("text", ["{\n{\n", "nonsense\n", "\n\n", ""])
def test_a_file_without_any_line_that_can_be_read_is_refused(text: str, tmp_path: Path):
    (tmp_path / "a.jsonl").write_text(text)
    with pytest.raises(UsageError):
        read(tmp_path / "a.jsonl", "jsonl")


def test_bytes_that_are_no_utf_8_are_read_as_what_they_mostly_are(tmp_path: Path):
    (tmp_path / "a.jsonl").write_bytes('{"url": "https://a.example/1", "title": "Café"}\n'.encode("cp1252"))
    assert read(tmp_path / "a.jsonl", "jsonl")[0].entry.title == "Café"


def test_gzip_is_read_and_one_that_breaks_off_fails_where_it_does(tmp_path: Path):
    whole = gzip.compress(b"".join(b'{"url": "https://a.example/%d"}\n' % number for number in range(5000)), 0)
    (tmp_path / "a.jsonl.gz").write_bytes(whole)
    assert len(read(tmp_path / "a.jsonl.gz", "jsonl")) == 5000
    (tmp_path / "b.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    found = read(tmp_path / "b.jsonl.gz", "jsonl")
    assert outcomes(found)[-1] == "Failed(file broken off)"
    assert 1000 < len(found) < 3000


def test_a_line_without_end_is_not_held_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pipeline.adapters.history.lists._LONGEST_LINE", 1000)
    found = read(jsonl(tmp_path / "a.jsonl", "x" * 12_345, {"url": "https://a.example/1"}), "jsonl")
    assert outcomes(found) == ["Failed(bad line)", "None"]


@given(st.integers(0, 12))
def test_reading_goes_on_after_any_cursor(tmp_path_factory: pytest.TempPathFactory, first: int):
    path = tmp_path_factory.mktemp("lists") / "a.csv"
    path.write_text('url,title\nhttps://a.example/0,"two\nlines"\n' + "".join(f"https://a.example/{n},T\n" for n in range(1, 13)))
    whole = read(path, "csv")
    after = whole[first].cursor
    assert read(path, "csv", after) == whole[first + 1 :]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_table_is_read_whatever_parts_its_columns(mark: str, tmp_path: Path):
    (tmp_path / "a.csv").write_text(
        f"\ufefftitle{mark}url\nA title{mark}https://a.example/1\n{mark}\n{mark}no address\n", encoding="utf-8"
    )
    found = read(tmp_path / "a.csv", "csv")
    assert outcomes(found) == ["None", "Failed(bad line)", "Failed(bad line)"]
    assert found[0].entry.title == "A title"


def test_a_plain_list_of_addresses_needs_no_header_and_a_table_does(tmp_path: Path):
    (tmp_path / "a.txt").write_text("https://a.example/1\n\nhttps://a.example/2\nnonsense\n")
    assert outcomes(read(tmp_path / "a.txt", "csv")) == ["None", "None", "Failed(bad line)"]
    (tmp_path / "b.csv").write_text("A title,https://a.example/1\n")
    with pytest.raises(UsageError, match="has no column url"):
        read(tmp_path / "b.csv", "csv")


def test_a_quote_that_is_never_closed_costs_lines_not_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pipeline.adapters.history.lists._LONGEST_LINE", 1000)
    rows = "".join(f"https://a.example/{number},T\n" for number in range(100))
    (tmp_path / "a.csv").write_text(f'url,title\nhttps://a.example/first,"T\n{rows}')
    found = read(tmp_path / "a.csv", "csv")
    assert "Failed(bad line)" in outcomes(found)
    assert found[-1].entry.url == "https://a.example/99"
