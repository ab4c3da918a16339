"""Hosts that ask to be left alone are, for the rest of a pass; and what is known of hosts stays small."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from models.page import Failed, Page, Request
from pipeline.adapters.http import hosts
from pipeline.adapters.http.pacing import LONGEST, Paces, gap, retry_seconds
from tests.servers import Answer, redirect, serving
from tests.unit.adapters.test_http import fetched, live

NOW = datetime(2026, 8, 31, 20, 0, tzinfo=UTC)
SENT = "Mon, 31 Aug 2026 20:00:00 GMT"


def kinds(answers: list[Page | Failed]) -> list[int | str]:
    return [answer.reason if isinstance(answer, Failed) else answer.status for answer in answers]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "said", [{"Retry-After": "120"}, {"Retry-After": "Mon, 31 Aug 2026 20:02:00 GMT", "Date": SENT}], ids=["seconds", "date"]
)
def test_a_host_that_asks_to_wait_is_asked_no_more(status, said):
    with serving({"/": Answer(status, b"", said)}) as site:
        answers = fetched(*[site.url(f"/?{n}") for n in range(5)])
    assert kinds(answers) == [status, *["asked to wait"] * 4]
    assert all(115 <= int(one.retry_after) <= 121 for one in answers[1:])
    assert site.targets() == ["/?0"]


def test_it_is_not_asked_in_the_next_call_either_and_others_are():
    with serving({"/": Answer(429, b"", {"Retry-After": "60"})}) as busy, serving({"/": Answer()}) as other:
        fetch = live()
        assert kinds(list(fetch([Request(busy.url())]))) == [429]
        began = time.monotonic()
        assert kinds(list(fetch([Request(busy.url("/other")), Request(busy.url())]))) == ["asked to wait"] * 2
        assert time.monotonic() - began < 1
        assert kinds(list(fetch([Request(other.url())]))) == [200]
        assert kinds(list(live()([Request(busy.url())]))) == [429]  # another pass
    assert len(busy.seen) == 2


def test_a_redirect_to_a_host_that_asks_to_wait_is_not_followed():
    with serving({"/": Answer(503, b"", {"Retry-After": "60"})}) as busy, serving({"/": redirect(302, busy.url("/new"))}) as site:
        fetch = live()
        assert kinds(list(fetch([Request(busy.url())]))) == [503]
        assert kinds(list(fetch([Request(site.url())]))) == ["asked to wait"]
    assert busy.targets() == ["/"]


def test_a_short_wait_is_waited_for():
    asked = iter([Answer(429, b"", {"Retry-After": "1"})])
    with serving({"/": lambda seen: next(asked, Answer(200))}) as site:
        assert kinds(fetched(site.url(), site.url())) == [429, 200]
    assert 0.95 < site.seen[1].at - site.seen[0].at < 3


@pytest.mark.parametrize(
    "answer",
    [
        Answer(429),
        Answer(503, b"", {"Retry-After": "soon"}),
        Answer(200, b"", {"Retry-After": "600"}),
        Answer(404, b"", {"Retry-After": "60"}),
    ],
)
def test_what_does_not_ask_to_wait_changes_nothing(answer):
    with serving({"/": answer}) as site:
        assert kinds(fetched(site.url(), site.url())) == [answer.status] * 2


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        ("120", "", 120), (" 0 ", "", 0), ("9" * 50, "", LONGEST), ("-5", "", 0), ("1.5", "", 0), ("", "", 0), ("٣", "", 0),
        ("Mon, 31 Aug 2026 20:02:00 GMT", "", 120), ("Mon, 31 Aug 2026 20:02:00 GMT", "Mon, 31 Aug 2026 20:01:30 GMT", 30),
        ("Mon, 31 Aug 2026 19:00:00 GMT", SENT, 0), ("Mon, 31 Aug 2099 19:00:00 GMT", SENT, LONGEST), ("Mon, 31 Aug 2026 20:02:00", SENT, 120),
        ("Mon, 99 Aug 2026 20:02:00 GMT", SENT, 0), ("tomorrow", SENT, 0), ("Monday, 31-Aug-26 20:02:00 GMT", SENT, 120),
    ],
)  # fmt: skip
def test_retry_after_is_understood_in_both_forms(header, date, seconds):
    assert retry_seconds(header, date, NOW) == seconds


def test_a_date_means_nothing_where_nobody_says_what_time_it_is():
    assert retry_seconds("Mon, 31 Aug 2026 20:02:00 GMT", "", None) == 0


def test_the_next_redirect_on_a_host_keeps_its_pace_too():
    with serving({"/": redirect(302, "/b"), "/b": redirect(302, "/c"), "/c": Answer()}) as site:
        assert kinds(fetched(site.url(), host_interval=0.1)) == [200]
    assert min(later.at - earlier.at for earlier, later in pairwise(site.seen)) > 0.09


def test_the_next_call_keeps_a_hosts_pace_too():
    with serving({"/": Answer()}) as site:
        fetch = live(host_interval=0.2)
        for _ in range(3):
            list(fetch([Request(site.url())]))
    assert min(later.at - earlier.at for earlier, later in pairwise(site.seen)) > 0.19


def test_one_connection_serves_all_that_is_wanted_of_a_host():
    with serving({"/": redirect(302, "/b"), "/b": Answer(200, b"b" * 100_000)}) as site:
        opened, process = [], site.server.process_request
        site.server.process_request = lambda *given: opened.append(given) or process(*given)
        assert kinds(fetched(*[site.url(f"/?{n}") for n in range(6)], host_interval=0.01, largest_body=200_000)) == [200] * 6
        assert len(opened) == 1
        assert site.quiet()


def test_no_connection_is_kept_to_a_host_that_nobody_wants_anything_more_of_where_there_are_many(monkeypatch):
    monkeypatch.setattr(hosts, "_IDLE", 0)
    with serving({"/": Answer()}) as first, serving({"/": Answer()}) as second:
        answers = live()(Request(one.url()) for one in (first, second))
        next(answers)
        next(answers)
        assert first.quiet(1)
        assert second.quiet(1)
        answers.close()


def test_a_gap_is_the_interval_or_up_to_a_quarter_more_and_the_same_every_time():
    gaps = [gap(8.0, f"https://example.org/{n}") for n in range(300)]
    assert 8.0 <= min(gaps) < 8.1
    assert 9.9 < max(gaps) <= 10.0
    assert gap(8.0, "https://example.org/0") == gaps[0]


def test_what_is_known_of_hosts_is_bounded_and_those_that_asked_to_wait_are_remembered():
    paces = Paces(most=1000)
    for number in range(100):
        paces.wait(f"asked{number}.example", 600)
    for number in range(10_000):
        paces.turn(f"host{number}.example", 0.0)
    assert len(paces) <= 1000
    assert all(paces.asked(f"asked{number}.example") > 590 for number in range(100))
    for number in range(5_000):
        paces.wait(f"busy{number}.example", 1000 + number)
    assert len(paces) <= 1000
    assert paces.asked("busy4999.example") > 5_900


def test_a_failure_carries_how_long_to_wait_and_nothing_else_does():
    failed = Failed(Request("http://a.example/"), "timeout")
    assert failed.retry_after == ""
    assert replace(failed, retry_after="7").retry_after == "7"


def test_a_host_that_is_asked_again_within_a_call_is_asked_on_the_same_connection():
    with serving({"/": Answer(), "/again": Answer()}) as site:

        def requests():
            yield Request(site.url())
            while not site.seen or site.at_once:
                time.sleep(0.01)
            time.sleep(0.1)  # nobody wants anything of it now
            yield Request(site.url("/again"))

        assert len(list(live()(requests()))) == 2
        assert site.targets() == ["/", "/again"]
        assert site.all_connections == 1
    assert site.quiet()
