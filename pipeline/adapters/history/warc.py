"""Web archives, read once from end to end. Cursor: the number of the response."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from models.entry import Entry
from models.filling import Chosen, Item
from models.outcome import Failed, Outcome, Skipped
from models.page import Failed as NoPage
from models.page import Page

_PAGES = ("text/html", "application/xhtml+xml")


class Response(Protocol):
    """One recorded answer."""

    @property
    def number(self) -> int:
        """Its place, from 1."""

    @property
    def at(self) -> datetime | None:
        """When it was recorded."""

    @property
    def answer(self) -> Page | NoPage:
        """What it was."""

    @property
    def part(self) -> float:
        """How much is behind it, 0 to 1."""


@dataclass
class Archive:
    """The port History over web archives: every answer is an item, and every one that is no page has ended already.

    `responses(after)` gives the answers; `made(page, cursor, seen)` makes an item of a page; `known(address)` are left out.
    """

    responses: Callable[[int], Iterator[Response]]
    made: Callable[[Page, str, datetime | None], Item]
    known: Callable[[str], bool] = lambda url: False  # noqa: ARG005
    part: float = field(default=0.0)  # of the files that is behind

    def __call__(self, after: str, chosen: Chosen) -> Iterator[Item]:  # noqa: ARG002
        """Items in the order of the archive."""
        for response in self.responses(int(after or 0)):
            self.part = response.part
            answer, cursor = response.answer, str(response.number)
            url = answer.request.url
            if self.known(url):
                continue
            outcome = _no_page(url, answer)
            if isinstance(answer, NoPage) or outcome is not None:
                yield Item(cursor, Entry(f"{url} {cursor}", "", "", ""), outcome=outcome)
            else:
                yield self.made(answer, cursor, response.at)


def _no_page(url: str, answer: Page | NoPage) -> Outcome | None:
    if isinstance(answer, NoPage):
        return Failed(url, answer.reason)
    if answer.status != 200:
        return Skipped(url, "redirect" if 300 <= answer.status < 400 else f"HTTP {answer.status}")
    kind = answer.content_type.partition(";")[0].strip().casefold()
    is_page = kind in _PAGES or (not kind and b"<html" in answer.body[:2000].lower())
    return None if is_page else Skipped(url, "not HTML")
