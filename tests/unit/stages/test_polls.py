"""polls: what a feed's answer means, and when to ask again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.page import Failed, Hop, Page, Request
from models.source import Feed
from pipeline.stages.polls import Read, Task, concluded, digest, is_empty, is_light, other_spelling, read, request, retry_at
from tests.unit.stages.making import NOW

URL = "https://paper.example/feed"
FEED = Feed(7, URL, "paper", etag='W/"1"', last_modified="Fri, 28 Aug 2026 10:00:00 GMT", digest="before")
BODY = (
    "<rss version='2.0'><channel><title>T</title><item><title>Ein Titel</title><link>https://paper.example/a</link>"
    "<description>{}</description></item></channel></rss>"
)
GERMAN = "Die Gemeinde prüft seit dieser Woche, ob ein Sprachmodell die Briefe der Bürger ordnen kann, bevor sie jemand öffnet."


def answer(status=200, body=b"", **more):
    return Page(request(FEED), URL, status, body, **{"content_type": "application/xml", **more})


def poll(page, said=None, feed=FEED):
    task = Task(feed, page, "en")
    return concluded(task, said or read(task), NOW)


def test_a_request_carries_the_validators_verbatim():
    assert request(FEED) == Request(URL, "feed", 'W/"1"', "Fri, 28 Aug 2026 10:00:00 GMT", 7, validators_url=URL)


def test_an_answer_304_is_unchanged():
    assert read(Task(FEED, answer(304), "en")) == Read(unchanged=True)


def test_the_same_bytes_as_last_time_are_unchanged():
    page = answer(body=BODY.format("").encode())
    assert read(Task(replace(FEED, digest=digest(page)), page, "en")) == Read(unchanged=True)


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        (Failed(Request(URL), "host not found"), "host not found"),
        (answer(404), "HTTP 404"),
        (answer(503, b"<rss"), "HTTP 503"),
        (answer(200, b" "), "empty answer"),
        (answer(200, b"<!doctype html><title>Sign in</title>"), "login or consent page"),
    ],
)
def test_an_answer_without_a_feed_is_a_problem_with_a_name(page, problem):
    assert read(Task(FEED, page, "en")) == Read(problem=problem)


def test_entries_are_read_and_their_language_told_where_it_is_another():
    for text, language in ((GERMAN, "de"), ("", "")):
        (entry,) = read(Task(FEED, answer(body=BODY.format(text).encode()), "en")).entries
        assert (entry.url, entry.language) == ("https://paper.example/a", language)


def test_only_an_answer_200_with_nothing_in_it_is_empty():
    assert is_empty(answer(200, b"\n"))
    assert not is_empty(answer(304))
    assert not is_empty(answer(200, b"x"))
    assert not is_empty(Failed(Request(URL), "timeout"))


def test_only_a_new_body_needs_a_parser():
    page = answer(body=b"new")
    assert not is_light(Task(FEED, page, "en"))
    assert is_light(Task(replace(FEED, digest=digest(page)), page, "en"))
    for light in (answer(304), answer(500, b"x"), answer(200, b""), Failed(Request(URL), "timeout")):
        assert is_light(Task(FEED, light, "en"))


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("https://paper.example/feed", "https://paper.example/feed/"),
        ("https://paper.example/feed/", "https://paper.example/feed"),
        ("https://paper.example/feed?a=1", "https://paper.example/feed/?a=1"),
        ("https://paper.example", "https://paper.example/"),
    ],
)
def test_the_other_spelling_of_an_address_is_with_or_without_a_slash(url, other):
    assert other_spelling(url) == other


def test_a_poll_that_read_a_feed_stores_its_validators_and_its_digest():
    page = answer(body=BODY.format("").encode(), etag='"2"', last_modified="")
    said = poll(page)
    assert (said.status, said.entries, said.http_status) == ("read", 1, 200)
    assert (said.etag, said.last_modified, said.digest) == ('"2"', "", digest(page))


def test_a_poll_that_found_nothing_new_keeps_the_validators_it_was_not_told_anew():
    said = poll(answer(304, etag='W/"1b"'))
    assert (said.status, said.etag, said.last_modified, said.digest) == ("unchanged", 'W/"1b"', FEED.last_modified, "before")


@pytest.mark.parametrize(
    "page", [Failed(Request(URL), "timeout"), answer(500, etag='"bad"'), answer(200, b"<html>", etag='"bad"')]
)
def test_a_failed_poll_brings_no_validators_of_its_own_and_moves_nothing(page):
    said = poll(replace(page, hops=(Hop(URL, 301, "https://moved.example/feed"),)) if isinstance(page, Page) else page)
    assert said.status == "failed"
    assert said.reason
    assert said.feed == FEED  # what the store keeps
    assert (said.etag, said.last_modified, said.digest, said.moved_to) == ("", "", "", "")


def test_a_failed_poll_waits_as_long_as_it_was_asked_to():
    assert poll(answer(429, retry_after="90")).retry_at == NOW + timedelta(seconds=90)
    assert poll(answer(500)).retry_at is None
    assert poll(Failed(Request(URL), "timeout")).retry_at is None


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [((301,), "/1"), ((308, 301), "/2"), ((301, 302), "/1"), ((302,), ""), ((302, 301), ""), ((307, 308), ""), ((), "")],
)
def test_only_redirects_that_are_permanent_from_the_start_move_a_feed(statuses, moved):
    hops = tuple(Hop(f"/{number}", status, f"/{number + 1}") for number, status in enumerate(statuses))
    known = replace(FEED, moving_to=moved, moving_count=2)
    assert poll(answer(304, hops=hops), feed=known).moved_to == moved
    assert poll(answer(body=BODY.format("").encode(), hops=hops), feed=known).moved_to == moved


def test_what_was_odd_about_a_feed_is_noted():
    assert poll(answer(), Read(note="not well-formed: SAXParseException")).notes == ("not well-formed: SAXParseException",)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Mon, 31 Aug 2026 18:10:00 GMT", 600),
        ("Mon, 31 Aug 2026 20:10:00 +0200", 600),
        ("Mon, 31 Aug 2026 18:10:00 -0000", 600),
        ("Mon, 31 Aug 2026 17:00:00 GMT", 0),
        ("Fri, 31 Aug 2125 18:10:00 GMT", 7 * 86_400),
        ("9" * 30, 7 * 86_400),
        ("9" * 5000, 7 * 86_400),
    ],
)
def test_retry_after_in_seconds_or_as_a_date_is_a_moment_at_most_a_week_away(header, seconds):
    assert retry_at(header, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("header", ["", "soon", "-5", "1.5", "²", "Mon, 99 Aug 2026 18:10:00 GMT"])
def test_a_retry_after_that_says_nothing_is_none(header):
    assert retry_at(header, NOW) is None


@given(st.text(max_size=30) | st.integers().map(str) | st.datetimes().map("{:%a, %d %b %Y %H:%M:%S} GMT".format))
def test_no_retry_after_leads_to_the_past_or_past_a_week(header):
    moment = retry_at(header, NOW)
    assert moment is None or NOW <= moment <= NOW + timedelta(days=7)
