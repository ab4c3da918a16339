"""robots.txt, connections and redirects: each test is a rule, played by a server on this machine."""

import gzip
from importlib.metadata import version
from itertools import pairwise

import brotli
import pytest

from models.outcome import Failed, New
from pipeline.adapters import decoding
from pipeline.flow import rulebook
from tests.authority import authority
from tests.servers import Answer, redirect, serving
from tests.unit.adapters.desk import SUMMARY, Desk, item, rss, story
from tests.unit.adapters.making import HOUR, NOW

FORBIDS = Answer(body=b"User-agent: *\nDisallow: /")


@pytest.fixture
def desk(database):
    return Desk(database)


def paper(site, *paths, **routes):
    """A feed with these pages, all of them there."""
    site.routes |= {"/feed": rss(*(item(site.url(path)) for path in paths))} | {path: story(f"On {path}: ") for path in paths}
    site.routes |= {f"/{name.replace('_', '.')}": answer for name, answer in routes.items()}


def test_robots_txt_is_for_article_pages_and_feeds_are_fetched_as_feeds(desk):
    with serving() as site:
        paper(site, "/a", robots_txt=FORBIDS)
        desk.follow(site.url("/feed"), pages="fetch")
        passed = desk.collect()
    assert (passed.poll.status, passed.outcomes) == ("read", [New(site.url("/a"))])
    assert site.targets() == ["/feed", "/robots.txt"]
    assert desk.rows("SELECT text FROM article") == [(SUMMARY,)]


def test_robots_txt_is_cached_a_day(desk):
    with serving() as site:
        paper(site, "/a", robots_txt=Answer(body=b"User-agent: *\nDisallow: /private"))
        desk.follow(site.url("/feed"), pages="fetch")
        for hours, path in ((0, "/a"), (23, "/b"), (25, "/c")):
            paper(site, "/a", path)
            assert New(site.url(path)) in desk.collect(NOW + hours * HOUR).outcomes
    asked = [target for target in site.targets() if target != "/feed"]
    assert asked == ["/robots.txt", "/a", "/b", "/robots.txt", "/c"]


def test_whatever_servers_see_is_counted_robots_txt_and_redirects_and_feeds_spelled_otherwise_too(desk):
    with serving() as site, serving() as other:
        paper(site, "/a", "/b", "/c", robots_txt=Answer(body=b"User-agent: *\nDisallow: /b"))
        other.routes |= {"/robots.txt": Answer(503), "/c": story()}
        site.routes |= {"/feed/": site.routes["/feed"], "/feed": Answer(), "/c": redirect(302, other.url("/c"))}
        desk.follow(site.url("/feed"), pages="fetch")
        for hours in range(3):
            desk.collect(NOW + hours * HOUR)
            site.routes["/feed/"] = redirect(302, "/feed/2")
            site.routes["/feed/2"] = Answer(429, headers={"Retry-After": "7200"})
        seen = [*site.seen, *other.seen]
    assert {one.target for one in seen} == {"/feed", "/feed/", "/feed/2", "/robots.txt", "/a", "/c"}
    assert desk.rows("SELECT polls, requests FROM feed_day") == [(2, len(seen))]


@pytest.mark.parametrize("status", [401, 404, 410])
def test_robots_txt_4xx_allows(desk, status):
    with serving() as site:
        paper(site, "/a", robots_txt=Answer(status, FORBIDS.body))
        desk.follow(site.url("/feed"), pages="fetch")
        assert desk.collect().outcomes == [New(site.url("/a"))]
    assert site.targets()[-1] == "/a"


@pytest.mark.parametrize("status", [500, 503])
def test_robots_txt_5xx_forbids_for_a_while(desk, status):
    with serving() as site:
        paper(site, "/a", robots_txt=Answer(status))
        desk.follow(site.url("/feed"), pages="fetch")
        (failed,) = desk.collect().outcomes
        assert failed == Failed(site.url("/a"), f"robots.txt HTTP {status}", NOW + HOUR)
        assert desk.collect(NOW + HOUR / 2).outcomes == []
        site.routes["/robots.txt"] = Answer(404)
        assert desk.collect(NOW + HOUR).outcomes == [New(site.url("/a"))]
    assert [target for target in site.targets() if target != "/feed"] == ["/robots.txt", "/robots.txt", "/a"]


def test_crawl_delay_is_honoured_between_any_two_requests_for_pages_of_the_host(desk):
    with serving() as site:
        paper(
            site,
            "/a",
            "/b",
            "/c",
            robots_txt=Answer(body=b"User-agent: conceptwire\nCrawl-delay: 0.2\n\nUser-agent: *\nDisallow: /"),
        )
        desk.follow(site.url("/feed"), pages="fetch")
        desk.collect()
    times = [seen.at for seen in site.seen if len(seen.target) == 2]
    assert len(times) == 3
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.19


