"""A new database for a test, brought up to date."""

import pytest

from pipeline.adapters.store.engine import located, opened
from pipeline.adapters.store.migrating import migrate


@pytest.fixture
def database(tmp_path):
    made = opened(located("sqlite:///news.db", tmp_path))
    migrate(made)
    yield made
    made.close()
