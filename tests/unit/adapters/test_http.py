"""Fetch over the live web, against real servers: what is sent, what is decoded, where redirects lead."""

import gzip
from dataclasses import replace

import brotli
import pytest

from models.page import Failed, Hop, Page, Request
from pipeline.adapters.http import Limits, Live
from pipeline.adapters.http.locations import wrong_way
from tests.servers import Answer, hosts, redirect, serving

LIMITS = Limits("Conceptwire/1 (+mailto:desk@example.org)", 5.0, 100_000, 15, 24, 0.0)


def live(**limits: object) -> Live:
    """Fetch with the tests' own limits, which may go to all of the tests' own hosts."""
    return Live(replace(LIMITS, **{"allow_private": hosts(), **limits}))


def fetched(*requests: Request | str, **limits: object) -> list[Page | Failed]:
    asked = [Request(one) if isinstance(one, str) else one for one in requests]
    return list(live(**limits)(asked))


def page_at(url: str, **limits: object) -> Page:
    (page,) = fetched(url, **limits)
    assert isinstance(page, Page), page
    return page


def failure_at(url: str, **limits: object) -> str:
    (failed,) = fetched(url, **limits)
    assert isinstance(failed, Failed), failed
    return failed.reason


def test_a_page_carries_the_servers_words_verbatim():
    headers = {
        "Content-Type": "text/html; Charset=UTF-8",
        "ETag": 'W/"a b"',
        "Last-Modified": "Mon, 31 Aug 2026 18:00:00 GMT",
        "Retry-After": "120",
        "Cache-Control": 'public,max-age="60"',
        "Expires": "0",
    }
    with serving({"/a": Answer(503, b"<p>busy</p>", headers)}) as site:
        page = page_at(site.url("/a"))
    assert (page.status, page.body, page.url) == (503, b"<p>busy</p>", site.url("/a"))
    told = [page.content_type, page.etag, page.last_modified, page.retry_after, page.cache_control, page.expires]
    assert told == list(headers.values())


def test_validators_go_out_verbatim_and_304_comes_back():
    etag, date = 'W/"x-1,2"', "Mon, 31 Aug 2026 18:00:00 +0000"
    with serving({"/feed": Answer(304, headers={"ETag": etag})}) as site:
        (page,) = fetched(Request(site.url("/feed"), "feed", etag, date, key=7))
    assert isinstance(page, Page)
    assert (page.status, page.body, page.etag, page.request.key) == (304, b"", etag, 7)
    assert site.seen[0].headers["If-None-Match"] == etag
    assert site.seen[0].headers["If-Modified-Since"] == date


def test_a_first_request_is_unconditional():
    with serving({"/": Answer()}) as site:
        page_at(site.url())
    assert not {"If-None-Match", "If-Modified-Since", "Cookie"} & set(site.seen[0].headers)


@pytest.mark.parametrize(("kind", "wanted"), [("feed", "application/rss+xml"), ("page", "text/html")])
def test_requests_say_who_asks_and_for_what(kind, wanted):
    with serving({"/": Answer()}) as site:
        fetched(Request(site.url(), kind))
    assert site.seen[0].headers["User-Agent"] == LIMITS.user_agent
    assert site.seen[0].headers["Accept"].startswith(wanted)


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("br", brotli.compress)])
def test_a_compressed_body_arrives_decompressed(encoding, pack):
    body = "Füße & naïve".encode() * 500
    with serving({"/": Answer(200, pack(body), {"Content-Encoding": encoding})}) as site:
        assert page_at(site.url()).body == body
    assert encoding in site.seen[0].headers["Accept-Encoding"]


