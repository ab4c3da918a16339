"""Links are the same whatever the order, batches and worker count in which the articles came."""

import json
import random
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import flow, wiring
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.links import StoredLinks
from pipeline.adapters.store.words import StoredWords
from pipeline.adapters.workers import in_order
from tests.conftest import Site

NOW = datetime.fromisoformat("2026-08-31T20:00:00Z")


def resettled(site: wiring.Site, source: Path, target: Path, batches: list[list[str]]) -> list[tuple]:
    """The links of a database made by settling the articles of `source` in `batches`, then once more in a new epoch."""
    shutil.copy(source, target)
    made = wiring.replaced(site, database_url=f"sqlite:///{target}")
    with wiring.database(made) as database:
        with database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM link")
            connection.exec_driver_sql("DELETE FROM epoch")
            connection.exec_driver_sql("UPDATE article SET settled = 1")
        parts = flow.Parts(lambda requests: iter(()), in_order, None, StoredArticles(database), StoredLinks(database), StoredWords(database),
                           made.glossary, made.parameters, made.settings)  # fmt: skip
        for batch in batches:
            with database.writing() as connection:
                for url in batch:
                    connection.exec_driver_sql("UPDATE article SET settled = 0 WHERE canonical_url = ?", (url,))
            list(flow.settle(parts, NOW))
        with database.reading() as connection:
            rows = connection.exec_driver_sql("SELECT * FROM concept_links").fetchall()
            box = connection.exec_driver_sql("SELECT * FROM concept_news").fetchall()
        return [tuple(row) for row in [*rows, *box]]


@pytest.fixture(scope="module")
def collected(unbroken: Site, tmp_path_factory: pytest.TempPathFactory) -> tuple[wiring.Site, Path, list[str]]:
    target = tmp_path_factory.mktemp("order") / "copy.db"
    with closing(sqlite3.connect(unbroken.database)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    return wiring.site(unbroken.folder), target, [url for (url,) in unbroken.rows("SELECT canonical_url FROM article ORDER BY 1")]


@pytest.fixture(scope="module")
def in_one_batch(collected: tuple[wiring.Site, Path, list[str]]) -> list[tuple]:
    """The links that come of all articles at once."""
    site, source, urls = collected
    return resettled(site, source, source.with_name("at-once.db"), [urls])


@given(st.randoms(use_true_random=False), st.integers(1, 5))
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_links_do_not_depend_on_order_or_batches(collected, in_one_batch, tmp_path_factory, chance: random.Random, parts: int):
    site, source, urls = collected
    shuffled = chance.sample(urls, len(urls))
    batches = [shuffled[start::parts] for start in range(parts)]
    assert resettled(site, source, tmp_path_factory.mktemp("law") / "a.db", batches) == in_one_batch


@pytest.mark.parametrize("workers", ["1", "3"])  # `unbroken` had one a core
def test_links_do_not_depend_on_the_number_of_workers(workers: str, site: Site, unbroken: Site):
    counts = site.run(environment={"CONCEPTWIRE_WORKERS": workers}, cold=workers != "1")
    assert json.dumps(counts["outcomes"]) == json.dumps(
        {"New": 73, "Skipped(language de)": 1, "Skipped(no link)": 1, "Skipped(no title)": 1}
    )
    assert site.links() == unbroken.links()
