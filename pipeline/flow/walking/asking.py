"""One page at a time, and politely: a walk waits between two pages, and longer where a server is in trouble."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.page import Failed, Page, Request
from pipeline.ports import Fetch
from pipeline.stages.hosts import WAITS
from pipeline.stages.polls import retry_at

_MOMENTARY = {
    "timeout",
    "host not found",
    "connection refused",
    "answer broken off",
    "connection broken",
    "connection failed",
    WAITS,
}


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a walk goes. Each exchange is a call of Fetch of its own, which knows nothing of the one before."""

    interval: float = 1.0  # seconds from one answer to the next request
    tries: int = 3
    longest: float = 60.0  # seconds that a server may ask us to wait; for longer than that a walk stops
    wait: Callable[[float], None] = time.sleep


class Asking:
    """Ask for pages, one after the other."""

    def __init__(self, fetch: Fetch, now: datetime, pace: Pace) -> None:
        self._fetch, self._now, self._pace = fetch, now, pace
        self._began, self._answered = time.monotonic(), float("-inf")

    def __call__(self, url: str) -> Page | Failed:
        """The answer; the last one, where all of some tries failed for the moment."""
        rest = self._answered + self._pace.interval - time.monotonic()
        for attempt in range(1, self._pace.tries + 1):
            if rest > 0:
                self._pace.wait(rest)
            answer = self._once(url)
            rest = self._pause(answer, attempt)
            if not momentary(answer) or rest > self._pace.longest:
                break
        return answer

    def _once(self, url: str) -> Page | Failed:
        request = Request(url, "feed")
        answer = next(iter([*self._fetch([request])]), Failed(request, "no answer"))
        self._answered = time.monotonic()
        return answer

    def _pause(self, answer: Page | Failed, attempt: int) -> float:
        """Seconds until the next try: as the server asks, else twice as long every time."""
        moment = self._now + timedelta(seconds=time.monotonic() - self._began)  # a walk may take hours
        asked = retry_at(answer.retry_after, moment)
        return max((asked - moment).total_seconds() if asked else 0.0, self._pace.interval * (1 << attempt))


def momentary(answer: Page | Failed) -> bool:
    """Whether the same request may be answered well in a while."""
    if isinstance(answer, Failed):
        return answer.reason in _MOMENTARY
    return answer.status >= 500 or answer.status in {408, 425, 429} or (answer.status == 200 and not answer.body.strip())


def trouble(answer: Page | Failed) -> str:
    """What is wrong with an answer; "" where nothing is."""
    if isinstance(answer, Failed):
        return f"{answer.request.url} {answer.reason}"
    if answer.status != 200:
        return f"{answer.request.url} HTTP {answer.status}"
    return "" if answer.body.strip() else f"{answer.request.url} empty answer"
