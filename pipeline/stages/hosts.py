"""Hosts: whose pace a request counts for, and until when one asks to be left alone."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from models.page import Failed, Page
from pipeline.stages.polls import retry_at

WAITS = "asked to wait"  # the reason of a Failed that nobody was asked for
_OURS = {"private address", "port not allowed"}
_ASKS_TO_WAIT = {429, 503}
_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> str:
    """Scheme, host and port of an address, in one spelling; "" where it has none."""
    try:
        parts = urlsplit(url)
        name, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if not name or parts.scheme not in _PORTS:
        return ""
    shown = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{shown}" + ("" if port in {None, _PORTS[parts.scheme]} else f":{port}")


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
