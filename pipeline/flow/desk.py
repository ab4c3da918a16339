"""The requests of one call of Minding: those that may go on, those that wait for a robots.txt, and what nobody is asked for."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from models.page import Failed, Page, Request
from pipeline.stages import robots

_AT_HAND = 1000  # requests that wait for a robots.txt, or answers that wait to be given: what they are of is in memory


@dataclass
class Desk:
    """The requests of one call."""

    requests: Iterator[Request]
    over: bool = False
    ready: deque[Request] = field(default_factory=deque)  # whose robots.txt has come
    held: dict[str, list[Request]] = field(default_factory=dict)  # by the origin whose robots.txt they wait for
    waiting: int = 0  # how many these are
    robots: dict[int, str] = field(default_factory=dict)  # requests for a robots.txt by key: the origin
    refused: deque[Failed] = field(default_factory=deque)
    spent: dict[int, tuple[int, int]] = field(default_factory=dict)  # by a page's key: requests and bytes before its answer

    @property
    def done(self) -> bool:
        """Whether all requests have an answer."""
        return self.over and not (self.ready or self.held or self.refused)

    @property
    def full(self) -> bool:
        """Whether no more is to be drawn."""
        return len(self.refused) + self.waiting >= _AT_HAND

    def next(self) -> Request | None:
        """The next request that may go on; None: there is none, or none for now."""
        if self.ready:
            return self.ready.popleft()
        if self.over or self.full:
            return None
        request = next(self.requests, None)
        self.over = request is None
        return request

    def hold(self, request: Request, origin: str) -> Request | None:
        """Have a request wait for a robots.txt; the one that it waits for, unless others wait for it already."""
        self.waiting += 1
        if origin in self.held:
            self.held[origin].append(request)
            return None
        key = -1 - len(self.robots)
        while key in self.robots:
            key -= 1
        self.robots[key] = origin
        self.held[origin] = [request]
        return Request(robots.address(origin), key=key, enough=robots.ENOUGH)

    def release(self, origin: str, answer: Page | Failed) -> None:
        """The robots.txt of an origin has come: those that wait for it may go on. What it cost is the first one's."""
        some = self.held.pop(origin)
        self.spend(some[0], answer)
        self.waiting -= len(some)
        self.ready.extend(some)

    def spend(self, request: Request, answer: Page | Failed) -> None:
        """Servers saw of us, on account of a request, what came to this answer, which is not its own."""
        requests, size = self.spent.get(request.key, (0, 0))
        self.spent[request.key] = requests + answer.requests, size + answer.size

    def whole(self, answer: Page | Failed) -> Page | Failed:
        """An answer as it is handed on: with all that servers saw of us on its account, and without its way, which is of no use
        to other processes."""
        if answer.request.may is not None:
            answer = replace(answer, request=replace(answer.request, may=None))
        requests, size = self.spent.pop(answer.request.key, (0, 0))
        if not requests:
            return answer
        requests += answer.requests
        if isinstance(answer, Failed):
            return replace(answer, requests=requests, size=answer.size + size)
        return replace(answer, requests=requests, sent=answer.size + size)

    def drained(self) -> Iterator[Failed]:
        """The answers that nobody was asked for."""
        while self.refused:
            yield self.refused.popleft()

    def give_up(self) -> None:
        """What still waits when all answers are in gets none: whoever should have answered did not."""
        for some in self.held.values():
            self.refused.extend(Failed(request, "no answer") for request in some)
        self.held.clear()
        self.waiting = 0
        self.robots.clear()


@dataclass
class Drawn:
    """What is to be asked for. Its end is none: more may come with the next answer."""

    desk: Desk
    asked: Callable[[Request, Desk], Request | Failed | None]

    def __iter__(self) -> Iterator[Request]:
        return self

    def __next__(self) -> Request:
        """The next that may be asked for. Raises StopIteration where there is none for now."""
        while (request := self.desk.next()) is not None:
            asked = self.asked(request, self.desk)
            if isinstance(asked, Failed):
                self.desk.refused.append(asked)
            elif asked is not None:
                return asked
        raise StopIteration
