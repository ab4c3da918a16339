"""What a feed's answer means: entries, nothing new, or a failure with a name; and when to ask again."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from urllib.parse import urlsplit, urlunsplit

from models.entry import Entry
from models.page import HANDLING, Failed, Page, Request
from models.source import Feed, Poll
from pipeline.stages.bounds import USUAL, Bounds
from pipeline.stages.languages import other_language
from pipeline.stages.skips import skipped
from pipeline.stages.urls import web_address

MOVES_AFTER = 3  # fetches in a row on which permanent redirects led to the same place: some are a mistake of an afternoon
_PERMANENT = {301, 308}
_LONGEST_WAIT = timedelta(days=7)  # whatever Retry-After says


@dataclass(frozen=True, slots=True)
class Task:
    """A feed and the answer to its request."""

    feed: Feed
    answer: Page | Failed
    language: str  # of the glossary
    bounds: Bounds = USUAL


@dataclass(frozen=True, slots=True)
class Read:
    """What a worker made of the answer."""

    entries: tuple[Entry, ...] = ()
    problem: str = ""
    note: str = ""
    unchanged: bool = False
    asks: int = 0  # seconds between two requests that the feed itself asks for; 0: none
    beyond: int = 0  # entries that were left out: more than a feed may have, or too large; each is Skipped(beyond limit)
    garbled: bool = False  # mojibake, ours or theirs
    skips: int = 0  # hours and days on which the feed asks not to be asked (stages.skips)


def request(feed: Feed) -> Request:
    """A conditional request, validators verbatim, meant for the address they came from.

    Those of content that was asked for in another way are left out.
    """
    if feed.handling != HANDLING or not (feed.etag or feed.last_modified):
        return Request(feed.url, "feed", key=feed.id)
    return Request(feed.url, "feed", feed.etag, feed.last_modified, feed.id, feed.validators_url or feed.url)


def is_empty(answer: Page | Failed) -> bool:
    """200 with nothing, as NVIDIA's blog sometimes says."""
    return isinstance(answer, Page) and answer.status == 200 and not answer.body.strip()


def other_spelling(url: str) -> str:
    """The address with its path's trailing slash taken off, or put on."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/") if parts.path.endswith("/") and parts.path != "/" else parts.path + "/"
    return urlunsplit(parts._replace(path=path))


def is_light(task: Task) -> bool:
    """Whether `read` needs no parser."""
    answer = task.answer
    return isinstance(answer, Failed) or answer.status != 200 or not answer.body or _same_bytes(task.feed, answer)


def read(task: Task) -> Read:
    """The entries of the answer. The same bytes as last time are not parsed again."""
    answer = task.answer
    if isinstance(answer, Failed):
        return Read(problem=answer.reason)
    if answer.status == 304 and not is_asked(answer):
        return Read(problem="HTTP 304 unasked")
    if answer.status == 304:
        return Read(unchanged=True, asks=task.feed.asks, skips=task.feed.skips)
    if answer.status != 200:
        return Read(problem=f"HTTP {answer.status}")
    if _same_bytes(task.feed, answer):
        return Read(unchanged=True, asks=task.feed.asks, skips=task.feed.skips)
    from pipeline.stages import feeds

    found = feeds.parse(answer.body, answer.url, answer.content_type, task.bounds)
    entries = tuple(_spoken(one, task.language) for one in found.entries)
    made = Read(entries, found.problem, found.note, asks=found.asks, beyond=found.beyond, garbled=found.garbled > 0)
    return replace(made, skips=skipped(answer.body))


def is_asked(page: Page) -> bool:
    """Whether the address that answered 304 was sent validators of its own, so that it may say so."""
    sent = page.request
    return bool(sent.etag or sent.last_modified) and sent.validators_url in {"", page.url}


def _same_bytes(feed: Feed, page: Page) -> bool:
    """Whether the body is the one read last; a feed that was never read has none to compare."""
    return bool(feed.digest) and digest(page) == feed.digest


def _spoken(entry: Entry, glossary_language: str) -> Entry:
    language = other_language(f"{entry.title}\n{entry.summary}\n{entry.text[:1000]}", glossary_language)
    return replace(entry, language=language) if language else entry


def digest(page: Page) -> str:
    """A name for the body's bytes."""
    return blake2b(page.body, digest_size=16).hexdigest()


def concluded(task: Task, read: Read, now: datetime) -> Poll:
    """The poll with what is to be stored of it. A failure keeps the old validators, unless they are what is wrong."""
    feed, answer = task.feed, task.answer
    poll = seen(task)
    if isinstance(answer, Failed):
        return replace(poll, reason=read.problem or answer.reason, moving_to=feed.moving_to, moving_count=feed.moving_count)
    if read.problem:
        again = retry_at(answer.retry_after, now)
        return replace(poll, reason=read.problem, retry_at=again, gone=_gone(feed, answer), unsound=answer.status == 304)
    fresh = answer.status == 200
    poll = replace(
        poll,
        status="unchanged" if read.unchanged else "read",
        entries=len(read.entries),
        etag=answer.etag if fresh or answer.etag else feed.etag,
        last_modified=answer.last_modified if fresh or answer.last_modified else feed.last_modified,
        validators_url=answer.url,
        digest=digest(answer) if fresh else feed.digest,
        notes=_notes(read),
        asks=read.asks,
        skips=read.skips,
    )
    return _moving(poll, answer)


def _gone(feed: Feed, page: Page) -> bool:
    """Whether the feed's own address, or where it permanently leads, says that nothing will come any more."""
    own = page.request.url == feed.url  # not under the other spelling
    return page.status == 410 and own and all(hop.status in _PERMANENT for hop in page.hops)


def seen(task: Task) -> Poll:
    """A poll that failed so far, with what the server saw of it."""
    feed, answer = task.feed, task.answer
    respelled = answer.request.url != feed.url  # it was empty at first
    if isinstance(answer, Failed):
        at = web_address(answer.at)
        return Poll(feed, "failed", at=at, requests=answer.requests + respelled, size=answer.size)
    return Poll(
        feed,
        "failed",
        http_status=answer.status,
        requests=answer.requests + respelled,
        not_modified=answer.status == 304,
        size=answer.size,
    )


def _moving(poll: Poll, page: Page) -> Poll:
    """The poll with where permanent redirects lead, and whether they held for long enough."""
    feed = poll.feed
    target = page.moved_to if page.request.url == feed.url else ""
    if not target or target == feed.url:
        return poll
    count = feed.moving_count + 1 if target == feed.moving_to else 1
    if count < MOVES_AFTER:
        return replace(poll, moving_to=target, moving_count=count)
    return replace(poll, moved_to=target)


def _notes(read: Read) -> tuple[str, ...]:
    """What was odd about a feed, fit for counting."""
    said = (read.note, "mojibake" if read.garbled else "", "beyond limit" if read.beyond else "")
    return tuple(note for note in said if note)


def retry_at(header: str, now: datetime) -> datetime | None:
    """Retry-After, in seconds or as an HTTP date, as a moment at most a week from `now`; None where it says nothing."""
    header = header.strip()
    if header.isdecimal():
        seconds = int(header) if len(header) < 9 else 10**9
        return now + min(timedelta(seconds=seconds), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(header)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(moment, now), now + _LONGEST_WAIT)
