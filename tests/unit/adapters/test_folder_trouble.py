"""folder.keep where the folder is not fit, or the system refuses: one sentence, and nothing half-done."""

import fcntl
import os
import resource
from contextlib import contextmanager
from pathlib import Path

import pytest

from models.errors import Locked, UsageError
from pipeline.adapters.folder import keep
from tests.unit.adapters.test_folder import FIRST, SECOND, made, refused, shown, tree


@contextmanager
def room_for(size):
    """As if the disk were full: no file may grow over `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(
    "path", ["/etc/x", "../x", "a/../x", "a//x", "", ".x", "a/.x", "a/", "a\0b", "a\nb", "c:x", "a\\b", "a" * 256, "\ud800"]
)
def test_a_path_that_is_not_ours_to_write_is_refused(tmp_path, path):
    assert "is no path of a file in a folder" in refused(tmp_path / "www", {path: b""})
    assert list(tmp_path.iterdir()) == []


def test_a_path_comes_once_and_is_either_file_or_folder(tmp_path):
    with pytest.raises(UsageError, match="comes twice"):
        keep(tmp_path, made(FIRST) + made(FIRST), "export")
    assert "cannot be file and folder" in refused(tmp_path, {"a/b": b"", "a": b""})
    assert tree(tmp_path) == {}


def test_a_file_a_loose_end_or_a_path_below_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("theirs")
    (tmp_path / "loose").symlink_to(tmp_path / "nowhere")
    assert "is no folder" in refused(tmp_path / "file")
    assert "is no folder" in refused(tmp_path / "loose")
    assert "cannot be written" in refused(tmp_path / "file" / "www")


@pytest.mark.parametrize("sign", ["settings.toml", "sources.toml", "concepts/model.md", "news.db-wal", "news.db.lock"])
def test_a_folder_with_our_own_configuration_or_database_is_refused(tmp_path, sign):
    (tmp_path / "concepts").mkdir()
    (tmp_path / "news.db").touch()
    (tmp_path / sign).touch()
    assert sign in refused(tmp_path)


def test_a_published_copy_may_stand_beside_and_a_concept_may_be_called_concepts(tmp_path):
    (tmp_path / "copy.db").touch()
    for files in ({"concepts/news.json": b"1"}, {"concepts/news.json": b"2"}):
        keep(tmp_path, made(files), "export")
    assert shown(tmp_path) == {"copy.db": b"", "concepts/news.json": b"2"}


def test_a_link_to_a_folder_is_a_folder(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "www").symlink_to(tmp_path / "real")
    keep(tmp_path / "www", made(FIRST), "export")
    assert shown(tmp_path / "real") == FIRST


def test_links_inside_are_not_followed(tmp_path):
    www, elsewhere = tmp_path / "www", tmp_path / "elsewhere"
    www.mkdir()
    elsewhere.mkdir()
    (elsewhere / "index.json").write_bytes(FIRST["index.json"])
    (www / "index.json").symlink_to(elsewhere / "index.json")
    assert "is a link to elsewhere, and a file is needed" in refused(www)
    (www / "index.json").unlink()
    (www / "a").symlink_to(elsewhere)
    assert "is a link to elsewhere, and a folder is needed" in refused(www)
    assert tree(elsewhere) == {"index.json": FIRST["index.json"]}


def test_what_became_a_link_since_is_not_removed_through_it(tmp_path):
    www, elsewhere = tmp_path / "www", tmp_path / "elsewhere"
    keep(www, made(FIRST), "export")
    (www / "b").rename(elsewhere)
    (www / "b").symlink_to(elsewhere)
    (elsewhere / ".conceptwire.tmp").write_text("theirs now")
    assert keep(www, made(SECOND), "export").removed == ()
    assert tree(elsewhere) == {"news.json": FIRST["b/news.json"], ".conceptwire.tmp": b"theirs now"}
    assert (www / "b").is_symlink()


def test_a_file_for_a_folder_and_a_folder_for_a_file_are_in_the_way(tmp_path):
    (tmp_path / "a").write_text("theirs")
    assert f"{tmp_path / 'a'}: is a file, and a folder is needed" in refused(tmp_path)
    (tmp_path / "a").unlink()
    (tmp_path / "index.json").mkdir()
    assert f"{tmp_path / 'index.json'}: is a folder, and a file is needed" in refused(tmp_path)
    (tmp_path / "index.json").rmdir()
    os.mkfifo(tmp_path / "index.json")
    assert f"{tmp_path / 'index.json'}: is no plain file, and a file is needed" in refused(tmp_path)


def test_what_was_ours_and_is_now_below_a_file_is_gone(tmp_path):
    keep(tmp_path, made(SECOND), "export")
    (tmp_path / "c/d/news.json").unlink()
    (tmp_path / "c/d").rmdir()
    (tmp_path / "c/d").write_text("theirs")
    assert keep(tmp_path, made(FIRST), "export").removed == ()
    assert shown(tmp_path) == {**FIRST, "c/d": b"theirs"}


@pytest.mark.parametrize(
    "content",
    [b"", b'{"files": ["a/news', b"[]", b'{"files": "a"}', b'{"files": ["../x"]}', b'{"files": [3]}', b"\xff", b"[" * 99999],
)
@pytest.mark.parametrize("maker", ["export", "site"])
def test_a_list_that_cannot_be_read_removes_nothing(tmp_path, content, maker):
    keep(tmp_path, made(FIRST), "export")
    (tmp_path / f".conceptwire-{maker}.json").write_bytes(content)
    assert f".conceptwire-{maker}.json: is no list of files" in refused(tmp_path, {})


def test_a_list_is_not_read_through_a_link(tmp_path):
    (tmp_path / "list").write_text('{"files": []}')
    (tmp_path / ".conceptwire-export.json").symlink_to(tmp_path / "list")
    assert "is no list of files" in refused(tmp_path, {})


def test_a_full_disk_is_said_and_leaves_whole_files_that_the_next_keep_renews(tmp_path):
    keep(tmp_path, made(FIRST), "export")
    large = {**SECOND, "index.json": b"4" * 100_000}
    with room_for(50_000), pytest.raises(UsageError) as error:
        keep(tmp_path, made(large), "export")
    assert f"{tmp_path / 'index.json'}: cannot be written (File too large)" in str(error.value)
    assert shown(tmp_path) == {**FIRST, **SECOND, "index.json": FIRST["index.json"]}
    assert not list(tmp_path.rglob("*.tmp"))
    keep(tmp_path, made(large), "export")
    assert shown(tmp_path) == large


def test_a_place_that_we_may_not_write_to_is_said(tmp_path):
    assert "cannot be written" in refused(Path("/proc/conceptwire/www"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_we_may_not_write_to_is_said(tmp_path):
    tmp_path.chmod(0o555)
    try:
        assert "cannot be written (Permission denied)" in refused(tmp_path)
    finally:
        tmp_path.chmod(0o755)


def test_a_second_keep_waits_and_is_told_when_it_has_waited_enough(tmp_path):
    with (tmp_path / ".conceptwire.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Locked, match="another conceptwire"):
            keep(tmp_path, made(FIRST), "export", patience=0.15)
        assert shown(tmp_path) == {}
    keep(tmp_path, made(FIRST), "export", patience=0.0)
    assert shown(tmp_path) == FIRST
