"""Fetch that minds its hosts: who asked to be left alone is, pages are asked for as robots.txt allows, and as slowly.

a host that waits     Failed("asked to wait"), with the seconds that are left; nobody is asked
a page of an origin   whose robots.txt is not known, or known for more than a day, waits for that
a page it forbids     Failed("robots.txt"); so does one that a redirect leads to, there or elsewhere: see rulebook.py
what is answered      429 and 503 with Retry-After are remembered for the host, by all passes
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from models.host import Robots
from models.page import Failed, Page, Request
from models.settings import Settings
from pipeline import ports
from pipeline.flow.desk import Desk, Drawn
from pipeline.flow.rulebook import MOST_TRIES, UNKNOWN, Rulebook, Way, fresh, likely, wrong
from pipeline.stages import hosts, pace, robots


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

    def rests(self, origin: str, until: datetime) -> None:
        """No page of an origin whose robots.txt is known is to be asked for before."""
        self.known[origin] = replace(self.known[origin], rests_until=until)


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
        self._usual = settings.host_interval_seconds
        self._recorded = recorded
        self._elapsed = elapsed or ((lambda: 0.0) if recorded else (lambda: time.monotonic() - began))
        self._left: dict[str, datetime] | None = None
        self._book = Rulebook(0.0 if recorded else float(settings.crawl_delay_most_seconds))

    def __call__(self, requests: Iterable[Request]) -> Iterator[Page | Failed]:
        """Answers of the other one, and those that nobody was asked for."""
        desk = Desk(iter(requests))
        while not desk.done:
            for answer in self._inner(Drawn(desk, self._asked)):
                self._noted(answer)
                origin = desk.robots.pop(answer.request.key, "")
                if origin:
                    self._learned(answer, origin)
                    desk.release(origin, answer)
                elif not self._lost(answer, desk):
                    yield desk.whole(self._told(answer))
                yield from map(desk.whole, desk.drained())
            yield from map(desk.whole, desk.drained())
            desk.give_up()

    def kept_in(self, stored: ports.Hosts) -> "Minding":
        """The same, which remembers hosts there from now on, those included that it has met."""
        met = self._left_alone()
        self._stored, self._left = stored, stored.waits(self._now)
        for site, until in met.items():
            self._leave(site, until)
        return self

    @property
    def moment(self) -> datetime:
        """The time."""
        return self._now + timedelta(seconds=self._elapsed())

    def _asked(self, request: Request, desk: Desk) -> Request | Failed | None:
        """What is asked for in the place of a request; None: it waits, with others, for a robots.txt."""
        way = request.may if isinstance(request.may, Way) else Way(self._book, self._waits, lambda: self.moment)
        for url in (request.url, *way.beyond.values()):
            origin, seconds = hosts.origin(url), self._waits(url)
            if seconds:
                return _wait(request, seconds)
            if request.kind != "page" or not origin:
                return request
            known = None if origin in desk.held else self._stored.robots(origin)
            if known is None or not fresh(known, self.moment):
                return desk.hold(request, origin)
            trouble = wrong(known, way.take(known), url, self.moment)
            if trouble:
                return Failed(request, trouble, at="" if url == request.url else url)
        return self._paced(replace(request, may=self._provided(way)), way)

    def _provided(self, way: Way) -> Way:
        """A way with what is stored of origins that it will likely lead to."""
        for origin in () if way.tries else likely(next(iter(way.known))):
            known = self._stored.robots(origin)
            if known is not None:
                way.known[origin], _ = self._book.taken(known)
        return way

    def _paced(self, request: Request, way: Way) -> Request | Failed:
        known, said = self._book.taken(way.known[hosts.origin(request.url)])
        delay = self._book.delay(said)
        if delay <= request.interval:
            return request
        wait = self._book.turn(known, said, self.moment)
        return _wait(request, wait) if wait else replace(request, interval=delay)

    def _lost(self, answer: Page | Failed, desk: Desk) -> bool:
        """Whether a page's way led to an origin whose robots.txt is not at hand: asked for again, once it is."""
        way = answer.request.may
        if not isinstance(way, Way) or isinstance(answer, Page) or answer.reason != UNKNOWN or way.tries >= MOST_TRIES:
            return False
        way.lost(answer)
        desk.spend(answer.request, answer)
        desk.ready.append(answer.request)
        return True

    def _told(self, answer: Page | Failed) -> Page | Failed:
        """An answer as it is handed on, if its way ended for a reason of ours."""
        if isinstance(answer, Failed) and answer.reason == UNKNOWN:
            return replace(answer, reason=robots.FORBIDDEN)
        if isinstance(answer, Failed) and answer.reason == hosts.WAITS and answer.at and not answer.retry_after:
            rest = answer.request.may.wait if isinstance(answer.request.may, Way) else 0.0
            return replace(answer, retry_after=_seconds(max(self._waits(answer.at), rest)))
        return answer

    def _waits(self, url: str) -> float:
        """Seconds that the host of a URL still asks to be left alone."""
        until = self._left_alone().get(hosts.site(url))
        return max(0.0, (until - self.moment).total_seconds()) if until else 0.0

    def _noted(self, answer: Page | Failed) -> None:
        """Remember a host that asks to be left alone, for its Crawl-delay or by its answer."""
        request = answer.request
        delays = dict(request.may.delays) if isinstance(request.may, Way) else {}
        if answer.requests and request.interval > self._usual:
            delays[hosts.origin(request.url)] = request.interval
        for origin, delay in delays.items():
            if delay > self._usual:
                self._stored.rests(origin, self.moment + timedelta(seconds=delay))
        until = hosts.asked_until(answer, self.moment, self._least)
        if until is None or not isinstance(answer, Page):
            return
        self._leave(hosts.site(answer.url), until)

    def _leave(self, site: str, until: datetime) -> None:
        """Leave a host alone, unless it is for longer."""
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
        if self._left is None:
            self._left = self._stored.waits(self._now)
        return self._left


def minded(recording: ports.Fetch, settings: Settings, now: datetime) -> Minding:
    """Fetch from a recording, as whoever recorded it minded the hosts."""
    return Minding(recording, Remembered(), settings, now, recorded=True)


def _wait(request: Request, seconds: float) -> Failed:
    return Failed(request, hosts.WAITS, _seconds(seconds))


def _seconds(seconds: float) -> str:
    return str(max(1, math.ceil(seconds)))
