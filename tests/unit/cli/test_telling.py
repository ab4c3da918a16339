"""The sentences of run, backfill and sources check: each thing once, with its reason."""

from dataclasses import replace
from typing import Any

import pytest

from models.host import Robots
from models.manners import Pages
from pipeline.cli import backfill, checking, context
from pipeline.cli.run import counted
from tests.unit.stages.making import NOW
from tests.unit.stages.test_manners import DAY, FAILS, WELL, told

COUNTS: dict[str, Any] = {
    "feeds": {"total": 1, "unchanged": 1}, "feed_failures": {}, "entries": 0, "outcomes": {}, "concepts_settled": 0,
    "looked_again": {"there": 3, "gone": 0, "changed": 0, "failed": 1}, "links": {"added": 0, "removed": 0, "moved": 0, "total": 7},
}  # fmt: skip
QUIETLY = "feeds: 1 unchanged; no new entries; links: nothing changed, 7 in all"


def test_a_summary_names_the_reasons_of_failed_feeds():
    counts = {"feeds": {"total": 12, "failed": 9, "read": 3}, "feed_failures": {"private address": 1, "timeout": 8}}
    assert counted(COUNTS | counts).startswith("feeds: 9 failed (8 timeout, 1 private address), 3 read; no new entries; ")
    assert counted(COUNTS) == QUIETLY


def test_a_summary_says_which_articles_are_gone_or_changed_when_they_were_looked_at_again():
    gone = counted(COUNTS | {"looked_again": {"there": 2, "gone": 1, "changed": 0, "failed": 0}})
    assert gone == QUIETLY.replace("links:", "looked again: 1 gone; links:")
    both = counted(COUNTS | {"looked_again": {"there": 0, "gone": 1, "changed": 2, "failed": 0}})
    assert "; looked again: 1 gone, 2 changed; " in both


@pytest.mark.parametrize(
    ("problem", "again"),
    [
        ("HTTP 404", False), ("HTTP 410", False), ("HTTP 404 (and 2 more)", False), ("private address", False),
        ("port not allowed", False), ("bad address", False), ("a web page, not a feed", False), ("not a feed", False),
        ("HTTP 429", True), ("HTTP 408", True), ("HTTP 503", True), ("timeout", True), ("parse-memory", True),
    ],
)  # fmt: skip
def test_a_walk_that_broke_off_is_started_again_only_where_another_time_may_do(
    problem: str, again: bool, capsys: pytest.CaptureFixture[str]
):
    with backfill._watching(context.Context(None, quiet=False, verbose=False), []) as watcher:
        watcher.broke(f"https://paper.example/sitemap.xml {problem}")
    end = "; started again it goes on from there" if again else ""
    assert capsys.readouterr().err == f"conceptwire: https://paper.example/sitemap.xml {problem}{end}\n"


def lines(*feeds: Any, **more: Any) -> str:
    return "\n".join(checking._lines(told(*feeds, **more), 5))


def test_since_when_a_feed_fails_is_said_once():
    failing = lines(FAILS)
    assert failing.count("failing since") == 1
    assert "! failing since 2026-08-29: timeout" in failing
    assert "failing since 2026-08-29 18:00Z" in lines(WELL, FAILS)  # the source is well


def test_what_was_seen_one_time_was_seen_once():
    moving = replace(WELL, moving_to="https://new.example/", moving_count=1)
    assert "redirects to https://new.example/, as if for good, once" in lines(moving)
    assert "as if for good, 2 times in a row" in lines(replace(moving, moving_count=2))


@pytest.mark.parametrize("ours", ["private address", "port not allowed", "bad address"])
def test_pages_that_we_ask_nobody_for_are_not_said_to_be_forbidden_by_a_robots_txt(ours: str):
    known = Robots("http://10.0.0.1", NOW, NOW + DAY, problem=ours, failing_since=NOW)
    pages = Pages(("http://10.0.0.1/a",), (known,))
    assert f"pages of http://10.0.0.1 are not asked for: {ours}" in lines(WELL, pages=pages)
    pages = replace(pages, robots=(replace(known, problem="timeout"),))
    assert "forbids 1 of the 1 newest pages (timeout when it was asked for last)" in lines(WELL, pages=pages)


def test_a_check_ends_with_what_can_be_done_and_with_a_contact_that_is_missing():
    private = told(replace(FAILS, last_status="failed: private address"))
    hint, contact = checking._last([private, private], "")
    assert hint.startswith("private address\n  Try: ")
    assert contact == "contact is not set: publishers cannot write to you (contact in settings.toml)"
    port = replace(FAILS, last_status="failed: port not allowed")
    assert len(checking._last([told(replace(FAILS, last_status="failed: private address", failures=4), port)], "")) == 3
    assert checking._last([told(WELL, port)], "https://us.example/about") == []  # the source is well
