"""A fortnight followed hour by hour and one read in at once give the same links, row by row, once everything is re-scored."""

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from models.filling import Chosen
from pipeline import backfilling, passes, rescoring, wiring
from tests import fortnight
from tests.conftest import ROOT

ARTICLES, DESK = 84, (7, 18)  # the hours of day at which something comes out; scripts/bench --fortnight takes all 24
LINKS = "SELECT concept_slug, url FROM concept_links"
SAME = {"concept_links": {"linked_at"}, "concept_news": {"linked_at"}, "related_concepts": set(), "article": {"id", "settled"}}
SETTINGS = f"first_run_entries = {fortnight.FIRST}\nworkers = 1\nepoch_growth = 0.1\n"


def site(folder: Path) -> wiring.Site:
    """The fortnight's outlets and the starter glossary."""
    folder.mkdir()
    (folder / "concepts").symlink_to(ROOT / "config" / "concepts")
    (folder / "sources.toml").write_text(fortnight.sources())
    (folder / "settings.toml").write_text(SETTINGS)
    return wiring.site(folder)


def rows(of: wiring.Site, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(wiring.database_path(of))
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def everything(of: wiring.Site) -> dict[str, list[str]]:
    """All rows of what sites see, and the articles, without what names the moment they came in."""
    found = {}
    for table, dropped in SAME.items():
        columns = [str(row[1]) for row in rows(of, f"PRAGMA table_info({table})") if row[1] not in dropped]
        found[table] = sorted(map(repr, rows(of, f"SELECT {', '.join(columns)} FROM {table}")))
    return found


def followed(of: wiring.Site, world: Path, hours: list[datetime], record: Path) -> datetime:
    """Runs hour by hour, recorded; those left out in which nobody says anything new. Gives the last one's moment."""
    now = fortnight.BEGIN
    for hour in range(fortnight.HOURS + 30):
        now = fortnight.BEGIN + timedelta(hours=hour)
        waiting = f"SELECT 1 FROM entry WHERE state = 'queued' AND retry_at <= '{now:%Y-%m-%dT%H:%M:%SZ}' LIMIT 1"
        if now in hours or (hour and rows(of, waiting)):
            passes.one(of, now, clock=lambda: now, replay=[world], record=record)  # noqa: B023
    return now


@pytest.mark.slow
def test_hourly_runs_and_one_backfill_of_a_fortnight_give_the_same_links_after_a_rescore(tmp_path):
    world, record = tmp_path / "world.warc.gz", tmp_path / "as-the-runs-met-it.warc.gz"
    hours = fortnight.recorded(world, fortnight.texts()[:ARTICLES], DESK)
    hourly = site(tmp_path / "hourly")
    now = followed(hourly, world, hours, record)
    before = set(rows(hourly, LINKS))
    rescoring.rescore(hourly, now)
    expected = everything(hourly)
    assert rows(hourly, "SELECT 1 FROM entry WHERE state = 'queued'") == []
    for number, recording in enumerate((world, record)):
        at_once = site(tmp_path / f"at-once-{number}")
        backfilling.one(at_once, [str(recording)], Chosen(), clock=lambda: now)
        rescoring.rescore(at_once, now)
        assert everything(at_once) == expected
    after = set(rows(hourly, LINKS))
    assert len(after) > 20
    assert len(before ^ after) / len(before | after) <= 0.08
