"""A folder of saved pages, or one of them. Cursor: the path within the folder."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from models.entry import Entry
from models.errors import UsageError
from models.filling import Chosen, Item
from models.outcome import Failed, Skipped
from models.page import Page, Request

_ENDS = {".html", ".htm", ".xhtml"}


@dataclass
class Saved:
    """The port History over saved pages.

    `address(body)` says where a page is from; `made(page, cursor, seen)` makes an item of it.
    """

    path: Path
    address: Callable[[bytes], str]
    made: Callable[[Page, str, datetime | None], Item]
    largest_body: int = 10_000_000
    part: float = field(default=0.0)  # of the pages that is behind

    def __call__(self, after: str, chosen: Chosen) -> Iterator[Item]:  # noqa: ARG002
        """Items by path. Raises UsageError where there is no page at all."""
        names = self._names()
        if not names:
            raise UsageError(str(self.path), "holds no saved page", "a folder of .html files")
        for number, name in enumerate(names, 1):
            self.part = number / len(names)
            if name > after:
                yield self._item(name)

    def _names(self) -> list[str]:
        if self.path.is_file():
            return [self.path.name]
        found = (path for path in self.path.rglob("*") if path.suffix.casefold() in _ENDS and path.is_file())
        return sorted(path.relative_to(self.path).as_posix() for path in found)

    def _item(self, name: str) -> Item:
        path = self.path if self.path.is_file() else self.path / name
        listed = Entry(name, "", "", "")
        try:
            with path.open("rb") as stream:
                body = stream.read(self.largest_body + 1)
            seen = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
        except (OSError, ValueError, OverflowError):
            return Item(name, listed, outcome=Failed(name, "file unreadable"))
        if len(body) > self.largest_body:
            return Item(name, listed, outcome=Failed(name, "too large"))
        url = self.address(body)
        if not url:
            return Item(name, listed, outcome=Skipped(name, "no link"))
        return self.made(Page(Request(url), url, 200, body, "text/html"), name, seen)
