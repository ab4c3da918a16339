"""Connections and files: whose database it is, and how every connection is set."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from models.errors import StoreError
from models.schema import APPLICATION_ID, run
from pipeline.adapters.store.engine import located, opened
from pipeline.adapters.store.migrating import migrate


def open_at(folder, name="news.db"):
    return opened(located(f"sqlite:///{name}", folder))


def pragma(connection, name):
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


@pytest.mark.parametrize("way", ["writing", "reading"])
def test_every_connection_has_foreign_keys_and_wal(database, way):
    for _ in range(3):
        with getattr(database, way)() as connection:
            assert pragma(connection, "foreign_keys") == 1
            assert pragma(connection, "journal_mode") == "wal"
            assert pragma(connection, "busy_timeout") >= 10_000
        database.engine.dispose()  # the next block has a connection of its own


def test_a_writer_takes_the_lock_when_it_begins(database):
    with database.writing() as connection:
        assert connection.connection.dbapi_connection.in_transaction
        with closing(sqlite3.connect(database.path, timeout=0)) as other, pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")


def test_a_reader_takes_no_lock(database):
    with database.reading() as connection, closing(sqlite3.connect(database.path, timeout=0)) as other:
        connection.exec_driver_sql("SELECT * FROM concepts").fetchall()
        other.execute("BEGIN IMMEDIATE")
        other.rollback()


def test_a_reader_does_not_wait_for_a_writer(database):
    began = time.monotonic()
    with closing(sqlite3.connect(database.path, timeout=0, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        database.engine.dispose()
        with database.engine.connect() as connection:
            connection.connection.dbapi_connection.execute("PRAGMA busy_timeout = 100")
        with database.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM concepts").scalar_one() == 0
        other.rollback()
    assert time.monotonic() - began < 5


def half_a_block(database):
    with database.writing() as connection:
        connection.execute(sa.insert(run).values(started_at=datetime(2026, 9, 1, tzinfo=UTC)))
        raise KeyError


def test_all_of_a_block_is_written_or_nothing(database):
    with pytest.raises(KeyError):
        half_a_block(database)
    with database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(run)).scalar_one() == 0


def test_a_row_that_points_nowhere_is_refused(database):
    with pytest.raises(sa.exc.IntegrityError), database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO features (article_id, tokens) VALUES (99, x'00')")


def test_datetimes_are_utc_with_z_on_disk_and_aware_utc_when_read(database):
    east = datetime(2026, 9, 1, 2, 30, 59, 999, tzinfo=timezone(timedelta(hours=5)))
    with database.writing() as connection:
        connection.execute(sa.insert(run).values(started_at=east))
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT started_at FROM run").scalar_one() == "2026-08-31T21:30:59Z"
        read = connection.execute(sa.select(run.c.started_at)).scalar_one()
    assert (read, read.utcoffset()) == (datetime(2026, 8, 31, 21, 30, 59, tzinfo=UTC), timedelta(0))


def test_a_datetime_without_a_zone_is_refused(database):
    with pytest.raises((sa.exc.StatementError, ValueError), match="no time zone"), database.writing() as connection:
        connection.execute(sa.insert(run).values(started_at=datetime(2026, 9, 1)))  # noqa: DTZ001


def foreign(path, *statements):
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path.read_bytes()


@pytest.mark.parametrize(
    "statements",
    [["CREATE TABLE users (id)"], ["PRAGMA application_id = 7"], ["PRAGMA application_id = 7", "CREATE TABLE users (id)"]],
)
def test_a_database_of_another_program_is_refused_and_left_as_it_is(tmp_path, statements):
    content = foreign(tmp_path / "news.db", *statements)
    with pytest.raises(StoreError, match="another program"):
        open_at(tmp_path)
    assert (tmp_path / "news.db").read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["news.db"]


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "news.db").write_text("Dear diary, " * 200)
    with pytest.raises(StoreError, match="cannot be used"):
        open_at(tmp_path)
    assert (tmp_path / "news.db").read_text() == "Dear diary, " * 200


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"mkdir -p .*none"):
        open_at(tmp_path, "none/news.db")


def test_a_folder_in_the_files_place_is_refused(tmp_path):
    (tmp_path / "news.db").mkdir()
    with pytest.raises(StoreError, match="cannot be used"):
        open_at(tmp_path)


def test_an_empty_file_becomes_ours(tmp_path):
    (tmp_path / "news.db").touch()
    made = open_at(tmp_path)
    migrate(made)
    with made.reading() as connection:
        assert pragma(connection, "application_id") == APPLICATION_ID
    made.close()
    open_at(tmp_path).close()


def test_a_relative_path_starts_in_the_given_folder_and_an_absolute_one_does_not(tmp_path):
    assert located("sqlite:///a/news.db", tmp_path).database == str(tmp_path / "a" / "news.db")
    assert located("sqlite:////data/news.db", tmp_path).database == "/data/news.db"


@pytest.mark.parametrize("url", ["news.db", "postgresql://host/news", "sqlite://", "sqlite:///:memory:", ""])
def test_what_is_no_sqlite_file_is_refused(tmp_path, url):
    with pytest.raises(StoreError, match="database_url"):
        located(url, tmp_path)
