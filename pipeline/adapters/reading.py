"""Typed rows of the contract's views, from a live database or a published copy: read-only, one moment a block.

    from pipeline.adapters import reading

    with reading.opened("news/conceptwire.db") as connection:
        for link in reading.news(connection, "foundation-model"):
            print(link.title, link.source_name, link.published_at)

Readers wait for no writer, and no writer waits for them: a block sees the database as it was when it first read.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError

from models.contract import (
    CONTRACT_VERSION,
    ConceptPage,
    Coverage,
    Found,
    LinkChange,
    Matched,
    NewsLink,
    PageData,
    Published,
    RelatedConcept,
    RenamedConcept,
    SourceHealth,
    Status,
)
from models.errors import StoreError, UsageError

Row = TypeVar("Row")
_OURS = "the path of conceptwire's database, or of a published copy; conceptwire check"
_PATIENCE = 30.0  # seconds: a reader waits only while a file is given back by the last that had it open


@contextmanager
def opened(path: str | Path) -> Iterator[sa.Connection]:
    """A connection that sees one moment of a database, and can change nothing.

    Raises UsageError where there is no file, StoreError where it is another program's, or of another contract.
    """
    file = Path(path).absolute()
    if not file.is_file():
        raise UsageError(str(file), "is not there yet", "conceptwire run makes the site's database")
    engine = sa.create_engine("sqlite://", creator=lambda: _connected(file), poolclass=sa.NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    try:
        with engine.connect() as connection:
            version = connection.exec_driver_sql("SELECT contract_version FROM status").scalar()
            if not isinstance(version, int):
                raise StoreError(str(file), "has no status", _OURS)
            if version != CONTRACT_VERSION:
                remedy = "pip install -U conceptwire" if version > CONTRACT_VERSION else "conceptwire run"
                raise StoreError(str(file), f"keeps contract {version}, this program reads {CONTRACT_VERSION}", remedy)
            yield connection
    except DatabaseError as error:
        raise StoreError(str(file), f"cannot be read ({error.orig})", _OURS) from error
    except _Unreadable as error:
        raise StoreError(str(file), f"holds what no run writes ({error.args[0]})", _OURS) from error
    finally:
        engine.dispose()


class _Unreadable(Exception):
    """A value that is not what the contract promises."""


def _connected(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=_PATIENCE, check_same_thread=False)
    connection.isolation_level = None  # SQLAlchemy says when a transaction begins
    return connection


def news(connection: sa.Connection, slug: str) -> list[NewsLink]:
    """A concept's box, in order: pinned links, then the newest first."""
    return _rows(connection, NewsLink, "SELECT * FROM concept_news WHERE concept_slug = :slug ORDER BY position", slug=slug)


def links(connection: sa.Connection, slug: str) -> list[NewsLink]:
    """All links of a concept, best first."""
    return _rows(connection, NewsLink, "SELECT * FROM concept_links WHERE concept_slug = :slug ORDER BY rank", slug=slug)


def related(connection: sa.Connection, slug: str) -> list[RelatedConcept]:
    """A concept's neighbours, the nearest first."""
    query = "SELECT * FROM related_concepts WHERE concept_slug = :slug ORDER BY position"
    return _rows(connection, RelatedConcept, query, slug=slug)


def concepts(connection: sa.Connection) -> list[ConceptPage]:
    """All concepts, by slug."""
    return _rows(connection, ConceptPage, "SELECT * FROM concepts ORDER BY slug")


def renamed(connection: sa.Connection) -> dict[str, str]:
    """What former slugs lead to."""
    found = _rows(connection, RenamedConcept, "SELECT * FROM renamed_concepts ORDER BY former_slug")
    return {one.former_slug: one.slug for one in found}


def changes(connection: sa.Connection, after: int = 0) -> list[LinkChange]:
    """What changed since the one with the sequence `after`, oldest first."""
    return _rows(connection, LinkChange, "SELECT * FROM link_changes WHERE sequence > :after ORDER BY sequence", after=after)


def status(connection: sa.Connection) -> Status:
    """How fresh the news is."""
    return _rows(connection, Status, "SELECT * FROM status")[0]


def health(connection: sa.Connection) -> list[SourceHealth]:
    """How the sources fare, by slug."""
    return _rows(connection, SourceHealth, "SELECT * FROM source_health ORDER BY source_slug")


def search(connection: sa.Connection, words: str, limit: int = 20) -> list[Found]:
    """Links whose headline or passage has all the `words`, best first; signs in them mean nothing."""
    quoted = " ".join('"' + word.replace('"', '""') + '"' for word in words.replace("\0", " ").split())
    if not quoted:
        return []
    query = "SELECT concept_slug, url, title, passage FROM news_search WHERE news_search MATCH :words ORDER BY rank LIMIT :limit"
    return _rows(connection, Found, query, words=quoted, limit=limit)


def published(connection: sa.Connection) -> Published:
    """Everything that sites show."""
    boxes, neighbours = (
        _by_concept(_rows(connection, row, f"SELECT * FROM {view} ORDER BY concept_slug, position"))  # noqa: S608 - constants
        for row, view in ((NewsLink, "concept_news"), (RelatedConcept, "related_concepts"))
    )
    pages = tuple(
        PageData(one, tuple(boxes.get(one.slug, ())), tuple(neighbours.get(one.slug, ()))) for one in concepts(connection)
    )
    return Published(status(connection), pages, renamed(connection))


def plain(row: Any) -> dict[str, Any]:
    """A row as its view has it, but for JSON, which is parsed: for printing as JSON."""
    made = asdict(row)
    for name, value in made.items():
        if isinstance(value, datetime):
            made[name] = f"{value:%Y-%m-%dT%H:%M:%SZ}"
        elif isinstance(value, date):
            made[name] = value.isoformat()
        elif isinstance(value, bool):
            made[name] = int(value)
    return made


def _by_concept(rows: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.concept_slug, []).append(row)
    return found


def _rows(connection: sa.Connection, row: type[Row], query: str, **values: Any) -> list[Row]:
    made = _readers(row)  # type: ignore[arg-type]
    found = connection.execute(sa.text(query), values).mappings().all()
    try:
        return [row(**{name: read(one[name]) for name, read in made.items()}) for one in found]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _Unreadable(f"{row.__name__}: {error}") from error


@cache
def _readers(row: type) -> Mapping[str, Callable[[Any], Any]]:
    """How each column of a view becomes a field."""
    hints = get_type_hints(row)
    return {one.name: _reader(hints[one.name]) for one in fields(row)}


def _reader(hint: Any) -> Callable[[Any], Any]:
    if NoneType in get_args(hint):
        (inner,) = (part for part in get_args(hint) if part is not NoneType)
        read = _reader(inner)
        return lambda value: None if value is None else read(value)
    return _READERS.get(hint, hint)


_READERS: Mapping[Any, Callable[[Any], Any]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    tuple[str, ...]: lambda value: tuple(json.loads(value)),
    tuple[Matched, ...]: lambda value: tuple(Matched(**one) for one in json.loads(value)),
    tuple[Coverage, ...]: lambda value: tuple(Coverage(**one) for one in json.loads(value)),
}
