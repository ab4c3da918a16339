"""Record and replay: Fetch from WARC files, and Fetch that writes one.

A replayed exchange is the recorded one: redirects are followed through their records, a request whose validators
match is answered 304, and what was not recorded is a dead host.
"""

import gzip
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import IO, Any
from urllib.parse import urljoin
from uuid import NAMESPACE_URL, uuid5

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from models.errors import UsageError
from models.page import Failed, Hop, Page, Request
from pipeline.adapters import decoding

_REDIRECTS = {301, 302, 303, 307, 308}
_LONGEST_WAY = 20  # hops; a loop ends there
_LONGEST_HEAD = 1_000_000  # bytes of an answer's headers
_PART = 65_536  # bytes


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a response is."""

    path: Path
    offset: int
    at: datetime


class Replay:
    """Fetch from recordings. Of several records of one address the newest not after `now` counts, else the oldest."""

    def __init__(self, paths: Sequence[Path], now: datetime, largest_body: int = 10_000_000) -> None:
        self._now, self._largest = now, largest_body
        self._places: dict[str, list[_Place]] = {}
        for path in paths:
            self._index(path)

    def _index(self, path: Path) -> None:
        found = 0
        if path.exists() and not path.is_file():
            raise UsageError(str(path), "is no file that can be read back and forth", "save it as a file first")
        try:
            with path.open("rb") as stream:
                for record in ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=False):
                    at = record.record_date or datetime(1970, 1, 1, tzinfo=UTC)
                    self._places.setdefault(_target(record), []).append(_Place(path, record.stream_pos, at))
                    found += 1
        except OSError as error:
            raise UsageError(str(path), f"cannot be read as WARC ({error})", "a .warc or .warc.gz file") from None
        if not found:
            raise UsageError(str(path), "has no recorded response", "a WARC file that something was recorded in")

    def __call__(self, requests: Iterable[Request]) -> Iterator[Page | Failed]:
        """Answers in the order of the requests."""
        for request in requests:
            yield self._answer(request)

    def _answer(self, request: Request) -> Page | Failed:
        url = request.url
        hops: list[Hop] = []
        while len(hops) <= _LONGEST_WAY:
            page = self._recorded(request, url, sum(hop.url == url for hop in hops))
            if not isinstance(page, Page) or page.status not in _REDIRECTS or not page.hops:
                break
            hops.append(page.hops[0])
            url = page.hops[0].location
            if wrong := request.may and request.may(url):
                return Failed(request, wrong, at=url)
        else:
            return Failed(request, "too many redirects")
        return page if isinstance(page, Failed) else _revalidated(request, replace(page, request=request, hops=tuple(hops)))

    def _recorded(self, request: Request, url: str, visits: int) -> Page | Failed:
        """What is recorded of `url`; an exchange that comes back to it `visits` times meets what was met then."""
        places = self._places.get(url)
        if not places:
            return Failed(request, "host not found")
        last = max((p.at for p in places if p.at <= self._now), default=min(p.at for p in places))
        met = [p for p in places if p.at == last]
        return self._opened(request, url, met[min(visits, len(met) - 1)])

    def at(self, now: datetime) -> "Replay":
        """The same recordings at another moment."""
        other = copy(self)
        other._now = now
        return other

    def times(self, urls: Iterable[str]) -> list[datetime]:
        """When any of these addresses was answered, in order."""
        return sorted({place.at for url in urls for place in self._places.get(url, ())})

    def ways(self, urls: Iterable[str]) -> set[str]:
        """Those of the addresses that were answered, and wherever redirects led from them."""
        seen: set[str] = set()
        waiting = list(urls)
        while waiting:
            url = waiting.pop()
            if url in seen or url not in self._places:
                continue
            seen.add(url)
            for place in self._places[url]:
                page = self._opened(Request(url), url, place)
                if isinstance(page, Page):
                    waiting += [hop.location for hop in page.hops]
        return seen

    def _opened(self, request: Request, url: str, place: _Place) -> Page | Failed:
        try:
            with place.path.open("rb") as stream:
                stream.seek(place.offset)
                record = next(iter(ArchiveIterator(stream, parse_http=False)))
                return _read(request, url, record, self._largest)
        except (OSError, ValueError, StopIteration, zlib.error):
            return Failed(request, "recording unreadable")


@dataclass(frozen=True, slots=True)
class Response:
    """One recorded answer, redirects included."""

    number: int  # in its files, from 1
    at: datetime | None
    answer: Page | Failed
    part: float  # of the files that is behind it, 0 to 1


def responses(paths: Sequence[Path], after: int, largest_body: int) -> Iterator[Response]:
    """Every response of WARC files after the first `after`, one at a time in memory; a file that breaks off ends there."""
    number, sizes = 0, [path.stat().st_size or 1 for path in paths]
    for nth, path in enumerate(paths):
        behind = 0.0
        try:
            for record, place in _streamed(path):
                number += 1
                if number > after:
                    behind = (sum(sizes[:nth]) + min(place, sizes[nth])) / sum(sizes)
                    yield Response(number, record.record_date, _streamed_answer(record, largest_body), behind)
        except OSError:
            number += 1
            if number > after:
                yield Response(number, None, Failed(Request(str(path)), "archive broken off"), behind)


def _streamed_answer(record: WarcRecord, largest_body: int) -> Page | Failed:
    url = _target(record)
    return _read(Request(url), url, record, largest_body)


def _target(record: WarcRecord) -> str:
    return (record.headers.get("WARC-Target-URI") or "").strip("<>")


def holds(path: Path, addresses: Collection[str], most: int) -> bool:
    """Whether one of the first `most` responses is of one of the addresses. Raises UsageError where there is no response."""
    number, why = 0, "has no recorded response"
    try:
        for record, _ in islice(_streamed(path), most):
            number += 1
            if _target(record) in addresses:
                return True
    except OSError as error:
        why = f"cannot be read as WARC ({error})"
    if not number:
        raise UsageError(str(path), why, "a .warc or .warc.gz file that something was recorded in")
    return False


def _streamed(path: Path) -> Iterator[tuple[WarcRecord, int]]:
    """Responses, each valid until the next, and how many bytes were read; OSError where the file breaks off."""
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=False):
            yield record, stream.tell()


def _read(request: Request, url: str, record: WarcRecord, largest: int) -> Page | Failed:
    if record.content_length > largest + _LONGEST_HEAD:
        return Failed(request, "too large")
    record.freeze()
    if str(record.content_length) != record.headers.get("Content-Length"):
        return Failed(request, "recording unreadable")  # cut off
    record.parse_http(auto_decode="transfer")  # what it is packed in may be a bomb
    if record.http_headers is None or record.reader is None or not record.http_headers.status_code:
        return Failed(request, "recording unreadable")
    try:
        body = decoding.Body(record.http_headers.get("Content-Encoding") or "", largest)
        while part := record.reader.read(_PART):
            body.feed(part)
        return _page(request, url, record.http_headers, body.end())
    except decoding.TooLarge:
        return Failed(request, "too large")
    except ValueError:  # not what its encoding says, an encoding that nobody knows, a Location that is no address
        return Failed(request, "recording unreadable")


def _page(request: Request, url: str, sent: Any, body: bytes) -> Page:
    status = int(sent.status_code)
    location = sent.get("Location", "")
    return Page(
        request=request,
        url=url,
        status=status,
        body=body,
        content_type=sent.get("Content-Type", ""),
        etag=sent.get("ETag", ""),
        last_modified=sent.get("Last-Modified", ""),
        retry_after=sent.get("Retry-After", ""),
        hops=(Hop(url, status, urljoin(url, location)),) if location else (),
        cache_control=", ".join(sent.get_multiple("Cache-Control")),  # a list, and may be in several lines
        expires=sent.get("Expires", ""),
    )


def _revalidated(request: Request, page: Page) -> Page:
    """304 where the request's validators match, as RFC 9110 has it: the ETag decides, the date only without one."""
    if page.status != 200 or request.validators_url not in {"", page.url}:
        return page
    same_tag = bool(request.etag and page.etag and _weak(request.etag) == _weak(page.etag))
    same_date = bool(not request.etag and request.last_modified and request.last_modified == page.last_modified)
    if not (same_tag or same_date):
        return page
    return replace(page, status=304, body=b"", content_type="", retry_after="")


