"""CSV and JSON as people save them: what is read, and what is refused by its line."""

import json
from datetime import date
from pathlib import Path

import pytest

from config.exchange import read, write
from config.exchange_drafts import day, slugged, split
from models.concept import Concept, Glossary
from models.errors import UsageError

DATA = Path(__file__).parent.parent.parent / "data" / "exchange"


def from_text(tmp_path, text, name="x.csv", form=""):
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(tmp_path / name, form, "en")


def test_a_spreadsheet_with_a_mark_semicolons_and_other_columns_is_read():
    found = read(DATA / "harbour.csv", "", "en")
    assert found.unread == ("note",)
    quay, port = found.drafts
    assert (quay.name, quay.definition, quay.aliases) == ("Quay", "A wall; ships lie along it.", ("wharf", "wharves"))
    assert (port.where, port.definition, port.aliases) == ("line 4", "A place with quays.", ())
    assert (port.slug, port.body, port.related, port.added) == ("", None, None, None)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_that_parts_the_head(tmp_path, delimiter):
    lines = [["Slug", "name", "DEFINITION", "added", "related"], ["q", "Quay", "A wall", "2026-05-17", "port|pier"]]
    (one,) = from_text(tmp_path, "\n".join(delimiter.join(cells) for cells in lines)).drafts
    assert (one.slug, one.name, one.definition, one.related) == ("q", "Quay", "A wall", ("port", "pier"))
    assert one.added == date(2026, 5, 17)


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        ("a|b; c", ("a", "b; c")), ("a; b", ("a", " b")), ("a", ("a",)), (r"a\|b|c", ("a|b", "c")), (r"a\;b", ("a;b",)),
        (r"C:\x", (r"C:\x",)), (r"a\\|b", ("a\\", "b")),
    ],
)  # fmt: skip
def test_a_cell_is_parted_at_bars_or_else_at_semicolons(cell, texts):
    assert split(cell) == texts


OBJECT = {"Name": "Quay", "definition": "A wall.", "aliases": ["wharf"], "related": "port|pier", "minutes": 1, "added": None}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([OBJECT]),
        json.dumps({"concepts": [OBJECT]}),
        json.dumps(OBJECT),
        json.dumps(OBJECT) + "\n\n" + json.dumps(OBJECT),
    ],
)
@pytest.mark.parametrize("name", ["x.json", "x.jsonl", "x"])
def test_json_is_a_list_an_object_with_concepts_or_a_line_each(tmp_path, text, name):
    found = from_text(tmp_path, "\ufeff" + text, name)
    one = found.drafts[0]
    assert (found.form, found.unread) == ("json", ("minutes",))
    assert (one.name, one.definition, one.aliases, one.related, one.added) == (
        "Quay",
        "A wall.",
        ("wharf",),
        ("port", "pier"),
        None,
    )


@pytest.mark.parametrize(
    ("name", "text", "where", "wrong"),
    [
        ("x.csv", "", "", "is empty"),
        ("x.csv", "\ufeff \n", "", "is empty"),
        ("x.csv", "name,definition\n", "", "has no concept"),
        ("x.csv", "name,defintion\nQuay,A wall\n", ":1", "the columns are name, defintion"),
        ("x.csv", "name,definition,Name\nQuay,A wall,Q\n", ":1", "name stands there twice"),
        ("x.csv", "name,definition\n\nQuay,A wall, of stone\n", ":3", "has 3 cells, the first line has 2"),
        ("x.csv", "name,definition,added\nQuay,A wall,17.5.2026\n", ":2", "added is '17.5.2026'"),
        ("x.csv", 'name,definition\nQuay,"A wall\n', "", "cannot be read as CSV"),
        ("x.csv", b"name,definition\nQuai,\xe9t\xe9\n", "", "is not UTF-8"),
        ("x.json", "[{", "", "is not JSON"),
        ("x.json", '{"name": "a"}\n{"name": \n', ":2", "is not JSON"),
        ("x.json", "[" * 100_000, "", "nested too deeply"),
        ("x.json", "5", "", "is no list of concepts"),
        ("x.json", '{"concepts": {"a": 1}}', "", "is no list of concepts"),
        ("x.json", '["a"]', ": concept 1", 'is "a"'),
        ("x.json", '[{"name": 5}]', ": concept 1", "name is 5"),
        ("x.json", '[{"aliases": ["a", 2]}]', ": concept 1", 'aliases is ["a", 2]'),
        ("x.json", '[{"added": "in May"}]', ": concept 1", "added is 'in May'"),
        ("x.json", "[]", "", "has no concept"),
    ],
)
def test_what_cannot_be_read_is_a_sentence_with_its_place(tmp_path, name, text, where, wrong):
    with pytest.raises(UsageError) as caught:
        from_text(tmp_path, text, name)
    assert caught.value.where == f"{tmp_path / name}{where}"
    assert wrong in caught.value.wrong


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(UsageError, match="cannot be read"):
            read(path, "", "en")


def test_a_form_that_is_told_is_believed(tmp_path):
    assert from_text(tmp_path, "name,definition\nQuay,A wall\n", "x.ttl", "csv").form == "csv"
    with pytest.raises(UsageError, match="is not Turtle"):
        from_text(tmp_path, "name,definition\nQuay,A wall\n", "x.csv", "skos")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("# Ours\n\nPREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n<x:y> skos:prefLabel 'Y' .", "skos"),
        ("<x:y> <http://www.w3.org/2004/02/skos/core#prefLabel> 'Y' .", "skos"),
        ("name,definition\n<b>,A tag\n", "csv"),
    ],
)
def test_a_file_without_an_ending_is_told_by_its_content(tmp_path, text, form):
    assert from_text(tmp_path, text, "glossary").form == form


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("foundation-model", "foundation-model"), ("Øresund & Æbler", "oresund-and-aebler"), ("Straße", "strasse"),
        ("C_1234", "c-1234"), ("Moore's law", "moores-law"), ("İstanbul", "istanbul"), ("a--b", "a-b"),
        ("word " * 40, "-".join(["word"] * 16)), ("y" * 150, "y" * 150), ("y" * 201, "y" * 80),
    ],
)  # fmt: skip
def test_a_slug_is_the_text_in_plain_letters(text, slug):
    assert slugged(text) == slug


def test_names_in_other_scripts_have_slugs_that_differ():
    assert slugged("机器学习").startswith("concept-")
    assert slugged("机器学习") != slugged("学习")


def test_a_day_is_an_iso_date_or_time():
    assert {day(one) for one in ("2026-05-17", " 2026-05-17T10:00:00Z", "2026-05-17 10:00", "2026-05-17Z")} == {date(2026, 5, 17)}
    assert {day(one) for one in ("", "2026", "2026-13-01", "20260517", "17.5.2026", "2026-05-178")} == {None}


def test_json_is_written_with_every_key_and_csv_with_every_column():
    made = Glossary((Concept("a", "A", "It.", date(2026, 5, 17), ("x;y", "z"), was=("old",)),), "", "de")
    (row,) = json.loads(write(made, "json"))["concepts"]
    assert (row["aliases"], row["was"], row["added"], row["body"]) == (["x;y", "z"], ["old"], "2026-05-17", "")
    head, line = write(made, "csv").splitlines()
    assert head == "slug,name,aliases,definition,body,analogy,example,why_it_matters,added,related,was"
    assert line == r"a,A,x\;y|z,It.,,,,,2026-05-17,,old"
