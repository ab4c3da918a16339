"""XML as a parser can take it: ampersands escaped that are none of XML's, a little at a time."""

import re
from collections.abc import Iterable, Iterator

from pipeline.stages.archives import HEAD, Broken, encoding

_MOST_BEGUN = 10_000  # tags that begin before one ends
_PIECE = 8192  # bytes that are parsed before anybody looks
# An ampersand that is none of XML's, as addresses written by hand have it; CDATA is left as it is.
_AMPERSAND = re.compile(rb"(<!\[CDATA\[(?:.*?\]\]>|.*))|&(?!#[0-9]+;|#x[0-9a-fA-F]+;|[A-Za-z_][\w.-]*;)", re.DOTALL)


def repaired(parts: Iterable[bytes | Broken]) -> Iterator[bytes | Broken]:
    """The same XML with every ampersand escaped. What is behind the last tag of a part waits for the next part."""
    kept, wide = b"", None
    for part in parts:
        if isinstance(part, Broken):
            yield part
            return
        wide = encoding(part) != "utf-8-sig" if wide is None else wide
        if wide:
            yield part
            continue
        ready, last, tail = (kept + part).rpartition(b">")
        kept = tail if len(tail) < HEAD else b""
        yield _AMPERSAND.sub(_escaped, ready + last + (b"" if kept else tail))
    yield _AMPERSAND.sub(_escaped, kept)


def _escaped(found: re.Match[bytes]) -> bytes:
    return found[1] or b"&amp;"


def pieces(parts: Iterable[bytes | Broken]) -> Iterator[bytes | Broken]:
    """The same, a little at a time; it is broken where many tags begin before one ends: the parser waits for the end."""
    waiting = 0
    for part in parts:
        if isinstance(part, Broken):
            yield part
            return
        for start in range(0, len(part), _PIECE):
            piece = part[start : start + _PIECE]
            waiting = piece[piece.rfind(b">") + 1 :].count(b"<") + (0 if b">" in piece else waiting)
            yield piece if waiting <= _MOST_BEGUN else Broken("not well-formed")
