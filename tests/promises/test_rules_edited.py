"""An article that is edited after it was published: its links follow what it says now, and old ones do not linger."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest

from pipeline import passes, wiring
from tests.conftest import Site
from tests.promises.test_live import HTML, LIVE, XML, World, feed, page
from tests.servers import Answer, hosts

NEWS = "SELECT concept_slug, title FROM concept_links ORDER BY 1"
CRANE = "The harbour board has bought a crane that lifts two containers at once, and paid for it out of its reserves. "
HEARD = "The team's speech recognition turns what a model hears into text: a neural network trained on recorded voices. "


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name, value in LIVE.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack:
        (tmp_path / "site").mkdir()
        yield World(tmp_path / "site", stack)


def run(site: Site, now: str) -> dict:
    """A pass as `conceptwire run --all-feeds --now` makes it, without the time that a process takes to start."""
    at = datetime.fromisoformat(now)
    return passes.one(wiring.allowing(wiring.site(site.folder), sorted(hosts())), at, clock=lambda: at, eager=True).as_json()


def about(title: str, words: str) -> Answer:
    return Answer(body=f"<html><body><article><h1>{title}</h1><p>{words * 8}</p></article></body></html>".encode(), headers=HTML)


def test_the_links_of_an_edited_article_follow_it_and_old_links_do_not_linger(world: World):
    host = world.host()
    host.routes |= {"/feed": Answer(body=feed(host, "one"), headers=XML), "/one": page("one")}
    site = world.follow(press=host.url("/feed"))
    assert run(site, "2026-08-31T20:00Z")["outcomes"] == {"New": 1}
    assert "foundation-model" in {slug for slug, _ in site.rows(NEWS)}
    for hour, title, words, concept in (
        (21, "Speech recognition for the harbour", HEARD, "speech-recognition"),
        (22, "A crane for the harbour", CRANE, ""),
    ):
        told = feed(host, "one").replace(b"Foundation model one", title.encode())
        told = told[: told.index(b"<description>")] + b"<description>" + words.encode() + told[told.index(b"</description>") :]
        host.routes |= {"/feed": Answer(body=told, headers=XML), "/one": about(title, words)}
        assert run(site, f"2026-08-31T{hour}:00Z")["outcomes"] == {"Changed": 1}
        links = dict(site.rows(NEWS))
        assert "foundation-model" not in links
        assert set(links.values()) <= {title}
        assert (concept in links) == bool(concept)
    assert site.rows(NEWS) == []
    assert site.rows("SELECT * FROM news_search") == []
    changes = site.rows("SELECT change, reason FROM link_changes WHERE concept_slug = 'foundation-model' ORDER BY sequence")
    assert changes == [("added", "new article"), ("removed", "edited article")]
