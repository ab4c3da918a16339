"""Connections to the database: every one with foreign keys on, WAL, a busy timeout, BEGIN IMMEDIATE."""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from models.errors import StoreError
from models.schema import APPLICATION_ID

Value = TypeVar("Value", int, str)
_VARIABLES = 500  # SQLite's statements take at least 999
BUSY_SECONDS = 30  # how long a writer waits for another before it gives up


def chunks(values: Collection[Value]) -> Iterator[list[Value]]:
    """The values in order, as many at once as any SQLite takes in one statement."""
    ordered = sorted(values)
    for start in range(0, len(ordered), _VARIABLES):
        yield ordered[start : start + _VARIABLES]


def located(database_url: str, folder: Path) -> URL:
    """The URL with a relative path taken from `folder`. Only SQLite files are supported."""
    try:
        url = make_url(database_url)
    except ArgumentError:
        raise StoreError("database_url", f"{database_url!r} is not a database URL", "sqlite:///news.db") from None
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise StoreError("database_url", f"{database_url!r} is not a SQLite file", "sqlite:///news.db")
    return url.set(database=str((folder / url.database).absolute()))


class Database:
    """One SQLite file, opened for writing by one process at a time."""

    def __init__(self, url: URL) -> None:
        self.path = Path(str(url.database))
        self.engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS}, poolclass=sa.StaticPool)
        event.listen(self.engine, "connect", _prepare)
        event.listen(self.engine, "begin", _begin)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction: all of the block or nothing."""
        with self._bordered(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Statements outside any transaction."""
        with self._bordered(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection

    @contextmanager
    def _bordered(self) -> Iterator[None]:
        """What the file or the disk does wrong becomes a StoreError; a wrong statement stays a bug."""
        try:
            yield
        except DatabaseError as error:
            if type(error) not in {DatabaseError, OperationalError}:
                raise
            raise _unusable(self.path, error.orig) from error

    def close(self) -> None:
        """Give the file back."""
        self.engine.dispose()


def opened(url: URL) -> Database:
    """The database, after a look at whose file it is; another's is left untouched."""
    path = Path(str(url.database))
    if not path.parent.is_dir():
        raise StoreError(str(path), "its folder does not exist", f"mkdir -p {path.parent}")
    if path.exists() and path.stat().st_size:
        _look_at(path)
    database = Database(url)
    with database.reading() as connection:
        connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    return database


def _look_at(path: Path) -> None:
    """Raise StoreError where the file is no database, or another program's."""
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)
        try:
            (owner,) = connection.execute("PRAGMA application_id").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise _unusable(path, error) from None
    if owner != APPLICATION_ID and (owner or tables):
        raise StoreError(str(path), "is a database of another program", "another path in database_url")


def _unusable(path: Path, error: object) -> StoreError:
    return StoreError(
        str(path), f"cannot be used ({error})", "another database_url, or its backup; may you write there, is the disk full?"
    )


def _begin(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _prepare(connection: sqlite3.Connection, record: Any) -> None:  # noqa: ARG001
    connection.isolation_level = None  # SQLAlchemy says when a transaction begins
    for pragma in (
        "foreign_keys = ON",
        "journal_mode = WAL",
        "synchronous = NORMAL",  # in WAL a power cut loses the last commits at most, never the file
        "cache_size = -65536",  # 64 MiB
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
