"""Connections to the database: every one with foreign keys on, WAL, a busy timeout, BEGIN IMMEDIATE."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from models.errors import StoreError
from models.schema import APPLICATION_ID

BUSY_SECONDS = 30  # how long a writer waits for another before it gives up


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
        event.listen(self.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction: all of the block or nothing."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Statements outside any transaction."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection

    def close(self) -> None:
        """Give the file back."""
        self.engine.dispose()


def opened(url: URL) -> Database:
    """The database, after a look at whose file it is."""
    database = Database(url)
    if not database.path.parent.is_dir():
        raise StoreError(str(database.path), "its folder does not exist", f"mkdir -p {database.path.parent}")
    try:
        with database.reading() as connection:
            owner = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
            tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
    except (OperationalError, DatabaseError) as error:
        raise StoreError(str(database.path), f"cannot be opened ({error.orig})", "another path in database_url") from None
    if owner != APPLICATION_ID and (owner or tables):
        raise StoreError(str(database.path), "is a database of another program", "another path in database_url")
    return database


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
