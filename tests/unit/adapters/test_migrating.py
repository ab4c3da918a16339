"""The schema: made by migrations, the same as the tables in models.schema; the contract's views are there."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import models.migrations
from models import schema
from models.article import Features
from models.errors import StoreError
from models.views import CONTRACT_VERSION, VIEWS
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.engine import located, opened
from pipeline.adapters.store.links import StoredLinks
from pipeline.adapters.store.migrating import migrate
from tests.unit.adapters.making import rows

ROOT = Path(__file__).parents[3]
LINK = (
    "concept_slug position title url source_name source_slug source_homepage published_at published_from "
    "published_precision relevance also_covered_by passage terms text_from pinned"
)
CONTRACT = {  # DESIGN.md, section 5
    "concept_news": LINK,
    "concept_links": LINK + " rank linked_at",
    "related_concepts": "concept_slug position related_slug related_name related_definition similarity",
    "concepts": "slug name definition added_on minutes_to_read link_count newest_link_at",
    "renamed_concepts": "former_slug slug",
    "link_changes": "sequence at concept_slug url change reason",
    "status": "contract_version glossary_digest epoch last_successful_run_at newest_article_at",
    "source_health": "source_slug last_success_at last_status consecutive_failures next_fetch_at articles_30d links_30d",
}


def head():
    config = Config()
    config.set_main_option("script_location", str(Path(models.migrations.__file__).parent))
    return ScriptDirectory.from_config(config).get_current_head()


def test_the_revision_that_the_code_wants_is_the_newest_migration():
    assert head() == schema.REVISION


def not_of_search(_, name, *others):
    """The index for full-text search has tables of its own."""
    return not str(name).startswith("news_search")


def test_alembic_finds_no_difference_between_migrations_and_tables(database):
    with database.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": False, "compare_server_default": False, "include_object": not_of_search}
        )
        assert compare_metadata(context, schema.metadata) == []


def described(engine):
    """Every table's SQL, normalised: types, defaults, checks and keys included."""
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type != 'view' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'news_search%' AND type != 'trigger'"
        )
        return {name: re.sub(r"[\s\"']+", "", sql) for name, sql in found if name != "alembic_version"}


def test_a_migrated_database_has_the_very_tables_and_indexes_of_the_schema(database, tmp_path):
    fresh = sa.create_engine(f"sqlite:///{tmp_path / 'fresh.db'}")
    schema.metadata.create_all(fresh)
    assert described(database.engine) == described(fresh)
    fresh.dispose()


@pytest.mark.parametrize("view", CONTRACT)
def test_a_view_has_the_columns_of_the_contract(database, view):
    with database.reading() as connection:
        columns = set(connection.exec_driver_sql(f"SELECT * FROM {view}").keys())
    assert set(CONTRACT[view].split()) <= columns


def test_there_are_no_other_views_and_no_table_has_a_views_name(database):
    found = {name for (name,) in rows(database, "SELECT name FROM sqlite_master WHERE type = 'view'")}
    assert found == set(VIEWS) == set(CONTRACT)
    assert not set(schema.metadata.tables) & set(CONTRACT)


def test_the_status_of_a_new_database_is_one_row(database):
    (row,) = rows(database, "SELECT * FROM status")
    assert row[:-1] == (CONTRACT_VERSION, None, None, None, None, 0)


def test_a_database_that_is_up_to_date_is_not_written(database):
    before = rows(database, "PRAGMA data_version"), database.path.read_bytes()
    migrate(database)
    assert (rows(database, "PRAGMA data_version"), database.path.read_bytes()) == before


