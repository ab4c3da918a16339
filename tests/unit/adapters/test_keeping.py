"""The database's file: made small, checked, copied while others write."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from models.errors import StoreError, UsageError
from models.schema import APPLICATION_ID
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.keeping import backup, check, vacuum
from pipeline.adapters.store.links import StoredLinks
from tests.unit.adapters.making import NOW, begun, concept, entry, feeds, glossary, kept, link, placed, queue, rows

ROOT = Path(__file__).parents[3]
URLS = [f"https://wire.example/{name}" for name in "abc"]

OLDER = b"SQLite format 3\0" + bytes(52) + APPLICATION_ID.to_bytes(4, "big") + b"an older copy"


@pytest.fixture
def store(database):
    """Three articles in the box of a concept."""
    feeds(database)
    begun(database)
    StoredLinks(database).configure(glossary("bias"), NOW)
    for url in URLS:
        kept(database, "wire", url, f"The text of {url}.")
    made = placed(*(link(database, "bias", url) for url in URLS))
    StoredLinks(database).replace(concept("bias"), made, lambda url: "new article", NOW)
    StoredArticles(database).settled([1, 2, 3])
    return database


def written(database, *statements):
    """The database, with something done to it that the store would not do."""
    with closing(sqlite3.connect(database.path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_a_database_that_the_store_made_is_sound(database, store):
    assert check(store, NOW) == []


@pytest.mark.parametrize(
    ("statement", "wrong", "remedy"),
    [
        ("UPDATE link SET position = 5 WHERE article_id = 2", "the positions of bias are 1, 3, 5, not 1 to 3", "rescore"),
        ("UPDATE link SET position = 1", "the positions of bias are 1, 1, 1, not 1 to 3", "rescore"),
        ("DELETE FROM link WHERE article_id = 1", "the positions of bias are 2, 3, not 1 to 2", "rescore"),
        ("UPDATE link SET rank = 9 WHERE article_id = 3", "the ranks of bias are 1, 2, 9, not 1 to 3", "rescore"),
        ("UPDATE link SET rank = NULL WHERE article_id = 3", "the box of bias shows what has no rank", "rescore"),
        ("DELETE FROM article WHERE id = 1", "table link: 1 rows name a row of article that is not there", "backup"),
        ("DELETE FROM concept", "table link: 3 rows name a row of concept that is not there", "backup"),
        ("DELETE FROM features WHERE article_id = 1", f"article {URLS[0]} has no counted words", "conceptwire run"),
        ("UPDATE article SET published = '2026-09-02T00:00:00Z' WHERE id = 1", f"article {URLS[0]} is dated 2026-09-02", "backup"),
        ("UPDATE article SET first_seen = '2026-09-02T00:00:00Z' WHERE id = 1", "which is still to come", "clock"),
        ("UPDATE entry SET state = 'queued', payload = NULL WHERE id = 1", f"entry {URLS[0]} is queued", "backup"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_a_remedy(store, statement, wrong, remedy):
    written(store, statement)
    found = [fault for fault in check(store, NOW) if wrong in fault.wrong]
    assert len(found) == 1, check(store, NOW)
    assert remedy in found[0].remedy
    assert str(found[0]) == f"{found[0].wrong}. Try: {found[0].remedy}"


@pytest.mark.parametrize("why", ["UPDATE article SET settled = 0 WHERE id = 3", "INSERT INTO unplaced VALUES ('bias', 'gone')"])
def test_a_box_that_is_to_be_made_anew_may_have_gaps_until_then(store, why):
    written(store, "DELETE FROM link WHERE article_id = 1", why)
    assert check(store, NOW) == []


def test_the_day_of_a_run_is_no_day_to_come_whatever_the_clock_says_now(store):
    assert check(store, NOW - timedelta(days=400)) == []


def test_the_first_faults_of_a_kind_are_named_and_the_rest_counted(store):
    for number in range(20):
        kept(store, "wire", f"https://wire.example/{number}", f"Text {number}.")
    written(store, "DELETE FROM features")
    found = [fault.wrong for fault in check(store, NOW)]
    assert (len(found), found[-1]) == (6, "and 18 more like it")


def test_a_damaged_file_is_named(store):
    with store.reading() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
        root = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'article_by_date'").scalar_one()
    store.close()
    with store.path.open("r+b") as stream:
        stream.seek((root - 1) * 4096)
        stream.write(b"\xff" * 4096)
    found = check(store, NOW)
    assert found
    assert all("backup" in fault.remedy for fault in found)


def test_vacuum_gives_back_what_deleted_rows_took_and_changes_nothing(store):
    for number in range(40):
        kept(store, "wire", f"https://wire.example/{number}", f"{number} " * 20_000)
    written(store, "DELETE FROM article WHERE id > 3", "DELETE FROM features WHERE article_id > 3",
            "UPDATE entry SET article_id = NULL, payload = NULL WHERE article_id > 3", "DELETE FROM article_source WHERE article_id > 3")  # fmt: skip
    before = rows(store, "SELECT * FROM link"), rows(store, "SELECT * FROM article")
    done = vacuum(store)
    assert done.after < done.before / 4
    assert done.after == store.path.stat().st_size
    assert (rows(store, "SELECT * FROM link"), rows(store, "SELECT * FROM article")) == before
    assert check(store, NOW) == []
    with store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA temp_store").scalar_one() == 2


def test_vacuum_without_room_says_how_much_is_needed_and_leaves_the_file(store):
    content = store.path.read_bytes()
    with pytest.raises(StoreError, match=r"0 MB free, and .* are needed[^$]*make room"):
        vacuum(store, free=lambda folder: 1000)
    assert store.path.read_bytes() == content


WRITING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
print("ready", flush=True)
for number in range(10**9):
    connection.execute("BEGIN IMMEDIATE")
    for copy in (1, 2):
        connection.execute("INSERT INTO tombstone VALUES (?, '2026-09-01T12:00:00Z')", (f"{number}-{copy}",))
    connection.execute("UPDATE concept SET definition = ?", (str(number),))
    connection.execute("COMMIT")
"""


