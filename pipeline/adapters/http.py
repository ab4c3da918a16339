"""Fetch over the live web. The asyncio loop lives in here, on a thread of its own; callers see an iterator.

One exchange at a time to a host, `host_interval` seconds apart; a cookie jar for the length of one exchange (Nature
bounces through a host that sets a cookie and sends back); redirects followed here, one by one, so that permanent
ones are known; https never falls back to http. aiohttp's exceptions become Failed and go no further.
"""

import asyncio
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote, urljoin, urlsplit

import aiohttp
from yarl import URL

from models.page import Failed, Hop, Page, Request

_ACCEPT = {
    "feed": "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
    "page": "text/html, application/xhtml+xml;q=0.9, */*;q=0.5",
}
_REDIRECTS = {301, 302, 303, 307, 308}
_WINDOW = 2000  # requests drawn ahead: enough different hosts to keep all exchanges busy
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of an exchange, from settings."""

    user_agent: str
    exchange_seconds: float
    largest_body: int  # bytes, decompressed
    redirects: int
    parallel: int
    host_interval: float  # seconds


@dataclass(frozen=True)
class Live:
    """The port Fetch over the web."""

    limits: Limits

    def __call__(self, requests: Iterable[Request]) -> Iterator[Page | Failed]:
        """Answers as they come; leaves no thread and no connection behind, however the iteration ends."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="fetch", daemon=True)
        thread.start()
        client = asyncio.run_coroutine_threadsafe(_client(self.limits), loop).result()
        try:
            yield from self._answers(client, loop, iter(requests))
        finally:
            asyncio.run_coroutine_threadsafe(client.close(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def _answers(
        self, client: "_Client", loop: asyncio.AbstractEventLoop, requests: Iterator[Request]
    ) -> Iterator[Page | Failed]:
        under_way, more = 0, True
        while True:
            while more and under_way < _WINDOW:
                request = next(requests, None)
                if request is None:
                    more = False
                else:
                    asyncio.run_coroutine_threadsafe(client.start(request), loop)
                    under_way += 1
            if not under_way:
                return
            answer = client.answers.get()
            under_way -= 1
            loop.call_soon_threadsafe(client.slots.release)
            yield answer


@dataclass
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0  # monotonic


async def _client(limits: Limits) -> "_Client":
    return _Client(limits)


class _Client:
    """Lives on the loop's thread; only `answers` is shared."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.answers: queue.SimpleQueue[Page | Failed] = queue.SimpleQueue()
        self.slots = asyncio.Semaphore(limits.parallel)  # bodies in memory: given back when an answer is taken
        self.connector = aiohttp.TCPConnector(limit=limits.parallel, limit_per_host=1)
        self.hosts: defaultdict[str, _Host] = defaultdict(_Host)
        self.tasks: set[asyncio.Task[None]] = set()

    async def start(self, request: Request) -> None:
        task = asyncio.create_task(self._answer(request))
        self.tasks.add(task)
        task.add_done_callback(partial(self._done, request))

    def _done(self, request: Request, task: "asyncio.Task[None]") -> None:
        self.tasks.discard(task)
        if not task.cancelled() and task.exception():  # a bug of ours: the asker still gets an answer
            self.answers.put(Failed(request, f"bug: {type(task.exception()).__name__}"))

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.connector.close()

    async def _answer(self, request: Request) -> None:
        host = self.hosts[urlsplit(request.url).netloc.lower()]
        async with host.lock:
            await asyncio.sleep(max(0.0, host.free_at - time.monotonic()))
            await self.slots.acquire()
            try:
                async with asyncio.timeout(self.limits.exchange_seconds):
                    answer = await self._exchange(request)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                answer = Failed(request, _reason(error))
            host.free_at = max(host.free_at, time.monotonic() + self.limits.host_interval)
        self.answers.put(answer)

    async def _exchange(self, request: Request) -> Page | Failed:
        jar = aiohttp.CookieJar(unsafe=True)  # unsafe: cookies of hosts named by an address, too
        timeout = aiohttp.ClientTimeout(total=self.limits.exchange_seconds)
        headers = self._headers(request)
        url = request.url
        hops: list[Hop] = []
        async with aiohttp.ClientSession(
            connector=self.connector, connector_owner=False, cookie_jar=jar, timeout=timeout, requote_redirect_url=False
        ) as session:
            while len(hops) <= self.limits.redirects:
                async with session.get(_as_it_is(url), headers=headers, allow_redirects=False) as answer:
                    location = answer.headers.get("Location", "")
                    if answer.status not in _REDIRECTS or not location:
                        return await self._page(request, url, answer, tuple(hops))
                    target = urljoin(url, location.strip())
                    wrong = _wrong_way(url, target)
                    if wrong:
                        return Failed(request, wrong)
                    hops.append(Hop(url, answer.status, target))
                await self._take_turn(url, target)
                url = target
        return Failed(request, "too many redirects")

    async def _take_turn(self, here: str, there: str) -> None:
        """A redirect to another host keeps that host's pace, too: it takes the next free moment, without its lock."""
        if urlsplit(here).netloc.lower() == urlsplit(there).netloc.lower():
            return
        host, now = self.hosts[urlsplit(there).netloc.lower()], time.monotonic()
        start = max(now, host.free_at)
        host.free_at = start + self.limits.host_interval
        await asyncio.sleep(start - now)

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {"User-Agent": self.limits.user_agent, "Accept": _ACCEPT[request.kind]}
        if request.etag:
            headers["If-None-Match"] = request.etag
        if request.last_modified:
            headers["If-Modified-Since"] = request.last_modified
        return headers

    async def _page(self, request: Request, url: str, answer: aiohttp.ClientResponse, hops: tuple[Hop, ...]) -> Page | Failed:
        body = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > self.limits.largest_body:
                return Failed(request, "too large")
        sent = answer.headers
        return Page(
            request=request,
            url=url,
            status=answer.status,
            body=bytes(body),
            content_type=_text(sent.get("Content-Type", "")),
            etag=_text(sent.get("ETag", "")),
            last_modified=_text(sent.get("Last-Modified", "")),
            retry_after=_text(sent.get("Retry-After", "")),
            hops=hops,
            cache_control=_text(sent.get("Cache-Control", "")),
            expires=_text(sent.get("Expires", "")),
        )


def _text(header: str) -> str:
    """A header, or nothing where its bytes are no UTF-8: what cannot be stored cannot be sent back verbatim."""
    return "" if any("\ud800" <= character <= "\udfff" for character in header) else header


def _as_it_is(url: str) -> URL:
    """The address for aiohttp, which would otherwise spell its query anew; what no address may hold is escaped."""
    return URL(quote(url, safe="%:/?#[]@!$&'()*+,;=~-._"), encoded=True)


def _wrong_way(here: str, there: str) -> str:
    scheme = urlsplit(there).scheme
    if scheme not in {"http", "https"}:
        return "redirect to no web address"
    return "redirect from https to http" if here.startswith("https:") and scheme == "http" else ""


def _reason(error: Exception) -> str:
    """A short, countable name for what went wrong; the most specific first."""
    names: tuple[tuple[type[Exception], str], ...] = (
        (TimeoutError, "timeout"),
        (aiohttp.ClientConnectorDNSError, "host not found"),
        (aiohttp.ClientSSLError, "bad certificate"),
        (aiohttp.ClientConnectorError, "connection refused"),
        (aiohttp.InvalidURL, "bad address"),
        (aiohttp.ClientPayloadError, "answer broken off"),
        (aiohttp.ServerDisconnectedError, "answer broken off"),
        (aiohttp.ClientResponseError, "not HTTP"),
        (OSError, "connection broken"),
        (ValueError, "bad address"),
    )
    return next((name for kind, name in names if isinstance(error, kind)), "connection failed")