def test_crawl_delay_is_honoured_at_a_host_that_all_pages_are_led_to_and_by_the_next_pass_too(desk):
    with serving() as front, serving() as site:
        paper(front, "/a", "/b", "/c", robots_txt=Answer(404))
        front.routes |= {path: redirect(302, site.url(path)) for path in ("/a", "/b", "/c", "/d")}
        paper(site, "/a", "/b", "/c", "/d", robots_txt=Answer(body=b"User-agent: *\nCrawl-delay: 0.4"))
        desk.follow(front.url("/feed"), pages="fetch")
        assert desk.collect().told() == ["New"] * 3
        times = [seen.at for seen in site.seen if len(seen.target) == 2]
        assert len(times) == 3
        assert min(later - earlier for earlier, later in pairwise(times)) > 0.39
        front.routes["/other"] = rss(item(front.url("/d")))
        desk.follow(front.url("/feed"), front.url("/other"), pages="fetch")
        assert desk.collect().told() == ["Failed(asked to wait)"]  # at the very moment of the pass before it
        assert desk.collect(NOW + HOUR).told() == ["New"]


def test_pages_that_are_led_to_slow_hosts_hold_up_no_others_of_their_own(desk):
    with serving() as front, serving() as one, serving() as two:
        paper(front, *(f"/{place}{n}" for n in range(2) for place in "bc"), "/x", robots_txt=Answer(404))
        for host, place in ((one, "b"), (two, "c")):
            paper(host, f"/{place}0", f"/{place}1", robots_txt=Answer(body=b"User-agent: *\nCrawl-delay: 1.2"))
            front.routes |= {f"/{place}{n}": redirect(302, host.url(f"/{place}{n}")) for n in range(2)}
        desk.follow(front.url("/feed"), pages="fetch")
        assert desk.collect().told() == ["New"] * 5
    last = {seen.target: seen.at for seen in [*front.seen, *one.seen, *two.seen]}
    assert last["/x"] < min(last["/b1"], last["/c1"])
    assert abs(last["/b1"] - last["/c1"]) < 1  # side by side


@pytest.mark.parametrize("hops", [["/b/", "/c"], ["/b/", "/c", "/d", "/b2", "/e"]])
def test_a_page_has_one_turn_at_a_host_with_a_crawl_delay_however_often_it_is_led_there(desk, hops, monkeypatch):
    monkeypatch.setattr(rulebook, "_SLOWEST", 0.15)
    with serving() as front, serving() as site:
        paper(front, "/a", robots_txt=Answer(404))
        front.routes["/a"] = redirect(302, site.url("/b"))
        site.routes |= {path: redirect(302, after) for path, after in pairwise(["/b", *hops])}
        site.routes |= {hops[-1]: story(), "/robots.txt": Answer(body=b"User-agent: *\nCrawl-delay: 0.1")}
        desk.follow(front.url("/feed"), pages="fetch")
        assert desk.collect().told() == ["New"]
    assert desk.rows("SELECT text_from FROM article") == [("page",)]


def test_one_connection_a_host_is_kept_alive_and_never_has_two_requests_at_once(desk):
    with serving() as site:
        paper(site, *(f"/{n}" for n in range(5)), robots_txt=Answer(404))
        site.routes |= {f"/{n}": Answer(403, seconds=0.03) for n in range(5)}  # so that the others are wanted meanwhile
        opened, process = [], site.server.process_request
        site.server.process_request = lambda *given: opened.append(given) or process(*given)
        desk.follow(site.url("/feed"), pages="fetch")
        assert len(desk.collect().outcomes) == 5
        assert site.quiet()
    assert site.most_at_once == 1
    assert len(opened) <= 2  # the feed's, and one for robots.txt and all the pages


PACKED = {"gzip": gzip.compress, "br": brotli.compress}
if decoding.zstd:
    PACKED["zstd"] = decoding.zstd.compress


@pytest.mark.parametrize("encoding", PACKED)
def test_gzip_br_and_zstd_are_asked_for_and_undone(desk, encoding):
    feed = rss(item("https://wire.example/a"))
    with serving({"/feed": Answer(200, PACKED[encoding](feed.body), {**feed.headers, "Content-Encoding": encoding})}) as site:
        desk.follow(site.url("/feed"))
        assert desk.collect().poll.status == "read"
    assert encoding in site.seen[0].headers["Accept-Encoding"].split(", ")


