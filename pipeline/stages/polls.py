"""What a feed's answer means: entries, nothing new, or a failure with a name; and when to ask again."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from urllib.parse import urlsplit, urlunsplit

from models.entry import Entry
from models.page import Failed, Page, Request
from models.source import Feed, Poll
from pipeline.stages.languages import other_language

_LONGEST_WAIT = timedelta(days=7)  # whatever Retry-After says


@dataclass(frozen=True, slots=True)
class Task:
    """A feed and the answer to its request."""

    feed: Feed
    answer: Page | Failed
    language: str  # of the glossary


@dataclass(frozen=True, slots=True)
class Read:
    """What a worker made of the answer."""

    entries: tuple[Entry, ...] = ()
    problem: str = ""
    note: str = ""
    unchanged: bool = False
    asks: int = 0  # seconds between two requests that the feed itself asks for; 0: none


def request(feed: Feed) -> Request:
    """A conditional request, validators verbatim."""
    return Request(feed.url, "feed", feed.etag, feed.last_modified, feed.id)


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
    if answer.status == 304:
        return Read(unchanged=True, asks=task.feed.asks)
    if answer.status != 200:
        return Read(problem=f"HTTP {answer.status}")
    if _same_bytes(task.feed, answer):
        return Read(unchanged=True, asks=task.feed.asks)
    from pipeline.stages import feeds

    found = feeds.parse(answer.body, answer.url, answer.content_type)
    return Read(tuple(_spoken(one, task.language) for one in found.entries), found.problem, found.note, asks=found.asks)


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
    """The poll with what is to be stored of it. A failure keeps the old validators; a permanent move is noted."""
    feed, answer = task.feed, task.answer
    page = answer if isinstance(answer, Page) else None
    if read.problem:
        again = retry_at(page.retry_after, now) if page else None
        gone = page is not None and page.status == 410 and answer.request.url == feed.url  # not under the other spelling
        return Poll(feed, "failed", read.problem, page.status if page else 0, retry_at=again, gone=gone)
    moved = page.moved_to if page else ""
    status = "unchanged" if read.unchanged else "read"
    fresh = page is not None and page.status == 200
    return Poll(
        feed,
        status,
        http_status=page.status if page else 0,
        entries=len(read.entries),
        moved_to=moved,
        etag=page.etag if page and (fresh or page.etag) else feed.etag,
        last_modified=page.last_modified if page and (fresh or page.last_modified) else feed.last_modified,
        digest=digest(page) if page and fresh else feed.digest,
        notes=(read.note,) if read.note else (),
        asks=read.asks,
    )


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
