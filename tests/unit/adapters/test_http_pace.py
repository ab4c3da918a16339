"""How Fetch goes about: one exchange at a time to a host, hosts side by side, drawn as needed, nothing left behind."""

import threading
import time
from collections import Counter
from contextlib import ExitStack
from itertools import count, pairwise

import pytest

from models.page import Failed, Page, Request
from pipeline.adapters.http import slots
from tests.servers import Answer, Raw, redirect, serving, unused
from tests.unit.adapters.test_http import fetched, live


def test_requests_to_one_host_are_never_at_once():
    with serving({"/": Answer(seconds=0.02)}) as site:
        assert len(fetched(*[site.url()] * 8)) == 8
    assert site.most_at_once == 1


def test_requests_to_one_host_are_an_interval_apart():
    with serving({"/": Answer()}) as site:
        fetched(*[site.url(f"/?{n}") for n in range(4)], host_interval=0.15)
    gaps = [later.at - earlier.at for earlier, later in pairwise(site.seen)]
    assert len(gaps) == 3
    assert min(gaps) > 0.14


def test_requests_to_one_host_go_out_in_the_order_given():
    with serving({"/": Answer()}) as site:
        fetched(*[site.url(f"/?{n}") for n in range(20)])
    assert site.targets() == [f"/?{n}" for n in range(20)]


def test_two_hosts_that_redirect_to_a_third_do_not_ask_it_at_once():
    with serving({"/": Answer(seconds=0.1)}) as third, ExitStack() as stack:
        firsts = [stack.enter_context(serving({"/": redirect(302, third.url())})) for _ in range(3)]
        assert all(isinstance(page, Page) for page in fetched(*[site.url() for site in firsts]))
    assert third.most_at_once == 1


def test_a_host_that_others_redirect_to_keeps_its_interval_whoever_waits_for_it():
    with serving({"/0": Answer(seconds=0.2), "/1": Answer(), "/2": Answer(), "/3": Answer()}) as target, ExitStack() as stack:
        leading = [stack.enter_context(serving({"/": redirect(302, target.url(f"/{n}"))})) for n in range(4)]
        answers = live(host_interval=0.15)([Request(target.url("/0")), *(Request(site.url()) for site in leading[1:])])
        assert [answer.status for answer in answers] == [200] * 4
    times = sorted(seen.at for seen in target.seen)
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.14
    assert target.most_at_once == 1


def test_two_hosts_are_served_side_by_side():
    meet = threading.Barrier(2, timeout=5)  # either answers only while the other is asked

    def met(seen):
        meet.wait()
        return Answer(200, b"met")

    with serving({"/": met}) as one, serving({"/": met}) as other:
        pages = fetched(one.url(), other.url(), host_interval=10)
    assert [page.body for page in pages if isinstance(page, Page)] == [b"met", b"met"]


def test_no_more_exchanges_are_under_way_than_allowed():
    under_way, most, guard = [0], [0], threading.Lock()

    def slow(seen):
        with guard:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        threading.Event().wait(0.03)
        with guard:
            under_way[0] -= 1
        return Answer()

    with ExitStack() as stack:
        sites = [stack.enter_context(serving({"/": slow})) for _ in range(9)]
        assert len(fetched(*[site.url() for site in sites], parallel=3)) == 9
    assert most[0] <= 3


def test_answers_with_a_body_not_yet_taken_hold_back_the_next_exchanges():
    with ExitStack() as stack:
        sites = [stack.enter_context(serving({"/": Answer(body=b"held")})) for _ in range(6)]
        answers = live(parallel=2)([Request(site.url()) for site in sites])
        next(answers)
        threading.Event().wait(0.2)
        assert sum(len(site.seen) for site in sites) <= 1 + 2 + 1  # taken, waiting to be taken, one slot given back
        assert len(list(answers)) == 5


def test_answers_without_a_body_hold_back_nobody():
    with ExitStack() as stack:
        sites = [stack.enter_context(serving({"/": Answer(304)})) for _ in range(6)]
        answers = live(parallel=2)([Request(site.url()) for site in sites])
        next(answers)
        until = time.monotonic() + 5
        while sum(len(site.seen) for site in sites) < 6 and time.monotonic() < until:
            threading.Event().wait(0.01)
        assert sum(len(site.seen) for site in sites) == 6
        assert len(list(answers)) == 5


def test_requests_are_drawn_as_they_are_needed():
    drawn = count()
    with serving({"/": Answer()}) as site:
        endless = (Request(site.url(), key=next(drawn)) for _ in count())
        answers = live()(endless)
        assert next(drawn) == 0  # nothing is drawn before the first answer is wanted
        for _ in range(3):
            assert isinstance(next(answers), Page)
        answers.close()
    assert next(drawn) < 5100


@pytest.mark.parametrize("taken", [0, 1, 3])
def test_stopping_early_leaves_no_thread_and_no_connection(taken):
    with ExitStack() as stack:
        drip = Raw((b"HTTP/1.1 200 OK\r\n\r\n", *[b"x"] * 1000), pause=0.05)
        slow = [stack.enter_context(serving({"/": drip})) for _ in range(3)]
        quick = [stack.enter_context(serving({"/": Answer()})) for _ in range(3)]
        before = set(threading.enumerate())
        answers = live()([Request(site.url()) for site in slow + quick])
        for _ in range(taken):
            next(answers)
        answers.close()
        left = {thread.name for thread in set(threading.enumerate()) - before if thread.name == "fetch"}
        assert not left
        assert all(site.quiet() for site in slow + quick)


def test_a_finished_iteration_leaves_no_thread_and_no_connection():
    with serving({"/": Answer()}) as site:
        assert len(fetched(site.url(), site.url())) == 2
        assert site.quiet()
        assert "fetch" not in {thread.name for thread in threading.enumerate()}


