"""A feed with its history, newest page first: archives and pages as RFC 5005 has them, or ?paged=2, 3, ..."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.entry import Entry
from models.filling import Chosen, Item
from models.page import Failed, Page
from pipeline.flow.walking.asking import Asking, Pace, momentary, trouble
from pipeline.flow.walking.marks import Mark, marked, short
from pipeline.flow.walking.parsing import Parse, note_beyond
from pipeline.ports import Fetch, Lost
from pipeline.stages.archives import Step, linked, next_page
from pipeline.stages.feeds import Reading

_MOST_PAGES = 20_000  # of one walk: a server may make up pages for ever
_MOST_IDLE = 24  # archives in a row without an entry: two silent years, by months
_GONE = {404, 410}


@dataclass(frozen=True, slots=True)
class _Got:
    """A page of the feed."""

    asked: str
    url: str  # final
    reading: Reading
    keys: tuple[str, ...]  # short names of its entries, in its order

    @property
    def set(self) -> frozenset[str]:
        return frozenset(self.keys)


class FeedArchive:
    """The entries of the feed at `url` and of the pages behind it. Holds two pages at a time."""

    def __init__(self, fetch: Fetch, url: str, now: datetime, *, parse: Parse, pace: Pace | None = None) -> None:
        self._fetch, self._url, self._now, self._parse, self._pace = fetch, url, now, parse, pace or Pace()
        self.problem = ""
        self.left_out: Counter[str] = Counter()

    def __call__(self, after: str, chosen: Chosen) -> Iterator[Item]:
        """Items after the cursor; once every dated entry of a page is older than `since`, no more."""
        self.problem, self.left_out = "", Counter()
        mark, ask = marked(after), Asking(self._fetch, self._now, self._pace)
        here = Step(mark.way[0] if mark and mark.way else self._url)
        start = mark.way[-1] if mark and len(mark.way) > 1 else self._url
        before: _Got | None = None
        visited, idle = {short(start)} if mark else set(), 0
        for _ in range(_MOST_PAGES):
            page = self._page(ask, here) if before or mark else self._first(ask)
            if page is None or (before and _is_end(before, page, here)):
                return
            start = start if before or mark else page.asked
            visited.add(short(page.asked))
            if not (before and page.set <= before.set):
                yield from self._items(page, start, mark, chosen)
            idle = 0 if page.keys else idle + 1
            there = next_page(page.reading, page.asked, page.url, first=page.asked == start == self._url)
            if not there.url or short(there.url) in visited or idle > _MOST_IDLE or _older(page.reading.entries, chosen.since):
                return
            before, here, mark = page, there, None
        self.problem = f"{here.url} is the page after {_MOST_PAGES:,} others"

    def _first(self, ask: Asking) -> _Got | None:
        """The feed itself; where an archive was given that names it, that."""
        page = self._page(ask, Step(self._url))
        current = linked(page.reading, "current", page.url) if page else ""
        if not page or not current or current in {page.asked, page.url}:
            return page
        return self._page(ask, Step(current, "guess")) or (None if self.problem else page)

    def _page(self, ask: Asking, step: Step) -> _Got | None:
        """One page. None where there is none: with a problem, or as the end of what is there."""
        answer = ask(step.url)
        wrong = trouble(answer)
        if isinstance(answer, Failed) or wrong:
            gone = isinstance(answer, Page) and answer.status in _GONE and step.url != self._url
            guessed = step.by == "guess" and not momentary(answer)
            self.problem = "" if gone or guessed else wrong
            return None
        reading = self._parse(answer.body, answer.url, answer.content_type)
        if isinstance(reading, Lost):
            self.problem = f"{step.url} {reading.reason}"
            return None
        if reading.problem:
            self.problem = "" if step.by == "guess" else f"{step.url} {reading.problem}"
            return None
        return _Got(step.url, answer.url, reading, tuple(short(entry.key) for entry in reading.entries))

    def _items(self, page: _Got, start: str, mark: Mark | None, chosen: Chosen) -> Iterator[Item]:
        done = mark.place(page.keys) if mark else 0
        note_beyond(page.reading, self.left_out)
        way = (page.asked,) if start == self._url else (page.asked, start)
        for number, entry in enumerate(page.reading.entries[done:], done + 1):
            if not entry.url:
                self.left_out["no link"] += 1
            elif wanted(entry, chosen):
                yield Item(Mark(way, number, page.keys[number - 1]).text(), entry)


def wanted(entry: Entry, chosen: Chosen) -> bool:
    """Whether an entry is of the dates that are wanted, as far as its date is known."""
    if entry.published is None:
        return True
    late_enough = chosen.since is None or entry.published >= chosen.since
    return late_enough and (chosen.until is None or entry.published < chosen.until)


def _is_end(before: _Got, page: _Got, step: Step) -> bool:
    """Whether a page shows that there are no more: nothing on it, or nothing new.

    An archive may repeat what is still in the feed itself, or be empty; only the very same page again is an end there.
    """
    if step.by == "archive":
        return bool(page.keys) and page.set == before.set
    return page.set <= before.set


def _older(entries: Sequence[Entry], since: datetime | None) -> bool:
    dates = [entry.published for entry in entries if entry.published]
    return since is not None and bool(dates) and all(date < since for date in dates)
