"""Hosts: whose pace a request counts for, and until when one asks to be left alone."""

import re
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

from models.page import Failed, Page
from pipeline.stages.polls import retry_at

WAITS = "asked to wait"  # the reason of a Failed that nobody was asked for
_OURS = {"private address", "port not allowed"}
_ASKS_TO_WAIT = {429, 503}
_PORTS = {"http": 80, "https": 443}
_NUMBER = re.compile(r"0x[0-9a-f]+|[0-9]+")


def origin(url: str) -> str:
    """Scheme, host and port of an address, in one spelling; "" where it has none."""
    try:
        parts = urlsplit(url)
        name, port = _spelled(parts.hostname or ""), parts.port
    except ValueError:
        return ""
    if not name or parts.scheme not in _PORTS:
        return ""
    return f"{parts.scheme}://{name}" + ("" if port in {None, _PORTS[parts.scheme]} else f":{port}")


def _spelled(host: str) -> str:
    """A host as the one who asks it spells it, so that what it said is found: ASCII, numbers as an address, IPv6 in brackets.

    Raises ValueError for what is none.
    """
    if ":" in host:
        return f"[{IPv6Address(host.replace('%25', '%', 1))}]"
    if not host.isascii():
        from yarl import URL

        host = (URL.build(scheme="http", host=host).raw_host or "").lower()
    name = host.rstrip(".")
    return _dotted(name.split(".")) if _NUMBER.fullmatch(name.rpartition(".")[2]) else name


def _dotted(parts: list[str]) -> str:
    """An IPv4 address in parts, decimal, octal or hexadecimal, of which the last fills what is left: 127.1 is 127.0.0.1."""
    if len(parts) > 4 or not all(map(_NUMBER.fullmatch, parts)):
        raise ValueError(parts)
    *first, last = (int(part, 16 if "x" in part else 8 if part.startswith("0") else 10) for part in parts)
    if any(number > 255 for number in first) or last >= 256 ** (4 - len(first)):
        raise ValueError(parts)
    return str(IPv4Address(sum(number << 8 * (3 - place) for place, number in enumerate(first)) + last))


def site(url: str) -> str:
    """The host of an address, with its port where it is none of the usual two: http and https are one host's."""
    netloc = origin(url).partition("://")[2]
    name, colon, port = netloc.rpartition(":")
    usual = colon and not netloc.endswith("]") and int(port) in _PORTS.values()
    return name if usual else netloc


def is_ours(answer: Page | Failed) -> bool:
    """Whether nobody was asked since our own settings do not allow it: nothing that a host could be spared."""
    return isinstance(answer, Failed) and answer.reason in _OURS and not answer.requests


def asked_until(answer: Page | Failed, now: datetime, least: int) -> datetime | None:
    """Until when the host of an answer asks not to be asked; None: it does not.

    Retry-After in seconds or as a date, on 429 and 503; a 429 that does not say for how long asks for `least` seconds.
    """
    if isinstance(answer, Failed) or answer.status not in _ASKS_TO_WAIT:
        return None
    said = retry_at(answer.retry_after, now)
    if said is None and answer.status == 429:
        return now + timedelta(seconds=least)
    return said if said and said > now else None


def refused(answer: Page | Failed, now: datetime, least: int) -> datetime | None:
    """When what was not asked for, for the sake of its host, may be asked; None: the answer is another."""
    if isinstance(answer, Page) or answer.reason != WAITS:
        return None
    return retry_at(answer.retry_after, now) or now + timedelta(seconds=least)
