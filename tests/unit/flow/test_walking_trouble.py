"""Feeds on a walk that hang their parser, swell it or kill it: that page is named, everything else is told."""

from collections import Counter
from datetime import UTC, datetime
from itertools import islice

import pytest

from models.filling import Chosen
from pipeline.adapters.workers import Processes, in_order
from pipeline.flow.walking import FeedArchive, Pace, Parsing, Sitemap
from pipeline.flow.walking.parsing import Once
from pipeline.stages.bounds import Bounds
from tests.fakes import Web, page
from tests.unit.adapters.trouble import parsed

NOW = datetime(2026, 8, 28, 12, tzinfo=UTC)
SITE = "https://paper.example"
FEED = f"{SITE}/feed"
AT_ONCE = Pace(interval=0, wait=lambda seconds: None)
ALL = Chosen()
TROUBLE = {"hang": "parse-timeout", "swell": "parse-memory", "die": "worker died", "bug": "bug: ValueError at trouble.py:36"}


@pytest.fixture(scope="module")
def parse():
    """What walks parse with, in worker processes that mind words of trouble."""
    with Processes(1, 1.0, ("pipeline.flow.walking", "feedparser"), megabytes=100) as processes:
        processes.warm()
        list(processes(len, [""]))
        yield Parsing(lambda function, items: processes(parsed, items))


def rss(*names, next_page="", said=""):
    items = "".join(f"<item><title>{name}</title><link>{SITE}/{name}</link></item>" for name in names)
    link = f"<a:link rel='next' href='{next_page}'/>" if next_page else ""
    return (
        f"<rss version='2.0' xmlns:a='http://www.w3.org/2005/Atom'><channel><title>T {said}</title>{link}{items}</channel></rss>"
    )


def paged(said=""):
    """A feed of three pages, the second of which is trouble."""
    return {
        FEED: page(FEED, rss("f", "e", next_page="?2")),
        f"{FEED}?2": page(f"{FEED}?2", rss("d", "c", next_page="?3", said=said)),
        f"{FEED}?3": page(f"{FEED}?3", rss("b", "a")),
    }


def titles(items):
    return [item.entry.title for item in items]


@pytest.mark.parametrize("word", TROUBLE)
def test_a_page_that_is_trouble_ends_the_walk_which_goes_on_from_its_cursor_another_time(parse, word):
    archive = FeedArchive(Web(paged(f"[{word}]")), FEED, NOW, parse=parse, pace=AT_ONCE)
    items = list(archive("", ALL))
    assert (titles(items), archive.problem) == (["f", "e"], f"{FEED}?2 {TROUBLE[word]}")
    later = FeedArchive(Web(paged()), FEED, NOW, parse=parse, pace=AT_ONCE)
    assert (titles(later(items[-1].cursor, ALL)), later.problem) == (["d", "c", "b", "a"], "")


def test_a_page_that_is_trouble_is_one_though_only_guessed_at(parse):
    pages = {FEED: page(FEED, rss("b", "a")), f"{FEED}?paged=2": page(FEED, rss(said="[die]"))}
    archive = FeedArchive(Web(pages), FEED, NOW, parse=parse, pace=AT_ONCE)
    assert titles(archive("", ALL)) == ["b", "a"]
    assert archive.problem == f"{FEED}?paged=2 worker died"


def sitemap(pages, parse, **more):
    return Sitemap(
        Web({url: page(url, body) for url, body in pages.items()}), SITE + "/1", NOW, parse=parse, pace=AT_ONCE, **more
    )


def listed(element, *names):
    inner = "".join(f"<{element}><loc>{SITE}/{name}</loc></{element}>" for name in names)
    around = "sitemapindex" if element == "sitemap" else "urlset"
    return f"<{around} xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{inner}</{around}>"


def test_a_feed_among_sitemaps_that_is_trouble_is_passed_over_and_named(parse):
    pages = {
        f"{SITE}/1": listed("sitemap", "2", "3", "4"),
        f"{SITE}/2": rss("a"),
        f"{SITE}/3": rss("b", said="[hang]"),
        f"{SITE}/4": listed("url", "c"),
    }
    walk = sitemap(pages, parse)
    assert [item.entry.url for item in walk("", ALL)] == [f"{SITE}/a", f"{SITE}/c"]
    assert walk.problem == f"{SITE}/3 parse-timeout"


def test_a_sitemap_that_is_a_feed_and_trouble_is_a_problem_as_a_file_too(parse):
    body = rss("a", said="[swell]")
    walk = sitemap({f"{SITE}/1": body}, parse)
    assert (list(walk("", ALL)), walk.problem) == ([], f"{SITE}/1 parse-memory")
    saved = Sitemap.of_file(Web({}), "saved.xml", lambda: iter([body.encode()]), NOW, parse=parse)
    assert (list(saved("", ALL)), saved.problem) == ([], "saved.xml parse-memory")


FEW = Parsing(in_order, Bounds(entries=3))


def test_what_is_beyond_the_bounds_of_a_page_is_counted_and_the_walk_goes_on():
    pages = {
        FEED: page(FEED, rss(*"hgfed", next_page="?2")),
        f"{FEED}?2": page(FEED, rss(*"cba")),
    }
    archive = FeedArchive(Web(pages), FEED, NOW, parse=FEW, pace=AT_ONCE)
    items = list(archive("", ALL))
    assert (titles(items), archive.problem, archive.left_out) == (list("hgfcba"), "", {"beyond limit": 2})
    for nth, item in enumerate(items, 1):
        assert list(archive(item.cursor, ALL)) == items[nth:]


def test_what_is_beyond_the_bounds_of_a_feed_among_sitemaps_is_counted_once_though_it_is_gone_through_twice():
    walk = sitemap({f"{SITE}/1": rss(*"edcba")}, FEW)
    items = list(walk("", ALL))
    assert (titles(items), walk.problem, walk.left_out) == (list("edc"), "", {"beyond limit": 2})
    assert list(walk(items[0].cursor, ALL)) == items[1:]
    assert walk.left_out == {"beyond limit": 2}


def test_a_feed_that_a_walk_goes_on_in_is_parsed_once():
    seen = []
    once = Once(lambda *given: seen.append(given) or FEW(*given), Counter())
    for body in (b"<rss/>", b"<rss/>", b"<rss />"):
        once(body, FEED)
    assert len(seen) == 2


def test_nothing_is_parsed_before_it_is_asked_for(parse):
    web = Web(paged("[hang]"))
    assert titles(islice(FeedArchive(web, FEED, NOW, parse=parse, pace=AT_ONCE)("", ALL), 2)) == ["f", "e"]
    assert web.asked == [FEED]
