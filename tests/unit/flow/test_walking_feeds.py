"""FeedArchive: a feed and the pages behind it, from a dictionary and from a server."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import islice

import pytest

from models.filling import Chosen
from models.page import Page
from pipeline.adapters.http import Limits, Live
from pipeline.flow.walking import FeedArchive, Pace
from pipeline.stages import feeds
from tests.fakes import Web, page
from tests.servers import Answer, hosts, serving

NOW = datetime(2026, 8, 28, 12, tzinfo=UTC)
FEED = "https://paper.example/feed"
AT_ONCE = Pace(interval=0, wait=lambda seconds: None)
ALL = Chosen()


def rss(names, links="", generator=""):
    """A feed of entries; "a@2026-08-01" is dated, "-" has no link."""
    items = ""
    for name in names:
        word, _, day = name.partition("@")
        date = f"<pubDate>{day}T10:00:00Z</pubDate>" if day else ""
        link = f"<link>https://paper.example/{word}</link>" if word != "-" else ""
        items += f"<item><title>{word}</title>{link}{date}</item>"
    made = f"<generator>{generator}</generator>" if generator else ""
    head = f"<title>T</title><link>https://paper.example/</link>{made}{links}"
    return f"<rss version='2.0' xmlns:a='http://www.w3.org/2005/Atom'><channel>{head}{items}</channel></rss>"


def to(relation, href):
    return f"<a:link rel='{relation}' href='{href}'/>"


def web(pages):
    return Web(
        {
            url: made if isinstance(made, Page | str) and not str(made).startswith("<") else page(url, made)
            for url, made in pages.items()
        }
    )


def wordpress(*pages):
    made = {
        f"{FEED}?paged={n}" if n > 1 else FEED: rss(names, generator="https://wordpress.org/?v=6.8")
        for n, names in enumerate(pages, 1)
    }
    return made | {f"{FEED}?paged={len(pages) + 1}": page(f"{FEED}?paged={len(pages) + 1}", "<html>", 404)}


def archived():
    """RFC 5005: the feed, and two archives that know it."""
    return {
        FEED: rss(["e", "d"], to("prev-archive", "/2") + to("current", FEED)),
        "https://paper.example/2": rss(["d", "c"], to("prev-archive", "/1") + to("next-archive", FEED) + to("current", FEED)),
        "https://paper.example/1": rss(["b", "a"], to("current", FEED)),
    }


def paged():
    return {
        FEED: rss(["f", "e"], to("next", "?start=2")),
        f"{FEED}?start=2": rss(["d", "c"], to("next", f"{FEED}?start=4")),
        f"{FEED}?start=4": rss(["b", "a"]),
    }


def walk(pages, after="", chosen=ALL, url=FEED):
    asked = web(pages)
    archive = FeedArchive(asked, url, NOW, parse=feeds.parse, pace=AT_ONCE)
    items = list(archive(after, chosen))
    return [item.entry.title for item in items], archive.problem, asked.asked, items


def test_a_paged_feed_is_gone_through_to_its_last_page():
    assert walk(paged())[:2] == (list("fedcba"), "")


def test_an_archived_feed_is_gone_through_and_what_it_repeats_is_given_again_for_others_to_see():
    titles, problem, asked, _ = walk(archived())
    assert (titles, problem) == (list("eddcba"), "")
    assert asked == list(archived())


def test_an_archive_leads_to_the_feed_it_is_of_and_back_through_itself():
    titles, problem, asked, _ = walk(archived(), url="https://paper.example/2")
    assert (titles, problem) == (list("eddcba"), "")
    assert asked == ["https://paper.example/2", *archived()]


def test_an_archive_that_holds_nothing_new_or_nothing_is_no_end():
    pages = {
        FEED: rss(["d", "c", "b"], to("prev-archive", "/3")),
        "https://paper.example/3": rss(["c", "b"], to("prev-archive", "/2")),
        "https://paper.example/2": rss([], to("prev-archive", "/1")),
        "https://paper.example/1": rss(["a"]),
    }
    assert walk(pages)[:2] == (list("dcba"), "")


def test_wordpress_ends_with_its_first_page_that_is_not_there():
    titles, problem, asked, _ = walk(wordpress(["e", "d"], ["c", "b"], ["a"]))
    assert (titles, problem) == (list("edcba"), "")
    assert asked[1:] == [f"{FEED}?paged={n}" for n in (2, 3, 4)]


@pytest.mark.parametrize(
    "last", [rss([]), rss(["b", "a"]), rss(["a"]), page("", "", 410)], ids=["empty", "repeated", "part", "gone"]
)
def test_numbered_pages_end_with_one_that_has_nothing_new(last):
    pages = {FEED: rss(["d", "c"]), f"{FEED}?paged=2": rss(["b", "a"]), f"{FEED}?paged=3": last}
    assert walk(pages)[:2] == (list("dcba"), "")


@pytest.mark.parametrize(
    "second", [rss(["b", "a"]), "<html>What?</html>", page("", "", 404), page("", "", 400)], ids=["same", "html", "404", "400"]
)
def test_a_feed_without_numbered_pages_is_complete_by_itself(second):
    titles, problem, asked, _ = walk({FEED: rss(["b", "a"]), f"{FEED}?paged=2": second})
    assert (titles, problem, len(asked)) == (["b", "a"], "", 2)


def test_links_that_lead_in_a_circle_are_followed_once():
    pages = paged() | {f"{FEED}?start=4": rss(["b", "a"], to("next", FEED))}
    assert walk(pages)[:2] == (list("fedcba"), "")


def test_a_page_all_of_whose_dates_are_too_old_is_the_last():
    pages = wordpress(["d@2026-08-20", "c@2026-08-10"], ["b@2026-08-01", "undated"], ["a@2026-07-01"])
    titles, _, asked, _ = walk(
        pages, chosen=Chosen(since=datetime(2026, 8, 5, tzinfo=UTC), until=datetime(2026, 8, 20, tzinfo=UTC))
    )
    assert titles == ["c", "undated"]
    assert len(asked) == 2


def test_an_entry_without_a_link_is_left_out_and_counted():
    archive = FeedArchive(web({FEED: rss(["a", "-", "b"])}), FEED, NOW, parse=feeds.parse, pace=AT_ONCE)
    assert [item.entry.title for item in archive("", ALL)] == ["a", "b"]
    assert archive.left_out == {"no link": 1}


@pytest.mark.parametrize(
    "pages",
    [
        paged(),
        archived(),
        wordpress(["e", "d"], ["c", "-", "b"], ["a"]),
        paged() | {f"{FEED}?start=4": rss(["b"], to("next", FEED))},
    ],
)
@pytest.mark.parametrize("url", [FEED, "https://paper.example/2"])
def test_what_follows_a_cursor_is_the_rest_of_the_walk(pages, url):
    if url not in pages:
        return
    *_, items = walk(pages, url=url)
    for nth, item in enumerate(items, 1):
        assert walk(pages, item.cursor, url=url)[3] == items[nth:]


def test_entries_that_came_meanwhile_push_none_over_the_place_where_it_goes_on():
    *_, items = walk(wordpress(["f", "e", "d"], ["c", "b", "a"]))
    assert walk(wordpress(["g", "f", "e"], ["d", "c", "b"], ["a"]), items[4].cursor)[0] == ["a"]  # behind b
    assert walk(wordpress(["i", "h", "g"], ["f", "e", "d"], ["c", "b", "a"]), items[4].cursor)[0] == list("fedcba")


@pytest.mark.parametrize("cursor", ["nonsense", "[]", "[1]", "{}", "null", '["x", -1, "y"]', '[[], "1", 1]'])
def test_a_cursor_that_is_none_means_the_beginning(cursor):
    titles, *_ = walk(paged() | {"x": rss([])}, cursor)
    assert titles in (list("fedcba"), [])


@pytest.mark.parametrize(
    ("answer", "problem", "times"),
    [
        (page("", "", 503), "HTTP 503", 3),
        (page("", "", 429, retry_after="5"), "HTTP 429", 3),
        (page("", "", 429, retry_after="3600"), "HTTP 429", 1),
        (page("", " "), "empty answer", 3),
        ("timeout", "timeout", 3),
        (page("", "", 403), "HTTP 403", 1),
        ("too large", "too large", 1),
        (page("", "<html>Please log in</html>"), "login or consent page", 1),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_page_that_fails_is_named_and_the_walk_goes_on_from_its_cursor(answer, problem, times):
    pages = paged()
    titles, said, asked, items = walk(pages | {f"{FEED}?start=2": answer})
    assert (titles, said) == (["f", "e"], f"{FEED}?start=2 {problem}")
    assert asked.count(f"{FEED}?start=2") == times
    assert walk(pages, items[-1].cursor)[:2] == (list("dcba"), "")


def test_a_feed_that_is_not_there_is_a_problem_and_no_end():
    assert walk({FEED: page(FEED, "", 404)})[:2] == ([], f"{FEED} HTTP 404")
    assert walk({})[:2] == ([], f"{FEED} host not found")
    assert walk({FEED: "<html>hello</html>"})[:2] == ([], f"{FEED} a web page, not a feed")


def test_an_archive_whose_feed_is_gone_is_gone_through_from_itself():
    pages = archived() | {FEED: page(FEED, "", 410)}
    assert walk(pages, url="https://paper.example/2")[:2] == (list("dcba"), "")


@dataclass
class Slow:
    """A clock's waiting, noted."""

    waits: list[float] = field(default_factory=list)

    def __call__(self, seconds):
        self.waits.append(round(seconds))


