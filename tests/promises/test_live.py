"""The real program over real sockets: what the real sources are known to do to a client."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.conftest import Site as Configured
from tests.servers import Answer, Seen, Site, redirect, serving

WORDS = "The foundation model was trained once on broad data, and a small team fine-tuned it for the clinic's own letters. "
HTML = {"Content-Type": "text/html; charset=utf-8"}
XML = {"Content-Type": "application/rss+xml"}
LIVE = {"CONCEPTWIRE_HOST_INTERVAL_SECONDS": "0", "CONCEPTWIRE_WORKERS": "1"}


def feed(site: Site, *slugs: str, full: bool = False) -> bytes:
    text = f"<description>{WORDS * (8 if full else 1)}</description>"
    items = "".join(
        f"<item><title>Foundation model {slug}</title><link>{site.url('/' + slug)}</link>"
        f"<pubDate>Mon, 31 Aug 2026 10:00:00 GMT</pubDate>{text}</item>"
        for slug in slugs
    )
    return f"<rss version='2.0'><channel><title>Wire</title><link>{site.url()}</link>{items}</channel></rss>".encode()


def page(slug: str) -> Answer:
    return Answer(
        body=f"<html><body><article><h1>Foundation model {slug}</h1><p>{WORDS * 8}</p></article></body></html>".encode(),
        headers=HTML,
    )


@dataclass
class World:
    """Hosts on this machine and a site that follows them."""

    folder: Path
    stack: ExitStack

    def host(self) -> Site:
        return self.stack.enter_context(serving({}))

    def follow(self, **feeds: str) -> Configured:
        shutil.copytree(ROOT / "config" / "concepts", self.folder / "concepts")
        tables = [
            f'[[sources]]\nslug = "{slug}"\nname = "{slug.title()}"\nhomepage = "https://{slug}.example/"\nfeeds = ["{url}"]\n'
            for slug, url in feeds.items()
        ]
        (self.folder / "sources.toml").write_text("\n".join(tables))
        return Configured(self.folder)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        (tmp_path / "site").mkdir()
        yield World(tmp_path / "site", stack)


def run(site: Configured, now: str = "2026-08-31T20:00Z", code: int = 0) -> dict:
    # Whatever pace a feed has learned: test_pace.py is about that.
    done = site.call("run", "--json", "--all-feeds", "--now", now, environment=LIVE, check=False)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def test_a_feed_behind_a_bounce_that_sets_a_cookie_is_read_and_asked_for_conditionally(world: World):
    nature, gate = world.host(), world.host()

    def answer(seen: Seen) -> Answer:
        if "let=in" not in seen.headers.get("Cookie", ""):
            return redirect(303, gate.url("/authorize"))
        if seen.headers.get("If-None-Match") == '"v1"':
            return Answer(304, headers={"ETag": '"v1"'})
        return Answer(body=feed(nature, "one", "two"), headers=XML | {"ETag": '"v1"'})

    nature.routes |= {"/nature.rss": answer, "/one": page("one"), "/two": page("two")}
    gate.routes["/authorize"] = lambda seen: redirect(302, nature.url("/nature.rss"), **{"Set-Cookie": "let=in; Path=/"})
    site = world.follow(nature=nature.url("/nature.rss"))
    assert run(site)["outcomes"] == {"New": 2}
    again = run(site, "2026-08-31T21:00Z")
    assert (again["feeds"]["unchanged"], again["entries"]) == (1, 0)
    assert {target for target in nature.targets() if "rss" in target} == {"/nature.rss"}  # no parameter was added
    assert len(site.rows("SELECT * FROM concept_news WHERE concept_slug = 'foundation-model'")) == 1


def test_an_empty_feed_is_asked_for_under_its_other_spelling_and_counts_as_failed_where_that_is_empty_too(world: World):
    blog, silent = world.host(), world.host()
    blog.routes |= {
        "/blog/feed": Answer(headers=XML),
        "/blog/feed/": Answer(body=feed(blog, "one"), headers=XML),
        "/one": page("one"),
    }
    silent.routes |= {"/feed": Answer(headers=XML), "/feed/": Answer(headers=XML)}
    counts = run(world.follow(blog=blog.url("/blog/feed"), silent=silent.url("/feed/")))
    assert counts["outcomes"] == {"New": 1}
    assert counts["feed_failures"] == {"empty answer": 1}


def test_a_login_page_in_the_place_of_a_feed_is_a_failure_with_a_name(world: World):
    host = world.host()
    host.routes["/rss"] = Answer(
        body=b"<!doctype html><html><body><form><input type='password'></form></body></html>", headers=HTML
    )
    counts = run(world.follow(press=host.url("/rss")), code=1)
    assert counts["feed_failures"] == {"login or consent page": 1}


def test_articles_whose_pages_refuse_or_need_javascript_live_from_the_feed_and_say_so(world: World):
    forbes, research = world.host(), world.host()
    forbes.routes |= {"/feed": Answer(body=feed(forbes, "one"), headers=XML), "/one": Answer(403, b"<html>No.</html>", HTML)}
    shell = Answer(body=b"<html><body><div id='app'></div><script src='a.js'></script></body></html>", headers=HTML)
    research.routes |= {"/feed": Answer(body=feed(research, "two", full=True), headers=XML), "/two": shell}
    site = world.follow(forbes=forbes.url("/feed"), research=research.url("/feed"))
    assert run(site)["outcomes"] == {"New": 2}
    assert set(site.rows("SELECT title, text_from FROM article")) == {
        ("Foundation model one", "summary"),
        ("Foundation model two", "feed"),
    }


def test_a_permanent_move_is_remembered_and_retry_after_is_kept(world: World):
    old, new = world.host(), world.host()
    old.routes["/feed"] = redirect(301, new.url("/feed"))
    new.routes |= {"/feed": Answer(body=feed(new, "one"), headers=XML), "/one": page("one")}
    site = world.follow(moved=old.url("/feed"))
    for hour in (17, 18, 19):  # some permanent redirects are the mistake of an afternoon
        run(site, f"2026-08-31T{hour}:00Z")
    new.routes["/feed"] = Answer(503, headers={"Retry-After": "7200"})
    run(site, "2026-08-31T21:00Z", code=1)
    assert run(site, "2026-08-31T22:00Z")["feeds"]["waiting"] == 1
    assert old.targets() == ["/feed"] * 3
    new.routes["/feed"] = Answer(body=feed(new, "one"), headers=XML)
    assert run(site, "2026-08-31T23:30Z")["feeds"]["unchanged"] == 1  # the same bytes: nothing is parsed again


def test_a_page_that_fails_is_tried_again_later_and_nothing_is_lost(world: World):
    host = world.host()
    host.routes |= {"/feed": Answer(body=feed(host, "one"), headers=XML | {"ETag": '"1"'}), "/one": Answer(500)}
    site = world.follow(press=host.url("/feed"))
    assert run(site)["outcomes"] == {"Failed(HTTP 500)": 1}
    assert run(site, "2026-08-31T20:30Z")["entries"] == 0
    host.routes["/one"] = page("one")
    assert run(site, "2026-08-31T21:05Z")["outcomes"] == {"New": 1}


def test_an_edited_article_is_followed_and_the_site_told(world: World):
    host = world.host()
    host.routes |= {"/feed": Answer(body=feed(host, "one"), headers=XML), "/one": page("one")}
    site = world.follow(press=host.url("/feed"))
    run(site)
    host.routes["/feed"] = Answer(body=feed(host, "one").replace(b"model one", b"model one, corrected"), headers=XML)
    assert run(site, "2026-08-31T21:00Z")["outcomes"] == {"Changed": 1}
    assert site.rows("SELECT title FROM concept_news WHERE concept_slug = 'foundation-model'") == [
        ("Foundation model one, corrected",)
    ]
    assert ("moved", "edited article") in site.rows(
        "SELECT change, reason FROM link_changes WHERE concept_slug = 'foundation-model'"
    )


def test_mojibake_is_counted_of_feeds_and_of_articles(world: World):
    host = world.host()
    odd, broken = (
        page("one").body.replace(b"clinic", b"clinique d\xc3\xa2\xe2\x82\xac\xe2\x84\xa2\xc3\xa9t\xc3\xa9"),
        feed(host, "one"),
    )
    host.routes |= {
        "/rss": Answer(body=broken.replace(b"broad", "br\ufffdder".encode()), headers=XML),
        "/one": Answer(body=odd, headers=HTML),
    }
    counts = run(world.follow(wire=host.url("/rss")))
    assert counts["feed_notes"] == {"mojibake": 1}
    assert (counts["article_notes"], counts["outcomes"]) == ({"mojibake": 1}, {"New": 1})


def test_what_strangers_write_in_headers_is_not_said_in_their_words(world: World):
    host = world.host()
    host.routes |= {"/feed": Answer(body=feed(host), headers=XML | {"Set-Cookie": "call\\this]number=1"})}
    site = world.follow(press=host.url("/feed"))
    done = site.call("--quiet", "run", "--now", "2026-08-31T20:00Z", environment=LIVE)
    assert (done.stdout, done.stderr, host.targets()) == ("", "", ["/feed"])