def test_a_user_agent_names_product_version_and_contact_url(desk):
    with serving() as site:
        paper(site, "/a")
        desk.follow(site.url("/feed"), pages="fetch")
        desk.collect(contact="https://desk.example/crawler")
    assert site.targets() == ["/feed", "/robots.txt", "/a"]
    told = f"Conceptwire/{version('conceptwire')} (+https://desk.example/crawler)"
    assert [seen.headers["User-Agent"] for seen in site.seen] == [told] * 3


@pytest.mark.parametrize("status", [301, 308])
def test_permanent_redirects_move_the_stored_url_after_they_held_on_several_fetches(desk, status):
    with serving() as site:
        site.routes |= {"/old": redirect(status, "/new"), "/new": rss(item("https://wire.example/a"))}
        desk.follow(site.url("/old"))
        for hours in range(4):
            assert desk.feed().url == site.url("/new" if hours == 3 else "/old")
            desk.collect(NOW + hours * HOUR)
    assert site.targets() == ["/old", "/new"] * 3 + ["/new"]


def test_a_feed_that_moved_is_asked_where_it_was_when_its_new_address_keeps_failing(desk):
    with serving() as site:
        site.routes |= {"/old": redirect(301, "/new"), "/new": rss(item("https://wire.example/a"))}
        desk.follow(site.url("/old"))
        for hours in range(3):
            desk.collect(NOW + hours * HOUR)
        assert desk.feed().url == site.url("/new")
        site.routes |= {"/old": rss(item("https://wire.example/a")), "/new": Answer(404)}
        for days in range(1, 4):
            desk.collect(NOW + days * 24 * HOUR)
        assert desk.feed().url == site.url("/old")
        assert desk.collect(NOW + 5 * 24 * HOUR).poll.status == "unchanged"  # the same bytes


def test_a_permanent_redirect_that_did_not_hold_moves_nothing(desk):
    with serving() as site:
        site.routes |= {"/new": rss(item("https://wire.example/a")), "/other": rss(item("https://wire.example/b"))}
        desk.follow(site.url("/old"))
        for hours, answer in enumerate(
            [
                redirect(301, "/new"),
                redirect(301, "/new"),
                redirect(301, "/other"),
                redirect(301, "/new"),
                rss(),
                redirect(301, "/new"),
            ]
        ):
            site.routes["/old"] = answer
            desk.collect(NOW + hours * HOUR)
        assert desk.feed().url == site.url("/old")


@pytest.mark.parametrize("status", [302, 303, 307])
def test_temporary_redirects_never_move_the_stored_url(desk, status):
    with serving() as site:
        site.routes |= {
            "/old": redirect(status, "/new"),
            "/new": redirect(301, "/newer"),
            "/newer": rss(item("https://wire.example/a")),
        }
        desk.follow(site.url("/old"))
        for hours in range(4):
            desk.collect(NOW + hours * HOUR)
        assert desk.feed().url == site.url("/old")
    assert site.targets() == ["/old", "/new", "/newer"] * 4


def test_redirect_loops_and_hops_over_a_limit_end_with_a_name_and_move_nothing(desk):
    with serving() as site:
        site.routes |= {"/loop": redirect(301, "/back"), "/back": redirect(301, "/loop")}
        site.routes |= {f"/{n}": redirect(301, f"/{n + 1}") for n in range(99)}
        desk.follow(site.url("/loop"), site.url("/0"))
        polls = desk.collect(redirects=4).polls
        assert {slug: poll.reason for slug, poll in polls.items()} == {"s0": "redirect loop", "s1": "too many redirects"}
        assert (desk.feed("s0").moving_to, desk.feed("s1").moving_to) == ("", "")
    assert len(site.seen) == 2 + 5


def test_https_never_falls_back_to_http_for_feeds_pages_and_robots_txt(desk, tmp_path, monkeypatch):
    signing = authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(signing.certificate))
    with serving() as plain, serving(tls=signing.server("IP:127.0.0.1")) as sealed:
        plain.routes |= {"/feed": rss(), "/a": story(), "/robots.txt": FORBIDS}
        sealed.routes |= {
            "/feed": rss(item(sealed.url("/a"))),
            "/a": redirect(301, plain.url("/a")),
            "/robots.txt": redirect(301, plain.url("/robots.txt")),
        }
        sealed.routes["/other"] = redirect(301, plain.url("/feed"))
        desk.follow(sealed.url("/feed"), sealed.url("/other"), pages="fetch")
        for hours in (0, 1, 2, 4):
            passed = desk.collect(NOW + hours * HOUR)
            assert passed.polls["s1"].reason == "redirect from https to http"
        assert desk.feed("s1").url == sealed.url("/other")
    assert plain.seen == []
    assert sealed.targets().count("/a") > 0
