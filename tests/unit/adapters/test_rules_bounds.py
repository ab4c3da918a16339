"""Bounds, all of them in settings: each test is a rule, played by a server on this machine."""

import gzip
import time
from datetime import timedelta

import brotli
import pytest

from pipeline.adapters.workers import Processes
from tests.servers import Answer, Raw, serving
from tests.unit.adapters import troubled
from tests.unit.adapters.desk import SENTENCE, Desk, item, rss, story
from tests.unit.adapters.making import HOUR, NOW

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
FEED = rss(item("https://wire.example/a"))


@pytest.fixture
def desk(database):
    return Desk(database)


def test_one_exchange_has_a_total_time_however_it_is_dripped_away_and_costs_no_other_source_its_turn(desk):
    drips = {
        "the first line": (b"HTTP/1.1 200 O", b"K"), "headers": (OK, b"X-A: b\r\n"), "a body": (OK + b"Content-Length: 999\r\n\r\n", b"x"), "nothing": (b"", b""),
        "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), "an endless body": (OK + b"\r\n", b"<item>"),
    }  # fmt: skip
    with (
        serving({f"/{n}": Raw((start, *[drip] * 400), pause=0.03) for n, (start, drip) in enumerate(drips.values())}) as site,
        serving({"/feed": FEED}) as well,
    ):
        desk.follow(*(site.url(f"/{n}") for n in range(len(drips))), well.url("/feed"))
        began = time.monotonic()
        polls = desk.collect(exchange_seconds=0.2, parallel_exchanges=2).polls
        took = time.monotonic() - began
    assert [poll.reason for poll in polls.values()].count("timeout") == len(drips)
    assert polls[f"s{len(drips)}"].status == "read"
    assert took < 0.2 * len(drips) + 3


@pytest.mark.parametrize(
    ("answer", "setting", "most", "reason"),
    [
        (rss(**{"X-A": "y" * 2000}), "largest_headers", 6000, "headers too large"),
        (rss(**{f"X-{n}": "y" * 100 for n in range(70)}), "largest_headers", 6000, "headers too large"),
        (rss(**{f"X-{n}": "y" for n in range(20)}), "most_headers", 15, "headers too large"),
        (rss("x" * 5000), "largest_body", 4000, "too large"),
        (Answer(200, gzip.compress(b"x" * 50_000), {"Content-Encoding": "gzip"}), "largest_body", 4000, "too large"),
        (Answer(200, brotli.compress(b"x" * 50_000), {"Content-Encoding": "br"}), "largest_body", 4000, "too large"),
        (Answer(200, gzip.compress(rss("x" * 5000).body, 0), {"Content-Encoding": "gzip"}), "largest_download", 4000, "too large"),
    ],
    ids=["a header", "headers", "number of headers", "size", "decompressed size", "decompressed size of br", "compressed size"],
)  # fmt: skip
def test_header_size_and_compressed_and_decompressed_size_are_bounded_by_settings(desk, answer, setting, most, reason):
    with serving({"/feed": answer}) as site:
        desk.follow(site.url("/feed"))
        assert desk.collect(**{setting: most}).poll.reason == reason
        assert desk.collect(NOW + HOUR).poll.reason != reason  # within the usual ones


def test_entries_a_feed_are_bounded_by_a_setting_the_newest_taken_and_the_rest_counted(desk):
    items = [item(f"https://wire.example/{n}", at=NOW - n * timedelta(hours=1)) for n in range(1, 10)]
    with serving({"/feed": rss(*items)}) as site:
        desk.follow(site.url("/feed"))
        passed = desk.collect(entries_per_feed=4)
    assert passed.told() == ["New"] * 4 + ["Skipped(beyond limit)"] * 5
    assert sorted(url for (url,) in desk.rows("SELECT canonical_url FROM article")) == [
        f"https://wire.example/{n}" for n in range(1, 5)
    ]


@pytest.mark.parametrize(
    ("setting", "most", "body"),
    [
        ("text_characters", 1000, f"<p>{SENTENCE * 40}</p><p>The last word.</p>"),
        ("page_nodes", 60, f"<p>{SENTENCE * 3}</p>" * 100 + "<p>The last word.</p>"),
        ("page_depth", 20, f"{'<div>' * 40}<p>{SENTENCE * 3}</p><p>The last word.</p>{'</div>' * 40}"),
    ],
)
def test_text_length_dom_nodes_and_dom_depth_are_bounded_by_settings(desk, setting, most, body):
    page = Answer(200, f"<html><body><article>{body}</article></body></html>".encode(), story().headers)
    with serving({"/a": page, "/robots.txt": Answer(404)}) as site:
        site.routes["/feed"] = rss(item(site.url("/a")))
        desk.follow(site.url("/feed"), pages="fetch")
        assert desk.collect(**{setting: most}).told() == ["New"]
        ((cut,),) = desk.rows("SELECT text FROM article")
        site.routes["/feed"] = rss(item(site.url("/a"), "It is edited"))
        assert desk.collect(NOW + HOUR).told() == ["Changed"]
    ((whole,),) = desk.rows("SELECT text FROM article")
    assert "\nThe last word." in whole
    assert "\nThe last word." not in cut  # beyond the bound there is nothing, or text without elements
    assert cut.startswith(SENTENCE.strip())


def test_a_worker_that_hangs_swells_or_dies_costs_that_one_item_and_no_other_and_is_counted(desk):
    with (
        serving({f"/{said}": Answer(200, said.encode()) for said in ("hang", "swell", "die")}) as site,
        Processes(2, 1.0, megabytes=100) as workers,
    ):
        site.routes |= {"/robots.txt": Answer(404), "/fine": Answer(200, b"fine")}
        site.routes["/feed"] = Answer(200, "\n".join(site.url(f"/{said}") for said in ("hang", "fine", "die")).encode())
        desk.follow(*(site.url(f"/{said}") for said in ("hang", "swell", "die", "feed")), pages="fetch")
        passed = desk.collect(map=lambda function, items: workers(troubled.read, items))
    assert [poll.reason for _, poll in sorted(passed.polls.items())] == ["parse-timeout", "parse-memory", "worker died", ""]
    assert passed.told() == ["Failed(parse-timeout)", "Failed(worker died)", "Skipped(no text)"]
