"""tending: what a second look at an article's page tells."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.look import Look, Shown
from models.page import Failed, Hop, Page, Request
from pipeline.stages import features
from pipeline.stages.tending import Task, is_light, look, request, shared

URL = "https://paper.example/2026/harbour"
TITLE = "Harbour pilots rehearse with a simulator of fog"
TEXT = (
    "Pilots who bring tankers through the narrow channel rehearsed this week with a simulator that draws thick weather. "
    "The harbour authority bought the machine after two collisions last winter, and every pilot spends three mornings inside. "
    "Instructors change wind, current and visibility while a crew of retired captains answers over the radio. "
    "Nobody is graded, said the chief instructor, because mistakes made indoors cost nothing but pride. "
)
OTHER = (
    "Casino bonuses without deposit await every player who registers today and verifies an account before midnight. "
    "Spin classic slots, jackpots, roulette tables or live poker against friendly dealers from your sofa. "
    "Withdrawals arrive within minutes, support answers around the clock, and loyal members collect double points. "
    "Terms apply to promotional offers, please gamble responsibly and only when you are of legal age. "
)
SHOWN = Shown(7, URL, TITLE, features.count(TITLE, TEXT, "page").text, '"1"', "Mon, 31 Aug 2026 18:00:00 GMT")
CONSENT = "We use cookies. Please accept all cookies to continue, or sign in to your account to manage your consent."


def markup(*paragraphs, title="A page"):
    told = "".join(f"<p>{part}</p>" for part in paragraphs)
    return f"<!doctype html><html><head><title>{title}</title></head><body><article>{told}</article></body></html>"


def page(body="", status=200, **more):
    return Page(request(SHOWN), more.pop("url", URL), status, body.encode(), "text/html; charset=utf-8", **more)


def looked(answer, shown=SHOWN):
    return look(Task(shown, answer))


def test_a_request_carries_the_validators_verbatim():
    assert request(SHOWN) == Request(URL, "page", '"1"', "Mon, 31 Aug 2026 18:00:00 GMT", 7, URL)


def test_a_page_that_was_not_modified_is_there_and_keeps_its_validators():
    assert looked(page(status=304)) == Look("there", "", '"1"', "Mon, 31 Aug 2026 18:00:00 GMT")
    assert looked(page(status=304, etag='"2"')).etag == '"2"'


def test_validators_of_where_an_article_was_redirected_to_are_not_kept_for_its_own_address():
    elsewhere = page(f"<article><h1>{SHOWN.title}</h1><p>{SHOWN.words * 3}</p></article>", url=URL + "/amp", etag='"9"')
    assert looked(elsewhere).etag == ""
    assert looked(page(status=304, url=URL + "/amp")) == Look("failed", "HTTP 304")  # nobody asked it whether it was modified


def test_a_page_with_its_own_words_is_there_with_what_validators_it_has_now():
    assert looked(page(markup(TEXT, TEXT), etag='"2"')) == Look("there", "", '"2"', "")


def test_an_answer_410_is_gone_at_once():
    assert looked(page(status=410)) == Look("gone", "HTTP 410")


def test_an_answer_404_has_to_be_seen_twice():
    assert looked(page(status=404)) == Look("failed", "HTTP 404", missed=True)
    assert looked(page(status=404), replace(SHOWN, missed=True)) == Look("gone", "HTTP 404")
    assert looked(page(status=404), replace(SHOWN, gone=True)) == Look("gone", "HTTP 404")


@pytest.mark.parametrize(
    "answer", [page(status=500), page(status=403), page(status=429), page(status=503), Failed(Request(URL), "timeout"), page("")]
)
@pytest.mark.parametrize("shown", [SHOWN, replace(SHOWN, missed=True), replace(SHOWN, gone=True)])
def test_trouble_of_the_moment_tells_nothing(answer, shown):
    said = looked(answer, shown)
    assert (said.verdict, said.missed) == ("failed", False)
    assert said.reason


@pytest.mark.parametrize("hops", [(301,), (302,), (302, 301)])
def test_an_address_that_leads_to_a_front_page_shows_something_else(hops):
    way = tuple(Hop(URL, status, "https://paper.example/") for status in hops)
    answer = page(markup(TEXT, title=TITLE), url="https://paper.example/", hops=way)
    assert looked(answer) == Look("changed", "sent to the front page")


def test_an_article_that_moved_with_its_words_is_there():
    moved = page(markup(TEXT, TEXT), url="https://paper.example/archive/harbour", hops=(Hop(URL, 301, "/archive/harbour"),))
    assert looked(moved).verdict == "there"


def test_a_page_with_other_words_shows_something_else():
    assert looked(page(markup(OTHER, OTHER))) == Look("changed", "another text")


def test_an_article_that_was_rewritten_in_part_is_there():
    assert looked(page(markup(TEXT[: len(TEXT) // 2], OTHER))).verdict == "there"


def test_a_teaser_before_a_paywall_is_there():
    teaser = " ".join(TEXT.split()[:30])
    assert looked(page(markup(teaser + " …"))).verdict == "there"
    assert looked(page(markup(teaser + " …", "Subscribe to continue reading."))).verdict == "failed"  # a notice: not gone


@pytest.mark.parametrize("text", [CONSENT, "Please enable JavaScript to see this site, and turn off your ad blocker."])
def test_a_consent_or_login_notice_tells_nothing(text):
    assert looked(page(markup(text))).verdict == "failed"


def test_a_page_that_needs_scripts_tells_nothing():
    assert looked(page("<html><body><div id='app'></div><script src='a.js'></script></body></html>")) == Look("failed", "no text")


def test_a_page_that_bears_the_headline_is_there_though_its_text_is_out_of_reach():
    title = TITLE.replace("a simulator", "a &quot;simulator&quot;")
    assert looked(page(markup(OTHER, OTHER, title=title))).verdict == "there"
    assert looked(page(markup(OTHER, OTHER, title="Live")), replace(SHOWN, title="Live")).verdict == "changed"


def test_a_few_strange_words_have_to_be_seen_twice():
    answer = page(markup("Sorry, there is nothing at this address any more. Try the archive or the search field above."))
    assert looked(answer) == Look("failed", "another text", missed=True)
    assert looked(answer, replace(SHOWN, missed=True)) == Look("changed", "another text")


def test_a_gone_article_is_there_again_only_with_its_own_words():
    gone = replace(SHOWN, gone=True, etag="", last_modified="")
    assert looked(page(markup(TEXT, TEXT)), gone).verdict == "there"
    assert looked(page(markup(OTHER, OTHER)), gone).verdict == "changed"
    assert looked(page(status=304), gone).verdict == "failed"  # nobody asked whether it was modified


def test_an_article_that_was_not_read_from_its_page_is_there_where_its_page_answers():
    feed_only = replace(SHOWN, words="")
    assert looked(page(markup(OTHER)), feed_only).verdict == "there"
    assert looked(page(status=404), replace(feed_only, missed=True)).verdict == "gone"


def test_only_a_page_whose_words_are_compared_needs_a_parser():
    assert not is_light(Task(SHOWN, page(markup(TEXT))))
    home = page(markup(TEXT), url="https://paper.example/", hops=(Hop(URL, 302, "https://paper.example/"),))
    for light in (page(status=304), page(status=410), Failed(Request(URL), "timeout"), home):
        assert is_light(Task(SHOWN, light))
    assert is_light(Task(replace(SHOWN, words=""), page(markup(TEXT))))


@pytest.mark.parametrize(
    "body", [b"\x00\xff" * 300, b"<" * 5000, b"<html>" + b"<p>" * 5000, "<p>\ud83d".encode("utf-8", "replace")]
)
def test_no_bytes_break_a_look(body):
    assert looked(replace(page(), body=body)).verdict in {"failed", "changed", "there"}


WORDS = st.sets(st.text("abcde", min_size=1, max_size=3), max_size=20)


@given(WORDS, WORDS, WORDS)
def test_the_overlap_is_a_share_the_same_both_ways_and_whole_for_a_part(one, other, more):
    assert 0 <= shared(one, other) == shared(other, one) <= 1
    assert shared(one, one | more) == 1
