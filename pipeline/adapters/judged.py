"""Judged collections: a glossary and articles in JSON Lines, judgments in a table. Wrong lines are named."""

import gzip
import json
import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from models.concept import Concept, Glossary
from models.errors import UsageError
from models.judgment import Judgment, Text

_GRADES = ("0", "1", "2")
_DAY = date(2000, 1, 1)  # such files do not say when a concept was added


def glossary(path: Path, language: str) -> Glossary:
    """A glossary of {"slug", "name", "definition", and if you like "aliases", "body", "analogy", "example", ...}."""
    concepts, seen = [], set()
    for where, row in _rows(path, ("slug", "name", "definition")):
        texts = {key: str(row.get(key) or "") for key in ("body", "analogy", "example", "why_it_matters")}
        aliases = row.get("aliases") or []
        if not isinstance(aliases, list):
            raise UsageError(where, "aliases is no list", '"aliases": ["one", "another"]')
        named = tuple(str(alias) for alias in aliases)
        if not isinstance(row.get("related") or [], list):
            raise UsageError(where, "related is no list", '"related": ["one-slug", "another"]')
        related = tuple(str(slug) for slug in row.get("related") or [])
        concepts.append(Concept(row["slug"], row["name"], row["definition"], _DAY, named, related=related, was=(), **texts))
        if row["slug"] in seen:
            raise UsageError(where, f"{row['slug']} stands there twice", "one line a concept")
        seen.add(row["slug"])
    if not concepts:
        raise UsageError(str(path), "has no concept", '{"slug": "token", "name": "Token", "definition": "..."} a line')
    ordered = tuple(sorted(concepts, key=lambda concept: concept.slug))
    return Glossary(ordered, f"{path.name}:{zlib.crc32(path.read_bytes()):08x}", language)


def articles(path: Path) -> list[Text]:
    """Articles of {"id", "title", "text"}; the id may be a number."""
    found: dict[str, Text] = {}
    for where, row in _rows(path, ("id", "title", "text")):
        if str(row["id"]) in found:
            raise UsageError(where, f"{row['id']!r} stands there twice", "an id of its own for each article")
        found[str(row["id"])] = Text(str(row["id"]), row["title"], row["text"])
    return list(found.values())


def judgments(path: Path) -> list[Judgment]:
    """Lines of concept, article and grade, by tabs, under a line of column names."""
    found, seen = [], set()
    for number, line in enumerate(_lines(path), 1):
        parts = line.rstrip("\n").split("\t")
        if not line.strip() or (number == 1 and parts[2:3] != [] and parts[2] not in _GRADES):
            continue  # the line of column names
        if len(parts) < 3 or parts[2] not in _GRADES:
            raise UsageError(f"{path}:{number}", f"{line.strip()!r} is no judgment", "concept<TAB>article<TAB>0, 1 or 2")
        if (parts[0], parts[1]) in seen:
            raise UsageError(f"{path}:{number}", f"{parts[0]} and {parts[1]} were judged before", "one line a pair")
        seen.add((parts[0], parts[1]))
        found.append(Judgment(parts[0], parts[1], int(parts[2])))
    if not found:
        raise UsageError(str(path), "has no judgment", "concept<TAB>article<TAB>grade under a line of column names")
    return found


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise UsageError(where, f"is not JSON ({error})", "one JSON object a line") from None
        missing = [key for key in needed if not isinstance(row, dict) or row.get(key) is None]
        if missing:
            raise UsageError(where, f"has no {missing[0]}", f"an object with {', '.join(needed)}")
        odd = [key for key in needed if key != "id" and not isinstance(row[key], str)]
        if odd:
            raise UsageError(where, f"{odd[0]} is no text", f'"{odd[0]}": "..."')
        yield where, row


def _lines(path: Path) -> Iterator[str]:
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        yield from content.decode("utf-8").split("\n")
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise UsageError(str(path), f"cannot be read ({error})", "a UTF-8 file, gzipped where it ends in .gz") from None
