"""Feeds that lie: about who an item is, about what is in them, about being feeds at all."""

import pytest

from models.entry import Known, Verdict
from models.outcome import Duplicate, Skipped, Unchanged
from models.page import Page, Request
from models.source import Feed
from pipeline.stages import entries, feeds, polls
from tests import hostile

URL = "https://paper.example/feed"
DAY = "2026-08-{0:02}T10:00:00Z"


def item(number: int, *, guid: str = "", link: str = "", title: str = "", date: str = "") -> str:
    link = f"<link>{link or f'https://paper.example/{number}'}</link>" if link != "none" else ""
    said = f"<guid isPermaLink='false'>{guid}</guid>" if guid else ""
    date = date or DAY.format(number)
    return f"<item><title>{title or f'Title {number}'}</title>{link}{said}<pubDate>{date}</pubDate><description>Words.</description></item>"


def rss(*items: str) -> bytes:
    return f"<rss version='2.0'><channel><title>T</title><link>https://paper.example/</link>{''.join(items)}</channel></rss>".encode()


def polled(body: bytes, known: dict[str, Known], *, first: bool = False) -> list[Verdict]:
    """Verdicts of a poll; `known` is brought up to date as the store does, everything queued taken for read."""
    made = feeds.parse(body, URL).entries
    verdicts = entries.decide(made, known, first_poll=first, newest=200, now=hostile.NOW)
    known |= {one.entry.key: Known(one.entry.digest, queued=False) for one in verdicts if one.remember}
    return verdicts


def queued(verdicts: list[Verdict]) -> list[str]:
    return [one.entry.title for one in verdicts if one.outcome is None]


def test_guids_that_change_with_every_request_make_nothing_new():
    known: dict[str, Known] = {}
    assert queued(polled(rss(item(1, guid="a1"), item(2, guid="a2")), known, first=True)) == ["Title 1", "Title 2"]
    again = polled(rss(item(1, guid="b1"), item(2, guid="b2")), known)
    assert [type(one.outcome) for one in again] == [Unchanged, Unchanged]


def test_the_same_guid_for_all_makes_them_no_duplicates():
    known: dict[str, Known] = {}
    assert queued(polled(rss(item(1, guid="same"), item(2, guid="same"), item(3, guid="same")), known, first=True)) == [
        "Title 1", "Title 2", "Title 3"
    ]  # fmt: skip


def test_the_same_link_for_all_makes_one_of_them():
    known: dict[str, Known] = {}
    verdicts = polled(rss(item(1, link=URL), item(2, link=URL)), known, first=True)
    assert queued(verdicts) == ["Title 1"]
    assert isinstance(verdicts[1].outcome, Duplicate)


def test_items_without_links_that_share_a_guid_or_have_none_are_named_and_skipped_once():
    known: dict[str, Known] = {}
    body = rss(item(1, link="none", guid="same"), item(2, link="none", guid="same"), item(3, link="none"))
    assert [str(one.outcome) for one in polled(body, known, first=True)] == ["Skipped(no link)", "Duplicate", "Skipped(no link)"]
    assert [type(one.outcome) for one in polled(body, known)][::2] == [Unchanged, Unchanged]


def test_a_feed_in_another_order_has_nothing_new():
    known: dict[str, Known] = {}
    items = [item(number) for number in range(1, 9)]
    polled(rss(*items), known, first=True)
    for order in (items[::-1], items[3:] + items[:3]):
        assert {type(one.outcome) for one in polled(rss(*order), known)} == {Unchanged}


def test_a_feed_that_breaks_off_anywhere_tells_no_half_items_and_loses_nothing_known():
    known: dict[str, Known] = {}
    whole = rss(*(item(number) for number in range(1, 5)))
    polled(whole, known, first=True)
    before = dict(known)
    for length in range(0, len(whole), 7):
        assert {type(one.outcome) for one in polled(whole[:length], known)} <= {Unchanged}
    assert known == before


