"""When a host may be asked next: an interval after it was asked last, and not before it asked to be.

    gap = interval * (1 + share / 4)    share of 1 from a hash of the URL: no rhythm that others could fall into

In seconds. What is known of hosts outlives one call of Fetch: a pass makes several.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import blake2b

LONGEST = 7 * 86_400.0  # seconds, whatever Retry-After says
_MOST = 20_000  # hosts remembered, some 4 MB


@dataclass(slots=True)
class _Known:
    free_at: float = 0.0  # monotonic, as is:
    turn_at: float = 0.0  # the next turn that nobody has taken
    asked_until: float = 0.0


class Paces:
    """What is known of hosts. Of too many, those that may be asked soonest are forgotten."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: dict[str, _Known] = {}

    def __len__(self) -> int:
        return len(self._known)

    def turn(self, site: str, gap: float) -> float:
        """Take the host's next free moment; the seconds until then."""
        known, now = self._of(site), time.monotonic()
        start = max(now, known.free_at, known.turn_at)
        known.turn_at = start + gap
        return start - now

    def left(self, site: str) -> float:
        """Seconds until the interval after the last request is over."""
        return max(0.0, self._of(site).free_at - time.monotonic())

    def asking(self, site: str, gap: float) -> None:
        """The host is being asked, or has just answered: the interval begins now."""
        known = self._of(site)
        known.free_at = max(known.free_at, time.monotonic() + gap)

    def wait(self, site: str, seconds: float) -> None:
        """The host asked not to be asked for so long."""
        known = self._of(site)
        known.asked_until = max(known.asked_until, time.monotonic() + min(seconds, LONGEST))

    def asked(self, site: str) -> float:
        """Seconds that the host still asks us to wait."""
        known = self._known.get(site)
        return max(0.0, known.asked_until - time.monotonic()) if known else 0.0

    def _of(self, site: str) -> _Known:
        if site not in self._known:
            if len(self._known) >= self._most:
                self._forget()
            self._known[site] = _Known()
        return self._known[site]

    def _forget(self) -> None:
        """Keep what still says something, at most half of what there is room for."""
        now = time.monotonic()
        times = {site: max(known.free_at, known.turn_at, known.asked_until) for site, known in self._known.items()}
        kept = sorted((site for site, until in times.items() if until > now), key=times.__getitem__)[-(self._most // 2) :]
        self._known = {site: self._known[site] for site in kept}


def gap(interval: float, url: str) -> float:
    """Seconds between a request for `url` and the host's next; see above."""
    said = blake2b(url.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return interval * (1 + int.from_bytes(said, "big") / 2**34)


def retry_seconds(header: str, date: str, now: datetime | None) -> float:
    """Retry-After, in seconds or as an HTTP date, as seconds from when the answer was sent: by its own Date header, else from
    `now`. 0 where it says nothing."""
    header = header.strip()
    if header.isascii() and header.isdigit():
        return min(float(header[:12]), LONGEST)
    until, sent = _moment(header), _moment(date) or now
    return min(max(0.0, (until - sent).total_seconds()), LONGEST) if until and sent else 0.0


def _moment(header: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(header)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
