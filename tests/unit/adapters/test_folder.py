"""folder.keep: a folder that holds what we made, exactly; whatever kills a writer; and nobody else's file is touched."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.document import Document
from models.errors import UsageError
from pipeline.adapters.folder import Kept, keep

ROOT = Path(__file__).parents[3]
FIRST = {"a/news.json": b"one", "a/news.html": b"two", "b/news.json": b"three", "index.json": b"four"}
SECOND = {"a/news.json": b"one", "a/news.html": b"2", "c/d/news.json": b"five", "index.json": b"4"}
# Kills a writer before each of the calls that change a folder, one after the other, and has the next writer mend what is left.
KILLED = """
import os, shutil, sys
from pathlib import Path
from tests.unit.adapters.test_folder import FIRST, SECOND, hidden, made, shown, keep
os.fsync = lambda handle: None  # that is for machines that fail: a killed program loses nothing that it wrote
folder, kills, done = Path(sys.argv[1]), 0, False
while not done:
    shutil.rmtree(folder, ignore_errors=True)
    keep(folder, made(FIRST), "export")
    (folder / "a/theirs.txt").write_text("theirs")
    child = os.fork()
    if not child:
        left = [kills]
        def hook(event, arguments):
            if event in {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"}:
                if not left[0]:
                    os._exit(9)
                left[0] -= 1
        sys.addaudithook(hook)
        keep(folder, made(SECOND), "export")
        os._exit(0)
    done = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    kills += not done
    for path, content in shown(folder).items():  # every file is whole: the old one or the new one
        assert content in {FIRST.get(path), SECOND.get(path)} or path == "a/theirs.txt", (kills, path, content)
    keep(folder, made(SECOND), "export")
    assert shown(folder) == {**SECOND, "a/theirs.txt": b"theirs"}, kills
    assert hidden(folder) == {".conceptwire-export.json", ".conceptwire.lock"}, kills
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["a", "c"], kills
    keep(folder, made({}), "export")
    assert shown(folder) == {"a/theirs.txt": b"theirs"}, kills
print(kills)
"""


def made(files):
    return [Document(path, content) for path, content in files.items()]


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def shown(folder):
    return {path: content for path, content in tree(folder).items() if not Path(path).name.startswith(".")}


def hidden(folder):
    return {path for path in tree(folder) if Path(path).name.startswith(".")}


def refused(folder, files=FIRST, maker="export"):
    """What is said when nothing is done."""
    before = tree(folder) if folder.is_dir() else None
    with pytest.raises(UsageError) as error:
        keep(folder, made(files), maker)
    assert before is None or {**tree(folder), ".conceptwire.lock": b""} == {**before, ".conceptwire.lock": b""}
    assert "\n  Try: " in str(error.value)
    return str(error.value)


def test_a_folder_holds_what_was_made_and_says_what_changed(tmp_path):
    folder = tmp_path / "new" / "www"
    assert keep(folder, made(FIRST), "export") == Kept(tuple(FIRST), 0, ())
    assert shown(folder) == FIRST
    done = keep(folder, made(SECOND), "export")
    assert done == Kept(("a/news.html", "c/d/news.json", "index.json"), 1, ("b/news.json",))
    assert shown(folder) == SECOND
    assert not (folder / "b").exists()
    assert keep(folder, made({}), "export") == Kept((), 0, tuple(sorted(SECOND)))
    assert hidden(folder) == set(tree(folder)) == {".conceptwire-export.json", ".conceptwire.lock"}


def test_what_is_right_already_keeps_its_times(tmp_path):
    keep(tmp_path, made(FIRST), "export")
    for path in tmp_path.rglob("*.json"):
        os.utime(path, (1, 1))
    assert keep(tmp_path, made(FIRST), "export") == Kept((), 4, ())
    assert {path.stat().st_mtime for path in tmp_path.rglob("*.json")} == {1}


def test_files_can_be_read_by_web_servers_as_the_umask_allows(tmp_path):
    before = os.umask(0o027)
    try:
        keep(tmp_path, made(FIRST), "export")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "index.json").stat().st_mode) == 0o640


def test_what_others_put_there_is_never_touched(tmp_path):
    theirs = {"robots.txt": b"theirs", "b/photo.jpg": b"theirs", ".htaccess": b"theirs"}
    for path, content in theirs.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    for files in (FIRST, SECOND, {}):
        keep(tmp_path, made(files), "export")
        assert {path: tree(tmp_path)[path] for path in theirs} == theirs


def test_somebody_elses_file_in_our_place_is_refused_before_anything_is_written(tmp_path):
    (tmp_path / "index.json").write_bytes(b"theirs")
    assert str(tmp_path / "index.json") in refused(tmp_path)
    assert shown(tmp_path) == {"index.json": b"theirs"}


def test_somebody_elses_file_with_the_right_bytes_is_left_and_stays_theirs(tmp_path):
    (tmp_path / "index.json").write_bytes(FIRST["index.json"])
    assert keep(tmp_path, made(FIRST), "export").unchanged == 1
    keep(tmp_path, made({}), "export")
    assert shown(tmp_path) == {"index.json": FIRST["index.json"]}
    keep(tmp_path, made(FIRST), "export")
    assert "is not ours" in refused(tmp_path, SECOND)


def test_two_makers_share_a_folder_and_what_both_make_goes_with_the_last(tmp_path):
    pages = {"index.html": b"page", "a/news.json": b"one"}
    keep(tmp_path, made(FIRST), "export")
    assert keep(tmp_path, made(pages), "site") == Kept(("index.html",), 1, ())
    assert shown(tmp_path) == FIRST | pages
    assert keep(tmp_path, made({}), "export").removed == ("a/news.html", "b/news.json", "index.json")
    assert shown(tmp_path) == pages
    assert keep(tmp_path, made({}), "site").removed == ("a/news.json", "index.html")
    assert shown(tmp_path) == {}


def test_two_makers_that_share_a_file_may_both_renew_it_but_not_begin_to_differ(tmp_path):
    keep(tmp_path, made(FIRST), "export")
    assert "`conceptwire export`" in refused(tmp_path, {"a/news.json": b"another"}, "site")
    keep(tmp_path, made({"a/news.json": b"one"}), "site")
    keep(tmp_path, made({"a/news.json": b"new"}), "export")
    assert keep(tmp_path, made({"a/news.json": b"new"}), "site") == Kept((), 1, ())


def test_a_killed_writer_leaves_whole_files_and_nothing_that_the_next_cannot_mend(tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path / "www")]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 15


def test_a_half_written_file_of_a_killed_writer_is_cleared_away(tmp_path):
    keep(tmp_path, made(FIRST), "export")
    for place in (tmp_path, tmp_path / "b"):
        (place / ".conceptwire.tmp").write_bytes(b"hal")
    keep(tmp_path, made(SECOND), "export")
    assert not (tmp_path / "b").exists()
    assert hidden(tmp_path) == {".conceptwire-export.json", ".conceptwire.lock"}


@settings(max_examples=25)
@given(
    st.lists(st.dictionaries(st.sampled_from(["a", "b/c", "b/d", "e/f/g", "e/h"]), st.binary(max_size=2)), min_size=1, max_size=4)
)
def test_the_last_keep_alone_says_what_is_there(tmp_path_factory, rounds):
    folder = tmp_path_factory.mktemp("kept")
    for files in rounds:
        before = shown(folder)
        done = keep(folder, made(files), "export")
        assert shown(folder) == files
        assert set(done.removed) == before.keys() - files.keys()
        assert len(done.written) + done.unchanged == len(files)
    assert {path.name for path in folder.rglob("*") if path.is_dir()} == {
        str(parent.name) for path in rounds[-1] for parent in Path(path).parents if parent.name
    }
