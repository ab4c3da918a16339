"""Difficult feeds and pages that nobody here wrote go through feeds and articles: every one ends as an outcome, soon.

They lie beside the repository, or where $CORPORA says; where they do not, these tests are skipped.
"""

import os
import re
import statistics
import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import cycle
from pathlib import Path

import pytest
from lxml import html
from trafilatura import extract

from models.entry import Entry, Queued
from models.page import Page, Request
from models.source import Feed
from pipeline.adapters.workers import Processes
from pipeline.ports import Lost
from pipeline.stages import articles, polls, reading
from tests import hostile

BAD = Path(os.environ.get("CORPORA") or Path(__file__).parents[2].parent / "shared" / "bad")
FEEDS, PAGES = BAD / "w3c-feeds.tar.gz", BAD / "readability-pages.tar.gz"
LONGEST = 2.0  # seconds that one may take
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (FEEDS.exists() and PAGES.exists()), reason=f"no difficult feeds and pages in {BAD}"),
]


def files(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as opened:
        for member in opened:
            taken = opened.extractfile(member)
            if taken is not None:
                yield member.name, taken.read()


@lru_cache(maxsize=1)
def pages() -> dict[str, dict[str, bytes]]:
    found: dict[str, dict[str, bytes]] = {}
    for name, body in files(PAGES):
        folder, _, file = name.rpartition("/")
        found.setdefault(folder, {})[file] = body
    return {folder: of for folder, of in found.items() if "source.html" in of}


def timed(task: polls.Task | reading.Task) -> tuple[polls.Read | reading.Read, float]:
    """In a worker: what comes of a task, and how many seconds of work it was."""
    began = time.process_time()
    return (polls.read(task) if isinstance(task, polls.Task) else reading.read(task)), time.process_time() - began


def through_workers(tasks: list[polls.Task] | list[reading.Task]) -> list[polls.Read | reading.Read]:
    """What comes of each, none lost, none slow."""
    with Processes(2, 20.0, ("pipeline.preloading", "pipeline.stages.polls", "feedparser"), 500) as processes:
        made = list(processes(timed, tasks))
    assert [task for task, _ in made] == tasks
    assert [(task, read) for task, read in made if isinstance(read, Lost)] == []
    assert max(seconds for _, (_, seconds) in made) < LONGEST
    return [read for _, (read, _) in made]


def test_every_difficult_feed_ends_as_entries_or_as_a_problem_with_a_name():
    tasks = []
    for name, body in files(FEEDS):
        url = f"https://corpus.example/{name}"
        tasks.append(polls.Task(Feed(1, url, "corpus"), Page(Request(url, "feed"), url, 200, body, "application/xml"), "en"))
    reads = through_workers(tasks)
    assert len(reads) > 2000
    assert "breaks the parser" not in {read.problem for read in reads}
    for read in reads:
        for entry in read.entries:
            hostile.entry_is_clean(entry)
    assert sum(bool(read.entries) for read in reads) > 1200


def task(folder: str, body: bytes, title: str) -> reading.Task:
    url = f"https://corpus.example/{folder.rpartition('/')[2]}/article"
    entry = Entry(url, url, url.removeprefix("https://"), title)
    page = Page(Request(url), url, 200, body, "text/html")
    return reading.Task(Queued(1, "corpus", "fetch", entry, 0, None, hostile.NOW), page, hostile.NOW, "en")


@lru_cache(maxsize=1)
def read_pages() -> list[reading.Read]:
    titled = zip(pages().items(), cycle(["A title", ""]), strict=False)
    return through_workers([task(name, of["source.html"], title) for (name, of), title in titled])


def test_every_difficult_page_ends_as_an_article_or_with_a_reason():
    reads = read_pages()
    for read in reads:
        if read.article:
            hostile.article_is_clean(read.article)
        else:
            assert read.skipped
    assert Counter("article" if read.article else read.skipped for read in reads)["article"] > 100


def f1(ours: str, expected: str) -> float:
    """How much two texts share: the harmonic mean of precision and recall over their words."""
    one, other = (Counter(re.findall(r"\w+", text.lower())) for text in (ours, expected))
    shared = (one & other).total()
    return 2 * shared / (one.total() + other.total()) if one or other else 1.0


def scored(page: tuple[dict[str, bytes], str]) -> tuple[float, float]:
    """In a worker: how good our text of a page is, which is at hand where it became an article, and the extractor's own."""
    of, said = page
    expected = " ".join(html.fromstring(of["expected.html"].decode()).itertext())
    said = said or articles.extract(of["source.html"], "https://corpus.example/a", "text/html", lambda _text: "").text
    return f1(said, expected), f1(extract(of["source.html"]) or "", expected)


def test_extraction_is_as_good_as_the_extractor_s_own():
    said = [read.article.text if read.article else "" for read in read_pages()]
    with Processes(2, 20.0, ("pipeline.preloading",), 500) as processes:
        ours, theirs = zip(*(both for _, both in processes(scored, zip(pages().values(), said, strict=True))), strict=True)
    print(f"mean token F1: ours {statistics.mean(ours):.4f}, trafilatura's own {statistics.mean(theirs):.4f}")
    assert statistics.mean(ours) >= statistics.mean(theirs)
