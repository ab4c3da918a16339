"""Which addresses are public, and sockets that connect to no other.

Source: the IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890 and its updates), the multicast registries
(RFC 5771, RFC 4291), and the IPv6 global unicast registry: of IPv6 only 2000::/3 is given out at all. Stricter than
"globally reachable" where a range is no place for a web server: protocol assignments (192.0.0.0/24, 2001::/23, Teredo
among them), and tunnels that nobody runs any more (6to4: 2002::/16 and 192.88.99.0/24, RFC 7526; site-local; IPv4-compatible).
"""

import errno
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

_NOT_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by a carrier's customers
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local; clouds answer with keys here
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
_V6 = IPv6Network("2000::/3")
_NOT_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "3fff::/20",  # documentation
        ),
    )
)
_HOLDING_V4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))  # mapped; NAT64, which leads to the IPv4 address


def is_public(address: str | IPv4Address | IPv6Address) -> bool:
    """Whether an address belongs to the public internet. What is no address does not, nor what names an interface (%eth0)."""
    try:
        known = ip_address(address)
    except ValueError:
        return False
    if isinstance(known, IPv4Address):
        return not any(known in network for network in _NOT_V4)
    if known.scope_id is not None:
        return False
    if any(known in network for network in _HOLDING_V4):
        return is_public(IPv4Address(int(known) & 0xFFFF_FFFF))
    return known in _V6 and not any(known in network for network in _NOT_V6)


class Guard:
    """Makes the sockets of one host's connections, right before they connect: whatever a name has come to mean by then, and
    however an address was spelled, this is where it leads. `anywhere`: the host may have any address."""

    def __init__(self, *, anywhere: bool) -> None:
        self._anywhere = anywhere
        self.refused = False

    def __call__(self, info: tuple[Any, ...]) -> socket.socket:
        """A socket for an answer of getaddrinfo. Raises OSError where it would lead to no public address."""
        family, kind, protocol, _, where = info
        if not self._anywhere and not is_public(str(where[0])):
            self.refused = True
            raise PermissionError(errno.EACCES, "private address")
        return socket.socket(family, kind, protocol)
