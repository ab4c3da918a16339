"""Fetch that minds its hosts: who asked to be left alone is, pages are asked for as robots.txt allows, and as slowly.

a host that waits     Failed("asked to wait"), with the seconds that are left; nobody is asked
a page of an origin   whose robots.txt is not known, or known for more than a day, waits for that
a page it forbids     Failed("robots.txt")
what is answered      429 and 503 with Retry-After are remembered for the host, by all passes
"""

import math
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from models.host import Robots
from models.page import Failed, Page, Request
from models.settings import Settings
from pipeline import ports
from pipeline.stages import hosts, pace, robots

_AT_HAND = 1000  # requests that wait for a robots.txt, or answers that wait to be given: what they are of is in memory
_PARSED = 200  # robots.txt in memory
_SLOWEST = 120.0  # seconds that one host's Crawl-delay may add to a pass; its other pages are left to the next


@dataclass
class Remembered:
    """The port Hosts for as long as it lives: a recording's hosts are not the world's."""

    known: dict[str, Robots] = field(default_factory=dict)
    left_alone: dict[str, datetime] = field(default_factory=dict)

    def waits(self, now: datetime) -> dict[str, datetime]:
        """Hosts that asked to be left alone until a moment after `now`."""
        return {site: until for site, until in self.left_alone.items() if until > now}

    def wait(self, site: str, until: datetime) -> None:
        """The host asked to be left alone until then."""
        self.left_alone[site] = until

    def robots(self, origin: str) -> Robots | None:
        """What is known of an origin's robots.txt."""
        return self.known.get(origin)

    def learned(self, known: Robots) -> None:
        """Keep what is known of an origin's robots.txt."""
        self.known[known.origin] = known


class Minding:
    """The port Fetch over another one."""

    def __init__(
        self, inner: ports.Fetch, stored: ports.Hosts, settings: Settings, now: datetime,
        *, recorded: bool = False, elapsed: Callable[[], float] | None = None,
    ) -> None:  # fmt: skip
        """`recorded`: the other one answers from a recording: a robots.txt that is not in it forbids nothing, no time passes.

        `elapsed`: seconds since `now`; a pass may take hours, and Retry-After counts from its answer.
        """
        began = time.monotonic()
        self._inner, self._stored, self._now = inner, stored, now
        self._least = pace.bounds(settings).least
        self._longest_delay = float(settings.crawl_delay_most_seconds)
        self._recorded = recorded
        self._elapsed = elapsed or ((lambda: 0.0) if recorded else (lambda: time.monotonic() - began))
        self._waits: dict[str, datetime] | None = None
        self._parsed: OrderedDict[str, tuple[str, robots.Rules]] = OrderedDict()
        self._turns: Counter[str] = Counter()  # pages asked of an origin

    def __call__(self, requests: Iterable[Request]) -> Iterator[Page | Failed]:
        """Answers of the other one, and those that nobody was asked for."""
        desk = _Desk(iter(requests))
        while not desk.done:
            for answer in self._inner(self._drawn(desk)):
                self._noted(answer)
                origin = desk.robots.pop(answer.request.key, "")
                if origin:
                    self._learned(answer, origin)
                    desk.ready.extend(desk.held.pop(origin))
                else:
                    yield answer
                yield from desk.drained()
            yield from desk.drained()
            desk.give_up()

    @property
    def moment(self) -> datetime:
        """The time."""
        return self._now + timedelta(seconds=self._elapsed())

    def _drawn(self, desk: "_Desk") -> Iterator[Request]:
        while len(desk.refused) + desk.waiting < _AT_HAND:
            request = desk.next()
            if request is None:
                return
            asked = self._asked(request, desk)
            if isinstance(asked, Failed):
                desk.refused.append(asked)
            elif asked is not None:
                yield asked

    def _asked(self, request: Request, desk: "_Desk") -> Request | Failed | None:
        """What is asked for in the place of a request; None: it waits, with others, for a robots.txt."""
        until = self._left_alone().get(hosts.site(request.url))
        if until and until > self.moment:
            return _wait(request, (until - self.moment).total_seconds())
        origin = hosts.origin(request.url)
        if request.kind != "page" or not origin:
            return request
        if origin in desk.held:
            desk.held[origin].append(request)
            return None
        known = self._stored.robots(origin)
        if known is None or not known.asked_at <= self.moment < known.until:  # one of the future: by a clock that was ahead
            return desk.hold(request, origin)
        return self._allowed(request, known)

    def _allowed(self, request: Request, known: Robots) -> Request | Failed:
        wrong = robots.trouble(known, self.moment)
        if wrong:
            return Failed(request, wrong)
        said = self._rules(known)
        if not said.allows(request.url):
            return Failed(request, robots.FORBIDDEN)
        delay = min(said.delay, self._longest_delay)
        if delay <= request.interval:
            return request
        self._turns[known.origin] += 1
        if self._turns[known.origin] * delay > _SLOWEST and not self._recorded:
            return _wait(request, delay)
        return replace(request, interval=delay)

    def _rules(self, known: Robots) -> robots.Rules:
        lines, said = self._parsed.pop(known.origin, ("", robots.Rules()))
        if lines != known.rules:
            lines, said = known.rules, robots.parsed(known.rules)
        self._parsed[known.origin] = lines, said
        if len(self._parsed) > _PARSED:
            self._parsed.popitem(last=False)
        return said

    def _noted(self, answer: Page | Failed) -> None:
        """Remember a host that asks to be left alone."""
        until = hosts.asked_until(answer, self.moment, self._least)
        if until is None or not isinstance(answer, Page):
            return
        site = hosts.site(answer.url)
        if until > self._left_alone().get(site, self._now):
            self._left_alone()[site] = until
            self._stored.wait(site, until)

    def _learned(self, answer: Page | Failed, origin: str) -> None:
        refused = hosts.refused(answer, self.moment, self._least)
        if refused:
            self._left_alone()[hosts.site(origin)] = refused  # those that wait for it are told
            return
        if self._recorded and isinstance(answer, Failed):
            answer = Page(answer.request, answer.request.url, 404)
        self._stored.learned(robots.learned(answer, origin, self._stored.robots(origin), self.moment))

    def _left_alone(self) -> dict[str, datetime]:
        if self._waits is None:
            self._waits = self._stored.waits(self._now)
        return self._waits


