"""When an article was published, who says so, and how precisely."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from models.article import Precision, PublishedFrom

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the web: a zero timestamp or a typing error
_IN_URL = re.compile(r"/((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?=[/-]|\D|$)")


@dataclass(frozen=True, slots=True)
class Dated:
    """A date with its provenance."""

    at: datetime
    said_by: PublishedFrom
    precision: Precision


def parse_iso(text: str) -> tuple[datetime, bool] | None:
    """An ISO 8601 date and whether it has a time of day; times without a zone are taken as UTC."""
    text = text.strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment, bool(re.search(r"\d[T ]\d", text))


def parse(text: str) -> tuple[datetime, bool] | None:
    """A date as lists and pages write it: ISO 8601, RFC 2822, or seconds or milliseconds since 1970."""
    text = text.strip()
    if text.replace(".", "", 1).isdecimal() and 9 <= len(text.partition(".")[0]) <= 13:
        seconds = float(text) / (1000 if len(text.partition(".")[0]) > 11 else 1)
        return datetime.fromtimestamp(int(seconds), UTC), True
    claim = parse_iso(text)
    if claim or not text:
        return claim
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC), True
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def in_url(url: str) -> datetime | None:
    """The day that a path such as /2026/08/28/title names."""
    match = _IN_URL.search(url)
    if not match:
        return None
    try:
        return datetime(*(int(part) for part in match.groups()), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        return None


def dated(feed: tuple[datetime, bool] | None, page: tuple[datetime, bool] | None, url: str, first_seen: datetime) -> Dated:
    """The first believable date of feed, page and URL; else the moment we first saw it.

    Believable: from 1990 on and not after `first_seen`, so that no date lies in the future.
    """
    day = in_url(url)
    told: list[tuple[PublishedFrom, tuple[datetime, bool] | None]] = [
        ("feed", feed),
        ("page", page),
        ("url", (day, False) if day else None),
    ]
    for said_by, claim in told:
        if claim and EARLIEST <= claim[0] <= first_seen:
            return Dated(claim[0].replace(microsecond=0), said_by, "minute" if claim[1] else "day")
    return Dated(first_seen, "first_seen", "minute")