def test_the_query_of_an_address_goes_out_as_it_is():
    target = "/a%2Fb?code=abc%3D%3D&x=1+2&empty=&t=%C3%A9%2C;z"
    with serving({"/a%2Fb": Answer()}) as site:
        page_at(site.url(target))
    assert site.targets() == [target]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_recorded(status):
    with serving({"/old": redirect(status, "/new?a=1"), "/new": Answer(200, b"here")}) as site:
        page = page_at(site.url("/old"))
    assert (page.status, page.body, page.url) == (200, b"here", site.url("/new?a=1"))
    assert page.hops == (Hop(site.url("/old"), status, site.url("/new?a=1")),)
    assert page.moved_to == (site.url("/new?a=1") if status in {301, 308} else "")


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [((301, 308), "/2"), ((301, 302), "/1"), ((308, 303, 301), "/1"), ((302, 301), ""), ((307,), "")],
)
def test_only_permanent_redirects_from_the_start_move_an_address(statuses, moved):
    routes = {f"/{n}": redirect(status, f"/{n + 1}") for n, status in enumerate(statuses)}
    with serving({**routes, f"/{len(statuses)}": Answer()}) as site:
        page = page_at(site.url("/0"))
    assert [hop.status for hop in page.hops] == list(statuses)
    assert page.moved_to == (site.url(moved) if moved else "")


def test_validators_reach_the_address_a_feed_was_redirected_to():
    with serving({"/old": redirect(302, "/new"), "/new": Answer(304)}) as site:
        (page,) = fetched(Request(site.url("/old"), "feed", '"1"'))
    assert isinstance(page, Page)
    assert page.status == 304
    assert site.seen[-1].headers["If-None-Match"] == '"1"'


def test_a_bounce_over_another_host_keeps_the_cookie_for_this_exchange_only():
    def feed(seen):
        return Answer(200, b"<rss/>") if "idp=1" in seen.headers.get("Cookie", "") else redirect(303, idp.url("/authorize"))

    with serving({"/feed": feed}) as nature, serving() as idp:
        idp.routes["/authorize"] = redirect(302, nature.url("/feed"), **{"Set-Cookie": "idp=1; Path=/"})
        for page in fetched(nature.url("/feed"), nature.url("/feed")):
            assert isinstance(page, Page)
            assert (page.status, page.body, page.url) == (200, b"<rss/>", nature.url("/feed"))
            assert [hop.status for hop in page.hops] == [303, 302]
            assert page.moved_to == ""
    assert nature.targets() == ["/feed"] * 4
    assert ["Cookie" in seen.headers for seen in nature.seen] == [False, True, False, True]


def test_ten_hops_are_followed():
    routes = {f"/{n}": redirect(302, f"/{n + 1}") for n in range(10)}
    with serving({**routes, "/10": Answer(200, b"at last")}) as site:
        page = page_at(site.url("/0"))
    assert (page.body, len(page.hops)) == (b"at last", 10)


def test_the_same_address_twice_is_a_redirect_loop():
    with serving({"/a": redirect(302, "/b"), "/b": redirect(302, "/a")}) as site:
        assert failure_at(site.url("/a")) == "redirect loop"
    assert site.targets() == ["/a", "/b"]


def test_exactly_the_allowed_number_of_redirects_works():
    routes = {"/0": redirect(302, "/1"), "/1": redirect(302, "/2"), "/2": Answer(200, b"two")}
    with serving(routes) as site:
        assert page_at(site.url("/0"), redirects=2).body == b"two"
        assert failure_at(site.url("/0"), redirects=1) == "too many redirects"


def test_a_redirect_without_a_location_is_a_page():
    with serving({"/": Answer(302, b"nowhere")}) as site:
        assert page_at(site.url()).body == b"nowhere"


@pytest.mark.parametrize("there", ["ftp://example.org/a", "javascript:alert(1)", "mailto:desk@example.org"])
def test_a_redirect_out_of_the_web_is_refused(there):
    with serving({"/": redirect(302, there)}) as site:
        assert failure_at(site.url()) == "redirect to no web address"


def test_a_redirect_to_a_malformed_address_is_a_failure():
    with serving({"/": redirect(302, "http://[broken/")}) as site:
        assert failure_at(site.url()) == "bad address"


def test_https_never_falls_back_to_http():
    assert wrong_way("https://example.org/a", "http://example.org/a") == "redirect from https to http"
    assert wrong_way("http://example.org/a", "https://example.org/a") == ""
    assert wrong_way("https://example.org/a", "https://example.com/") == ""
