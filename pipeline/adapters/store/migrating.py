"""The schema made or brought up to date. Alembic is imported only when the stored revision differs."""

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

import models.migrations
from models.errors import StoreError
from models.schema import APPLICATION_ID, REVISION
from models.views import EDITION, EDITION_RENEWED, SEARCH, SEARCH_FILLED, VIEWS
from pipeline.adapters.store.engine import BUSY_SECONDS, Database


def migrate(database: Database, to: str = REVISION) -> None:
    """Bring the database to `to`, with the views of the contract. One transaction: all of it or nothing.

    Raises StoreError for a database newer than the code.
    """
    with database.reading() as connection:
        stored = _revision(connection)
    if stored == to:
        return
    if stored > REVISION:
        raise StoreError(
            str(database.path),
            f"its schema ({stored}) is newer than this program ({REVISION})",
            "pip install -U conceptwire",
        )
    with database.reading() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")  # no cascade while a table is rebuilt
    try:
        with database.writing() as connection:
            _upgrade(connection, to)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise StoreError(str(database.path), f"{len(broken)} rows point nowhere", "restore a backup")
    finally:
        with database.reading() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")


def outdated(path: Path) -> bool:
    """Whether a file must be brought up to date, or looked at more closely, before sites can read it. It is only read."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            return bool(found != [(REVISION,)])
    except sqlite3.Error:
        return True


def _revision(connection: sa.Connection) -> str:
    try:
        return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or "")
    except OperationalError as error:
        if "no such table" not in str(error.orig):
            raise
        return ""  # a new file has none


def _upgrade(connection: sa.Connection, to: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(models.migrations.__file__).parent))
    config.attributes["connection"] = connection
    if _revision(connection) == to:
        return  # another process was quicker
    if not _revision(connection):
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    _drop(connection)
    command.upgrade(config, to)
    if to == REVISION:
        for name, select in VIEWS.items():
            connection.exec_driver_sql(f"CREATE VIEW {name} AS {select}")
        for statement in (*SEARCH.values(), SEARCH_FILLED, *EDITION.values(), EDITION_RENEWED):
            connection.exec_driver_sql(statement)


def _drop(connection: sa.Connection) -> None:
    """Take the contract away while the tables under it change."""
    for name in VIEWS:
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
    for name, statement in reversed((SEARCH | EDITION).items()):
        kind = "TRIGGER" if statement.startswith("CREATE TRIGGER") else "TABLE"
        connection.exec_driver_sql(f"DROP {kind} IF EXISTS {name}")