def test_requests_that_raise_while_drawn_leave_nothing_running():
    def broken(url):
        yield Request(url)
        raise KeyError("a bug of the asker")

    with serving({"/": Answer(seconds=0.2)}) as site:
        with pytest.raises(KeyError):
            list(live()(broken(site.url())))
        assert site.quiet()
    assert "fetch" not in {thread.name for thread in threading.enumerate()}


def test_no_request_gives_no_answer():
    assert fetched() == []


def test_every_request_is_answered_exactly_once():
    routes = {
        "/ok": Answer(200, b"ok"),
        "/moved": redirect(301, "/ok"),
        "/junk": Raw((b"junk\r\n",)),
        "/cut": Raw((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n12",)),
        "/loop": redirect(302, "/loop"),
    }
    with ExitStack() as stack:
        sites = [stack.enter_context(serving(routes)) for _ in range(5)]
        paths = [*routes, "/gone"]
        urls = [sites[n % 5].url(paths[n % 6]) for n in range(99)] + [unused()]
        answers = fetched(*[Request(url, key=n) for n, url in enumerate(urls)])
    assert Counter(answer.request.key for answer in answers) == Counter(range(100))
    assert all(answer.request.url == urls[answer.request.key] for answer in answers)
    assert all(site.most_at_once == 1 for site in sites)


def dripping() -> Raw:
    return Raw((b"HTTP/1.1 200 OK\r\n\r\n", *[b"x"] * 1000), pause=0.05)


def test_hosts_that_drip_do_not_hold_up_the_others(monkeypatch):
    monkeypatch.setattr(slots, "_SLOW", 0.1)
    with ExitStack() as stack:
        bad = [stack.enter_context(serving({"/": dripping()})) for _ in range(8)]
        good = [stack.enter_context(serving({"/": Answer()})) for _ in range(8)]
        began = time.monotonic()
        answers = live(parallel=2, exchange_seconds=1.0)(
            [Request(site.url()) for pair in zip(bad, good, strict=True) for site in pair]
        )
        kinds = [type(answer) for answer in answers]
    assert kinds == [Page] * 8 + [Failed] * 8
    assert time.monotonic() - began < 2.5  # two at a time would have taken four seconds


def test_what_comes_slowly_holds_little_or_takes_its_turn(monkeypatch):
    monkeypatch.setattr(slots, "_SLOW", 0.05)
    monkeypatch.setattr(slots, "SMALL", 1000)
    slow = Raw((b"HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n", *[b"x" * 5000] * 10), pause=0.015)
    with ExitStack() as stack:
        sites = [stack.enter_context(serving({"/": slow})) for _ in range(6)]
        answers = live(parallel=1, exchange_seconds=1.0)([Request(site.url()) for site in sites])
        first = next(answers)
        threading.Event().wait(0.3)  # whoever takes no answers gets no more than fit
        rest = list(answers)
    assert [len(answer.body) for answer in [first, *rest] if isinstance(answer, Page)] == [50_000] * 6


def test_failures_that_stood_aside_end_without_waiting_for_a_slot(monkeypatch):
    monkeypatch.setattr(slots, "_SLOW", 0.02)
    held = threading.Event()

    def slow(_):
        held.wait(0.15)
        return Answer(body=b"x")

    with ExitStack() as stack:
        silent = [stack.enter_context(serving({"/": Raw((b"",), pause=3)})) for _ in range(3)]
        good = [stack.enter_context(serving({"/": slow})) for _ in range(12)]
        began = time.monotonic()
        failed_at = [
            time.monotonic() - began
            for answer in live(parallel=1, stalled_seconds=0.6)([Request(site.url()) for site in [*silent, *good]])
            if isinstance(answer, Failed)
        ]
    assert len(failed_at) == 3
    assert max(failed_at) < 1.4  # the twelve take 1.8


def test_many_that_are_led_to_one_slow_host_do_not_wait_for_each_other_for_ever(monkeypatch):
    monkeypatch.setattr(slots, "_SLOW", 0.02)
    monkeypatch.setattr(slots, "_ASIDE", 2)
    large = Raw((b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n", *[b"x" * 30_000] * 3), pause=0.04)
    with serving({"/": large}) as target, ExitStack() as stack:
        leading = [stack.enter_context(serving({"/": redirect(302, target.url())})) for _ in range(8)]
        answers = live(parallel=1)([Request(site.url()) for site in leading])
        assert [answer.status for answer in answers] == [200] * 8


def test_no_more_step_aside_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(slots, "_SLOW", 0.05)
    monkeypatch.setattr(slots, "_ASIDE", 2)
    with ExitStack() as stack:
        sites = [stack.enter_context(serving({"/": dripping()})) for _ in range(5)]
        answers = live(parallel=1, exchange_seconds=0.5)([Request(site.url()) for site in sites])
        next(answers)
        assert sum(bool(site.seen) for site in sites) <= 1 + 2 + 1
        answers.close()


def test_stopping_ends_what_stepped_aside_though_no_slot_is_free(monkeypatch):
    monkeypatch.setattr(slots, "_SLOW", 0.05)
    with ExitStack() as stack:
        sites = [stack.enter_context(serving({"/": script})) for script in (Answer(), *[dripping()] * 4, *[Answer()] * 3)]
        answers = live(parallel=1)([Request(site.url()) for site in sites])
        next(answers)
        threading.Event().wait(0.6)  # an answer waits to be taken, and the rest stands aside
        began = time.monotonic()
        answers.close()
        assert time.monotonic() - began < 2
        assert all(site.quiet() for site in sites)
