"""One exchange: a request at its host's pace, its redirects one by one, the answer within bounds.

Cookies live for the length of one exchange (Nature bounces through a host that sets one and sends back). Redirects are
followed here, so that permanent ones are known; each keeps the pace of the host it leads to.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import replace
from datetime import datetime
from functools import cached_property

import aiohttp

from models.page import Failed, Hop, Page, Request
from pipeline.adapters import decoding
from pipeline.adapters.http import headers
from pipeline.adapters.http.hosts import Host, Hosts, Turn
from pipeline.adapters.http.limits import Limits
from pipeline.adapters.http.locations import Allowed, Location, led, located, wrong_way
from pipeline.adapters.http.pacing import Paces, gap, retry_seconds
from pipeline.adapters.http.patience import Patience
from pipeline.adapters.http.reasons import reason
from pipeline.adapters.http.slots import Slot, Slots

_REDIRECTS = {301, 302, 303, 307, 308}
_TRANSFERS = {"chunked", "identity"}
_EMPTY = {204, 304}
_ASKS_TO_WAIT = {429, 503}
_PATIENCE = 5.0  # seconds that a host may ask for while a request waits here; for more it is given back
_CHUNK = 65_536


class _Refused(Exception):
    """What is not gone on with; its message is the reason."""

    def __init__(self, why: str, retry_after: str = "") -> None:
        super().__init__(why)
        self.retry_after = retry_after


class Exchanges:
    """Makes exchanges; lives on one loop. Whoever takes an answer with a body gives its slot back."""

    def __init__(self, limits: Limits, paces: Paces, now: datetime | None) -> None:
        self.limits, self.now, self.paces = limits, now, paces
        self.slots = Slots(limits.parallel)
        self._allowed = Allowed(limits.allow_private, limits.ports)
        self.hosts = Hosts(self._allowed)

    @cached_property
    def security(self) -> ssl.SSLContext:
        """TLS as it is spoken with everybody: certificates are checked; made once, where it is needed."""
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    async def answer(self, request: Request) -> Page | Failed:
        """What came of it. A slot is taken in any case."""
        try:
            there = self.checked(request.url)
        except (_Refused, ValueError) as error:
            return Failed(request, str(error) if isinstance(error, _Refused) else "bad address")
        async with self.hosts.wanting(there) as host, Turn(host) as turn:
            try:
                await self.pace(there, request.interval)
            except _Refused as refused:
                return Failed(request, str(refused), refused.retry_after)
            async with Slot(self.slots) as slot:
                made = await _Exchange(self, request, slot, turn).answer(there)
                slot.keeps = isinstance(made, Page) and bool(made.body)
                return made

    def checked(self, url: str) -> Location:
        """Where a URL leads. Raises ValueError, or _Refused where nobody may be asked there."""
        there = located(url)
        if not self._allowed.port(there):
            raise _Refused("port not allowed")
        if there.names_interface and not self._allowed.private(there):
            raise _Refused("private address")
        return there

    async def pace(self, there: Location, interval: float = 0.0) -> None:
        """Wait for the host's next free moment, `interval` seconds apart if that is more than usual.

        Raises _Refused where the host asks for more than a moment.
        """
        await self._patient(there)
        await asyncio.sleep(self.paces.turn(there.site, self.rest(there, interval)))
        await self._patient(there)  # it may have asked meanwhile

    async def still(self, there: Location) -> None:
        """Wait until the host may be asked, without taking a turn: ours has come, unless another was quicker."""
        await self._patient(there)
        while rest := self.paces.left(there.site):
            await asyncio.sleep(rest)

    def rest(self, there: Location, interval: float) -> float:
        """Seconds between two requests to a host."""
        return max(gap(self.limits.host_interval, there.url), interval)

    async def _patient(self, there: Location) -> None:
        while asked := self.paces.asked(there.site):
            if asked > _PATIENCE:
                raise _Refused("asked to wait", str(int(asked) + 1))
            await asyncio.sleep(asked)


class _Exchange:
    """One of them."""

    def __init__(self, all_of_them: Exchanges, request: Request, slot: Slot, turn: Turn) -> None:
        self._all, self._limits = all_of_them, all_of_them.limits
        self._request, self._slot, self._mine = request, slot, turn
        self._patience = Patience(self._limits.exchange_seconds, self._limits.stalled_seconds)
        self._host = located(request.url).site  # whose interval the request names
        self._jar = aiohttp.CookieJar(unsafe=True)  # unsafe: cookies of hosts named by an address, too
        self._hops: list[Hop] = []
        self._at = request.url
        self._plain = False  # whether validators are left out: some servers send a body with 304, where no HTTP has one
        self._asked = self._came = 0  # requests that servers saw, bytes of bodies that came

    async def answer(self, there: Location) -> Page | Failed:
        """What came of it."""
        try:
            async with self._patience:
                return await self._followed(there)
        except _Refused as refused:
            return self._failed(str(refused), refused.retry_after)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return self._failed(reason(error))

    def _failed(self, why: str, retry_after: str = "") -> Failed:
        at = "" if self._at == self._request.url else self._at
        return Failed(self._request, why, retry_after, at, tuple(self._hops), self._asked, self._came)

    async def _followed(self, there: Location) -> Page:
        been: set[tuple[str, str]] = set()
        while True:
            been.add(self._visit(there))
            try:
                got = await self._once(there)
            except aiohttp.ClientResponseError as error:
                if reason(error) != "not HTTP" or not self._conditions(there):
                    raise
                self._plain = True
                await self._turn(there)
                continue
            if isinstance(got, Page):
                return got
            self._hops.append(got)
            self._at = got.location
            there = self._all.checked(got.location)
            if self._visit(there) in been:
                raise _Refused("redirect loop")
            if len(self._hops) > self._limits.redirects:
                raise _Refused("too many redirects")
            if wrong := self._request.may and self._request.may(there.url):
                raise _Refused(wrong)
            await self._turn(there)

    async def _turn(self, there: Location) -> None:
        slow = there.site != self._host and self._interval(there)  # its own host's other pages need not wait for that
        async with self._patience.aside(), self._slot.resting(), self._mine.resting() if slow else nullcontext():
            await self._all.pace(there, self._interval(there))

    def _conditions(self, there: Location) -> dict[str, str]:
        return {} if self._plain else headers.conditions(self._request, there.url)

    def _visit(self, there: Location) -> tuple[str, str]:
        """What a server sees of a request that it may have seen before: coming again with a new cookie is no loop."""
        return str(there.sent), self._jar.filter_cookies(there.sent).output(header="")

    async def _once(self, there: Location) -> Page | Hop:
        paces, rest = self._all.paces, self._all.rest(there, self._interval(there))
        self._patience.got_on()
        self._asked += 1
        async with self._all.hosts.wanting(there) as host, self._door(host, there), self._session(there, host) as session:
            paces.asking(there.site, rest)
            host.guard.refused = False
            secure = self._all.security if there.scheme == "https" else True
            try:
                async with session.get(
                    there.sent,
                    headers=headers.sent(self._request, self._limits.user_agent) | self._conditions(there),
                    allow_redirects=False,
                    ssl=secure,
                ) as answer:
                    host.has_answered = True
                    return await self._read(there, answer)
            except aiohttp.ClientConnectorError:
                self._asked -= 1
                if host.guard.refused:
                    raise _Refused("private address") from None
                raise
            finally:
                paces.asking(there.site, rest)

    @asynccontextmanager
    async def _door(self, host: Host, there: Location) -> AsyncIterator[None]:
        """The host to ourselves, at its pace: others may have been led to it while we waited for a slot, or for them."""
        async with AsyncExitStack() as stack:
            async with self._patience.aside(), AsyncExitStack() as waiting:
                if host.door.locked() or self._all.paces.left(there.site):
                    await waiting.enter_async_context(self._slot.resting())
                await stack.enter_async_context(host.door)
                await self._all.still(there)
            yield

    def _session(self, there: Location, host: Host) -> aiohttp.ClientSession:
        single = self._limits.largest_headers // 4
        return aiohttp.ClientSession(
            connector=host.connector,
            connector_owner=False,
            cookie_jar=self._jar,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # all of it together has a limit
            auto_decompress=False,
            requote_redirect_url=False,
            max_line_size=single,
            max_field_size=single,
            max_headers=self._limits.most_headers,
            middlewares=(self._tried(there, host),),
        )

    def _tried(self, there: Location, host: Host) -> aiohttp.ClientMiddlewareType:
        """aiohttp asks again at once where a connection ends without an answer. That is right where the host had closed a
        kept one meanwhile (RFC 9112, 9.3.1), but not before it is the host's turn; a host that breaks off is not asked again."""
        broken: list[aiohttp.ClientError] = []

        async def tried(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
            if broken and not host.has_answered:
                raise broken[0]
            if broken:
                async with self._patience.aside():
                    await self._all.pace(there, self._interval(there))
                self._asked += 1
            try:
                return await handler(request)
            except aiohttp.ClientError as error:
                broken.append(error)
                raise

        return tried

    def _interval(self, there: Location) -> float:
        own = self._request.interval if there.site == self._host else 0.0
        return max(own, self._request.may.interval(there.url)) if self._request.may else own

    async def _read(self, there: Location, answer: aiohttp.ClientResponse) -> Page | Hop:
        if sum(len(name) + len(value) + 4 for name, value in answer.raw_headers) > self._limits.largest_headers:
            raise _Refused("headers too large")
        if answer.status < 200:  # 101: nobody asked for another protocol
            raise _Refused("not HTTP")
        if answer.headers.get("Transfer-Encoding", "chunked").strip().lower() not in _TRANSFERS:
            raise decoding.UnknownEncoding
        if answer.status in _ASKS_TO_WAIT:
            after, date = answer.headers.get("Retry-After", ""), answer.headers.get("Date", "")
            self._all.paces.wait(there.site, retry_seconds(after, date, self._all.now))
        location = answer.headers.get("Location", "").strip()
        if answer.status in _REDIRECTS and location:
            target = led(there, location)
            if wrong := wrong_way(there.url, target):
                raise _Refused(wrong)
            return Hop(there.url, answer.status, target)
        # Where there is none it is none, whatever headers say of what would be there.
        body, came = (b"", 0) if answer.status in _EMPTY else await self._body(answer)
        page = headers.page(answer, self._request, there.url)
        return replace(page, body=body, hops=tuple(self._hops), sent=came, requests=self._asked)

    async def _body(self, answer: aiohttp.ClientResponse) -> tuple[bytes, int]:
        """The body, and its bytes as they came."""
        encodings = ",".join(answer.headers.getall("Content-Encoding", []))
        enough, largest = self._request.enough, self._limits.largest_body
        body, before = decoding.Body(encodings, enough or largest), self._came
        self._patience.got_on()
        most = self._limits.largest_download if encodings else min(self._limits.largest_download, enough or largest)
        try:
            if (answer.content_length or 0) > most and not enough:
                raise decoding.TooLarge
            await self._filled(body, answer, before + most)
        except decoding.TooLarge:
            if not enough:
                raise
            return body.so_far, self._came - before
        return body.end(), self._came - before

    async def _filled(self, body: decoding.Body, answer: aiohttp.ClientResponse, most: int) -> None:
        async for chunk in answer.content.iter_chunked(_CHUNK):
            self._came += len(chunk)
            if self._came > most:
                raise decoding.TooLarge
            body.feed(chunk)
            self._patience.came(len(chunk))
            self._slot.held = body.kept
            if self._slot.wanted:
                async with self._patience.aside():
                    await self._slot.back()
