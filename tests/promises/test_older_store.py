"""A store of the first version, updated by the program's next run: links as if it had read everything itself, even if killed."""

import signal
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from models.schema import REVISION
from pipeline.adapters.store.engine import located, opened
from pipeline.adapters.store.migrating import migrate
from tests import warm
from tests.conftest import ROOT, Site, clean, new_site
from tests.promises.test_faults import killed_at

OLD_EPOCH = 7
SHOWN = {
    "concept_links": "concept_slug, rank, position, url, source_slug, relevance, terms, passage, also_covered_by, text_from",
    "concept_news": "concept_slug, position, url, source_slug, relevance, terms, passage, also_covered_by, text_from",
    "related_concepts": "concept_slug, position, related_slug, similarity",
}
MIGRATING = """
import os, signal, sys
from pathlib import Path
from pipeline import wiring
with wiring.database(wiring.site(Path(sys.argv[1]))):
    os.kill(os.getpid(), signal.SIGKILL)
"""
RECOUNTING = """
import os, signal, sys
from pathlib import Path
from pipeline import wiring
from pipeline.adapters.store.articles import StoredArticles
from pipeline.stages import features
with wiring.database(wiring.site(Path(sys.argv[1]))) as database:
    articles = StoredArticles(database)
    some = list(articles.uncounted())[:30]
    articles.recount({number: features.count(title, text, said_by) for number, title, text, said_by in some})
    os.kill(os.getpid(), signal.SIGKILL)
"""


def tables(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return [name for (name,) in found if name != "alembic_version"]


@pytest.fixture
def old(unbroken: Site, tmp_path: Path) -> Site:
    """What the first version would have stored of the sample: the same articles, other counts, an epoch and links of its own."""
    site = new_site(tmp_path / "old")
    made = opened(located("sqlite:///conceptwire.db", site.folder))
    migrate(made, "0001")
    made.close()
    with closing(sqlite3.connect(site.database)) as old:
        old.execute(f"ATTACH 'file:{unbroken.database}?mode=ro' AS new")
        for table in tables(old):
            columns = ", ".join(f'"{row[1]}"' for row in old.execute(f"PRAGMA table_info({table})"))
            old.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM new.{table}")
        old.execute("UPDATE features SET tokens = ?", (zlib.compress(b"stem\nstem stem"),))
        old.execute(
            "UPDATE epoch SET number = ?, documents = 73, mean_norm = 4.5, terms = ?",
            (OLD_EPOCH, zlib.compress(b'[["stem", 73]]')),
        )
        old.execute("DELETE FROM link WHERE concept_slug < 'f'")
        old.execute(
            "UPDATE link SET epoch = ?, scorer = 'tfidf-2', relevance = 0.71, rank = rank + 1, position = NULL", (OLD_EPOCH,)
        )
        old.execute("DELETE FROM change")
        old.commit()
    return site


def shown(site: Site) -> dict[str, list[tuple[object, ...]]]:
    return {view: sorted(site.rows(f"SELECT {columns} FROM {view}"), key=repr) for view, columns in SHOWN.items()}


def killed(site: Site, script: str) -> int:
    path = site.folder / "script.py"
    path.write_text(script)
    return warm.call([str(site.folder)], clean() | {"PYTHONPATH": str(ROOT)}, script=path).returncode


def ends_right(old: Site, fresh: Site) -> None:
    assert shown(old) == shown(fresh)
    assert old.rows("SELECT number, reason FROM epoch") == [(OLD_EPOCH + 1, "model")]
    articles = "SELECT identity, title, text, content_hash FROM article ORDER BY identity"
    assert old.rows(articles) == fresh.rows(articles)
    counted = "SELECT identity, tokens FROM features JOIN article ON id = article_id ORDER BY identity"
    assert [(name, zlib.decompress(tokens)) for name, tokens in old.rows(counted)] == [
        (name, zlib.decompress(tokens)) for name, tokens in fresh.rows(counted)
    ]
    assert old.rows("SELECT count(*) FROM article WHERE settled = 0") == [(0,)]


def test_the_next_run_makes_the_links_that_a_fresh_store_would_have_and_leaves_the_one_after_it_nothing_to_do(
    old: Site, unbroken: Site
):
    counts = old.run()
    assert counts["feeds"] == {"total": 8, "unchanged": 8}  # nothing is fetched again for it
    assert counts["entries"] == 0
    ends_right(old, unbroken)
    assert set(old.rows("SELECT DISTINCT reason FROM link_changes")) == {("model",)}
    before = old.links()
    again = old.run()
    assert (again["links"]["added"], again["links"]["removed"], again["links"]["moved"]) == (0, 0, 0)
    assert old.links() == before


def test_a_link_that_stays_keeps_the_date_it_was_made(old: Site):
    before = dict(old.rows("SELECT concept_slug || article_id, linked_at FROM link"))
    old.run("--now", "2026-09-02T20:00Z")
    after = dict(old.rows("SELECT concept_slug || article_id, linked_at FROM link"))
    assert before
    assert {key: after[key] for key in before} == before
    assert {moment for key, moment in after.items() if key not in before} == {"2026-09-02T20:00:00Z"}


def test_updates_killed_between_migrating_and_counting_again_still_end_right(old: Site, unbroken: Site):
    for script, counted in ((MIGRATING, 0), (RECOUNTING, 30)):
        assert killed(old, script) == -signal.SIGKILL
        assert old.rows("SELECT version_num FROM alembic_version") == [(REVISION,)]
        assert old.rows("SELECT count(*) FROM features") == [(counted,)]
    old.run()
    ends_right(old, unbroken)


def test_updates_killed_one_after_the_other_while_they_make_links_still_end_right(old: Site, unbroken: Site):
    for number in (1, 2, 9):
        assert killed_at(old, "settled", number) == -signal.SIGKILL
    old.run()
    ends_right(old, unbroken)
