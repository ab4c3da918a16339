"""A URL as it is sent: credentials, ports, fragments, hosts in one spelling; and what redirects may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.page import Page, Request
from pipeline.adapters.http.locations import Allowed, canonical, led, located
from pipeline.stages import hosts
from tests.servers import Answer, Raw, redirect, serving
from tests.unit.adapters.test_http import failure_at, fetched, page_at


def test_credentials_go_nowhere():
    with serving({"/a": redirect(301, "/b")}) as site:
        site.routes["/b"] = redirect(302, f"http://other:word@{site.host}/c")
        site.routes["/c"] = Answer(200, b"open")
        (page,) = fetched(site.url("/a").replace("//", "//someone:secret@"))
    assert isinstance(page, Page)
    assert "@" not in page.url + "".join(hop.url + hop.location for hop in page.hops) + page.moved_to
    assert [set(seen.headers) & {"Authorization", "Referer", "Cookie"} for seen in site.seen] == [set()] * 3
    assert (page.url, page.moved_to) == (site.url("/c"), site.url("/b"))


def test_fragments_are_kept_out():
    with serving({"/a": redirect(301, "/b#there"), "/b": Answer(200, b"b")}) as site:
        page = page_at(site.url("/a#here"))
    assert (page.url, page.hops[0].url, page.hops[0].location) == (site.url("/b"), site.url("/a"), site.url("/b"))
    assert site.targets() == ["/a", "/b"]


@pytest.mark.parametrize("port", [1, 22, 25, 6379, 8081, 65535])
def test_a_port_that_settings_do_not_name_is_not_asked(port):
    assert failure_at(f"http://example.org:{port}/") == "port not allowed"


def test_port_0_is_no_port_and_an_empty_one_is_the_usual_one():
    assert failure_at("http://example.org:0/") == "port not allowed"
    assert located("http://example.org:/").port == 80


def test_a_redirect_to_a_port_that_settings_do_not_name_is_refused():
    with serving({"/": redirect(302, "http://example.org:22/")}) as site:
        assert failure_at(site.url()) == "port not allowed"


def test_a_host_that_is_allowed_with_a_port_may_be_asked_there():
    with serving({"/": Answer()}) as site:
        assert page_at(site.url(), allow_private=frozenset({site.host})).status == 200
        assert failure_at(site.url(), allow_private=frozenset({"127.0.0.1", "127.0.0.1:80"})) == "port not allowed"


@pytest.mark.parametrize(
    ("entry", "url", "allowed"),
    [
        ("intranet", "http://INTRANET/a", True), ("intranet", "https://intranet:8443/", True), ("intranet:8443", "http://intranet/", False),
        ("intranet", "http://intranet.example/", False), ("::1", "http://[::1]/", True), ("[::1]:8080", "http://[0::1]:8080/", True),
        ("[::1]:8080", "http://[::1]/", False), ("10.0.0.7", "http://10.0.0.7/", True), ("10.0.0.0/8", "http://10.0.0.7/", False),
        ("", "http://intranet/", False), ("bücher", "http://xn--bcher-kva/", True),
    ],
)  # fmt: skip
def test_a_host_is_allowed_as_it_stands_in_the_url(entry, url, allowed):
    assert Allowed([entry], frozenset({80})).private(located(url)) == allowed


@pytest.mark.parametrize(
    ("host", "spelled"),
    [
        ("Example.ORG", "example.org"), ("BÜCHER.example", "xn--bcher-kva.example"), ("0x7f.1", "127.0.0.1"), ("010.8.8", "8.8.0.8"),
        ("2001:DB8:0::1", "[2001:db8::1]"), ("example.org.", "example.org."), ("1.2.3.4.", "1.2.3.4"), ("a_b.example", "a_b.example"),
    ],
)  # fmt: skip
def test_a_host_has_one_spelling(host, spelled):
    assert canonical(host) == spelled


@pytest.mark.parametrize(
    "url",
    [
        "", "example.org", "//example.org/", "ftp://example.org/", "javascript:alert(1)", "file:///etc/passwd", "http://", "http:///a",
        "http://.", "http://a..b/", "http://exa mple.org/", "http://example.org\\@127.0.0.1/", "http://a%2fb/", "http://256.1.1.1/",
        "http://1.2.3.4.5/", "http://08.1.1.1/", "http://[::1/", "http://[1.2.3.4]/", "http://[v1.a]/", "http://example.org:99999/",
        "http://example.org:a/", f"http://{'a' * 64}.example/", f"http://{'a.' * 130}example/", "http://\ud800.example/",
        "http://example.org/\ud800", "http://%31%32%37.0.0.1/", "http://a\x00b/", "http://<a>/",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_a_bad_address(url):
    assert failure_at(url) == "bad address"


@given(st.text("htps:/.@?#[]%\\0179axé\x00 \t\n-_"))
def test_whatever_an_address_is_it_is_located_or_refused(rest):
    try:
        there = located(f"http://{rest}")
    except ValueError:
        return
    assert there.sent.raw_host == there.host.strip("[]")  # what is connected to is what was checked
    assert (there.sent.port, there.sent.user, there.sent.fragment) == (there.port, None, "")
    assert not set(str(there.sent)) & set("\x00 \t\n\\")
    assert str(there.sent).isascii()


def test_hosts_that_are_one_share_one_pace():
    same = ["http://example.org/", "https://EXAMPLE.org:443/a", "http://example.org./", "http://u@example.org"]
    assert {located(url).site for url in same} == {"example.org"}
    assert located("http://example.org:8080/").site == "example.org:8080"


@pytest.mark.parametrize(
    ("location", "there"),
    [
        ("/b", "https://example.org/b"), ("c?d=e", "https://example.org/a/c?d=e"), ("?q", "https://example.org/a/b?q"),
        ("//other.example/x", "https://other.example/x"), ("HTTPS://Other.example", "https://Other.example"),
        ("../x", "https://example.org/x"), ("  /b \t", "https://example.org/b"), ("/é", "https://example.org/é"),
        ("/caf\udce9", "https://example.org/caf%E9"), ("#f", "https://example.org/a/b"), ("//u:p@other.example/", "https://other.example/"),
    ],
)  # fmt: skip
def test_a_redirect_is_read_as_its_page_would(location, there):
    assert led(located("https://example.org/a/b"), location) == there


def test_a_location_with_bytes_that_are_no_ascii_is_followed():
    with serving({"/caf%E9": Answer(200, b"latin"), "/caf%C3%A9": Answer(200, b"utf-8")}) as site:
        for name, body in ((b"/caf\xe9", b"latin"), (b"/caf\xc3\xa9", b"utf-8")):
            site.routes["/"] = Raw((b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + name + b"\r\n\r\n",))
            page = page_at(site.url())
            assert page.body == body
            assert not any("\ud800" <= letter <= "\udfff" for letter in page.url + page.hops[0].location)


def test_a_redirect_without_a_scheme_keeps_it():
    with serving({"/": Answer(200, b"there")}) as other, serving({"/": redirect(302, f"//{other.host}/")}) as site:
        assert page_at(site.url()).url == other.url()


@pytest.mark.parametrize("headers", [{}, {"Location": "/b"}])
def test_300_is_what_it_is(headers):
    with serving({"/": Answer(300, b"choose", headers)}) as site:
        assert (page_at(site.url()).status, page_at(site.url()).body) == (300, b"choose")


def test_a_redirect_to_itself_is_a_loop_after_one_request():
    with serving({"/": redirect(301, "/#again")}) as site:
        assert failure_at(site.url()) == "redirect loop"
    assert site.targets() == ["/"]


def test_a_loop_that_tries_a_new_cookie_every_time_ends_at_the_limit():
    count = iter(range(100))
    with serving() as site:
        site.routes["/"] = lambda seen: redirect(302, "/", **{"Set-Cookie": f"n={next(count)}"})
        assert failure_at(site.url(), redirects=3) == "too many redirects"
    assert len(site.seen) == 4


def test_the_cookies_of_one_exchange_are_not_sent_to_another_site():
    with serving({"/": Answer()}) as other, serving() as site:
        there = f"localhost:{other.host.rpartition(':')[2]}"
        site.routes["/"] = redirect(302, f"http://{there}/", **{"Set-Cookie": "key=1"})
        fetched(Request(site.url()), allow_private=frozenset({site.host, there}))
    assert [seen.headers.get("Cookie") for seen in other.seen] == [None]


@pytest.mark.parametrize(
    "host",
    [
        "Example.ORG.", "BÜCHER.example", "faß.example", "ａ。example", "0x7f.1", "2130706433", "0177.1", "1.2.3", "08.1", "1.256", "256.1",
        "4294967296", "1.2.3.4.5", "0xg", "a.0x1", "0x.1", "1_0.1", "[2001:DB8:0::1]:8443", "[::ffff:1.2.3.4]", "[fe80::1%25eth0]",
        "example.org:80", "example.org:8443", "127.1:8080",
    ],
)  # fmt: skip
def test_who_is_asked_is_spelled_as_who_asked_to_wait(host):
    try:
        spelled = located(f"http://{host}/").site
    except ValueError:
        spelled = ""
    assert hosts.site(f"http://{host}/") == spelled
