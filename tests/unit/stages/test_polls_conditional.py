"""polls: validators and the address they came from, 304s that nobody asked for, moves that have to hold."""

from dataclasses import replace

import pytest

from models.page import HANDLING, Failed, Hop, Page, Request
from models.source import Feed
from pipeline.stages.polls import MOVES_AFTER, Task, concluded, digest, other_spelling, read, request
from tests.unit.stages.making import NOW

URL, THERE = "https://paper.example/feed", "https://cdn.example/feed.xml"
FEED = Feed(7, URL, "paper", etag='W/"a, b"', last_modified="Fri, 28 Aug 2026 10:00:00 GMT", digest="before", polled=True)
BODY = b"<rss version='2.0'><channel><title>T</title><item><title>A title</title><link>https://paper.example/a</link></item></channel></rss>"


def poll(feed, page):
    task = Task(feed, page, "en")
    return concluded(task, read(task), NOW)


def answer(feed, status=200, body=b"", url=URL, **more):
    return Page(request(feed), url, status, body, "application/xml", **more)


def test_both_validators_go_out_verbatim_and_only_to_the_address_they_came_from():
    sent = request(replace(FEED, validators_url=THERE))
    assert (sent.url, sent.etag, sent.last_modified, sent.validators_url) == (URL, FEED.etag, FEED.last_modified, THERE)
    assert request(FEED).validators_url == URL


def test_validators_of_content_that_was_asked_for_in_another_way_are_not_sent():
    assert request(replace(FEED, handling=HANDLING - 1)) == Request(URL, "feed", key=7)


def test_a_feed_without_validators_is_asked_for_without_a_condition():
    assert request(replace(FEED, etag="", last_modified="")) == Request(URL, "feed", key=7)
    assert request(replace(FEED, etag="")).last_modified == FEED.last_modified


def test_validators_are_kept_with_the_address_that_answered():
    said = poll(FEED, answer(FEED, body=BODY, url=THERE, etag='"x"', last_modified="Mon", hops=(Hop(URL, 302, THERE),)))
    assert (said.etag, said.last_modified, said.validators_url) == ('"x"', "Mon", THERE)


def test_a_full_answer_without_validators_leaves_none():
    said = poll(FEED, answer(FEED, body=BODY))
    assert (said.status, said.etag, said.last_modified) == ("read", "", "")


def test_a_304_refreshes_the_validators_that_it_sends_and_leaves_the_others():
    said = poll(FEED, answer(FEED, 304, last_modified="Mon, 31 Aug 2026 10:00:00 GMT"))
    assert (said.status, said.etag, said.last_modified) == ("unchanged", FEED.etag, "Mon, 31 Aug 2026 10:00:00 GMT")
    assert (said.validators_url, said.digest, said.not_modified) == (URL, "before", True)


def test_a_304_to_a_request_without_validators_is_a_failure():
    bare = replace(FEED, etag="", last_modified="")
    said = poll(bare, answer(bare, 304))
    assert (said.status, said.reason, said.http_status) == ("failed", "HTTP 304 unasked", 304)


def test_a_304_of_an_address_whose_validators_they_were_not_is_a_failure_and_the_feed_is_asked_without_them_next_time():
    said = poll(FEED, answer(FEED, 304, url=THERE, hops=(Hop(URL, 302, THERE),)))
    assert (said.status, said.reason, said.unsound) == ("failed", "HTTP 304 unasked", True)
    assert not poll(FEED, answer(FEED, 500)).unsound


def test_the_same_bytes_under_another_etag_are_unchanged_and_the_etag_is_kept():
    known = replace(FEED, digest=digest(answer(FEED, body=BODY)), asks=60, skips=5)
    for tag in ('"1"', '"2"'):
        said = poll(known, answer(known, body=BODY, etag=tag))
        assert (said.status, said.etag, said.entries, said.asks, said.skips) == ("unchanged", tag, 0, 60, 5)


def moved(*hops, feed=FEED, status=304):
    return poll(feed, answer(feed, status, b"" if status == 304 else BODY, hops=hops))