def test_a_walk_keeps_its_pace_and_waits_longer_where_a_server_is_in_trouble():
    slow = Slow()
    pages = paged() | {f"{FEED}?start=2": page("", "", 429, retry_after="30")}
    list(FeedArchive(web(pages), FEED, NOW, parse=feeds.parse, pace=Pace(interval=5, wait=slow))("", ALL))
    assert slow.waits == [5, 30, 30]
    slow.waits.clear()
    list(FeedArchive(web(paged() | {FEED: "timeout"}), FEED, NOW, parse=feeds.parse, pace=Pace(interval=5, wait=slow))("", ALL))
    assert slow.waits == [10, 20]


def test_a_date_to_wait_for_counts_from_the_time_that_it_is_by_then(monkeypatch):
    ticks, slow = iter([0.0]), Slow()
    monkeypatch.setattr("pipeline.flow.walking.asking.time.monotonic", lambda: next(ticks, 3600.0))
    named = format_datetime(NOW + timedelta(hours=1, seconds=30), usegmt=True)
    pages = paged() | {FEED: page("", "", 503, retry_after=named)}
    list(FeedArchive(web(pages), FEED, NOW, parse=feeds.parse, pace=Pace(interval=5, wait=slow))("", ALL))
    assert slow.waits == [30, 30]


