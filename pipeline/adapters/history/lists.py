"""Lists of articles or addresses: JSONL, CSV, or one address a line; plain or gzip. Cursor: the number of the line."""

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

from models.entry import Entry
from models.errors import UsageError
from models.filling import Chosen, Item
from models.outcome import Failed

_LONGEST_LINE = 16_000_000  # bytes
_BROKEN = (EOFError, zlib.error, gzip.BadGzipFile, OSError)
Made = Callable[[Mapping[str, object], str], Item | None]
Row = tuple[int, Mapping[str, object] | None]  # line number; None: it cannot be read


@dataclass
class Listed:
    """The port History over a list. `made(row, cursor)` makes an item of a row, None where it has no address."""

    path: Path
    kind: str  # jsonl, csv
    made: Made
    part: float = field(default=0.0)  # of the file that is behind
    _broken: bool = field(default=False)
    _line: int = field(default=0)
    _written: datetime | None = field(default=None)

    def __call__(self, after: str, chosen: Chosen) -> Iterator[Item]:  # noqa: ARG002
        """Items after line `after`; a line that is none is an item that failed. Raises UsageError where no line is any."""
        first, good, bad = int(after or 0), 0, 0
        for number, row in self._rows():
            if number <= first:
                continue
            item = self.made(row, str(number)) if row is not None else None
            good, bad = good + (item is not None), bad + (item is None)
            yield self._seen(item) if item else self._failed(number, "bad line")
        if self._broken:
            yield self._failed(self._line + 1, "file broken off")
        if not (good or first):
            wrong = f"has no line that can be read as {self.kind}" if bad else "is empty"
            raise UsageError(
                str(self.path), wrong, 'one {"url": ..., "title": ..., "text": ...} a line, or a CSV with a column url'
            )

    def _seen(self, item: Item) -> Item:
        """A text without a date is as old as the list: it was there when that was written."""
        return item if item.page is None or item.entry.published else replace(item, seen=self._written)

    def _failed(self, number: int, reason: str) -> Item:
        where = f"{self.path.name}, line {number}"
        return Item(str(number), Entry(where, "", "", ""), outcome=Failed(where, reason))

    def _rows(self) -> Iterator[Row]:
        self._broken, self._line = False, 0
        with self.path.open("rb") as raw:
            told = self.path.stat()
            size, self._written = max(1, told.st_size), datetime.fromtimestamp(int(told.st_mtime), UTC)
            for row in self._table(raw) if self.kind == "csv" else self._objects(raw):
                self.part = min(1.0, raw.tell() / size)
                self._line = row[0]
                yield row

    def _lines(self, raw: IO[bytes]) -> Iterator[tuple[int, str | None]]:
        """Lines by number; None for one that is too long. UTF-8, else Windows-1252: what is meant by anything else."""
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if packed else raw
        try:
            for number, line in enumerate(iter(partial(stream.readline, _LONGEST_LINE), b""), 1):
                whole = len(line) < _LONGEST_LINE or line.endswith(b"\n")
                yield number, _decoded(line, first=number == 1) if whole else None
                while not whole:
                    more = stream.readline(_LONGEST_LINE)
                    whole = len(more) < _LONGEST_LINE or more.endswith(b"\n")
        except _BROKEN:
            self._broken = True

    def _objects(self, raw: IO[bytes]) -> Iterator[Row]:
        for number, line in self._lines(raw):
            if line is None or line.strip():
                yield number, _object(line)

    def _table(self, raw: IO[bytes]) -> Iterator[Row]:
        """Rows under the names of the first; where that is an address, one address a line."""
        csv.field_size_limit(_LONGEST_LINE)
        lines = self._lines(raw)
        head = next((line for _, line in lines if line and line.strip()), "")
        mark = max(",;\t|", key=head.count)
        if head.strip().startswith(("http://", "https://")) and not head.count(mark):
            yield 1, {"url": head.strip()}
            yield from (
                (number, {"url": line.strip()} if line else None) for number, line in lines if line is None or line.strip()
            )
            return
        names = [name.strip().casefold() for name in next(csv.reader([head], delimiter=mark), [])]
        if not {"url", "link"} & set(names):
            raise UsageError(str(self.path), "has no column url", "a first line that names the columns: url,title,text,published")
        yield from _under(names, lines, mark)


def _decoded(line: bytes, *, first: bool) -> str:
    line = line.removeprefix(b"\xef\xbb\xbf") if first else line
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _object(line: str | None) -> Mapping[str, object] | None:
    try:
        found: Any = json.loads(line or "")
    except (ValueError, RecursionError):
        return None
    return {str(name).casefold(): value for name, value in found.items()} if isinstance(found, dict) else None


def _under(names: list[str], lines: Iterator[tuple[int, str | None]], mark: str) -> Iterator[Row]:
    """Rows of a table; a row's number is that of its last line."""
    last = 1

    def texts() -> Iterator[str]:
        nonlocal last
        for number, line in lines:
            last = number
            yield line or ""

    reader = csv.reader(texts(), delimiter=mark)
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            yield last, None
            continue
        if row is None:
            return
        if row:
            yield last, dict(zip(names, row, strict=False)) if any(cell.strip() for cell in row) else None
