"""The run lock: one writer at a time, named to the other; freed by the kernel however its holder dies."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import Locked, StoreError
from pipeline.adapters.lock import held

NOW = datetime(2026, 9, 1, 12, 30, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
HOLDER = """
import sys, pathlib, datetime
from pipeline.adapters.lock import held
with held(pathlib.Path(sys.argv[1]), "conceptwire serve", datetime.datetime(2026, 8, 31, 23, 5, tzinfo=datetime.UTC)):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holding(database: Path):
    """Another process that holds the lock."""
    command = [sys.executable, "-c", HOLDER, str(database)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout.readline() == b"held\n"
            yield holder
        finally:
            holder.kill()


def test_a_second_process_is_refused_with_the_holders_name_and_since_when(tmp_path):
    database = tmp_path / "news.db"
    with holding(database) as holder, pytest.raises(Locked) as refused, held(database, "conceptwire run", NOW):
        pytest.fail("the lock was given twice")
    said = str(refused.value)
    assert str(database) in said
    assert f"conceptwire serve (process {holder.pid}) since 2026-08-31 23:05:00Z" in said
    assert refused.value.exit_code == 75


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    database = tmp_path / "news.db"
    with holding(database) as holder:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        with held(database, "conceptwire run", NOW):
            assert "conceptwire run" in (tmp_path / "news.db.lock").read_text()


def test_a_lock_given_back_can_be_taken_again(tmp_path):
    for _ in range(2):
        with held(tmp_path / "news.db", "conceptwire run", NOW):
            pass


def test_a_lock_is_given_back_when_its_block_fails(tmp_path):
    with pytest.raises(KeyError), held(tmp_path / "news.db", "conceptwire run", NOW):
        raise KeyError
    with held(tmp_path / "news.db", "conceptwire run", NOW):
        pass


def test_a_longer_name_of_the_last_holder_leaves_nothing_behind(tmp_path):
    for what in ("a name that is very much longer than the next", "short"):
        with held(tmp_path / "news.db", what, NOW):
            pass
    with held(tmp_path / "news.db", "brief", NOW):
        assert (tmp_path / "news.db.lock").read_text() == f"brief (process {os.getpid()}) since 2026-09-01 12:30:00Z"


def test_two_databases_of_one_folder_have_locks_of_their_own(tmp_path):
    with held(tmp_path / "one.db", "conceptwire run", NOW), held(tmp_path / "other.db", "conceptwire run", NOW):
        pass


def test_a_folder_that_is_not_there_is_the_users_error(tmp_path):
    with pytest.raises(StoreError, match="does not exist"), held(tmp_path / "none" / "news.db", "conceptwire run", NOW):
        pass


def test_patience_may_depend_on_who_holds_it(tmp_path):
    database, asked = tmp_path / "news.db", []

    def patience(holder: str) -> float:
        asked.append(holder)
        return 0.3 if holder.startswith("conceptwire serve") and len(asked) < 3 else 0.0

    with holding(database), pytest.raises(Locked), held(database, "conceptwire run", NOW, patience=patience):
        pytest.fail("the lock was given twice")
    assert len(asked) == 3
