"""Asking: a walk waits as long as a host asks for, or stops."""

from datetime import UTC, datetime

import pytest

from models.page import Failed, Page, Request
from pipeline.flow.walking.asking import Asking, Pace, momentary

NOW = datetime(2026, 8, 31, 18, tzinfo=UTC)
URL = "https://paper.example/sitemap.xml"


def asked(*answers, tries=3):
    """What Asking gives where the web answers so, one after the other, and how long it waited before each try but the first."""
    waits, left = [], list(answers)
    ask = Asking(lambda requests: iter([left.pop(0) for _ in requests]), NOW, Pace(1.0, tries, wait=waits.append))
    return ask(URL), waits


def waiting(seconds):
    return Failed(Request(URL), "asked to wait", seconds)


def test_a_walk_waits_for_a_host_that_asks_for_a_moment():
    there = Page(Request(URL), URL, 200, b"<x/>")
    answer, waits = asked(waiting("30"), there)
    assert (answer, waits) == (there, [30.0])


@pytest.mark.parametrize("seconds", ["3600", "61"])
def test_a_walk_stops_where_a_host_asks_for_longer_and_goes_on_another_time(seconds):
    answer, waits = asked(waiting(seconds))
    assert (answer.reason, waits) == ("asked to wait", [])
    assert momentary(answer)  # not the end of what is there
