"""What the world does wrong to Fetch is a Failed with a short name, never an exception."""

import gzip
import threading
import time
from itertools import pairwise

import pytest

from models.page import Failed, Page, Request
from tests.servers import Answer, Raw, Seen, redirect, serving, unused
from tests.unit.adapters.test_http import LIMITS, failure_at, fetched, live, page_at

OK = b"HTTP/1.1 200 OK\r\n"


def test_a_body_over_the_limit_is_refused():
    with serving({"/big": Answer(200, b"x" * 100_001), "/fits": Answer(200, b"x" * 100_000)}) as site:
        assert failure_at(site.url("/big")) == "too large"
        assert len(page_at(site.url("/fits")).body) == 100_000


def test_the_limit_counts_decompressed_bytes():
    bomb = gzip.compress(b"\0" * 20_000_000, mtime=0)
    assert len(bomb) < LIMITS.largest_body
    with serving({"/": Answer(200, bomb, {"Content-Encoding": "gzip"})}) as site:
        assert failure_at(site.url()) == "too large"


def test_an_endless_body_ends_at_the_limit():
    with serving({"/": Raw((OK + b"\r\n", *[b"x" * 50_000] * 1000))}) as site:
        assert failure_at(site.url()) == "too large"


def test_a_dripping_server_costs_no_more_than_the_exchange_may_take():
    with serving({"/": Raw((OK + b"Content-Length: 1000\r\n\r\n", *[b"x"] * 1000), pause=0.05)}) as site:
        began = time.monotonic()
        assert failure_at(site.url(), exchange_seconds=0.4) == "timeout"
        assert time.monotonic() - began < 3


def test_dripping_headers_time_out_too():
    with serving({"/": Raw((OK, *[b"X-A: b\r\n"] * 100), pause=0.05)}) as site:
        assert failure_at(site.url(), exchange_seconds=0.4) == "timeout"


def test_the_time_limit_holds_for_all_redirects_together():
    routes = {f"/{n}": Answer(302, headers={"Location": f"/{n + 1}"}, seconds=0.15) for n in range(10)}
    with serving(routes) as site:
        assert failure_at(site.url("/0"), exchange_seconds=0.5) == "timeout"
    assert len(site.seen) < 6


def test_a_closed_port_is_connection_refused():
    assert failure_at(unused()) == "connection refused"


def test_a_host_that_does_not_exist_is_not_found():
    assert failure_at("http://no-such-host.invalid/feed") == "host not found"


def test_a_redirect_to_a_dead_host_is_a_failure_of_the_first_address():
    with serving({"/": redirect(301, "http://no-such-host.invalid/")}) as site:
        (failed,) = fetched(site.url())
    assert failed == Failed(Request(site.url()), "host not found")


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_an_answer_that_breaks_off_is_no_page(reset):
    half = Raw((OK + b"Content-Length: 5000\r\n\r\n" + b"x" * 100,), pause=0.05, reset=reset)
    with serving({"/": half}) as site:
        assert failure_at(site.url()) in {"answer broken off", "connection broken"}


def test_a_server_that_hangs_up_without_a_word_is_a_failure():
    with serving({"/": Raw(())}) as site:
        assert failure_at(site.url()) == "answer broken off"


@pytest.mark.parametrize("reset", [False, True], ids=["closes", "resets"])
def test_a_host_that_breaks_off_without_an_answer_is_not_asked_again(reset):
    with serving({"/": Raw((), reset=reset)}) as site:
        assert failure_at(site.url()) in {"answer broken off", "connection broken"}
        assert site.targets() == ["/"]


def test_a_host_that_had_closed_a_kept_connection_is_asked_again_in_its_turn():
    def script(seen: Seen) -> Answer | Raw:
        return Raw(()) if [one.target for one in site.seen].count("/second") == 1 else Answer(200, b"there")

    with serving({"/first": Answer(200, b"there"), "/second": script}) as site:
        first, second = live(host_interval=0.3)([Request(site.url("/first")), Request(site.url("/second"))])
    assert (first.body, second.body, site.targets()) == (b"there", b"there", ["/first", "/second", "/second"])
    times = [one.at for one in site.seen]
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.29


@pytest.mark.parametrize("garbage", [b"SSH-2.0-OpenSSH_9.6\r\n", b"\x00\xff\x15\x03\x01" * 40, b"HTTP/1.1 abc OK\r\n\r\n"])
def test_garbage_instead_of_http_is_named(garbage):
    with serving({"/": Raw((garbage,))}) as site:
        assert failure_at(site.url()) == "not HTTP"


def test_a_body_that_is_not_what_its_encoding_says_is_a_failure():
    with serving({"/": Answer(200, b"no gzip at all", {"Content-Encoding": "gzip"})}) as site:
        assert failure_at(site.url()) == "answer broken off"


@pytest.mark.parametrize("url", ["http://", "http://exa mple.org/", "http://127.0.0.1:99999/", "http://[::1/"])
def test_an_address_that_is_none_is_a_failure(url):
    assert failure_at(url)


def test_trouble_with_one_address_leaves_the_others_alone():
    with serving({"/": Answer(200, b"fine")}) as good, serving({"/": Raw((b"junk\r\n",))}) as bad:
        answers = {answer.request.url: answer for answer in fetched(good.url(), bad.url(), unused(), good.url("/none"))}
    assert len(answers) == 4
    assert [type(answers[url]) for url in (good.url(), bad.url(), good.url("/none"))] == [Page, Failed, Page]


def test_a_failed_exchange_is_followed_by_the_hosts_next():
    with serving({"/bad": Raw((b"junk\r\n",)), "/good": Answer(200, b"fine")}) as site:
        answers = fetched(site.url("/bad"), site.url("/good"))
    assert [type(one) for one in answers] == [Failed, Page]


def test_failures_leave_no_thread():
    before = set(threading.enumerate())
    list(live()([Request("http://no-such-host.invalid/"), Request(unused())]))
    assert _gone(before), threading.enumerate()


def _gone(before: set[threading.Thread]) -> bool:
    until = time.monotonic() + 2  # the resolver's idle thread ends by itself
    while set(threading.enumerate()) - before and time.monotonic() < until:
        time.sleep(0.01)
    return not set(threading.enumerate()) - before


def test_a_failure_tells_where_it_was_and_what_servers_saw_until_then():
    with serving({"/": redirect(302, "/there"), "/there": redirect(302, "http://127.0.0.1:1/")}) as site:
        (failed,) = fetched(site.url())
        assert (failed.reason, failed.at, failed.requests) == ("port not allowed", "http://127.0.0.1:1/", 2)
        (failed,) = fetched(f"http://{site.host}/".replace("127.0.0.1", "127.0.0.2"), allow_private=frozenset())
        assert (failed.requests, failed.at) == (0, "")
    with serving({"/": Answer(200, b"x" * 5000)}) as site:
        (failed,) = fetched(site.url(), largest_body=1000)
        assert (failed.reason, failed.requests) == ("too large", 1)
    (failed,) = fetched(unused())
    assert (failed.reason, failed.requests) == ("connection refused", 0)