def test_a_copy_taken_while_another_process_writes_is_one_moment_of_it(store, tmp_path):
    for number in range(30):
        kept(store, "wire", f"https://wire.example/{number}", f"{number} " * 60_000)
    seen = []
    with subprocess.Popen([sys.executable, "-c", WRITING, str(store.path)], stdout=subprocess.PIPE) as writer:
        try:
            assert writer.stdout.readline() == b"ready\n"
            while rows(store, "SELECT count(*) FROM tombstone")[0][0] < 20:
                time.sleep(0.01)
            for _ in range(3):
                before = rows(store, "SELECT count(*) FROM tombstone")[0][0]
                size = backup(store.path, tmp_path / "copy.db", lambda done, of: seen.append((done, of)))
                after = rows(store, "SELECT count(*) FROM tombstone")[0][0]
                with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
                    assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                    assert copy.execute("PRAGMA journal_mode").fetchall() == [("delete",)]
                    (found,) = copy.execute("SELECT count(*) FROM tombstone").fetchone()
                    newest = copy.execute("SELECT definition FROM concept").fetchone()[0]
                    assert copy.execute("SELECT count(*) FROM article").fetchone() == (33,)
                assert before <= found <= after
                assert (found % 2, found) == (0, 2 * (int(newest) + 1))
        finally:
            writer.kill()
    assert after > before
    assert size == (tmp_path / "copy.db").stat().st_size
    assert seen[-1][0] == seen[-1][1] > 1000
    assert sorted(path.name for path in tmp_path.iterdir() if "copy" in path.name) == ["copy.db"]


def test_a_copy_replaces_an_older_one_whole_and_reads_as_the_database(store, tmp_path):
    (tmp_path / "copy.db").write_bytes(OLDER)
    backup(store.path, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT url FROM concept_news ORDER BY position").fetchall() == [(url,) for url in URLS]


def test_a_copy_is_refused_where_something_else_would_be_lost(store, tmp_path):
    (tmp_path / "alias.db").symlink_to(store.path)
    (tmp_path / "hard.db").hardlink_to(store.path)
    (tmp_path / "used.db-wal").write_text("log")
    (tmp_path / "a file").touch()
    content = store.path.read_bytes()
    for name in (
        "news.db",
        "alias.db",
        "hard.db",
        "news.db-wal",
        "news.db.lock",
        "used.db",
        "",
        "none/copy.db",
        "a file/copy.db",
        "n" * 300,
    ):
        with pytest.raises(UsageError, match="Try: "):
            backup(store.path, tmp_path / name)
    with pytest.raises(UsageError, match="is no file"):
        backup(store.path, Path("/dev/null"))
    assert store.path.read_bytes() == content
    assert not [path for path in tmp_path.iterdir() if "part" in path.name]


def test_what_is_no_database_of_ours_is_not_copied(tmp_path):
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE users (id)")
    (tmp_path / "diary").write_text("Dear diary, " * 200)
    for name, said in (("other.db", "another program"), ("diary", "not a database"), ("none.db", "cannot be copied")):
        with pytest.raises(StoreError, match=said):
            backup(tmp_path / name, tmp_path / "copy.db")
    assert not [path for path in tmp_path.iterdir() if "copy" in path.name]


def test_a_copy_that_is_stopped_leaves_the_older_one(store, tmp_path):
    (tmp_path / "copy.db").write_bytes(OLDER)

    def stop(done, of):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup(store.path, tmp_path / "copy.db", stop)
    assert (tmp_path / "copy.db").read_bytes() == OLDER
    assert not [path for path in tmp_path.iterdir() if "part" in path.name]


def test_a_damaged_database_does_not_replace_a_sound_copy(store, tmp_path):
    (tmp_path / "copy.db").write_bytes(OLDER)
    queue(store, "wire", entry("https://wire.example/z"))
    with store.reading() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
        root = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'article_by_date'").scalar_one()
    store.close()
    with store.path.open("r+b") as stream:
        stream.seek((root - 1) * 4096)
        stream.write(b"\xff" * 4096)
    with pytest.raises(StoreError):
        backup(store.path, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_bytes() == OLDER


def test_a_file_that_is_no_backup_of_ours_is_not_replaced(database, tmp_path):
    precious = tmp_path / "precious.txt"
    precious.write_text("hello")
    with pytest.raises(UsageError, match="no backup of ours"):
        backup(database.path, precious)
    assert precious.read_text() == "hello"
    backup(database.path, tmp_path / "copy.db")
    backup(database.path, tmp_path / "copy.db")
