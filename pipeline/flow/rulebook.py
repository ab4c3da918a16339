"""What robots.txt says, at hand: for a page, and for wherever its redirects lead.

Redirects are followed within one exchange, since its cookies live no longer, and on a thread that may neither wait nor read
the store. So a page's request takes a Way along, which the exchange asks before each hop and which knows

    what robots.txt of the page's own origin says, and those that are at hand because others were asked for a moment ago
    robots.txt UNKNOWN   of any other origin: the exchange ends there, and whoever minds it comes back with what it says

A Crawl-delay counts on the way, too, and so do the pages that it allows for a pass.
"""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from models.host import Robots
from models.page import Failed
from pipeline.stages import hosts, robots

UNKNOWN = "robots.txt unknown"  # the reason of a Failed that is gone on with
MOST_TRIES = 5  # exchanges of a page that ended at an origin whose robots.txt was not at hand
_PARSED = 200  # robots.txt in memory
_SLOWEST = 120.0  # seconds that one host's Crawl-delay may add to a pass; its other pages are left to the next
_SHORT = 20_000  # characters of rules that are parsed in no time, while all exchanges wait


class Rulebook:
    """Rules, parsed, of the origins that were looked up last, and turns. Another thread may look at what is there."""

    def __init__(self, longest_delay: float) -> None:
        """`longest_delay`: seconds between two pages, whatever a Crawl-delay asks for."""
        self._longest = longest_delay
        self._parsed: OrderedDict[str, tuple[Robots, robots.Rules]] = OrderedDict()
        self._turns: Counter[str] = Counter()  # pages of an origin with a Crawl-delay
        self._guard = threading.Lock()

    def delay(self, said: robots.Rules) -> float:
        """Seconds between two pages of an origin, as its Crawl-delay asks for; 0 where it does not."""
        return min(said.delay, self._longest)

    def turn(self, known: Robots, said: robots.Rules, moment: datetime) -> float:
        """Take a turn at an origin with a Crawl-delay; 0, or the seconds that a page waits since there is none now."""
        delay = self.delay(said)
        rest = (known.rests_until - moment).total_seconds() if known.rests_until else 0.0
        with self._guard:
            if 0 < rest <= delay + 1 and not self._turns[known.origin]:
                return rest  # another process has asked; not one whose clock was ahead
            self._turns[known.origin] += 1
            turns = self._turns[known.origin]
            return delay if turns > 1 and turns * delay > _SLOWEST else 0.0

    def taken(self, known: Robots) -> tuple[Robots, robots.Rules]:
        """What is known of an origin, with the one copy of its text that all pages under way share, and its rules."""
        before = self._parsed.get(known.origin)
        if before and before[0].rules == known.rules:
            made = replace(known, rules=before[0].rules), before[1]
        else:
            made = known, robots.parsed(known.rules)
        self._parsed[known.origin] = made
        self._parsed.move_to_end(known.origin)
        if len(self._parsed) > _PARSED:
            self._parsed.popitem(last=False)
        return made

    def at_hand(self, origin: str) -> tuple[Robots, robots.Rules] | None:
        """What is known of an origin and its rules, where they are in memory."""
        return self._parsed.get(origin)


def fresh(known: Robots | None, moment: datetime) -> bool:
    """Whether a robots.txt need not be asked for. One of the future was had by a clock that was ahead."""
    return known is not None and known.asked_at <= moment < known.until


def wrong(known: Robots, said: robots.Rules, url: str, moment: datetime) -> str:
    """Why a page may not be asked for; "" where it may."""
    return robots.trouble(known, moment) or ("" if said.allows(url) else robots.FORBIDDEN)


def likely(origin: str) -> list[str]:
    """Where pages of an origin are led most often: to https, to www or from it."""
    name = origin.partition("://")[2]
    other = name.removeprefix("www.") if name.startswith("www.") else f"www.{name}"
    return [one for one in (f"https://{name}", f"https://{other}") if one != origin]


@dataclass
class Way:
    """Request.may of one page. Its fields are written only while nobody asks for the page."""

    book: Rulebook
    waits: Callable[[str], float]  # seconds that a URL's host is still left alone
    moment: Callable[[], datetime]
    known: dict[str, Robots] = field(default_factory=dict)  # by origin: what the page needs on its way
    rules: dict[str, robots.Rules] = field(default_factory=dict)  # the same parsed, since the book may have lost it
    beyond: dict[str, str] = field(default_factory=dict)  # origins that were led to, and the address there
    tries: int = 0
    delays: dict[str, float] = field(default_factory=dict)  # by origin that was led to: Crawl-delay, in seconds
    wait: float = 0.0  # seconds until an origin with a Crawl-delay has a turn, where it had none

    def __call__(self, url: str) -> str:
        """Why a redirect may not be followed there; "" where it may."""
        origin = hosts.origin(url)
        if self.waits(url):
            return hosts.WAITS
        known, said = self._found(origin)
        if known is None or said is None or not fresh(known, self.moment()):
            return UNKNOWN
        return wrong(known, said, url, self.moment()) or self._turn(origin, known, said)

    def _turn(self, origin: str, known: Robots, said: robots.Rules) -> str:
        delay = self.book.delay(said)
        if not delay or origin in self.delays or origin == next(iter(self.known)):  # a page has one turn at each
            return ""
        self.wait = self.book.turn(known, said, self.moment())
        if self.wait:
            return hosts.WAITS
        self.delays[origin] = delay
        return ""

    def interval(self, url: str) -> float:
        """Seconds between two pages of the origin of an address that was led to."""
        return self.delays.get(hosts.origin(url), 0.0)

    def _found(self, origin: str) -> tuple[Robots | None, robots.Rules | None]:
        known = self.known.get(origin)
        if known is None or origin in self.rules:
            return (known, self.rules[origin]) if known else self.book.at_hand(origin) or (None, None)
        shared = self.book.at_hand(origin)
        if shared and shared[0].rules == known.rules:
            return known, shared[1]
        return known, robots.parsed(known.rules) if len(known.rules) <= _SHORT else None

    def take(self, known: Robots) -> robots.Rules:
        """Take along what is known of an origin; its rules. Parsed only where the way was lost before: they take up room."""
        self.known[known.origin], said = self.book.taken(known)
        if self.tries:
            self.rules[known.origin] = said
        return said

    def lost(self, answer: Failed) -> None:
        """An exchange ended at an origin whose robots.txt was not at hand."""
        self.tries += 1
        there = answer.at or answer.request.url
        self.beyond[hosts.origin(there)] = there
