"""`site` and `export` as people use them: run twice, killed, told nonsense, pointed at copies."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from config.loading import is_base_address
from tests.conftest import NOW


def tree(folder):
    """Every file of a folder with its bytes and when it was written."""
    return {
        path.relative_to(folder): (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def copy(unbroken, tmp_path_factory):
    """A published copy."""
    target = tmp_path_factory.mktemp("shown") / "news.db"
    unbroken.call("publish", str(target))
    return target


def test_a_second_export_writes_nothing_and_the_copy_gives_the_same_files(unbroken, copy, tmp_path):
    unbroken.call("export", str(tmp_path / "one"))
    before = tree(tmp_path / "one")
    unbroken.call("export", str(tmp_path / "one"))
    assert tree(tmp_path / "one") == before
    unbroken.call("export", str(tmp_path / "two"), "--from", str(copy))
    assert {path: content for path, (content, _) in tree(tmp_path / "two").items()} == {
        path: content for path, (content, _) in before.items()
    }


def test_renamed_and_removed_concepts_leave_no_orphan_and_a_rename_leads_on(ran, tmp_path):
    out, concepts = tmp_path / "out", ran.folder / "concepts"
    ran.call("site", str(out))
    text = (concepts / "rlhf.md").read_text()
    (concepts / "human-feedback.md").write_text(text.replace("\nname:", "\nwas: [rlhf]\nname:", 1))
    for gone in ("rlhf", "watermarking"):
        (concepts / f"{gone}.md").unlink()
    for file in concepts.glob("*.md"):
        file.write_text(file.read_text().replace(", watermarking", "").replace("watermarking, ", ""))
    ran.run()
    ran.call("site", str(out))
    assert not (out / "watermarking").exists()
    assert "../human-feedback/index.html" in (out / "rlhf" / "index.html").read_text()
    assert not (out / "rlhf" / "news.json").exists()
    assert (out / "human-feedback" / "news.json").exists()
    assert "RLHF" in ran.call("links", "rlhf", "--now", NOW).stdout.splitlines()[0]


def test_a_run_that_finds_nothing_new_rewrites_the_index_alone(ran, tmp_path):
    ran.call("site", str(tmp_path / "out"))
    before = tree(tmp_path / "out")
    ran.run("--now", "2026-08-31T21:00Z")
    ran.call("site", str(tmp_path / "out"))
    after = tree(tmp_path / "out")
    assert [str(path) for path in after if after[path] != before.get(path)] == ["index.html"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["site", ""], "DIR: is empty"),
        (["export", ""], "DIR: is empty"),
        (["site", "{site}"], "holds conceptwire's own files"),
        (["site", "{site}/concepts"], "holds conceptwire's own files"),
        (["site", "{site}/settings.toml"], "is no folder"),
        (["site", "{tmp}/out", "--base-url", "https://g.example/?a=b"], "not an address that others can begin with"),
        (["site", "{tmp}/out", "--from", "{tmp}/none.db"], "is not there"),
        (["site", "{tmp}/out", "--from", "{site}/settings.toml"], "cannot be read"),
        (["site", "{tmp}/out", "--from", "{tmp}/empty.db"], "has no status"),
        (["export", "{tmp}/out", "--from", "{tmp}/broken.db"], "holds what no run writes"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_is_told_and_nothing_is_written(unbroken, copy, tmp_path, said, told):
    with closing(sqlite3.connect(tmp_path / "empty.db")) as connection:
        connection.execute("CREATE TABLE status (contract_version INTEGER)")
    shutil.copy(copy, tmp_path / "broken.db")
    (tmp_path / "broken.db").chmod(0o644)
    with closing(sqlite3.connect(tmp_path / "broken.db")) as connection, connection:
        connection.execute("UPDATE concept_news SET terms = '{'")
    done = unbroken.call(*(one.format(site=unbroken.folder, tmp=tmp_path) for one in said), check=False)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("address", "fits"), [
    ("https://g.example", True), ("http://g.example:8080/a/b%20c/", True), ("https://g.example/#f", False),
    ("https://g.example/a b/", False), ("ftp://g.example/", False), ("https://g.example/größe/", False), ('https://g.example/"', False),
])  # fmt: skip
def test_addresses_that_others_can_begin_with(address, fits):
    assert is_base_address(address) == fits


def test_history_that_is_read_in_makes_no_stale_news_look_fresh(ran, tmp_path):
    fresh = ran.rows("SELECT last_successful_run_at FROM status")
    (tmp_path / "old.jsonl").write_text(
        '{"url": "https://paper.example/1", "title": "A tale", "text": "Long ago.", "published": "2020-01-01"}\n'
    )
    ran.call("backfill", str(tmp_path / "old.jsonl"))
    assert ran.rows("SELECT last_successful_run_at FROM status") == fresh