def minded(recording: ports.Fetch, settings: Settings, now: datetime) -> Minding:
    """Fetch from a recording, as whoever recorded it minded the hosts."""
    return Minding(recording, Remembered(), settings, now, recorded=True)


def _wait(request: Request, seconds: float) -> Failed:
    return Failed(request, hosts.WAITS, str(max(1, math.ceil(seconds))))


@dataclass
class _Desk:
    """The requests of one call."""

    requests: Iterator[Request]
    over: bool = False
    ready: deque[Request] = field(default_factory=deque)  # whose robots.txt has come
    held: dict[str, list[Request]] = field(default_factory=dict)  # by the origin whose robots.txt they wait for
    robots: dict[int, str] = field(default_factory=dict)  # requests for a robots.txt by key: the origin
    refused: deque[Failed] = field(default_factory=deque)

    @property
    def done(self) -> bool:
        """Whether all requests have an answer."""
        return self.over and not (self.ready or self.held or self.refused)

    @property
    def waiting(self) -> int:
        """How many wait for a robots.txt."""
        return sum(map(len, self.held.values()))

    def next(self) -> Request | None:
        """The next request that may go on; None: there is none, or none for now."""
        if self.ready:
            return self.ready.popleft()
        request = None if self.over else next(self.requests, None)
        self.over = self.over or request is None
        return request

    def hold(self, request: Request, origin: str) -> Request:
        """Have a request wait; the one that it waits for."""
        key = -1 - len(self.robots)
        while key in self.robots:
            key -= 1
        self.robots[key] = origin
        self.held[origin] = [request]
        return Request(robots.address(origin), key=key)

    def drained(self) -> Iterator[Failed]:
        """The answers that nobody was asked for."""
        while self.refused:
            yield self.refused.popleft()

    def give_up(self) -> None:
        """What still waits when all answers are in gets none: whoever should have answered did not."""
        for some in self.held.values():
            self.refused.extend(Failed(request, "no answer") for request in some)
        self.held.clear()
        self.robots.clear()