def _weak(etag: str) -> str:
    return etag.strip().removeprefix("W/")


@dataclass(frozen=True)
class Recording:
    """Fetch that writes what another one answers, redirects as records of their own."""

    inner: Any  # a Fetch
    stream: IO[bytes]
    now: datetime

    def __call__(self, requests: Iterable[Request]) -> Iterator[Page | Failed]:
        """The other's answers, each written before it is handed on."""
        for answer in self.inner(requests):
            for hop in answer.hops:
                self._write(hop.url, hop.status, {"Location": hop.location}, b"")
            if isinstance(answer, Page):
                self._write(answer.url, answer.status, _headers(answer), answer.body)
            yield answer

    def _write(self, url: str, status: int, headers: dict[str, str], body: bytes) -> None:
        record = WarcRecord()
        digest = zlib.crc32(body)
        urn = f"uuid:{uuid5(NAMESPACE_URL, f'{url} {self.now.isoformat()} {status} {digest} {len(body)}')}"
        record.init_headers(record_type=WarcRecordType.response, record_urn=urn.encode())
        record.headers["WARC-Target-URI"] = url
        record.headers["WARC-Date"] = self.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        record.is_http = True
        phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Status"
        lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers.items() if value)]
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("utf-8", "replace")
        record.set_bytes_content(head + body)
        target = _Buffer()
        record.write(target, checksum_data=True)
        self.stream.write(gzip.compress(bytes(target.content), 6, mtime=0))


class _Buffer:
    """What fastwarc writes a record to, so that each becomes a gzip member of its own."""

    def __init__(self) -> None:
        self.content = bytearray()

    def write(self, part: bytes) -> int:
        self.content += part
        return len(part)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is held open."""


def _headers(page: Page) -> dict[str, str]:
    return {
        "Content-Type": page.content_type,
        "ETag": page.etag,
        "Last-Modified": page.last_modified,
        "Retry-After": page.retry_after,
        "Cache-Control": page.cache_control,
        "Expires": page.expires,
    }
