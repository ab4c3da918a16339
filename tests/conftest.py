"""Sites to run against: the bundled sample with the starter glossary, in a folder of the test's own."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.servers import allowing

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "tests" / "data" / "sample"
NOW = "2026-08-31T20:00Z"


def datetime_of(text: str) -> datetime:
    """An aware moment."""
    return datetime.fromisoformat(text)


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
        self, *arguments: str, environment: dict[str, str] | None = None, check: bool = True, said: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """The program's answer to what is `said` on the keyboard; `check` expects exit code 0."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith("CONCEPTWIRE_")}
        done = subprocess.run(
            self.command(*arguments),
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=clean | allowing() | (environment or {}),
            timeout=120,
            check=False,
            input=said,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def run(self, *arguments: str, environment: dict[str, str] | None = None) -> dict[str, Any]:
        """One replayed pass, as JSON."""
        done = self.call("run", "--json", "--now", NOW, "--replay", str(self.recording), *arguments, environment=environment)
        return json.loads(done.stdout)

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
    """A site after one undisturbed pass. Read it only."""
    made = new_site(tmp_path_factory.mktemp("unbroken") / "site")
    made.run()
    return made
