"""A URL as it is sent: without credentials and fragment, its host in one spelling; and where a redirect may lead."""

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from yarl import URL

_PORT = {"http": 80, "https": 443}
_NAME = re.compile(r"(?=.{1,253}\.?\Z)([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SAFE = "%:/?#[]@!$&'()*+,;=~-._"  # what is in an address already stays as it is
_NO_HOST = re.compile(r"[\x00-\x20\\\x7f]")


@dataclass(frozen=True, slots=True)
class Location:
    """Where a request goes."""

    url: str  # as given, without credentials and fragment
    scheme: str
    host: str  # lower case, ASCII; an address in its usual spelling, IPv6 in brackets
    port: int
    sent: URL

    @property
    def names_interface(self) -> bool:
        """Whether the host is an address on one interface of this machine: [fe80::1%eth0]."""
        return "%" in self.host

    @property
    def site(self) -> str:
        """Whose pace counts: a host on its usual ports is one, whatever the scheme."""
        name = self.host.rstrip(".")
        return name if self.port in _PORT.values() else f"{name}:{self.port}"


def located(url: str) -> Location:
    """Raises ValueError for what is no web address."""
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2]
    name = parts.hostname or ""
    if parts.scheme not in _PORT or _NO_HOST.search(parts.netloc) or ("[" in netloc and ":" not in name):
        raise ValueError(url)
    host = canonical(name)
    port = parts.port if parts.port is not None else _PORT[parts.scheme]
    where = host if port == _PORT[parts.scheme] else f"{host}:{port}"
    target = _escaped(parts.path) or "/"
    query = f"?{_escaped(parts.query)}" if parts.query else ""
    sent = URL(f"{parts.scheme}://{where}{target}{query}", encoded=True)
    clean = url if netloc == parts.netloc and "#" not in url else urlunsplit(parts._replace(netloc=netloc, fragment=""))
    return Location(clean, parts.scheme, host, port, sent)


def canonical(host: str) -> str:
    """One spelling a host: "0x7f.1" and "2130706433" are 127.0.0.1, "BÜCHER.example" is xn--bcher-kva.example.

    Raises ValueError for what is none.
    """
    if ":" in host:
        return f"[{IPv6Address(host.replace('%25', '%', 1))}]"
    name = host.lower() if host.isascii() else (URL.build(scheme="http", host=host).raw_host or "").lower()
    if not _NAME.fullmatch(name):
        raise ValueError(host)
    if not _NUMBER.fullmatch(name.rstrip(".").rpartition(".")[2]):
        return name
    try:  # what ends with a number is an IPv4 address or nothing: https://url.spec.whatwg.org/#ends-in-a-number-checker
        return socket.inet_ntoa(socket.inet_aton(name.rstrip(".")))
    except OSError:
        raise ValueError(host) from None


def _escaped(text: str) -> str:
    """What no address may hold is escaped; bytes that are no UTF-8, which aiohttp gives as surrogates, as they came."""
    return quote(text, safe=_SAFE, errors="surrogateescape")


def led(here: Location, header: str) -> str:
    """The absolute address that a Location header names, without credentials and fragment. Raises ValueError where it is none."""
    target = urljoin(here.url, header.strip())
    if any("\ud800" <= character <= "\udfff" for character in target):
        target = _escaped(target)
    return located(target).url if urlsplit(target).scheme in _PORT else target


def wrong_way(here: str, there: str) -> str:
    """Why a redirect is not followed, or ""."""
    scheme = urlsplit(there).scheme
    if scheme not in _PORT:
        return "redirect to no web address"
    return "redirect from https to http" if urlsplit(here).scheme == "https" and scheme == "http" else ""


class Allowed:
    """The hosts that settings allow to have any address: by name or literal as in a URL, a port with it or not."""

    def __init__(self, hosts: Iterable[str], ports: frozenset[int]) -> None:
        self._ports = ports
        self._pairs = frozenset(pair for host in hosts for pair in _pair(host))

    def private(self, there: Location) -> bool:
        """Whether the host may have any address."""
        return not self._pairs.isdisjoint({(there.host, None), (there.host, there.port)})

    def port(self, there: Location) -> bool:
        """Whether the port may be asked."""
        return there.port in self._ports or (there.host, there.port) in self._pairs


def _pair(host: str) -> list[tuple[str, int | None]]:
    """What an entry stands for; nothing, where it is no host: settings were checked before."""
    try:
        parts = urlsplit(f"//[{host}]" if host.count(":") > 1 and not host.startswith("[") else f"//{host}")
        return [(canonical(parts.hostname or ""), parts.port)]
    except ValueError:
        return []
