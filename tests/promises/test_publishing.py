"""The published copy: each run ends with it, whole or not at all, and whoever has the old one keeps it."""

import sqlite3
import stat
from contextlib import closing

import pytest

from models.errors import UsageError
from pipeline.adapters.store.publishing import publish
from tests.conftest import NOW

NEWS = "SELECT concept_slug, position, url FROM concept_news"


@pytest.fixture
def publishing(ran):
    """A site after one pass that publishes from now on."""
    settings = ran.folder / "settings.toml"
    settings.write_text(settings.read_text().replace('publish = ""', 'publish = "news.db"'))
    return ran


def rows(path, query=NEWS):
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        return connection.execute(query).fetchall()


def test_a_run_ends_with_a_compact_read_only_copy_that_stands_alone(publishing):
    publishing.run()
    copy = publishing.folder / "news.db"
    assert rows(copy) == publishing.rows(NEWS)
    assert rows(copy, "PRAGMA journal_mode") == [("delete",)]
    assert rows(copy, "PRAGMA integrity_check") == [("ok",)]
    assert rows(copy, "PRAGMA foreign_key_check") == []
    assert rows(copy, "SELECT last_successful_run_at FROM status") == publishing.rows("SELECT last_successful_run_at FROM status")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o444
    assert copy.stat().st_size < publishing.database.stat().st_size
    assert not rows(copy, "SELECT name FROM sqlite_master WHERE name IN ('article', 'entry', 'feed', 'decision', 'link')")
    assert sorted(one.name for one in publishing.folder.iterdir() if one.name.startswith((".", "news"))) == ["news.db"]


def test_a_decision_shows_in_the_copy_and_a_reader_of_the_old_one_keeps_it(publishing):
    publishing.run()
    copy = publishing.folder / "news.db"
    with closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as reader:
        before = reader.execute(NEWS).fetchall()
        (url,) = next(row[2:] for row in before if row[:2] == ("foundation-model", 1))
        publishing.call("hide", "foundation-model", url, "--now", NOW)
        assert reader.execute(NEWS).fetchall() == before
    assert ("foundation-model", 1, url) not in rows(copy)
    assert rows(copy) == publishing.rows(NEWS)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("conceptwire.db", "belongs to the database itself"),
        ("conceptwire.db-wal", "belongs to the database itself"),
        ("nowhere/news.db", "its folder does not exist"),
        ("concepts", "is no file"),
        ("settings.toml", "is there already and is no published copy"),
    ],
)
def test_a_target_that_is_something_else_is_named(unbroken, target, said):
    with pytest.raises(UsageError, match=said):
        publish(unbroken.database, unbroken.folder / target)


def test_a_pass_that_could_not_publish_does_not_begin(ran):
    runs, content = ran.rows("SELECT * FROM status"), (ran.folder / "settings.toml").read_bytes()
    target = {"CONCEPTWIRE_PUBLISH": str(ran.folder / "settings.toml")}
    done = ran.call("rescore", "--all", environment=target, check=False)
    assert (done.returncode, "is no published copy" in done.stderr) == (2, True), done.stderr
    assert ran.rows("SELECT * FROM status") == runs
    assert (ran.folder / "settings.toml").read_bytes() == content


def test_a_pass_that_changes_nothing_takes_the_old_copy_over_and_says_that_it_is_fresh(publishing):
    publishing.run()
    copy = publishing.folder / "news.db"
    fresh = "SELECT last_successful_run_at, last_change FROM status"
    with closing(sqlite3.connect(copy)) as old:
        before = old.execute(fresh).fetchone()
    copy.chmod(0o644)
    with closing(sqlite3.connect(copy)) as old, old:
        old.execute("UPDATE concepts SET body = 'of the old copy' WHERE slug = 'rlhf'")
    later = "2026-09-01T20:00Z"
    publishing.run("--now", later)
    assert rows(copy, "SELECT body FROM concepts WHERE slug = 'rlhf'") == [("of the old copy",)]
    assert rows(copy, fresh) == [("2026-09-01T20:00:00Z", before[1])]
    assert rows(copy, "PRAGMA journal_mode") == [("delete",)]
    (url,) = rows(copy, "SELECT url FROM concept_news WHERE concept_slug = 'rlhf'")[0]
    publishing.call("hide", "rlhf", url, "--now", later)
    assert rows(copy, "SELECT body FROM concepts WHERE slug = 'rlhf'") != [("of the old copy",)]


def test_a_damaged_copy_and_one_of_other_columns_are_made_anew_by_a_pass(publishing):
    publishing.run()
    copy = publishing.folder / "news.db"
    for damage in ("pages", "columns"):
        copy.chmod(0o644)
        if damage == "pages":
            size = copy.stat().st_size
            with copy.open("r+b") as stream:
                stream.seek(8192)
                stream.write(b"\xff" * (size - 8192))
        else:
            with closing(sqlite3.connect(copy)) as old, old:
                old.execute("ALTER TABLE concepts DROP COLUMN body")
        publishing.run()
        assert rows(copy, "PRAGMA integrity_check") == [("ok",)]
        assert rows(copy, "SELECT body FROM concepts") == publishing.rows("SELECT body FROM concepts")


def test_a_copy_follows_a_backup_that_is_put_back(publishing):
    def dated(day):
        file = publishing.folder / "concepts" / "rlhf.md"
        text = file.read_text()
        line = next(line for line in text.splitlines() if line.startswith("added:"))
        file.write_text(text.replace(line, f"added: {day}"))
        publishing.run()
        return rows(publishing.folder / "news.db", "SELECT added_on FROM concepts WHERE slug = 'rlhf'")

    publishing.run()
    publishing.call("backup", str(publishing.folder / "backup.db"))
    assert dated("2026-06-01") == [("2026-06-01",)]
    for ending in ("-wal", "-shm"):
        publishing.database.with_name(publishing.database.name + ending).unlink(missing_ok=True)
    (publishing.folder / "backup.db").replace(publishing.database)
    assert dated("2026-07-01") == [("2026-07-01",)]


def test_every_change_that_sites_see_gives_another_edition_and_nothing_else_does(ran):
    def edition():
        return ran.rows("SELECT edition FROM status")[0][0]

    seen = [edition()]
    ran.run()
    assert edition() == seen[0]
    for file, old, new in (
        ("sources.toml", 'name = "Open Bench"', 'name = "Open Bench Weekly"'),
        ("concepts/rlhf.md", "\ndefinition: ", "\ndefinition: In short, "),
        ("settings.toml", "related_shown = 3", "related_shown = 2"),
    ):
        path = ran.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        ran.run()
        assert edition() not in seen
        seen.append(edition())


def test_without_a_place_or_a_database_the_remedy_is_named(site, ran):
    assert "conceptwire run" in site.call("publish", str(site.folder / "x.db"), check=False).stderr
    done = ran.call("publish", check=False)
    assert (done.returncode, "publish = ... in settings.toml" in done.stderr) == (2, True)


def test_a_copy_is_no_database_to_write_to_and_a_damaged_one_is_replaced(publishing):
    publishing.run()
    copy = publishing.folder / "news.db"
    done = publishing.call("check", environment={"CONCEPTWIRE_DATABASE_URL": f"sqlite:///{copy}"}, check=False)
    assert (done.returncode, "another program" in done.stderr) == (2, True)
    copy.chmod(0o644)
    with copy.open("r+b") as stream:
        stream.truncate(5000)
    publishing.call("publish")
    assert rows(copy) == publishing.rows(NEWS)
