"""hosts: whose pace a request counts for, and until when one asks to be left alone."""

from datetime import timedelta

import pytest

from models.page import Failed, Page, Request
from pipeline.stages.hosts import WAITS, asked_until, origin, refused, site
from tests.unit.stages.making import NOW

URL = "https://paper.example/a"


@pytest.mark.parametrize(
    ("url", "there", "whose"),
    [
        ("https://Paper.example/a?b#c", "https://paper.example", "paper.example"),
        ("http://paper.example:80/", "http://paper.example", "paper.example"),
        ("https://paper.example:443/", "https://paper.example", "paper.example"),
        ("https://paper.example:80/", "https://paper.example:80", "paper.example"),
        ("https://paper.example.:8443/", "https://paper.example:8443", "paper.example:8443"),
        ("https://user:secret@paper.example/", "https://paper.example", "paper.example"),
        ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080", "[2001:db8::1]:8080"),
        ("http://[2001:db8::1]/", "http://[2001:db8::1]", "[2001:db8::1]"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("http://0x7F.1:8080/", "http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://2130706433/", "http://127.0.0.1", "127.0.0.1"),
        ("http://0177.1.2./", "http://127.1.0.2", "127.1.0.2"),
        ("http://[2001:db8:0::1]/", "http://[2001:db8::1]", "[2001:db8::1]"),
        ("http://1.2.3.256/", "", ""),
        ("http://[::1::2]/", "", ""),
        ("ftp://paper.example/", "", ""),
        ("https://paper.example:99999/", "", ""),
        ("https:///a", "", ""),
        ("", "", ""),
    ],
)
def test_an_address_is_of_one_origin_and_of_one_host_on_its_usual_ports(url, there, whose):
    assert (origin(url), site(url)) == (there, whose)


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        (429, "120", 120),
        (503, "120", 120),
        (503, "Mon, 31 Aug 2026 18:10:00 GMT", 600),
        (429, "Mon, 31 Aug 2026 18:10:00 GMT", 600),
        (429, "", 900),
        (429, "soon", 900),
        (503, "", None),
        (503, "0", None),
        (503, "Mon, 31 Aug 2026 17:00:00 GMT", None),
        (500, "120", None),
        (200, "120", None),
        (403, "120", None),
        (503, "99999999", 7 * 86_400),
    ],
)
def test_a_host_asks_to_be_left_alone_by_retry_after_on_429_and_503(status, header, seconds):
    page = Page(Request(URL), URL, status, retry_after=header)
    assert asked_until(page, NOW, 900) == (None if seconds is None else NOW + timedelta(seconds=seconds))


def test_no_answer_asks_for_nothing():
    assert asked_until(Failed(Request(URL), "timeout"), NOW, 900) is None


def test_what_was_not_asked_for_says_when_it_may_be():
    assert refused(Failed(Request(URL), WAITS, "60"), NOW, 900) == NOW + timedelta(seconds=60)
    assert refused(Failed(Request(URL), WAITS), NOW, 900) == NOW + timedelta(seconds=900)
    assert refused(Failed(Request(URL), "timeout", "60"), NOW, 900) is None
    assert refused(Page(Request(URL), URL, 503, retry_after="60"), NOW, 900) is None
