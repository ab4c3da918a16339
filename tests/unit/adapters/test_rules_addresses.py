"""Only http and https, to public addresses, at usual ports: each test is a rule, played by a server on this machine."""

import socket
from contextlib import closing

import pytest

from models.outcome import Failed
from pipeline.adapters.http import addresses
from pipeline.adapters.http.addresses import is_public
from tests.servers import Answer, redirect, serving
from tests.unit.adapters.desk import Desk, item, rss, story
from tests.unit.adapters.making import HOUR, NOW
from tests.unit.adapters.test_http import failure_at, fetched, page_at

LEADS = {  # what they lead to is this machine, or a network that is nobody's on the internet
    "IP literals in other spellings": ("2130706433", "0x7f.1", "0177.0.0.1", "127.1", "①②⑦.0.0.1"),
    "IPv4-mapped": ("[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]"),
    "6to4": ("[2002:7f00:1::]", "[2002:a9fe:a9fe::]"),
    "NAT64": ("[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]"),
    "site-local": ("[fec0::1]",),
    "multicast": ("224.0.0.1", "[ff02::1]"),
    "100.64/10": ("100.64.0.1", "100.127.255.254"),
    "0.0.0.0": ("0.0.0.0", "0", "[::]"),
    "private, link-local, loopback": (
        "10.0.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "[::1]",
        "[fd00::1]",
        "[fe80::1]",
        "localhost",
    ),
    "what Python's is_private passes": ("192.0.0.8", "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]"),
}


@pytest.fixture
def desk(database):
    return Desk(database)


@pytest.mark.parametrize("kind", LEADS)
def test_a_redirect_to_an_address_that_is_not_public_is_refused(kind):
    with serving({"/": Answer(200, b"secrets")}) as inner, serving() as outer:
        port = inner.host.rpartition(":")[2]
        outer.routes |= {f"/{n}": redirect(302, f"http://{host}:{port}/") for n, host in enumerate(LEADS[kind])}
        told = {"allow_private": frozenset({outer.host}), "ports": frozenset({int(port)})}
        answers = fetched(*(outer.url(f"/{n}") for n in range(len(LEADS[kind]))), **told)
    assert [answer.reason for answer in answers] == ["private address"] * len(LEADS[kind])
    assert inner.seen == []


def test_dns_rebinding_reaches_nothing(monkeypatch):
    """A name that means a public server, and once that has been asked a private one. Here 127.0.0.1 stands for public."""
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1" or is_public(address))
    meant = ["127.0.0.1"]

    def looked_up(host, port, *rest, **more):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in meant]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    with serving() as site:
        port = int(site.host.rpartition(":")[2])
        there = {"ports": frozenset({port}), "allow_private": frozenset()}

        def rebound(seen):
            meant[:] = ["127.0.0.2"]
            return Answer(200, b"public", {"Connection": "close"})

        site.routes |= {"/": rebound}
        with closing(socket.create_server(("127.0.0.2", port))) as private:
            private.setblocking(False)
            assert page_at(f"http://rebinding.example:{port}/", **there).body == b"public"
            assert failure_at(f"http://rebinding.example:{port}/again", **there) == "private address"
            meant[:] = ["127.0.0.2", "::1"]
            assert failure_at(f"http://rebinding.example:{port}/both", **there) == "private address"
            with pytest.raises(BlockingIOError):  # nobody knocked
                private.accept()
    assert site.targets() == ["/"]


def test_links_redirects_and_robots_txt_of_a_feed_reach_nothing_private(desk):
    with serving({"/a": story(), "/robots.txt": Answer(404)}) as inner, serving() as site, serving() as third:
        site.routes |= {"/feed": rss(item(inner.url("/a")), item(site.url("/away")), item(third.url("/a")))}
        site.routes |= {
            "/away": redirect(302, inner.url("/a")),
            "/robots.txt": Answer(404),
            "/moved": redirect(301, inner.url("/a")),
        }
        third.routes |= {"/robots.txt": redirect(302, inner.url("/robots.txt")), "/a": story()}
        desk.follow(site.url("/feed"), site.url("/moved"), pages="fetch")
        passed = desk.collect(allow_private=(site.host, third.host), ports=(int(inner.host.rpartition(":")[2]),))
    assert passed.polls["s1"].reason == "private address"
    assert passed.told() == ["Failed(private address)"] * 3
    assert (inner.seen, third.targets()) == ([], ["/robots.txt"])


@pytest.mark.parametrize("scheme", ["ftp", "file", "javascript", "data", "gopher", "ws"])
def test_only_http_and_https_are_asked(desk, scheme):
    assert failure_at(f"{scheme}://127.0.0.1/a") == "bad address"
    with serving({"/": redirect(302, f"{scheme}://127.0.0.1/a")}) as site:
        assert failure_at(site.url()) == "redirect to no web address"


def test_allow_private_host_opens_that_host_and_no_other(desk):
    with serving({"/": Answer(200, b"intranet")}) as named, serving({"/": Answer()}) as other:
        told = {
            "allow_private": frozenset({named.host}),
            "ports": frozenset({int(one.host.rpartition(":")[2]) for one in (named, other)}),
        }
        assert page_at(named.url(), **told).body == b"intranet"
        assert failure_at(other.url(), **told) == "private address"
    assert other.seen == []


def test_credentials_of_a_url_are_stripped_wherever_it_comes_from(desk):
    with serving() as site:
        there = f"http://user:word@{site.host}"
        site.routes |= {
            "/feed": redirect(301, f"{there}/moved"),
            "/moved": rss(item(f"{there}/a")),
            "/a": redirect(302, f"{there}/b"),
            "/b": story(),
        }
        desk.follow(f"{there}/feed", pages="fetch")
        for hours in range(3):
            desk.collect(NOW + hours * HOUR)
        assert desk.feed().url == site.url("/moved")
    assert not [seen for seen in site.seen if "Authorization" in seen.headers]
    assert desk.rows("SELECT canonical_url FROM article") == [(site.url("/b"),)]
    assert desk.rows("SELECT url FROM entry") == [(site.url("/a"),)]


def test_ports_other_than_80_443_8080_and_8443_need_a_setting(desk):
    with serving({"/feed": rss()}) as site:
        desk.follow(site.url("/feed"))
        (refused,) = desk.collect(allow_private=("127.0.0.1",)).polls.values()
        assert (refused.reason, site.seen) == ("port not allowed", [])
        port = int(site.host.rpartition(":")[2])
        assert desk.collect(NOW + HOUR, allow_private=("127.0.0.1",), ports=(port,)).poll.status == "read"
    for usual in (80, 443, 8080, 8443):  # nobody needs to listen there
        assert failure_at(f"http://127.0.0.1:{usual}/", allow_private=frozenset()) == "private address"


def test_a_bad_address_costs_its_own_entry_alone(desk):
    with serving() as site:
        site.routes |= {
            "/feed": rss(item("http://127.0.0.1:22/x"), item(site.url("/a"))),
            "/a": story(),
            "/robots.txt": Answer(404),
        }
        desk.follow(site.url("/feed"), pages="fetch")
        outcomes = desk.collect().outcomes
    assert [one.url for one in outcomes if isinstance(one, Failed)] == ["http://127.0.0.1:22/x"]
    assert len(outcomes) == 2