def test_pages_are_asked_for_as_their_items_are_taken():
    asked = web(paged())
    assert len(list(islice(FeedArchive(asked, FEED, NOW, parse=feeds.parse, pace=AT_ONCE)("", ALL), 2))) == 2
    assert asked.asked == [FEED]


def test_the_feed_of_a_real_server_is_gone_through_behind_its_redirect():
    tries = []

    def numbered(seen):
        number = int(seen.target.partition("paged=")[2] or 1)
        tries.append(number)
        if number == 2 and tries.count(2) == 1:
            return Answer(503)
        return Answer(200, rss([f"{number}b", f"{number}a"], generator="WordPress").encode()) if number < 4 else Answer(404)

    with serving({"/old": Answer(301, headers={"Location": "/feed/"}), "/feed/": numbered}) as site:
        limits = Limits("Test", 5.0, 1_000_000, 5, 4, 0.0, allow_private=hosts())
        archive = FeedArchive(Live(limits), site.url("/old"), NOW, parse=feeds.parse, pace=AT_ONCE)
        items = list(archive("", ALL))
        assert [item.entry.title for item in items] == ["1b", "1a", "2b", "2a", "3b", "3a"]
        assert (archive.problem, tries) == ("", [1, 2, 2, 3, 4])
        assert list(archive(items[2].cursor, ALL)) == items[3:]


def test_a_title_that_changed_does_not_move_the_place():
    *_, items = walk(paged())
    edited = {url: body.replace("<title>f</title>", "<title>F!</title>") for url, body in paged().items()}
    rest = walk(edited, items[0].cursor)[3]
    assert rest == items[1:]
    assert replace(items[0].entry, title="F!").key == items[0].entry.key
