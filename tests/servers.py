"""Small real HTTP servers on 127.0.0.1 that play what a test scripts: answers, delays, and bytes that are no answer."""

import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import parse_headers
from typing import Any


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    target: str  # path and query, verbatim
    headers: Mapping[str, str]
    at: float  # monotonic


@dataclass(frozen=True)
class Answer:
    """A whole answer; `seconds` pass before it goes out."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class Raw:
    """Bytes sent as they are, `pause` seconds between the parts; then the connection ends, politely or by a reset."""

    parts: tuple[bytes, ...]
    pause: float = 0.0
    reset: bool = False


_HOSTS: set[str] = set()  # of this process: what settings must allow, since these are no public addresses


def hosts() -> frozenset[str]:
    """All hosts that were made here so far, for Limits(allow_private=...)."""
    return frozenset(_HOSTS)


def allowing() -> dict[str, str]:
    """The same for the environment of the real program."""
    return {"CONCEPTWIRE_ALLOW_PRIVATE": " ".join(sorted(_HOSTS))}


Script = Answer | Raw | Callable[[Seen], Answer | Raw]


class Site:
    """One host: its scripted routes (by path, query left out) and what it saw."""

    def __init__(self, routes: Mapping[str, Script], tls: ssl.SSLContext | None = None) -> None:
        self.scheme = "https" if tls else "http"
        self.routes = dict(routes)
        self.seen: list[Seen] = []
        self.at_once = self.most_at_once = self.connections = self.all_connections = 0
        self.guard = threading.Lock()
        self.closing = threading.Event()
        self.server = _Server(("127.0.0.1", 0), _Talk)
        self.server.site = self
        if tls:  # the handshake is left to the connection's own thread
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        _HOSTS.add(self.host)

    @property
    def host(self) -> str:
        """Address and port, as in a URL."""
        return f"127.0.0.1:{self.server.server_address[1]}"

    def url(self, path: str = "/") -> str:
        """The address of a path here."""
        return f"{self.scheme}://{self.host}{path}"

    def targets(self) -> list[str]:
        """What was asked for, in order of arrival."""
        return [seen.target for seen in self.seen]

    def answer(self, seen: Seen) -> Answer | Raw:
        """What the script says."""
        script = self.routes.get(seen.target.partition("?")[0], Answer(404))
        return script(seen) if callable(script) else script

    def quiet(self, seconds: float = 5.0) -> bool:
        """Whether every connection ends within some seconds."""
        until = time.monotonic() + seconds
        while self.connections and time.monotonic() < until:
            time.sleep(0.01)
        return not self.connections


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = 200
    site: Site

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.open: set[socket.socket] = set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error here."""

    def close_all(self) -> None:
        """End what clients keep open, so that no thread waits for them."""
        for connection in list(self.open):
            with _silent():
                connection.shutdown(socket.SHUT_RDWR)


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        site = self.server.site  # type: ignore[attr-defined]
        with site.guard:
            site.connections += 1
            site.all_connections += 1
            self.server.open.add(self.connection)  # type: ignore[attr-defined]
        try:
            with _silent():
                while not site.closing.is_set() and self.one(site):
                    pass
        finally:
            with site.guard:
                site.connections -= 1
                self.server.open.discard(self.connection)  # type: ignore[attr-defined]

    def one(self, site: Site) -> bool:
        """Answer one request; False where the connection is to end."""
        words = self.rfile.readline().decode("latin-1").split()
        if len(words) != 3:
            return False
        seen = Seen(words[1], dict(parse_headers(self.rfile).items()), time.monotonic())
        with site.guard:
            site.seen.append(seen)
            site.at_once += 1
            site.most_at_once = max(site.most_at_once, site.at_once)
        try:
            answer = site.answer(seen)
            if isinstance(answer, Answer):
                site.closing.wait(answer.seconds)
        finally:
            with site.guard:
                site.at_once -= 1
        return self.whole(answer) if isinstance(answer, Answer) else self.raw(site, answer)

    def whole(self, answer: Answer) -> bool:
        headers = dict(answer.headers)
        if answer.status not in {204, 304}:
            headers.setdefault("Content-Length", str(len(answer.body)))
        lines = [f"HTTP/1.1 {answer.status} Scripted", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self.wfile.write("\r\n".join(lines).encode() + answer.body)
        return True

    def raw(self, site: Site, answer: Raw) -> bool:
        for part in answer.parts:
            self.wfile.write(part)
            if site.closing.wait(answer.pause):
                break
        if answer.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        return False


@contextmanager
def _silent() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError):  # the client is gone
        return


@contextmanager
def serving(routes: Mapping[str, Script] | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """A site that answers until the block ends; leaves no thread behind."""
    site = Site(routes or {}, tls)
    thread = threading.Thread(target=site.server.serve_forever, args=(0.01,), name="site")
    thread.start()
    try:
        yield site
    finally:
        site.closing.set()
        site.server.shutdown()
        site.server.close_all()
        site.server.server_close()
        thread.join()


def unused() -> str:
    """An address on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        _HOSTS.add(f"127.0.0.1:{probe.getsockname()[1]}")
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


def redirect(status: int, there: str, **headers: str) -> Answer:
    """An answer that sends elsewhere."""
    return Answer(status, headers={"Location": there, **headers})
