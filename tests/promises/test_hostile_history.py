"""History told by strangers: what swells or hangs a parser costs its own page; live, recorded, and in a dry run."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from models.filling import Chosen
from models.page import Page, Request
from pipeline import backfilling, wiring
from pipeline.adapters.warc import Recording
from pipeline.backfilling.looking import look
from pipeline.ports import Lost
from tests.conftest import NOW, Site, datetime_of
from tests.fakes import Web, page
from tests.servers import Answer, allowing, serving
from tests.servers import Site as Server

QUICK = {"CONCEPTWIRE_HOST_INTERVAL_SECONDS": "0.01"}
LIMITED = QUICK | {"CONCEPTWIRE_WORKERS": "2", "CONCEPTWIRE_PARSE_MEGABYTES": "60"}
BOMB = "<rss version='2.0'><channel><title>\U0001f4a3 {}</title></channel></rss>".format("a" * 9_000_000).encode()
HANGS = b"<rss version='2.0'><channel><title>[hangs]</title></channel></rss>"
AT = datetime_of(NOW)


def rss(base: str, *names: str, next_page: str = "") -> bytes:
    items = "".join(
        f"<item><title>Report {name} of the laboratory</title><link>{base}{name}</link>"
        f"<pubDate>2026-07-0{number}T10:00:00Z</pubDate></item>"
        for number, name in enumerate(names, 1)
    )
    link = f"<a:link rel='next' href='{next_page}'/>" if next_page else ""
    return f"<rss version='2.0' xmlns:a='http://www.w3.org/2005/Atom'><channel><title>T</title>{link}{items}</channel></rss>".encode()


def story(name: str) -> bytes:
    text = f"<p>Report {name} tells what the laboratory of the north did with its language model in the year.</p>" * 6
    return (
        f"<html><head><title>Report {name} of the laboratory</title></head><body><article>{text}</article></body></html>".encode()
    )


def history(web: Server, second: bytes) -> None:
    """A feed of three pages."""
    base = web.url("/story/")
    web.routes |= {f"/story/{name}": Answer(body=story(name)) for name in "abcde"} | {
        "/feed": Answer(body=rss(base, "a", "b", next_page="/second")),
        "/second": Answer(body=second),
        "/third": Answer(body=rss(base, "e")),
    }


def test_a_page_of_a_feeds_history_that_swells_its_parser_ends_the_walk_which_goes_on_once_it_is_sound(site: Site):
    with serving({}) as web:
        command = ("backfill", "--json", "--now", NOW, web.url("/feed"))
        history(web, BOMB)
        first = site.call(*command, environment=LIMITED)
        assert json.loads(first.stdout)["outcomes"] == {"Failed(not read to its end)": 1, "New": 2}
        assert f"{web.url('/second')} parse-memory" in first.stderr
        history(web, rss(web.url("/story/"), "c", "d", next_page="/third"))
        again = site.call(*command, environment=QUICK)
        told = json.loads(again.stdout)
        assert (told["outcomes"], told["finished_before"], again.stderr) == ({"New": 3}, 2, "")
    assert site.rows("SELECT count(*) FROM article") == [(5,)]


def hanging(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Map as workers are, of which one that is given HANGS comes to no end."""
    for item in items:
        given = item if hasattr(item, "body") else item.answer
        yield item, Lost("parse-timeout") if given and given.body == HANGS else function(item)


@pytest.fixture
def hung(site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[[], wiring.Site]:
    """The site, read when it is wanted, with such workers."""

    @contextmanager
    def workers(_: wiring.Site, *, early: bool = True) -> Iterator[Any]:
        yield hanging

    def read() -> wiring.Site:
        for name, value in allowing().items():
            monkeypatch.setenv(name, value)
        return wiring.replaced(wiring.site(site.folder), host_interval_seconds=0.01)

    monkeypatch.setattr(wiring, "workers", workers)
    return read


def planned(site: wiring.Site, given: str) -> dict[str, Any]:
    return look(site, [given], Chosen(), "", AT, lambda slug, url: None).as_json()


def test_a_dry_run_tells_of_a_page_that_hangs_its_parser(hung: Callable[[], wiring.Site]):
    with serving({}) as web:
        history(web, HANGS)
        told = planned(hung(), web.url("/feed"))
        assert (told["items"], told["left_out"]) == (2, {"Failed(not read to its end)": 1})
        assert told["problems"] == [f"{web.url('/second')} parse-timeout"]


def test_a_dry_run_counts_the_entries_that_are_beyond_a_feeds_bounds(hung: Callable[[], wiring.Site]):
    with serving({}) as web:
        history(web, rss(web.url("/story/"), "c", "d", next_page="/third"))
        told = planned(wiring.replaced(hung(), entries_per_feed=1), web.url("/feed"))
        assert (told["items"], told["left_out"], told["problems"]) == (3, {"Skipped(beyond limit)": 2}, [])


@pytest.fixture
def recording(site: Site, tmp_path: Path) -> str:
    """What a run of two feeds recorded, one of which hangs its parser."""
    good, bad, base = "https://good.example/feed", "https://bad.example/feed", "https://good.example/story/"
    told = '[[sources]]\nslug = "{0}"\nname = "{0}"\nhomepage = "https://{0}.example/"\nfeeds = ["https://{0}.example/feed"]\n'
    (site.folder / "sources.toml").write_text(told.format("good") + told.format("bad"))
    pages: dict[str, Page | str] = {good: page(good, rss(base, "a", "b")), bad: page(bad, HANGS)}
    pages |= {base + name: page(base + name, story(name), content_type="text/html") for name in "ab"}
    with (tmp_path / "run.warc.gz").open("wb") as stream:
        list(Recording(Web(pages), stream, AT)(Request(url) for url in pages))
    return str(tmp_path / "run.warc.gz")


def test_a_recorded_feed_that_hangs_its_parser_costs_itself_and_is_counted(hung: Callable[[], wiring.Site], recording: str):
    told = planned(hung(), recording)
    assert (told["items"], told["left_out"]) == (2, {"Failed(parse-timeout)": 1})
    filled = backfilling.one(hung(), [recording], Chosen(), clock=lambda: AT).as_json()
    assert (filled["feed_failures"], filled["outcomes"]) == ({"parse-timeout": 1}, {"New": 2})