def test_an_edited_item_is_read_again_and_its_siblings_are_not():
    known: dict[str, Known] = {}
    polled(rss(item(1), item(2)), known, first=True)
    assert queued(polled(rss(item(1, title="Corrected: title 1"), item(2)), known)) == ["Corrected: title 1"]
    assert queued(polled(rss(item(1, title="Corrected: title 1"), item(2)), known)) == []


def test_an_item_that_is_moved_to_a_new_date_with_every_request_is_still_one_item():
    known: dict[str, Known] = {}
    polled(rss(item(1)), known, first=True)
    verdicts = polled(rss(item(1, date=DAY.format(30))), known)
    assert [one.entry.key for one in verdicts] == list(known) == ["https://paper.example/1"]


LOGIN = "<form action='/login'><input type='password'></form>"
PAGES = {
    "a login page": f"<!DOCTYPE html><html><body>{LOGIN}</body></html>",
    "a login page in XHTML": f"<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' ''><html xmlns='x'>{LOGIN}</html>",
    "a login page without a doctype": f"<head><title>Sign in</title></head><body>{LOGIN}</body>",
    "a login page after a comment with a feed in it": f"<!-- <rss><channel/></rss> --><html><body>{LOGIN}</body></html>",
    "a consent page in UTF-16": f"<!DOCTYPE html><html><body>We use cookies. {LOGIN}</body></html>",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_feed_that_becomes_a_login_page_is_a_failure_with_a_name_and_keeps_what_it_had(name):
    body = PAGES[name].encode("utf-16" if "UTF-16" in name else "utf-8")
    feed = Feed(1, URL, "paper", etag='"1"', digest="before", polled=True)
    task = polls.Task(feed, Page(Request(URL, "feed"), URL, 200, body, "application/rss+xml", etag='"2"'), "en")
    read = polls.read(task)
    poll = polls.concluded(task, read, hostile.NOW)
    assert (read.entries, read.problem, poll.status) == ((), "login or consent page", "failed")
    assert poll.feed.etag == '"1"'


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"<html><body><h1>We have moved</h1></body></html>", "a web page, not a feed"),
        (b"<script>location = '/feed'</script>", "a web page, not a feed"),
        (b'{"error": "rate limited"}', "not a feed"),
        (b"<error><code>AccessDenied</code></error>", "not a feed"),
        (b"\x1f\x8b\x08\x00\x00\x00", "not a feed"),
        (b"\x00" * 1000, "not a feed"),
    ],
)
def test_what_is_no_feed_any_more_has_a_name(body, problem):
    assert feeds.parse(body, URL).problem == problem


def test_a_feed_behind_a_warning_of_its_server_is_read():
    body = b"<br />\n<b>Warning</b>: Undefined index in /var/www/feed.php on line 3<br />\n" + rss(item(1))
    assert [entry.title for entry in feeds.parse(body, URL).entries] == ["Title 1"]


def test_elements_called_like_the_parser_s_own_names_cost_nothing():
    odd = "".join(
        f"<{name}>x</{name}>" for name in ("links", "tags", "content", "published_parsed", "title_detail", "id", "enclosures")
    )
    body = rss(item(1), f"<item><title>Odd</title><link>https://paper.example/odd</link>{odd}</item>", item(2))
    assert [entry.title for entry in feeds.parse(body, URL).entries] == ["Title 1", "Odd", "Title 2"]


def test_more_entries_than_a_feed_may_have_are_counted_as_skipped_by_the_poll():
    from pipeline.stages.bounds import Bounds

    body = rss(*(item(number) for number in range(1, 10)))
    task = polls.Task(Feed(1, URL, "paper"), Page(Request(URL, "feed"), URL, 200, body), "en", Bounds(entries=4))
    read = polls.read(task)
    assert (len(read.entries), read.beyond) == (4, 5)
    assert "beyond limit" in polls.concluded(task, read, hostile.NOW).notes
    assert str(Skipped(URL, "beyond limit")) == "Skipped(beyond limit)"
