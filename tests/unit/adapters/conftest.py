"""A new database for a test, brought up to date."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.adapters.store.engine import Database, located, opened
from pipeline.adapters.store.migrating import migrate


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that was brought up to date and closed. Copy it."""
    made = opened(located("sqlite:///news.db", tmp_path_factory.mktemp("empty")))
    migrate(made)
    made.close()
    return made.path


@pytest.fixture
def database(empty: Path, tmp_path: Path) -> Iterator[Database]:
    made = opened(located("sqlite:///news.db", Path(shutil.copy(empty, tmp_path / "news.db")).parent))
    yield made
    made.close()
