"""Benchmarks: each duel runs both sides in turn, in one process tree, and prints both medians and the ratio.

scripts/bench                                   the bundled sample
scripts/bench --recording FILE --sources FILE   a WARC and its feeds (CSV with name and feed_url)
scripts/bench --relevance                       quality beside plain rankers, and the speed of scoring
scripts/bench --store 100000                    re-scoring a large store
scripts/bench --reading 1000000                 reading a large database as sites do
scripts/bench --readers 8                       a backfill beside readers
scripts/bench --fetch                           10,000 sources with nothing new, and with bad hosts among them
scripts/bench --fortnight                       hourly runs of a fortnight against one backfill of it
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import fetch_bench
import fortnight_bench
import reading_bench
import relevance_bench
import store_bench
from fastwarc.warc import ArchiveIterator
from trafilatura import bare_extraction

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tests" / "data" / "sample"


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recording", type=Path, default=SAMPLE / "sample.warc.gz", help="a WARC with feeds and pages")
    parser.add_argument("--sources", type=Path, help="CSV of its feeds; the sample's by default")
    parser.add_argument("--now", default="2026-08-31T20:00Z", help="the moment of the run")
    parser.add_argument("--rounds", type=int, default=5, help="how often each side runs (the median counts)")
    relevance_bench.options(parser)
    store_bench.options(parser)
    fortnight_bench.options(parser)
    reading_bench.options(parser)
    fetch_bench.options(parser)
    given = parser.parse_args()
    if given.fortnight:
        fortnight_bench.compare(None if given.articles == parser.get_default("articles") else given.articles, given.growth)
        return
    if given.fetch:
        fetch_bench.compare(given.fetch, given.bad)
        return
    if given.reading:
        reading_bench.reading(given.reading, given.of_articles)
        return
    if given.readers:
        reading_bench.readers(given.readers, given.articles)
        return
    if given.store:
        store_bench.compare(given.glossary, given.articles, given.qrels, given.store)
        return
    if given.relevance:
        relevance_bench.compare(given.glossary, given.articles, given.qrels)
        return
    given.recording = given.recording.resolve()
    given.sources = given.sources and given.sources.resolve()
    with tempfile.TemporaryDirectory() as folder:
        first_run(given, Path(folder))


def first_run(given: argparse.Namespace, folder: Path) -> None:
    """A first run as a whole process against bare extraction of the same pages, which does nothing else."""
    pages = recorded_pages(given.recording)
    config = configured(folder, given.sources)
    ours, rival = [], []
    for _ in range(given.rounds):
        rival.append(seconds(lambda: extracted(pages)))
        ours.append(seconds(lambda: run(config, given)))
    again = seconds(lambda: run(config, given, fresh=False))
    print(f"{given.recording.name}: {len(pages)} pages, median of {given.rounds}, both sides in turn")
    print(f"  rival: bare extraction, 2 processes      {statistics.median(rival):6.2f} s wall")
    print(f"  ours:  conceptwire run, whole process    {statistics.median(ours):6.2f} s wall")
    ratios = [mine / theirs for mine, theirs in zip(ours, rival, strict=True)]
    more = [mine - theirs for mine, theirs in zip(ours, rival, strict=True)]
    print(f"  ours / rival {statistics.median(ratios):.2f}   ours - rival {statistics.median(more):+.2f} s")
    print(f"  ours, again (all feeds unchanged)        {again:6.2f} s wall")
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"  largest single process {largest:.0f} MB")


def recorded_pages(path: Path) -> list[bytes]:
    """The HTML bodies of a WARC."""
    with path.open("rb") as stream:
        return [
            record.reader.read()
            for record in ArchiveIterator(stream, parse_http=True)
            if "html" in (record.http_headers.get("Content-Type") or "") and record.http_headers.status_code == 200
        ]


def configured(folder: Path, sources: Path | None) -> Path:
    """A site with the starter glossary and the given feeds."""
    config = folder / "site"
    program(folder, "init", str(config))
    (config / "sources.toml").unlink()
    if sources is None:
        shutil.copy(SAMPLE / "sources.toml", config / "sources.toml")
    else:
        program(folder, "--config", str(config), "sources", "import", str(sources))
    return config


def run(config: Path, given: argparse.Namespace, *, fresh: bool = True) -> None:
    """One pass; on an empty database where `fresh`."""
    if fresh:
        for path in config.glob("conceptwire.db*"):
            path.unlink()
    program(config, "-q", "--config", str(config), "run", "--now", given.now, "--replay", str(given.recording))


def program(folder: Path, *arguments: str) -> None:
    """The real program."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "CONCEPTWIRE_FIRST_RUN_ENTRIES": "1000"}
    subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *arguments], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL
    )


def extracted(pages: list[bytes]) -> None:
    """The rival."""
    with ProcessPoolExecutor(2) as executor:
        list(executor.map(bare, pages))


def bare(page: bytes) -> bool:
    """One page; what a broken one raises is the rival's own business."""
    return bare_extraction(page, with_metadata=False) is not None


def seconds(work: Callable[[], None]) -> float:
    """Wall time."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
