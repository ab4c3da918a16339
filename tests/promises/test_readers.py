"""Sites read as fast as they can while history is read in and editors decide: no error, no wait, never half a box."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOW, ROOT, Site

READERS = 8
POLLER = ROOT / "tests" / "downstream" / "poller.py"


@contextmanager
def polling(site: Site, stop: Path) -> Iterator[list[dict[str, Any]]]:
    """Readers at work while the block runs; what they saw is there after it."""
    habits = ["fresh" if number % 2 else "kept" for number in range(READERS)]
    readers = [
        subprocess.Popen(
            [sys.executable, str(POLLER), str(site.database), str(number), habit, str(stop)], stdout=subprocess.PIPE, text=True
        )
        for number, habit in enumerate(habits)
    ]
    told: list[dict[str, Any]] = []
    try:
        yield told
    finally:
        stop.touch()
        said = [reader.communicate(timeout=60)[0] for reader in readers]
    assert [reader.returncode for reader in readers] == [0] * READERS
    told += map(json.loads, said)


def filled(site: Site, *arguments: str) -> None:
    site.call("-q", "backfill", str(site.recording), "--now", NOW, *arguments)


def history(site: Site) -> dict[str, dict[int, list[str]]]:
    """Each concept's links after each of its changes, as `link_changes` tells them."""
    links, found = defaultdict(set), defaultdict(lambda: {0: []})
    for sequence, concept, url, change in site.rows("SELECT sequence, concept_slug, url, change FROM link_changes ORDER BY 1"):
        if change == "added":
            links[concept].add(url)
        elif change == "removed":
            links[concept].remove(url)
        found[concept][sequence] = sorted(links[concept])
    return found


def check_whole(state: list[Any]) -> None:
    """A box as sites may count on it."""
    _, _, news, links, related = state
    positions, urls, sources, _ = zip(*news, strict=True) if news else ((), (), (), ())
    assert list(positions) == list(range(1, len(news) + 1)), state
    assert len(set(sources)) == len(sources) <= 5, state
    assert {(url,) for url in urls} <= {tuple(row) for row in links}, state
    assert bool(news) == bool(links), state
    assert [position for position, *_ in related] == list(range(1, len(related) + 1)), state
    assert related, state


@pytest.mark.slow
def test_readers_see_whole_boxes_and_no_error_while_a_backfill_writes(site: Site, tmp_path: Path):
    filled(site, "--until", "2026-08-27T00:00Z")
    with polling(site, tmp_path / "stop") as told:
        filled(site)
        (url,) = site.rows("SELECT url FROM concept_news WHERE concept_slug = 'foundation-model' AND position = 2")[0]
        site.call("hide", "foundation-model", url, "--now", NOW)
    assert [one["wrong"] for one in told] == [[]] * READERS
    assert min(one["count"] for one in told) > 10
    between = history(site)
    boxes, related_boxes = defaultdict(set), defaultdict(set)
    for state in (state for one in told for state in one["states"]):
        check_whole(state)
        concept, ((sequence,),), news, links, related = state
        assert [url for (url,) in links] == between[concept][sequence]  # a state between two transactions
        boxes[concept, sequence].add(json.dumps(news))
        related_boxes[concept].add(json.dumps(related))
    assert {len(one) for one in boxes.values()} == {1}  # what changes a box is told
    assert {len(one) for one in related_boxes.values()} <= {1, 2}  # of the old and of the new statistics
    assert sum(len([key for key in boxes if key[0] == concept]) > 1 for concept in between) > 0  # changed while they were read
