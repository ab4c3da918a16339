"""Short, countable names for what went wrong."""

import aiohttp
from aiohttp.http_exceptions import LineTooLong

from pipeline.adapters.decoding import TooLarge, Undecodable, UnknownEncoding

_NAMES: tuple[tuple[type[Exception], str], ...] = (  # the most specific first
    (TooLarge, "too large"),
    (Undecodable, "answer broken off"),
    (UnknownEncoding, "unknown encoding"),
    (TimeoutError, "timeout"),
    (aiohttp.ClientConnectorDNSError, "host not found"),
    (aiohttp.ClientConnectorCertificateError, "bad certificate"),
    (aiohttp.ClientSSLError, "no secure connection"),
    (aiohttp.ClientConnectorError, "connection refused"),
    (aiohttp.InvalidURL, "bad address"),
    (aiohttp.ClientPayloadError, "answer broken off"),
    (aiohttp.ServerDisconnectedError, "answer broken off"),
    (aiohttp.ClientResponseError, "not HTTP"),
    (OSError, "connection broken"),
    (ValueError, "bad address"),
)


def reason(error: BaseException) -> str:
    """What an exception means."""
    if isinstance(error, aiohttp.ClientResponseError) and _of_length(error):
        return "headers too large"
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, ConnectionResetError):
        return "connection broken"  # it took us, and hung up before TLS was settled
    return next((name for kind, name in _NAMES if isinstance(error, kind)), "connection failed")


def _of_length(error: BaseException) -> bool:
    """Whether the parser gave up at a header that was too long, or one too many, for which it has only words."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, LineTooLong) or "Too many headers" in str(cause):
            return True
        cause = cause.__cause__
    return False
