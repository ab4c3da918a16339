"""Only public addresses: which they are, and that nothing leads to another one, however it is spelled or looked up."""

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.http.addresses import Guard, is_public
from tests.servers import Answer, redirect, serving
from tests.unit.adapters.test_http import failure_at, page_at

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1", "198.17.255.255",
    "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::200e", "2400::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
]  # fmt: skip
NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::7f00:1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1",
    "64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b::192.0.0.8", "64:ff9b:1::808:808", "100::1", "2001::1", "2001:0:7f00:1::",
    "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1", "5f00::1", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "2606:4700::1111%eth0", "fec0::1", "feff::1", "ff02::1", "ff0e::1", "4000::1",
    "", "localhost", "127.1", "[::1]", "1.2.3.4.5", "１.1.1.1",
]  # fmt: skip
# The same private addresses, as nobody would write them who means well.
SPELLINGS = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "017700000001", "0x7f000001", "0x7f.1", "0177.0.0.1", "0x7F.0.0.0x1",
    "127.0.0.1.", "127.000.000.001", "①②⑦.0.0.1", "127。0。0。1", "１２７.0.0.1", "0", "0.0.0.0", "169.254.169.254", "0xa9fea9fe",
    "2852039166", "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
    "[64:ff9b::7f00:1]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fe80::1]", "[fe80::1%25lo]", "[::1%25lo]",
    "[fec0::1]", "[fd00::1]", "[ff02::1]", "100.64.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1", "255.255.255.255",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_with_another_use_is_not_public(address):
    assert not is_public(address)


@given(st.ip_addresses())
def test_what_is_public_is_global_for_python_too_but_for_what_holds_an_ipv4_address(address):
    if is_public(address):
        mapped = isinstance(address, IPv6Address) and address.ipv4_mapped is not None
        assert mapped or (address.is_global and not address.is_multicast)


@given(st.ip_addresses(v=4))
def test_an_address_within_another_is_as_public_as_that(address):
    for holder in ("::ffff:0:0", "64:ff9b::"):
        assert is_public(IPv6Address(int(IPv6Address(holder)) + int(address))) == is_public(address)


@given(st.ip_addresses(v=4), st.integers(0, 2**80 - 1))
def test_a_tunnels_address_is_never_public(address, rest):
    assert not is_public(IPv6Address((0x2002 << 112) + (int(address) << 80) + rest))
    assert not is_public(IPv6Address((0x20010000 << 96) + (int(address) << 64) + rest % 2**64))
    assert not is_public(IPv6Address(int(address)))


@given(st.ip_addresses())
def test_an_address_is_as_public_as_its_spelling(address):
    spelled = str(address).upper() if isinstance(address, IPv4Address) else address.exploded.upper()
    assert is_public(spelled) == is_public(address) == is_public(str(address))


@given(st.text("0123456789abcfx.:%[]/ -"))
def test_no_text_is_public_that_is_no_address(text):
    try:
        ip_address(text)
    except ValueError:
        assert not is_public(text)


@pytest.mark.parametrize(
    "network", ["127.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "198.18.0.0/15", "fc00::/7", "fe80::/10", "fec0::/10"]
)
@given(data=st.data())
def test_no_address_of_a_private_network_is_public(network, data):
    known = IPv6Network(network) if ":" in network else IPv4Network(network)
    assert not is_public(known[data.draw(st.integers(0, known.num_addresses - 1))])


def test_a_socket_is_made_for_public_addresses_only():
    guard = Guard(anywhere=False)
    with guard((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("1.1.1.1", 80))) as made:
        assert made.family == socket.AF_INET
    assert not guard.refused
    with pytest.raises(OSError, match="private address"):
        guard((socket.AF_INET6, socket.SOCK_STREAM, 0, "", ("::ffff:127.0.0.1", 80, 0, 0)))
    assert guard.refused


@pytest.mark.parametrize("host", SPELLINGS)
def test_a_private_address_is_refused_however_it_is_spelled(host):
    assert failure_at(f"http://{host}/", allow_private=frozenset()) == "private address"


def test_a_host_of_this_machine_is_asked_nothing_unless_it_is_allowed():
    with serving({"/": Answer()}) as site:
        port = int(site.host.rpartition(":")[2])
        assert failure_at(site.url(), allow_private=frozenset(), ports=frozenset({port})) == "private address"
        assert not site.seen
        assert page_at(site.url(), allow_private=frozenset({"127.0.0.1"}), ports=frozenset({port})).status == 200


def resolving(monkeypatch, *addresses):
    """Every name is looked up as these; how often is counted."""
    asked = []

    def looked_up(host, port, *rest, **more):
        asked.append(host)
        v6 = [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", (one, port, 0, 0)) for one in addresses if ":" in one]
        return v6 + [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses if ":" not in one]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    return asked


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]
)
def test_a_name_that_leads_to_a_private_address_is_refused(monkeypatch, address):
    asked = resolving(monkeypatch, address)
    assert failure_at("http://feeds.example/") == "private address"
    assert asked == ["feeds.example"]


def test_of_several_addresses_of_a_name_no_private_one_is_connected_to(monkeypatch):
    resolving(monkeypatch, "127.0.0.1", "::1", "10.0.0.1")
    with serving({"/": Answer()}) as site:
        port = int(site.host.rpartition(":")[2])
        assert failure_at(f"http://feeds.example:{port}/", ports=frozenset({port})) == "private address"
    assert not site.seen


def test_a_name_that_comes_to_mean_another_address_is_checked_where_it_is_connected(monkeypatch):
    """Rebinding works where a name is looked up once to be checked, and once more to be connected to."""
    made = []
    monkeypatch.setattr("pipeline.adapters.http.addresses.is_public", lambda address: made.append(address) or is_public(address))
    asked = resolving(monkeypatch, "127.0.0.1")
    assert failure_at("http://feeds.example/") == "private address"
    assert (made, asked) == (["127.0.0.1"], ["feeds.example"])  # one look, one check, of the address in hand


def test_a_redirect_to_a_private_address_is_refused():
    with serving({"/": Answer(200, b"secrets")}) as inner, serving({"/": redirect(302, inner.url())}) as outer:
        port = int(inner.host.rpartition(":")[2])
        told = {"allow_private": frozenset({outer.host}), "ports": frozenset({port})}
        assert failure_at(outer.url(), **told) == "private address"
        for spelled in ("2130706433", "0x7f.1", "[::ffff:127.0.0.1]"):
            outer.routes["/"] = redirect(302, f"http://{spelled}:{port}/")
            assert failure_at(outer.url(), **told) == "private address"
    assert not inner.seen


def test_a_redirect_to_an_allowed_host_is_followed():
    with serving({"/": Answer(200, b"news")}) as inner, serving({"/": redirect(302, inner.url())}) as outer:
        assert page_at(outer.url(), allow_private=frozenset({inner.host, outer.host})).body == b"news"


def test_a_name_is_allowed_by_name_and_not_by_its_address(monkeypatch):
    resolving(monkeypatch, "127.0.0.1")
    with serving({"/": Answer(200, b"intranet")}) as site:
        port = site.host.rpartition(":")[2]
        assert page_at(f"http://Intranet:{port}/", allow_private=frozenset({f"INTRANET:{port}"})).body == b"intranet"
        assert (
            failure_at(
                f"http://other:{port}/", allow_private=frozenset({f"intranet:{port}", site.host}), ports=frozenset({int(port)})
            )
            == "private address"
        )


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    with serving({"/": Answer(200, b"direct")}) as site, serving({"/": Answer(200, b"proxied")}) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        assert page_at(site.url()).body == b"direct"
    assert not proxy.seen
