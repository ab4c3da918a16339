"""collect: poll what is due, read what is queued. What goes wrong in the world is yielded like everything else."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from models.entry import Queued
from models.outcome import Failed, Outcome, Skipped
from models.page import Failed as NoPage
from models.page import Page, Request
from models.run import Planned
from models.source import Feed, Poll
from pipeline import ports
from pipeline.flow.parts import Parts
from pipeline.stages import entries as deciding
from pipeline.stages import hosts, pace, polls, reading
from pipeline.stages.bounds import bounds
from pipeline.stages.robots import FORBIDDEN

_LIGHT = 50  # tasks that wait for a heavy one, with their answers

Item = TypeVar("Item")
Task = TypeVar("Task")
Made = TypeVar("Made")


def collect(parts: Parts, now: datetime, stopping: Callable[[], bool] = lambda: False) -> Iterator[Planned | Poll | Outcome]:
    """Poll what is due and read what is queued; every feed ends as one Poll, every entry as one Outcome.

    Once `stopping()` says so nothing more is asked for, and what is in hand is finished; the rest stays queued.
    """
    due, waiting = parts.feeds.due(now, eager=parts.eager)
    if not parts.recorded:
        due, resting = pace.turns(due, pace.bounds(parts.settings).least, now)
        waiting += resting
    yield Planned("feeds", len(due) + len(waiting))
    yield from waiting
    yield from _poll(parts, due, now, stopping)
    yield Planned("articles", parts.feeds.waiting(now))
    yield from read(parts, parts.feeds.queued(now), now, stopping)


def _poll(parts: Parts, due: Sequence[Feed], now: datetime, stopping: Callable[[], bool]) -> Iterator[Poll | Outcome]:
    by_id = {feed.id: feed for feed in due}
    empty: list[Feed] = []
    for task, read in _mapped(parts, polls.read, polls.is_light, _asked(parts, due, empty, stopping)):
        yield from _polled(parts, task, read, now)
    respelled = [replace(feed, url=polls.other_spelling(feed.url)) for feed in empty]
    for task, read in _mapped(parts, polls.read, polls.is_light, _asked(parts, respelled, None, stopping)):
        yield from _polled(parts, replace(task, feed=by_id[task.feed.id]), read, now)


def _asked(parts: Parts, feeds: Sequence[Feed], empty: list[Feed] | None, stopping: Callable[[], bool]) -> Iterator[polls.Task]:
    """Feeds with their answers. Those that gave 200 with nothing go to `empty`; without it, whatever comes counts."""
    by_id = {feed.id: feed for feed in feeds}
    for answer in parts.fetch(polls.request(feed) for feed in feeds):
        if stopping():
            return
        feed = by_id[answer.request.key]
        if empty is not None and polls.is_empty(answer):
            empty.append(feed)
        else:
            yield polls.Task(feed, answer, parts.settings.language, bounds(parts.settings))


def _mapped(
    parts: Parts, function: Callable[[Task], Made], is_light: Callable[[Task], bool], tasks: Iterator[Task]
) -> Iterator[tuple[Task, Made | ports.Lost]]:
    """Like parts.map, but only what must be parsed goes to the workers: a run of 304s starts none.

    What is light is made as it comes while nothing else is in hand, and otherwise, some at a time, beside what is made next.
    """
    light: deque[Task] = deque()
    in_hand, over = 0, False

    def heavy() -> Iterator[Task]:
        nonlocal in_hand, over
        for task in tasks:
            if not is_light(task):
                in_hand += 1
                yield task
                continue
            light.append(task)
            if not in_hand or len(light) >= _LIGHT:
                return
        over = True

    while not over:
        for task, made in parts.map(function, heavy()):
            in_hand -= 1
            yield from ((one, function(one)) for one in _drained(light))
            yield task, made
        yield from ((one, function(one)) for one in _drained(light))


def _polled(parts: Parts, task: polls.Task, read: polls.Read | ports.Lost, now: datetime) -> Iterator[Poll | Outcome]:
    feed, within = task.feed, pace.bounds(parts.settings)
    until = hosts.refused(task.answer, now, within.least)
    if until is not None:
        poll = replace(polls.seen(task), status="waiting", reason=f"until {until:%Y-%m-%d %H:%M}Z", next_at=until)
        poll = replace(poll, requests=0) if parts.recorded else poll
        parts.feeds.polled(poll, [], now)
        yield poll
        return
    if isinstance(read, ports.Lost):
        read = polls.Read(problem=read.reason)
    poll = pace.scheduled(polls.concluded(task, read, now), task.answer, read.entries, within, now)
    poll = replace(poll, requests=0) if parts.recorded else poll
    known = parts.feeds.known(feed.id, [entry.key for entry in read.entries])
    newest = parts.settings.first_run_entries
    verdicts = deciding.decide(read.entries, known, first_poll=not feed.polled, newest=newest, now=now)
    parts.feeds.polled(poll, verdicts, now)
    yield poll
    yield from (verdict.outcome for verdict in verdicts if verdict.outcome is not None)
    yield from (Skipped(feed.url, "beyond limit") for _ in range(read.beyond))


def read(
    parts: Parts, rounds: Iterable[Iterable[Queued]], now: datetime, stopping: Callable[[], bool] = lambda: False
) -> Iterator[Outcome]:
    """Read queued entries, round by round; each ends as one Outcome."""
    for entries in rounds:
        joined: deque[Outcome] = deque()
        seen: dict[int, tuple[int, int]] = {}
        tasks = _answered(parts, entries, joined, seen, now, stopping)
        for task, read in _mapped(parts, reading.read, reading.is_light, tasks):
            yield from _drained(joined)
            yield _kept(parts, task, read, now)
        yield from joined
        if not parts.recorded:
            parts.feeds.seen(seen, now)


def _answered(
    parts: Parts, entries: Iterable[Queued], joined: deque[Outcome], seen: dict[int, tuple[int, int]], now: datetime,
    stopping: Callable[[], bool],
) -> Iterator[reading.Task]:  # fmt: skip
    """Entries with their pages as these come. Those of a known article, a pruned one, or a host that waits go to `joined`.

    What servers saw goes to `seen`: by entry, requests and bytes.
    """
    asked: dict[int, Queued] = {}
    unasked: deque[reading.Task] = deque()

    def task(queued: Queued, answer: Page | NoPage | None) -> reading.Task:
        return reading.Task(queued, answer, now, parts.settings.language, bounds(parts.settings))

    def requests() -> Iterator[Request]:
        for queued in entries:
            if stopping():
                return
            if queued.same_as:
                joined.append(parts.articles.join(queued))
            elif queued.pruned:
                joined.append(Skipped(queued.entry.url, "pruned"))
                parts.feeds.put_off(queued, joined[-1])
            elif queued.pages == "fetch":
                asked[queued.id] = queued
                yield Request(queued.entry.url, key=queued.id)
            else:
                unasked.append(task(queued, None))

    for answer in parts.fetch(requests()):
        if stopping():
            return
        yield from _drained(unasked)
        queued = asked.pop(answer.request.key)
        if answer.requests:
            seen[queued.id] = answer.requests, answer.size
        until = hosts.refused(answer, now, pace.bounds(parts.settings).least)
        if until is not None:
            joined.append(Failed(queued.entry.url, hosts.WAITS, until))
            parts.feeds.put_off(queued, joined[-1], tried=False)
        elif isinstance(answer, NoPage) and answer.reason == FORBIDDEN:
            yield task(replace(queued, pages=FORBIDDEN), None)  # its feed's own words must do
        else:
            yield task(queued, answer)
    yield from unasked


def _drained(items: "deque[Item]") -> Iterator[Item]:
    while items:
        yield items.popleft()


def _kept(parts: Parts, task: reading.Task, read: reading.Read | ports.Lost, now: datetime) -> Outcome:
    queued = task.queued
    if isinstance(read, ports.Lost):
        last = queued.attempts + 1 >= reading.ATTEMPTS  # its page breaks the parser: the feed's own words must do
        read = reading.read(replace(task, answer=None)) if last else reading.Read(failed=read.reason)
    if read.article is None or read.features is None:
        outcome = _put_off(parts, queued, read, now)
        if read.skipped == "gone":
            parts.articles.leave(queued, now)
        parts.feeds.put_off(queued, outcome)
        return outcome
    if read.garbled:
        parts.noted("mojibake")
    twins = parts.articles.same_text(read.article)
    if twins is None:
        return parts.articles.keep(queued, read.article, read.features, now)
    for twin in twins:
        _without_page(parts, replace(task, queued=twin, answer=None), now)
    return _without_page(parts, replace(task, queued=replace(queued, pages="notice"), answer=None), now)


def _put_off(parts: Parts, queued: Queued, read: reading.Read, now: datetime) -> Outcome:
    url, tries = queued.entry.url, queued.attempts + 1
    if read.skipped:
        return Skipped(url, FORBIDDEN if queued.pages == FORBIDDEN and read.skipped == "no text" else read.skipped)
    if tries >= reading.ATTEMPTS:
        return Failed(url, read.failed)
    wait = timedelta(minutes=parts.settings.retry_minutes * 2 ** (tries - 1))
    return Failed(url, read.failed, polls.retry_at(read.retry_after, now) or now + wait)


def _without_page(parts: Parts, task: reading.Task, now: datetime) -> Outcome:
    """An entry whose page shows a notice, the same on several pages of its host: the feed's own text, or nothing."""
    read = reading.read(task)
    if read.article is not None and read.features is not None:
        return parts.articles.keep(task.queued, read.article, read.features, now)
    if task.queued.article_id is not None:
        parts.articles.drop(task.queued.article_id, now)
    outcome = Skipped(task.queued.entry.url, "notice")
    parts.feeds.put_off(task.queued, outcome)
    return outcome
