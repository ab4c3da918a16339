"""Small real fakes: a dictionary for the web."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from models.page import Failed, Page, Request


def page(url: str, body: str | bytes = b"", status: int = 200, **more: str) -> Page:
    """A page as its server gives it."""
    return Page(Request(url), url, status, body.encode() if isinstance(body, str) else body, **more)


@dataclass
class Web:
    """Fetch from a dictionary: address -> Page, or the reason of a failure. What is not in it is a dead host."""

    pages: Mapping[str, Page | str]
    asked: list[str] = field(default_factory=list)  # in order

    def __call__(self, requests: Iterable[Request]) -> Iterator[Page | Failed]:
        for request in requests:
            self.asked.append(request.url)
            found = self.pages.get(request.url, "host not found")
            yield (
                Failed(request, found)
                if isinstance(found, str)
                else replace(found, request=request, requests=1 + len(found.hops))
            )
