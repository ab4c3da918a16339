"""A small HTTP server on loopback: whatever answers by path, in a thread of its own."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from config import loading
from models.errors import ConfigError

_SECONDS = 5.0  # a client may take to say what it wants


@dataclass(frozen=True)
class Address:
    """Where to listen; `where` is the setting or option that says so."""

    host: str
    port: int
    where: str


@dataclass(frozen=True)
class Answer:
    """What a path says."""

    status: int
    kind: str  # of content
    body: bytes


def address(text: str, where: str) -> Address | None:
    """HOST:PORT, loopback only; "" is nowhere. Raises ConfigError."""
    found = loading.loopback(text, where)
    return Address(*found, where) if found else None


@contextmanager
def listening(place: Address, answer: Callable[[str], Answer | None]) -> Iterator[str]:
    """Answer GET and HEAD for the block; yields the address, with the port that port 0 became. Raises ConfigError."""
    try:
        server = _Server(place, answer)
    except OSError as error:
        wrong = f"{place.host}:{place.port} cannot be listened on ({error.strerror})"
        raise ConfigError(place.where, wrong, "another port, or stop what listens there") from None
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="listen", daemon=True)
    thread.start()
    try:
        host, port = server.server_address[:2]
        yield f"http://[{host!s}]:{port}" if ":" in str(host) else f"http://{host!s}:{port}"
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, place: Address, answer: Callable[[str], Answer | None]) -> None:
        self.answer = answer
        self.address_family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
        super().__init__((place.host, place.port), _Handler)

    def server_bind(self) -> None:
        """Without the look-up of the host's name, which may take its time."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error here."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _SECONDS
    server: _Server

    def do_GET(self) -> None:
        found = self.server.answer(self.path.partition("?")[0]) or Answer(404, "text/plain", b"/healthz or /metrics\n")
        self.send_response(found.status)
        self.send_header("Content-Type", found.kind)
        self.send_header("Content-Length", str(len(found.body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(found.body)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Probes come every few seconds; nobody reads of them."""