def test_a_database_newer_than_the_program_is_refused_and_left_as_it_is(database):
    with closing(sqlite3.connect(database.path)) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    with pytest.raises(StoreError, match=r"9999.*newer than this program(?s:.*)pip install -U"):
        migrate(database)
    assert rows(database, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_foreign_keys_are_off_while_a_table_may_be_rebuilt_and_on_again_after(tmp_path):
    made, seen = opened(located("sqlite:///news.db", tmp_path)), []

    def watch(connection, cursor, statement, *more):
        if "CREATE TABLE" in statement:
            seen.append(connection.connection.dbapi_connection.execute("PRAGMA foreign_keys").fetchone()[0])

    sa.event.listen(made.engine, "before_cursor_execute", watch)
    migrate(made)
    with made.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    made.close()
    assert set(seen) == {0}


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path):
    made = opened(located("sqlite:///news.db", tmp_path))

    def fail(connection, cursor, statement, *more):
        if "CREATE VIEW status" in statement:
            raise KeyError("the power is gone")

    sa.event.listen(made.engine, "before_cursor_execute", fail)
    with pytest.raises(KeyError):
        migrate(made)
    sa.event.remove(made.engine, "before_cursor_execute", fail)
    assert rows(made, "SELECT name FROM sqlite_master") == []
    migrate(made)
    assert rows(made, "SELECT version_num FROM alembic_version") == [(schema.REVISION,)]
    made.close()


def test_an_up_to_date_database_is_opened_without_alembic(database):
    code = (
        "import sys, pathlib; from pipeline.adapters.store import engine, migrating\n"
        f"made = engine.opened(engine.located('sqlite:///{database.path}', pathlib.Path('/')))\n"
        "migrating.migrate(made); made.close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_what_an_older_version_counted_is_forgotten_and_its_epoch_is_out_of_date(tmp_path):
    made = opened(located("sqlite:///news.db", tmp_path))
    migrate(made, "0001")
    with closing(sqlite3.connect(made.path)) as old:
        old.execute("INSERT INTO source VALUES ('wire', 'Wire', 'https://wire.example/', 1.0, 'fetch', 1)")
        old.execute(
            "INSERT INTO article VALUES (1, 'wire.example/a', 'https://wire.example/a', 'wire.example', 'Tokens', 'Tokens of text.', "
            "'page', 'h', 0, 'en', '2026-09-01T12:00:00Z', 'feed', 'minute', '2026-09-01T12:00:00Z', 3, 'c', 1)"
        )
        old.execute("INSERT INTO features VALUES (1, x'00')")
        old.execute("INSERT INTO epoch VALUES (7, '2026-09-01T12:00:00Z', 'g', 'p', 1, 1, 'new article', 'box', 1.0, x'00')")
        old.commit()
    migrate(made)
    assert rows(made, "SELECT canonical_url, text FROM article") == [("https://wire.example/a", "Tokens of text.")]
    assert rows(made, "SELECT * FROM features") == []
    assert list(StoredArticles(made).uncounted()) == [(1, "Tokens", "Tokens of text.", "page")]
    current = StoredLinks(made).current()
    assert (current.epoch, current.glossary_digest, current.parameters_digest) == (7, "g", "")
    StoredArticles(made).recount({1: Features("tokens", "tokens of text")})
    assert list(StoredArticles(made).uncounted()) == []
    made.close()


def test_validators_whose_address_nobody_kept_are_dropped_and_what_was_read_is_still_known(tmp_path):
    made = opened(located("sqlite:///news.db", tmp_path))
    migrate(made, "0004")
    with closing(sqlite3.connect(made.path)) as old:
        old.execute("INSERT INTO source VALUES ('wire', 'Wire', 'https://wire.example/', 1.0, 'fetch', 1)")
        columns = "configured_url, url, source_slug, configured, etag, last_modified, digest"
        old.execute(
            f"INSERT INTO feed ({columns}) VALUES ('https://wire.example/f', 'https://moved.example/f', 'wire', 1, 'e', 'm', 'd')"
        )
        old.commit()
    migrate(made)
    assert rows(made, "SELECT url, etag, last_modified, digest FROM feed") == [("https://moved.example/f", "", "", "d")]
    made.close()
