"""The real program and hosts that have no public address: asked where a person names them, and only then."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipeline.cli.context import Context
from pipeline.cli.serve import _command
from tests.conftest import Site as Configured
from tests.promises.test_live import LIVE, XML, World, feed, page
from tests.servers import Answer, Site

NOBODY = LIVE | {"CONCEPTWIRE_ALLOW_PRIVATE": ""}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        (tmp_path / "site").mkdir()
        yield World(tmp_path / "site", stack)


def intranet(world: World) -> tuple[Configured, Site]:
    host = world.host()
    host.routes |= {"/feed": Answer(body=feed(host, "one"), headers=XML), "/one": page("one")}
    return world.follow(inner=host.url("/feed")), host


def test_an_intranet_is_asked_only_where_it_is_named(world: World):
    site, host = intranet(world)
    now = ("--now", "2026-08-31T20:00Z", "--json")
    refused = site.call(
        "run",
        "--all-feeds",
        *now,
        "--allow-private",
        "127.0.0.1:1",
        environment=NOBODY | {"CONCEPTWIRE_PORTS": host.host[10:]},
        check=False,
    )
    assert (refused.returncode, host.seen) == (1, [])
    assert "(1 private address)" in refused.stderr
    assert "feeds failed: private address\n  Try: if it is a host of yours: --allow-private" in refused.stderr
    done = json.loads(
        site.call(
            "run", "--all-feeds", *now, "--allow-private", "intranet", "--allow-private", host.host, environment=NOBODY
        ).stdout
    )
    assert (done["feeds"], done["outcomes"]) == ({"total": 1, "read": 1}, {"New": 1})


def test_backfill_asks_an_intranet_where_it_is_named(world: World):
    site, host = intranet(world)
    host.routes["/sitemap.xml"] = Answer(body=f"<urlset><url><loc>{host.url('/one')}</loc></url></urlset>".encode())
    words = ("backfill", "--json", "--now", "2026-08-31T20:00Z", host.url("/sitemap.xml"))
    refused = site.call(*words, environment=NOBODY | {"CONCEPTWIRE_PORTS": "80"}, check=False)
    assert (refused.returncode, host.seen) == (1, [])
    assert "failed: port not allowed\n  Try: if it is to be asked there: --allow-private HOST:PORT" in refused.stderr
    done = site.call(*words, "--allow-private", host.host, environment=NOBODY, check=False)
    assert set(host.targets()) == {"/sitemap.xml", "/robots.txt", "/one"}, done.stderr


@pytest.mark.parametrize("command", ["run", "serve", "backfill"])
def test_what_is_no_host_is_named_with_a_remedy(world: World, command: str):
    site, _ = intranet(world)
    rest = ["list.csv"] if command == "backfill" else []
    done = site.call(command, *rest, "--allow-private", "10.0.0.0/8", environment=NOBODY, check=False)
    assert done.returncode == 2
    assert "--allow-private: '10.0.0.0/8' is not a host" in done.stderr
    assert "Try: as it stands in a URL: intranet, 10.0.0.7:8000" in done.stderr


def test_serve_hands_on_what_it_is_allowed_to_what_fetches():
    told = Context(config=None, quiet=True, verbose=False)
    given = _command(told, "news", ["intranet", "10.0.0.7:8000"])
    assert given[0] == sys.executable
    assert " ".join(given).endswith("run --gently --fail-if-locked --allow-private intranet --allow-private 10.0.0.7:8000 --json")
    assert "--allow-private" not in _command(told, "prune", ["intranet"])
