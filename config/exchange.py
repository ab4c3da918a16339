"""A glossary from and to other programs: SKOS (config/skos.py), CSV and JSON."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import skos, skos_writing
from config.exchange_drafts import FIELDS, LISTS, Draft, added, draft, joined, split, text_of
from models.concept import Concept, Glossary
from models.errors import UsageError

READ = ("skos", "csv", "json")
WRITTEN = {".ttl": "turtle", ".rdf": "xml", ".xml": "xml", ".owl": "xml", ".jsonld": "json-ld", ".csv": "csv", ".json": "json"}
_READ_AS = {".csv": "csv", ".tsv": "csv", ".jsonl": "json", ".ndjson": "json"} | dict.fromkeys(
    (".ttl", ".rdf", ".xml", ".owl", ".nt", ".n3", ".jsonld"), "skos"
)
_TURTLE = re.compile(r"(?:\s*#[^\n]*\n)*\s*(?:@?prefix\s|@?base\s|<)", re.IGNORECASE)
_REMEDY = "SKOS (Turtle, RDF/XML, JSON-LD), CSV with the columns name and definition, or JSON; --format says which"


@dataclass(frozen=True, slots=True)
class Drafts:
    """What a file says, in its order."""

    drafts: tuple[Draft, ...]
    form: str
    unread: tuple[str, ...] = ()  # columns or keys that mean nothing here


def read(path: Path, form: str, language: str) -> Drafts:
    """The concepts in a file; `form` is one of READ, or "" to tell by ending and content. Raises UsageError, ConfigError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(str(path), f"cannot be read ({error.strerror})", _REMEDY) from None
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise UsageError(str(path), "is empty", _REMEDY)
    form = form or _form(path, content)
    if form == "skos":
        found = Drafts(skos.drafts(path, content, language), form)
    else:
        found = _table(path, text_of(path, content)) if form == "csv" else _objects(path, text_of(path, content))
    if not found.drafts:
        raise UsageError(str(path), "has no concept", _REMEDY)
    return found


def _form(path: Path, content: bytes) -> str:
    told = _READ_AS.get(path.suffix.lower())
    if told:
        return told
    if skos.is_xml(content):
        return "skos"
    text = text_of(path, content)
    if path.suffix.lower() == ".json" or text.lstrip()[:1] in {"{", "["}:
        return "skos" if skos.is_json_ld(text) else "json"
    return "skos" if _TURTLE.match(text) else "csv"


def _table(path: Path, text: str) -> Drafts:
    try:
        head, rows = _cells(text)
        columns = [column.strip().lower() for column in head]
        if not {"name", "definition"} <= set(columns):
            found = ", ".join(columns)[:200]
            raise UsageError(f"{path}:1", f"the columns are {found}", f"name,definition; also {', '.join(FIELDS)}")
        if repeated := [one for one in FIELDS if columns.count(one) > 1]:
            raise UsageError(f"{path}:1", f"the column {repeated[0]} stands there twice", "one column of each name")
        drafts = []
        for number, cells in rows:
            if any(cell.strip() for cell in cells[len(columns) :]):
                wrong = f"has {len(cells)} cells, the first line has {len(columns)}"
                raise UsageError(f"{path}:{number}", wrong, 'a text with a delimiter in it between quotes: "one, two"')
            told: dict[str, Any] = dict.fromkeys(set(columns) & set(FIELDS), "") | dict(zip(columns, cells, strict=False))
            drafts.append(_draft(f"line {number}", f"{path}:{number}", told))
    except csv.Error as error:
        raise UsageError(str(path), f"cannot be read as CSV ({error})", "export it again, or save it as JSON") from None
    return Drafts(tuple(drafts), "csv", tuple(one for one in columns if one and one not in FIELDS))


def _cells(text: str) -> tuple[list[str], Iterable[tuple[int, list[str]]]]:
    """The head and the numbered rows, by the delimiter that gives the head most columns that mean something."""

    def known(delimiter: str) -> int:
        head = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), [])
        return len({column.strip().lower() for column in head} & set(FIELDS))

    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=known), strict=True)
    head = next(reader, [])

    def rows() -> Iterable[tuple[int, list[str]]]:
        number = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield number, cells
            number = reader.line_num + 1

    return head, rows()


def _objects(path: Path, text: str) -> Drafts:
    rows = _json(path, text)
    if isinstance(rows, dict):
        rows = rows.get("concepts", [rows])
    if not isinstance(rows, list):
        raise UsageError(str(path), "is no list of concepts", '[{"name": "Token", "definition": "..."}]')
    drafts = []
    unread: dict[str, None] = {}
    for number, row in enumerate(rows, 1):
        where = f"{path}: concept {number}"
        if not isinstance(row, dict):
            raise UsageError(where, f"is {json.dumps(row)[:60]}", '{"name": "Token", "definition": "..."}')
        told = {key.lower(): value for key, value in row.items() if value is not None}
        unread |= dict.fromkeys(key for key in told if key not in FIELDS)
        for key in set(told) & set(FIELDS):
            _check(where, key, told[key])
        drafts.append(_draft(f"concept {number}", where, told))
    return Drafts(tuple(drafts), "json", tuple(unread))


def _json(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise UsageError(str(path), "is nested too deeply", "a list of objects") from None
    except ValueError as error:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        if len(lines) < 2 or not lines[0][1].rstrip().endswith("}"):
            raise UsageError(str(path), f"is not JSON ({error})", "a list of objects, or one object a line") from None
    rows = []
    for number, line in lines:
        try:
            rows.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path}:{number}", f"is not JSON ({error})", "one object a line") from None
    return rows


def _check(where: str, key: str, value: object) -> None:
    texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not isinstance(value, str) and not (key in LISTS and texts):
        remedy = f'"{key}": ["one", "another"]' if key in LISTS else f'"{key}": "a text"'
        raise UsageError(where, f"{key} is {json.dumps(value)[:60]}", remedy)


def _draft(where: str, place: str, told: dict[str, Any]) -> Draft:
    lists = {
        key: split(told[key]) if isinstance(told[key], str) else tuple(told[key]) for key in LISTS if told.get(key) is not None
    }
    return draft(where, told, lists, added(place, told.get("added")))


def write(glossary: Glossary, form: str) -> str:
    """The glossary as turtle, xml, json-ld, csv or json; what `read` reads as the same concepts."""
    if form == "json":
        rows = [_row(concept, list) for concept in glossary.concepts]
        return json.dumps({"language": glossary.language, "concepts": rows}, ensure_ascii=False, indent=2) + "\n"
    if form == "csv":
        stream = io.StringIO(newline="")
        table = csv.DictWriter(stream, FIELDS, lineterminator="\n")
        table.writeheader()
        table.writerows(_row(concept, joined) for concept in glossary.concepts)
        return stream.getvalue()
    return skos_writing.write(glossary, form)


def _row(concept: Concept, listed: Callable[[tuple[str, ...]], Any]) -> dict[str, Any]:
    row = {key: getattr(concept, key) for key in FIELDS}
    return row | {key: listed(row[key]) for key in LISTS} | {"added": concept.added.isoformat()}
