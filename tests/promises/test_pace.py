"""Every feed is asked at its own pace, and what is shown is looked at again: whole passes over real sockets."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest

from pipeline import passes, wiring
from tests.conftest import Site
from tests.promises.test_live import LIVE, XML, World, feed, page
from tests.servers import Answer, Seen, hosts
from tests.servers import Site as Host

BOX = "SELECT title FROM concept_news WHERE concept_slug = 'foundation-model' ORDER BY position"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name, value in LIVE.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack:
        (tmp_path / "site").mkdir()
        yield World(tmp_path / "site", stack)


def run(site: Site, now: str, *, eager: bool = False) -> dict:
    """A pass as `conceptwire run --now` makes it, without the time that a process takes to start."""
    at = datetime.fromisoformat(now)
    passed = passes.one(wiring.allowing(wiring.site(site.folder), sorted(hosts())), at, clock=lambda: at, eager=eager)
    return passed.as_json() | {"in vain": passed.fetched_nothing}


def conditional(host: Host, *slugs: str, ttl: int = 0) -> None:
    """A feed that answers 304 where it may."""
    body = feed(host, *slugs)
    body = body.replace(b"<channel>", f"<channel><ttl>{ttl}</ttl>".encode()) if ttl else body

    def answer(seen: Seen) -> Answer:
        if seen.headers.get("If-None-Match") == '"v1"':
            return Answer(304, headers={"ETag": '"v1"'})
        return Answer(body=body, headers=XML | {"ETag": '"v1"'})

    host.routes |= {"/feed": answer} | {f"/{slug}": page(slug) for slug in slugs}


def test_cron_may_run_as_often_as_it_likes_and_each_feed_is_asked_at_its_own_pace(world: World):
    busy, slow, dead = world.host(), world.host(), world.host()
    conditional(busy)
    conditional(slow, ttl=720)
    dead.routes["/feed"] = Answer(500)
    site = world.follow(busy=busy.url("/feed"), slow=slow.url("/feed"), dead=dead.url("/feed"))
    assert run(site, "2026-08-31T10:00Z")["feeds"] == {"total": 3, "failed": 1, "read": 2}
    assert run(site, "2026-08-31T10:05Z")["feeds"] == {"total": 3, "waiting": 3}
    failed = run(site, "2026-08-31T10:20Z")
    assert failed["feeds"] == {"total": 3, "failed": 1, "waiting": 2}
    assert not failed["in vain"]  # the others only rest
    assert run(site, "2026-08-31T11:10Z")["feeds"] == {"total": 3, "failed": 1, "unchanged": 1, "waiting": 1}
    assert run(site, "2026-08-31T11:15Z", eager=True)["feeds"] == {"total": 3, "waiting": 3}
    done = site.call("run", "--all-feeds", "--json", "--now", "2026-08-31T12:15Z")
    assert json.loads(done.stdout)["feeds"] == {"total": 3, "failed": 1, "unchanged": 1, "waiting": 1}  # its ttl is its own
    asked = [sum(target == "/feed" for target in host.targets()) for host in (busy, slow, dead)]
    assert asked == [3, 1, 4]
    _, listed, _ = json.loads(site.call("sources", "list", "--json").stdout)
    assert "2026-08-31T22:00:00Z" <= listed["next_fetch_at"] <= "2026-08-31T22:36:00Z"  # twelve hours later, and a little
    assert f"next 2026-08-31 {listed['next_fetch_at'][11:16]}Z  Slow" in site.call("sources", "list").stdout


def test_a_feed_that_is_gone_is_asked_no_more_and_listed_as_retired(world: World):
    host, other = world.host(), world.host()
    host.routes["/feed"] = Answer(410)
    conditional(other)
    site = world.follow(press=host.url("/feed"), wire=other.url("/feed"))
    assert run(site, "2026-08-31T10:00Z")["feed_failures"] == {"HTTP 410": 1}
    assert run(site, "2026-12-31T10:00Z", eager=True)["feeds"] == {"total": 2, "retired": 1, "unchanged": 1}
    assert host.targets() == ["/feed"]
    assert "retired  Press" in site.call("sources", "list").stdout
    press, wire = json.loads(site.call("sources", "list", "--json").stdout)
    assert (press["retired_feeds"], press["next_fetch_at"]) == ([host.url("/feed")], None)
    assert (wire["retired_feeds"], wire["next_fetch_at"] > "2026-12-31T10:15") == ([], True)


def test_an_article_whose_page_is_gone_leaves_its_box_and_comes_back_with_its_page(world: World):
    host = world.host()
    conditional(host, "one")
    site = world.follow(press=host.url("/feed"))
    none = {"there": 0, "gone": 0, "changed": 0, "failed": 0}
    assert run(site, "2026-08-31T20:00Z")["looked_again"] == none
    assert site.rows(BOX) == [("Foundation model one",)]
    assert run(site, "2026-09-07T20:00Z")["looked_again"] == none | {"there": 1}
    host.routes["/one"] = Answer(410)
    gone = run(site, "2026-09-14T20:00Z")
    assert gone["looked_again"] == none | {"gone": 1}
    assert (gone["links"]["removed"] > 0, site.rows(BOX)) == (True, [])
    assert ("removed", "gone") in site.rows("SELECT change, reason FROM link_changes")
    assert site.rows("SELECT word_count > 100 FROM article JOIN features ON id = article_id WHERE text != ''") == [(1,)]
    host.routes["/one"] = page("one")
    assert run(site, "2026-10-12T20:00Z")["looked_again"] == none | {"there": 1}
    assert site.rows(BOX) == [("Foundation model one",)]


def test_a_recording_is_not_waited_for_and_nothing_is_looked_at_again_in_it(ran: Site):
    again = ran.run("--now", "2026-09-30T20:00Z")
    assert again["feeds"] == {"total": 8, "unchanged": 8}
    assert again["looked_again"] == {"there": 0, "gone": 0, "changed": 0, "failed": 0}
    assert ran.run("--now", "2026-09-30T20:00Z")["feeds"] == {"total": 8, "unchanged": 8}
