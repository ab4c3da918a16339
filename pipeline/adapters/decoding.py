"""Content encodings undone in bounded steps: a gigabyte in a few bytes costs no more than what may be kept of it.

Memory: what is kept, a step of each encoding, and the decoder's window: 32 KB for gzip and deflate, 16 MB at most for br
(RFC 7932), 8 MB for zstd (RFC 9659; more is refused). Hence not two of the latter on top of one another.
"""

import zlib
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from typing import Any, Protocol

import brotli  # type: ignore[import-untyped]

_STEP = 65_536  # bytes that one step may give; br gives up to half as much again
_MOST_MEMBERS = 1000  # of a gzip or zstd stream; parallel compressors make one a megabyte or so
_MOST_ENCODINGS = 2
_GZIP = b"\x1f\x8b"
_ZSTD_WINDOW = 23  # as a power of two
_WIDE = {"br", "zstd"}


def _library() -> Any:
    """Python's own zstd from 3.14 on, the same as backports.zstd before, or None."""
    for name in ("compression.zstd", "backports.zstd"):
        with suppress(ImportError):
            return import_module(name)
    return None


zstd = _library()
ACCEPTED = "gzip, br, zstd" if zstd else "gzip, br"


class TooLarge(ValueError):
    """More than may be kept."""


class Undecodable(ValueError):
    """Not what its encoding says, or not all of it."""


class UnknownEncoding(ValueError):
    """An encoding that nobody asked for."""


class _Decoder(Protocol):
    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What `data` decodes to, step by step."""

    def ended(self) -> bool:
        """Whether all that began has come to its end."""


class _Zlib:
    """gzip with all its members, or deflate: with the zlib header that RFC 9110 wants, or without, as some send it."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip, self._members, self._over = gzip, 0, False
        self._held = b""  # of what follows a member, too little to tell whether it is one
        self._inner: Any = None

    def _next(self, data: bytes) -> Any:
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise Undecodable("too many members")
        if self._gzip:
            return zlib.decompressobj(16 + zlib.MAX_WBITS)
        return zlib.decompressobj(zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        data, self._held = self._held + data, b""
        while data and not self._over:
            if self._inner is None:
                if not self._begins(data):
                    return
                self._inner = self._next(data)
            yield from self._steps(data)
            if not self._inner.eof:
                return
            data = self._inner.unused_data
            self._over = not self._gzip
            self._inner = None if self._gzip else self._inner

    def _begins(self, data: bytes) -> bool:
        """Whether a member does; what follows one and is none is padding, wherever it was cut up on its way."""
        if not self._members or data.startswith(_GZIP):
            return True
        self._over = not _GZIP.startswith(data)
        self._held = b"" if self._over else data
        return False

    def _steps(self, data: bytes) -> Iterator[bytes]:
        piece = self._inner.decompress(data, _STEP)
        while piece or self._inner.unconsumed_tail:
            yield piece
            piece = self._inner.decompress(self._inner.unconsumed_tail, _STEP) if not self._inner.eof else b""

    def ended(self) -> bool:
        return not self._held and (self._inner is None or self._inner.eof)


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()

    def pieces(self, data: bytes) -> Iterator[bytes]:
        yield self._inner.process(data, output_buffer_limit=_STEP)
        while not self._inner.can_accept_more_data():
            yield self._inner.process(b"", output_buffer_limit=_STEP)

    def ended(self) -> bool:
        return bool(self._inner.is_finished())


class _Zstd:
    """zstd with all its frames."""

    def __init__(self) -> None:
        self._options = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW}
        self._members = 0
        self._inner: Any = None

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._inner is None:
                self._members += 1
                if self._members > _MOST_MEMBERS:
                    raise Undecodable("too many frames")
                self._inner = zstd.ZstdDecompressor(options=self._options)
            yield self._inner.decompress(data, _STEP)
            while not self._inner.eof and not self._inner.needs_input:
                yield self._inner.decompress(b"", _STEP)
            if not self._inner.eof:
                return
            data, self._inner = self._inner.unused_data, None

    def ended(self) -> bool:
        return self._inner is None


def _decoder(name: str) -> _Decoder:
    if name in {"gzip", "x-gzip"}:
        return _Zlib(gzip=True)
    if name == "deflate":
        return _Zlib(gzip=False)
    if name == "br":
        return _Brotli()
    if name == "zstd" and zstd:
        return _Zstd()
    raise UnknownEncoding(name)


_BROKEN: tuple[type[Exception], ...] = (zlib.error, brotli.error, EOFError, *((zstd.ZstdError,) if zstd else ()))


class Body:
    """A body as it comes, `encodings` as the Content-Encoding header lists them, at most `largest` bytes of it decoded.

    Raises UnknownEncoding where one of them is none, or there are more than anybody needs.
    """

    def __init__(self, encodings: str, largest: int) -> None:
        names = [name for one in encodings.lower().split(",") if (name := one.strip()) not in {"", "identity"}]
        if len(names) > _MOST_ENCODINGS or sum(name in _WIDE for name in names) > 1:
            raise UnknownEncoding(encodings)
        self._decoders = [_decoder(name) for name in reversed(names)]
        self._given = [0] * (len(names) + 1)  # bytes that came out of each, and in at last
        self._largest = largest
        self._kept: list[bytes] = []

    @property
    def kept(self) -> int:
        """Bytes so far."""
        return self._given[-1]

    def feed(self, data: bytes) -> None:
        """The next bytes. Raises TooLarge, Undecodable."""
        try:
            self._push(0, data)
        except _BROKEN as error:
            raise Undecodable(str(error)) from None

    def _push(self, level: int, data: bytes) -> None:
        self._given[level] += len(data)
        if self._given[level] > self._largest:
            raise TooLarge
        if level == len(self._decoders):
            self._kept.append(data)
            return
        for piece in self._decoders[level].pieces(data):
            if piece:
                self._push(level + 1, piece)

    @property
    def so_far(self) -> bytes:
        """What has been decoded of it."""
        return b"".join(self._kept)

    def end(self) -> bytes:
        """All of it. Raises Undecodable where the end is missing; nothing at all is nothing in every encoding."""
        if not all(decoder.ended() for decoder, came in zip(self._decoders, self._given, strict=False) if came):
            raise Undecodable("broken off")
        self._decoders.clear()  # a window may be as large as what is kept
        return b"".join(self._kept)