def test_a_permanent_redirect_moves_a_feed_once_it_held_on_three_fetches_in_a_row():
    feed = FEED
    for count in range(1, MOVES_AFTER):
        said = moved(Hop(URL, 301, THERE), feed=feed)
        assert (said.moved_to, said.moving_to, said.moving_count) == ("", THERE, count)
        feed = replace(feed, moving_to=said.moving_to, moving_count=said.moving_count)
    said = moved(Hop(URL, 308, THERE), feed=feed)
    assert (said.moved_to, said.moving_to, said.moving_count) == (THERE, "", 0)


def test_the_validators_follow_a_feed_that_moves():
    feed = replace(FEED, validators_url=THERE, moving_to=THERE, moving_count=2)
    said = poll(feed, answer(feed, 304, url=THERE, hops=(Hop(URL, 301, THERE),)))
    assert (said.moved_to, said.etag, said.validators_url) == (THERE, FEED.etag, THERE)
    assert request(replace(FEED, url=THERE, validators_url=THERE)).validators_url == THERE


@pytest.mark.parametrize("hops", [(), (Hop(URL, 302, THERE),), (Hop(URL, 307, THERE), Hop(THERE, 301, "https://third.example/"))])
def test_a_fetch_without_a_permanent_redirect_begins_the_count_anew(hops):
    said = moved(*hops, feed=replace(FEED, moving_to=THERE, moving_count=2))
    assert (said.moved_to, said.moving_to, said.moving_count) == ("", "", 0)


def test_another_target_begins_the_count_anew():
    said = moved(Hop(URL, 301, "https://other.example/"), feed=replace(FEED, moving_to=THERE, moving_count=2))
    assert (said.moved_to, said.moving_to, said.moving_count) == ("", "https://other.example/", 1)


def test_no_answer_leaves_the_count_and_a_bad_one_ends_it():
    feed = replace(FEED, moving_to=THERE, moving_count=2)
    silent = poll(feed, Failed(request(feed), "timeout"))
    assert (silent.moving_to, silent.moving_count) == (THERE, 2)
    broken = poll(feed, answer(feed, 500, hops=(Hop(URL, 301, THERE),)))
    assert (broken.moved_to, broken.moving_count) == ("", 0)


def test_https_never_moves_to_http():
    feed = replace(FEED, moving_to="http://paper.example/feed", moving_count=9)
    assert moved(Hop(URL, 301, "http://paper.example/feed"), feed=feed).moved_to == ""
    insecure = replace(FEED, url="http://paper.example/feed", moving_to=URL, moving_count=2)
    assert moved(Hop(insecure.url, 301, URL), feed=insecure, status=200).moved_to == URL


def test_redirects_of_the_other_spelling_of_an_address_move_nothing():
    asked = Request(other_spelling(URL), "feed", key=7)
    page = Page(asked, THERE, 200, BODY, "application/xml", hops=(Hop(asked.url, 301, THERE),), requests=2)
    said = poll(replace(FEED, moving_to=THERE, moving_count=2), page)
    assert (said.moved_to, said.moving_to, said.requests) == ("", "", 3)


def test_a_poll_tells_what_the_server_saw_of_us():
    page = answer(FEED, body=BODY, url=THERE, hops=(Hop(URL, 302, THERE),), sent=50, requests=2)
    assert (poll(FEED, page).requests, poll(FEED, page).size, poll(FEED, page).not_modified) == (2, 50, False)
    assert poll(FEED, replace(page, sent=0)).size == len(BODY)
    gone = poll(FEED, answer(FEED, 404, b"gone", requests=1))
    assert (gone.requests, gone.size) == (1, 4)
    cut = poll(FEED, Failed(request(FEED), "too large", at="http://127.0.0.1/x", requests=2, size=9000))
    assert (cut.requests, cut.size, cut.at, cut.reason) == (2, 9000, "http://127.0.0.1/x", "too large")


def test_a_poll_that_no_server_saw_counts_as_none():
    assert poll(FEED, Failed(request(FEED), "host not found")).requests == 0


@pytest.mark.parametrize(
    ("statuses", "gone"), [((), True), ((301,), True), ((308, 301), True), ((302,), False), ((301, 307), False), ((303,), False)]
)
def test_a_feed_is_gone_where_its_own_address_says_so_and_not_where_it_leads_for_a_while(statuses, gone):
    said = poll(
        FEED, answer(FEED, 410, url=THERE if statuses else URL, hops=tuple(Hop(URL, status, THERE) for status in statuses))
    )
    assert (said.status, said.reason, said.gone) == ("failed", "HTTP 410", gone)
