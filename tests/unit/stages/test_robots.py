"""robots: RFC 9309, for our product token."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.host import Robots
from models.page import Failed, Page, Request
from pipeline.stages.robots import LARGEST, Rules, learned, parsed, rules, trouble
from tests.unit.stages.making import NOW

ORIGIN = "https://paper.example"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def said(body):
    return parsed(rules(body.encode() if isinstance(body, str) else body))


def allows(body, path="/news/a"):
    return said(body).allows(ORIGIN + path)


@pytest.mark.parametrize(
    ("body", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /private/", "/private/a", False),
        ("User-agent: *\nDisallow: /private/", "/privately", True),
        ("User-agent: *\nDisallow: /\nAllow: /news", "/news/a", True),
        ("User-agent: *\nAllow: /news\nDisallow: /news", "/news/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf?x", True),
        ("User-agent: *\nDisallow: /caf%C3%A9", "/café", False),
        ("user-AGENT:*\ndisallow:/a # not this", "/a", False),
        ("\ufeffUser-agent: *\r\nDisallow: /a\r\n", "/a", False),
        ("User-agent: *\rDisallow: /a", "/a", False),
        ("Disallow: /a", "/a", True),
        ("<!doctype html><title>Not found</title>", "/a", True),
        ("User-agent: *\nSitemap: https://paper.example/s.xml\nDisallow: /a", "/a", False),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
    ],
)
def test_rules_are_matched_as_the_rfc_has_it_the_longest_first(body, path, allowed):
    assert allows(body, path) is allowed


@pytest.mark.parametrize(
    ("body", "allowed"),
    [
        ("User-agent: Conceptwire\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: conceptwire/2.0\nAllow: /", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: CONCEPTWIRE\nDisallow:", True),
        ("User-agent: other\nUser-agent: conceptwire\nDisallow: /", False),
        ("User-agent: conceptwire\nDisallow: /a\n\nUser-agent: conceptwire\nDisallow: /news", False),
        ("User-agent: concept\nDisallow: /", True),
        ("User-agent: wire\nDisallow: /", True),
        ("User-agent: conceptwire-images\nDisallow: /", True),
        ("User-agent: GPTBot\nDisallow: /", True),
        ("User-agent: GPTBot\nDisallow: /\nUser-agent: *\nDisallow: /admin", True),
    ],
)
def test_a_group_with_our_name_counts_else_the_one_for_anybody(body, allowed):
    assert allows(body) is allowed


def test_crawl_delay_is_that_of_our_group():
    assert said("User-agent: *\nCrawl-delay: 10").delay == 10.0
    assert said("User-agent: *\nCrawl-delay: 10\n\nUser-agent: conceptwire\nCrawl-delay: 2.5").delay == 2.5
    for odd in ("", "soon", "-5", "nan", "inf", "1e999"):
        assert said(f"User-agent: *\nCrawl-delay: {odd}").delay == 0.0


def test_no_more_than_the_first_512_kib_are_looked_at_and_no_half_a_rule():
    filler = "# filler\n" * (LARGEST // 9)
    cut = f"User-agent: *\n{filler}"
    assert allows(cut + "Disallow: /", "/a")
    room = LARGEST - len("User-agent: *\n")
    long = "User-agent: *\n" + "#" * (room - 12) + "\n" + "Disallow: /a-long-way"
    assert len(long) > LARGEST
    assert allows(long, "/a")


def test_many_agents_over_many_rules_cost_no_more_than_the_bytes_they_have():
    body = "".join(f"User-agent: {n}\n" for n in range(20_000)) + "Disallow: /a\n" * 20_000
    assert rules(body.encode()[:LARGEST]) == ""
    assert rules(f"User-agent: *\n{body}".encode()[:LARGEST]) == "Disallow: /a"


@pytest.mark.parametrize(
    "url", ["https://paper.example/[", "https://paper.example/\udc80", "https://[x/", "", "//", "http://a\x00b/"]
)
def test_no_address_breaks_it(url):
    assert said("User-agent: *\nDisallow: /x").allows(url) in {True, False}


@settings(max_examples=200)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_break_it(body):
    for whole in (body, b"User-agent: *\nDisallow: /" + body, b"User-agent: *\nAllow: " + body.replace(b"\n", b"\nDisallow:")):
        made = said(whole)
        assert made.allows(ORIGIN + "/a?b") in {True, False}
        assert made.delay >= 0


def answer(status, body=b"", **more):
    return Page(Request(f"{ORIGIN}/robots.txt"), f"{ORIGIN}/robots.txt", status, body, **more)


def failed(reason):
    return Failed(Request(f"{ORIGIN}/robots.txt"), reason)


def verdict(known, now=NOW):
    return trouble(known, now) or parsed(known.rules).allows(ORIGIN + "/news/a")


FORBIDS = b"User-agent: *\nDisallow: /"


def test_a_robots_txt_counts_for_a_day():
    known = learned(answer(200, FORBIDS), ORIGIN, None, NOW)
    assert (verdict(known), known.until, known.asked_at) == (False, NOW + DAY, NOW)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 304])
def test_an_answer_4xx_allows_everything(status):
    known = learned(answer(status, FORBIDS), ORIGIN, learned(answer(200, FORBIDS), ORIGIN, None, NOW - DAY), NOW)
    assert (verdict(known), known.until) == (True, NOW + DAY)


@pytest.mark.parametrize("status", [429, 500, 503, 599])
def test_an_answer_5xx_forbids_everything_for_an_hour(status):
    known = learned(answer(status), ORIGIN, None, NOW)
    assert (verdict(known), known.until) == (f"robots.txt HTTP {status}", NOW + HOUR)


@pytest.mark.parametrize("reason", ["timeout", "host not found", "connection refused", "answer broken off", "too large"])
def test_no_answer_forbids_everything_for_an_hour_and_says_why(reason):
    known = learned(failed(reason), ORIGIN, None, NOW)
    assert (verdict(known), known.until) == (reason, NOW + HOUR)


@pytest.mark.parametrize("reason", ["too many redirects", "redirect loop"])
def test_redirects_that_lead_nowhere_allow_everything(reason):
    assert verdict(learned(failed(reason), ORIGIN, None, NOW)) is True


def test_while_there_is_no_answer_the_last_copy_counts_for_thirty_days():
    known = learned(answer(200, b"User-agent: *\nDisallow: /private"), ORIGIN, None, NOW)
    for days in (1, 29):
        known = learned(answer(503), ORIGIN, known, NOW + days * DAY)
        assert verdict(known, NOW + days * DAY) is True
        assert not parsed(known.rules).allows(f"{ORIGIN}/private")
    assert known.failing_since == NOW + DAY


def test_a_copy_older_than_thirty_days_does_not_count_when_there_is_no_answer():
    known = learned(answer(200, b""), ORIGIN, None, NOW)
    assert verdict(learned(answer(503), ORIGIN, known, NOW + 40 * DAY), NOW + 40 * DAY) == "robots.txt HTTP 503"


def test_after_thirty_days_without_an_answer_everything_is_allowed():
    known: Robots | None = None
    for day in range(33):
        known = learned(failed("timeout"), ORIGIN, known, NOW + day * DAY)
        assert verdict(known, NOW + day * DAY) == ("timeout" if day <= 30 else True)


def test_an_answer_ends_the_trouble():
    known = learned(answer(200, FORBIDS), ORIGIN, learned(failed("timeout"), ORIGIN, None, NOW), NOW + HOUR)
    assert (known.problem, known.failing_since, verdict(known)) == ("", None, False)


def test_nothing_said_allows_everything_without_loading_a_parser():
    assert parsed("") == Rules()
