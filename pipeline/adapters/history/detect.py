"""What kind of collection a file, a folder or an answer is: by what is in it, then by its name."""

import gzip
import zlib
from pathlib import Path

from models.errors import UsageError

KINDS = ("feed", "sitemap", "warc", "jsonl", "csv", "html")
_HEAD = 4096  # bytes that tell
_TRIED = ", ".join(f"--kind {kind}" for kind in KINDS)


def kind_of(path: Path) -> str:
    """The kind of a file or folder. Raises UsageError where it is none, empty, or cannot be told."""
    if path.is_dir():
        return "html"
    try:
        with path.open("rb") as stream:
            head = _unpacked(stream.read(_HEAD))
    except FileNotFoundError:
        raise UsageError(str(path), "is not there", "a file, a folder, or an address that starts with https://") from None
    except OSError as error:
        raise UsageError(str(path), f"cannot be read ({error.strerror})", "a file that you may read") from None
    if not head.strip():
        raise UsageError(str(path), "is empty", "a file with something in it")
    found = kind_of_bytes(head, path.name)
    if not found:
        raise UsageError(str(path), "is of no kind that is known", _TRIED)
    return found


def _unpacked(head: bytes) -> bytes:
    if not head.startswith(b"\x1f\x8b"):
        return head
    try:
        return zlib.decompressobj(31).decompress(head, _HEAD)
    except (zlib.error, gzip.BadGzipFile):
        return b""


def kind_of_bytes(head: bytes, name: str = "") -> str:
    """The kind of what begins like this; "" where it cannot be told."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    lower = text.lower()
    if text.startswith(b"WARC/"):
        return "warc"
    if text.startswith(b"{"):
        return "jsonl"
    if text.startswith(b"<"):
        return _of_markup(lower)
    bare = name.casefold().removesuffix(".gz")
    if bare.endswith((".jsonl", ".ndjson")):
        return "jsonl"
    first = lower.partition(b"\n")[0]
    is_table = bare.endswith((".csv", ".tsv", ".txt")) or b"url" in first or b"link" in first
    return "csv" if is_table or first.startswith((b"http://", b"https://")) else ""


def _of_markup(lower: bytes) -> str:
    for mark, kind in (
        (b"<urlset", "sitemap"),
        (b"<sitemapindex", "sitemap"),
        (b"<rss", "feed"),
        (b"<feed", "feed"),
        (b"<rdf:rdf", "feed"),
    ):
        if mark in lower:
            return kind
    return "html" if b"<html" in lower or b"<!doctype html" in lower or b"saved from url" in lower else ""
