"""A fortnight followed hour by hour against one backfill of it. Part of scripts/bench --fortnight.

Invented outlets (tests/fortnight.py) with the texts of --articles, by default this project's own test data. All 336 hours
are run, and the feeds that say nothing new answer 304. Prints how many links differ before everything is re-scored, and
which rows differ after.
"""

import argparse
import gzip
import json
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the invented outlets are the tests'

from models.filling import Chosen  # noqa: E402
from pipeline import backfilling, passes, rescoring, wiring  # noqa: E402
from tests import fortnight  # noqa: E402

_MOST = 0.08  # of the links may differ before everything is re-scored
_DRAINED = 30  # hours after the last record within which the last retry is over
_LATER = {
    "concept_links": {"linked_at"},
    "concept_news": {"linked_at"},
    "related_concepts": set[str](),
    "article": {"id", "settled"},
}


def options(parser: argparse.ArgumentParser) -> None:
    """What scripts/bench takes for --fortnight; --articles is that of --relevance."""
    parser.add_argument("--fortnight", action="store_true", help="hourly runs of a fortnight against one backfill of it")
    parser.add_argument("--growth", type=float, help="for --fortnight: another epoch_growth")


def compare(articles: Path | None, growth: float | None) -> None:
    """Both ways, printed; exits with 1 where the promise is broken."""
    told = texts(articles) if articles else fortnight.texts()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world, record = folder / "world.warc.gz", folder / "runs.warc.gz"
        fortnight.recorded(world, told, every_hour=True)
        hourly = site(folder / "hourly", growth)
        end, took = timed(lambda: followed(hourly, world, record))
        before = links(hourly)
        _, again = timed(lambda: rescoring.rescore(hourly, end))
        print(f"{len(told)} articles, {world.stat().st_size / 1e6:.1f} MB recorded, {len(links(hourly))} links")
        print(f"  {fortnight.HOURS + _DRAINED} hourly runs {took:.0f} s, rescore {again:.1f} s, epochs {epochs(hourly)}")
        expected = everything(hourly)
        broken = differing(before, links(hourly)) > _MOST
        for recording in (world, record):
            broken |= read_at_once(site(folder / recording.stem, growth), recording, end, before, expected)
    raise SystemExit(broken)


def texts(path: Path) -> list[tuple[str, str]]:
    """Headlines and texts of a file as conceptwire eval takes it, mixed."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as stream:
        return sorted({(row["title"], row["text"]) for row in map(json.loads, stream)}, key=lambda one: crc32(one[0].encode()))


def site(folder: Path, growth: float | None) -> wiring.Site:
    """The fortnight's outlets and the starter glossary."""
    shutil.copytree(ROOT / "config" / "concepts", folder / "concepts")
    (folder / "sources.toml").write_text(fortnight.sources())
    settings = f"first_run_entries = {fortnight.FIRST}\nworkers = 1\n"
    (folder / "settings.toml").write_text(settings + (f"epoch_growth = {growth}\n" if growth else ""))
    return wiring.site(folder)


def followed(of: wiring.Site, world: Path, record: Path) -> datetime:
    """Every hour, recorded; the moment of the last."""
    now = fortnight.BEGIN
    for hour in range(fortnight.HOURS + _DRAINED):
        now = fortnight.BEGIN + timedelta(hours=hour)
        passes.one(of, now, clock=lambda: now, replay=[world], record=record)  # noqa: B023
    return now


def read_at_once(of: wiring.Site, recording: Path, end: datetime, before: set[Any], expected: dict[str, set[str]]) -> bool:
    """Read a recording in, and print what is another one then; True where anything is."""
    filled, took = timed(lambda: backfilling.one(of, [str(recording)], Chosen(), clock=lambda: end))
    rescoring.rescore(of, end)
    found = everything(of)
    print(f"  backfill of {recording.name} {took:.0f} s: {filled.tally.entries} entries")
    print(f"    links that differ before the hourly site's rescore: {differing(before, links(of)):.1%} (at most {_MOST:.0%})")
    for table, rows in expected.items():
        print(f"    {table:<17} {len(rows)} rows, {len(rows ^ found[table])} differ after it")
    return found != expected


def everything(of: wiring.Site) -> dict[str, set[str]]:
    """All rows of what sites see, and the articles, without what names the moment they came in."""
    found = {}
    for table, dropped in _LATER.items():
        columns = [str(row[1]) for row in selected(of, f"PRAGMA table_info({table})") if row[1] not in dropped]
        found[table] = set(map(repr, selected(of, f"SELECT {', '.join(columns)} FROM {table}")))
    return found


def links(of: wiring.Site) -> set[Any]:
    """Concept and address of every link."""
    return set(selected(of, "SELECT concept_slug, url FROM concept_links"))


def epochs(of: wiring.Site) -> int:
    """How many were made."""
    return int(selected(of, "SELECT max(number) FROM epoch")[0][0])


def selected(of: wiring.Site, query: str) -> list[Any]:
    """Rows."""
    connection = sqlite3.connect(wiring.database_path(of))
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def differing(one: set[Any], other: set[Any]) -> float:
    """The share of all that are not on both sides."""
    return len(one ^ other) / max(1, len(one | other))


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What it gives, and its wall time."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start
