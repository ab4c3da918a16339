"""The client a publisher would hold up as a model: whole passes over real sockets, and what `sources check` says of them."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from models.filling import Chosen
from pipeline import backfilling, passes, wiring
from tests.conftest import Site
from tests.promises.test_live import LIVE, XML, World, feed, page
from tests.servers import Answer, Seen, allowing, redirect


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name, value in LIVE.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack:
        (tmp_path / "site").mkdir()
        yield World(tmp_path / "site", stack)


def run(site: Site, now: str, monkeypatch: pytest.MonkeyPatch, *, eager: bool = True, **more: Any) -> dict:
    """A pass as `conceptwire run --now` makes it, without the time that a process takes to start."""
    for name, value in allowing().items():
        monkeypatch.setenv(name, value)
    at = datetime.fromisoformat(now)
    return passes.one(wiring.site(site.folder), at, clock=lambda: at, eager=eager, **more).as_json()


def check(site: Site, *arguments: str, code: int = 0) -> list[dict]:
    done = site.call("sources", "check", "--json", "--now", "2026-08-31T20:00Z", *arguments, check=False)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def test_pages_are_asked_for_as_robots_txt_allows_once_a_day_and_host(world: World, monkeypatch: pytest.MonkeyPatch):
    host = world.host()
    robots = Answer(body=b"User-agent: Conceptwire\nDisallow: /two\nCrawl-delay: 0.01\n\nUser-agent: *\nDisallow: /")
    host.routes |= {"/feed": Answer(body=feed(host, "one", "two"), headers=XML), "/robots.txt": robots, "/one": page("one")}
    site = world.follow(press=host.url("/feed"))
    assert run(site, "2026-08-31T10:00Z", monkeypatch)["outcomes"] == {"New": 2}
    assert host.targets() == ["/feed", "/robots.txt", "/one"]
    assert set(site.rows("SELECT title, text_from FROM article")) == {
        ("Foundation model one", "page"),
        ("Foundation model two", "summary"),
    }
    host.routes |= {"/feed": Answer(body=feed(host, "one", "two", "three"), headers=XML), "/three": page("three")}
    assert run(site, "2026-08-31T18:00Z", monkeypatch)["outcomes"] == {"New": 1, "Unchanged": 2}
    assert host.targets()[3:] == ["/feed", "/three"]
    (told,) = check(site)
    assert (told["robots"][0]["pages"], told["robots"][0]["forbidden"]) == (3, 1)
    text = site.call("sources", "check", "press", "--now", "2026-08-31T20:00Z").stdout
    assert f"robots.txt of http://{host.host} forbids 1 of the 3 newest pages, asks for 0.01 s between two" in text


def test_a_recording_replays_what_robots_txt_allowed(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    host = world.host()
    robots = Answer(body=b"User-agent: *\nDisallow: /two")
    host.routes |= {"/feed": Answer(body=feed(host, "one", "two"), headers=XML), "/robots.txt": robots, "/one": page("one")}
    site = world.follow(press=host.url("/feed"))
    recorded = run(site, "2026-08-31T10:00Z", monkeypatch, record=tmp_path / "day.warc.gz")
    texts = site.rows("SELECT title, text_from FROM article ORDER BY title")
    assert texts == [("Foundation model one", "page"), ("Foundation model two", "summary")]
    site.database.unlink()
    replayed = run(site, "2026-08-31T10:00Z", monkeypatch, replay=[tmp_path / "day.warc.gz"])
    assert (replayed, site.rows("SELECT title, text_from FROM article ORDER BY title")) == (recorded, texts)
    assert site.rows("SELECT count(*) FROM robots, host, feed_day") == [(0,)]  # a recording's hosts are not the world's


def test_retry_after_on_a_page_silences_its_host_for_feeds_and_pages_of_every_pass_until_then(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    host = world.host()
    host.routes |= {
        "/feed": Answer(body=feed(host, "one"), headers=XML),
        "/one": Answer(503, headers={"Retry-After": "Mon, 31 Aug 2026 12:00:00 GMT", "Date": "Mon, 31 Aug 2026 10:00:00 GMT"}),
    }
    site = world.follow(press=host.url("/feed"))
    assert run(site, "2026-08-31T10:00Z", monkeypatch)["outcomes"] == {"Failed(HTTP 503)": 1}
    seen = len(host.seen)
    later = run(site, "2026-08-31T11:59Z", monkeypatch)
    assert (later["feeds"], later["entries"], len(host.seen)) == ({"total": 1, "waiting": 1}, 0, seen)
    host.routes["/one"] = page("one")
    assert run(site, "2026-08-31T12:00Z", monkeypatch)["outcomes"] == {"New": 1}


def test_a_walk_that_a_host_asks_to_stop_stops_all_passes_over_the_host(world: World, monkeypatch: pytest.MonkeyPatch):
    host = world.host()
    listing = '<{0} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{1}</{0}>'
    places = "".join(f"<sitemap><loc>{host.url(path)}</loc></sitemap>" for path in ("/new.xml", "/old.xml"))
    pages = f"<url><loc>{host.url('/2026/07/01/one')}</loc></url>"
    busy = {"Retry-After": "Mon, 31 Aug 2026 12:00:00 GMT", "Date": "Mon, 31 Aug 2026 10:00:00 GMT"}
    host.routes |= {
        "/sitemap.xml": Answer(body=listing.format("sitemapindex", places).encode()),
        "/new.xml": Answer(body=listing.format("urlset", pages).encode()),
        "/old.xml": Answer(503, headers=busy),
        "/feed": Answer(body=feed(host, "one"), headers=XML),
    }
    site = world.follow(press=host.url("/feed"))
    for name, value in allowing().items():
        monkeypatch.setenv(name, value)
    at = datetime.fromisoformat("2026-08-31T10:00Z")
    done = backfilling.one(wiring.site(site.folder), [host.url("/sitemap.xml")], Chosen(), clock=lambda: at)
    assert done.as_json()["outcomes"]["Failed(asked to wait)"] == 1  # the page that was listed before
    seen = host.targets()
    assert seen[-2:] == ["/new.xml", "/old.xml"]
    assert site.rows("SELECT wait_until FROM host") == [("2026-08-31T12:00:00Z",)]
    assert run(site, "2026-08-31T11:59Z", monkeypatch)["feeds"] == {"total": 1, "waiting": 1}
    assert host.targets() == seen


def test_what_publishers_see_is_told_source_by_source_with_what_is_wrong(world: World, monkeypatch: pytest.MonkeyPatch):
    well, moves, lost = world.host(), world.host(), world.host()

    def answer(seen: Seen) -> Answer:
        if seen.headers.get("If-None-Match") == '"v1"':
            return Answer(304, headers={"ETag": '"v1"'})
        return Answer(body=feed(well), headers=XML | {"ETag": '"v1"', "Cache-Control": "max-age=3600"})

    well.routes["/feed"] = answer
    moves.routes |= {
        "/feed": redirect(301, moves.url("/new")),
        "/new": Answer(body=feed(moves, "one"), headers=XML),
        "/one": page("one"),
    }
    site = world.follow(lost=lost.url("/feed"), moves=moves.url("/feed"), well=well.url("/feed"))
    assert [one["problems"] for one in check(site)] == [[], [], []]  # nobody was asked yet
    for now in ("2026-08-31T10:00Z", "2026-08-31T10:30Z", "2026-08-31T12:00Z"):
        run(site, now, monkeypatch)
    gone, moved, silent = check(site, code=1)
    assert gone["problems"] == ["failing since 2026-08-31: HTTP 404"]
    assert (moved["problems"], moved["feeds"][0]["url"]) == ([], moves.url("/new"))  # three fetches held
    assert moved["feeds"][0]["requests_per_day"] == len(moves.seen)  # its page and its robots.txt, too
    assert silent["problems"] == ["silent: no entry so far"]
    (seen,) = silent["feeds"]
    assert (seen["requests_per_day"], seen["not_modified_share"]) == (
        2.0,
        0.5,
    )  # max-age: not asked at 10:30, whoever was in a hurry
    assert (seen["bytes_per_day"], seen["asked_too_early"]) == (len(feed(well)), 0)
    text = site.call("sources", "check", "--now", "2026-08-31T20:00Z", check=False)
    assert "! failing since 2026-08-31: HTTP 404" in text.stdout
    assert "\nHTTP 404\n  Try: the address that its feed has now" in text.stdout
    assert text.stdout.endswith("contact is not set: publishers cannot write to you (contact in settings.toml)\n")
    assert f"{moves.url('/feed')} moved for good: asked at {moves.url('/new')}" in text.stdout
    assert check(site, "moves")[0]["slug"] == "moves"


def test_a_source_that_is_not_there_is_named(world: World):
    done = world.follow(press="https://press.example/feed").call("sources", "check", "pres", check=False)
    assert (done.returncode, "pres: is no source" in done.stderr) == (2, True)
