"""Sites to run against: the bundled sample with the starter glossary, in a folder of the test's own."""

import fcntl
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests import warm
from tests.servers import allowing

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "tests" / "data" / "sample"
NOW = "2026-08-31T20:00Z"


def datetime_of(text: str) -> datetime:
    """An aware moment."""
    return datetime.fromisoformat(text)


def clean() -> dict[str, str]:
    """The environment without what is meant for a site of somebody's own, and with leave to ask this machine's test servers."""
    return {key: value for key, value in os.environ.items() if not key.startswith("CONCEPTWIRE_")} | allowing()


@dataclass(frozen=True)
class Site:
    """A configuration folder and its database, used through the real program."""

    folder: Path
    recording: Path = SAMPLE / "sample.warc.gz"

    @property
    def database(self) -> Path:
        return self.folder / "conceptwire.db"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "pipeline.cli", "--config", str(self.folder), *arguments]

    def call(
        self,
        *arguments: str,
        environment: dict[str, str] | None = None,
        check: bool = True,
        said: str = "",
        cold: bool = warm.COLD,
    ) -> subprocess.CompletedProcess[str]:
        """The program's answer to what is `said` on the keyboard; `check` expects exit code 0. How it starts: tests/warm.py."""
        told = clean() | ({} if cold else {"CONCEPTWIRE_WORKERS": "1"}) | (environment or {})
        done = warm.call(self.command(*arguments)[3:], told, said, cold=cold)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def run(self, *arguments: str, environment: dict[str, str] | None = None, cold: bool = warm.COLD) -> dict[str, Any]:
        """One replayed pass, as JSON."""
        command = ("run", "--json", "--now", NOW, "--replay", str(self.recording), *arguments)
        return json.loads(self.call(*command, environment=environment, cold=cold).stdout)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def links(self) -> list[tuple[Any, ...]]:
        """Everything sites see of links."""
        return [
            *self.rows("SELECT * FROM concept_links"),
            *self.rows("SELECT * FROM concept_news"),
            *self.rows("SELECT * FROM related_concepts"),
        ]


def new_site(folder: Path) -> Site:
    """The sample's sources and the starter glossary."""
    shutil.copytree(ROOT / "config" / "concepts", folder / "concepts")
    shutil.copy(ROOT / "config" / "settings.toml", folder / "settings.toml")
    shutil.copy(SAMPLE / "sources.toml", folder / "sources.toml")
    return Site(folder)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A new site."""
    return new_site(tmp_path / "site")


@pytest.fixture
def ran(unbroken: "Site", tmp_path: Path) -> Site:
    """A copy of a site after one pass, to write to."""
    shutil.copytree(unbroken.folder, tmp_path / "ran")
    return Site(tmp_path / "ran")


@pytest.fixture(scope="session")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site after one undisturbed pass, from a cold start and with a worker a core. Read it only; what it said is `told`."""

    def make(folder: Path) -> None:
        made = new_site(folder / "site")
        done = made.call("run", "--json", "--now", NOW, "--replay", str(made.recording), cold=True)
        (folder / "told.json").write_text(json.dumps([done.stdout, done.stderr]))

    return Site(once(tmp_path_factory, "unbroken", make) / "site")


@pytest.fixture(scope="session")
def told(unbroken: Site) -> tuple[str, str]:
    """What the pass over `unbroken` said on standard output and standard error."""
    out, err = json.loads((unbroken.folder.parent / "told.json").read_text())
    return out, err


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """This test process's own copy of a folder that the first of all test processes to ask for it makes."""
    base = factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            half = shared.with_suffix(".half")
            shutil.rmtree(half, ignore_errors=True)
            make(half)
            half.rename(shared)
    return Path(shutil.copytree(shared, factory.mktemp(name) / "own"))
