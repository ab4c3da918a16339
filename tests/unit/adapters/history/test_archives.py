"""Web archives: every answer is counted, pages become items, however broken the file is."""

import gzip
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from models.errors import UsageError
from models.filling import Chosen, Item
from pipeline.adapters.history.warc import Archive
from pipeline.adapters.warc import holds, responses
from pipeline.stages import items
from tests.conftest import SAMPLE

RECORDING = SAMPLE / "sample.warc.gz"


def record(
    url: str, status: str = "200 OK", kind: str = "text/html", body: str = "<html>A page", date: str = "2026-08-01T00:00:00Z"
) -> bytes:
    block = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\r\n{body}".encode()
    head = (
        f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:0>\r\nWARC-Target-URI: {url}\r\nWARC-Date: {date}\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def archive(*paths: Path, largest: int = 100_000) -> Archive:
    return Archive(partial(responses, paths, largest_body=largest), items.found)


def read(*paths: Path, after: str = "", largest: int = 100_000) -> list[Item]:
    return list(archive(*paths, largest=largest)(after, Chosen()))


def test_pages_become_items_and_everything_else_an_outcome(tmp_path: Path):
    made = [
        record("https://a.example/1"),
        record("https://a.example/1", date="2026-08-02T00:00:00Z"),
        record("https://a.example/2", "404 Not Found"),
        record("https://a.example/3", "301 Moved"),
        record("https://a.example/4", kind="image/png"),
        record("https://a.example/5", kind="application/xhtml+xml; charset=utf-8"),
        record("https://a.example/6", body="x" * 2000),
    ]
    (tmp_path / "a.warc").write_bytes(b"".join(made))
    found = read(tmp_path / "a.warc", largest=1000)
    assert [str(item.outcome) for item in found] == [
        "None", "None", "Skipped(HTTP 404)", "Skipped(redirect)", "Skipped(not HTML)", "None", "Failed(too large)",
    ]  # fmt: skip
    assert [item.entry.key for item in found[:2]] == [
        "https://a.example/1@2026-08-01T00:00:00Z",
        "https://a.example/1@2026-08-02T00:00:00Z",
    ]
    assert f"{found[0].seen:%Y-%m-%d}" == "2026-08-01"


@pytest.mark.parametrize("after", [0, 1, 50, 97, 98, 200])
def test_reading_goes_on_after_any_response_over_several_files(after: int):
    whole = read(RECORDING, RECORDING)
    assert len(whole) == 196
    assert [item.cursor for item in read(RECORDING, RECORDING, after=str(after))] == [item.cursor for item in whole[after:]]


@pytest.mark.parametrize("left", [40, 3_000, 65_000, 130_000])
def test_an_archive_that_breaks_off_gives_what_is_whole(left: int, tmp_path: Path):
    whole = [item.cursor for item in read(RECORDING)]
    (tmp_path / "a.warc.gz").write_bytes(RECORDING.read_bytes()[:left])
    found = read(tmp_path / "a.warc.gz")
    assert [item.cursor for item in found] == whole[: len(found)]
    plain = gzip.decompress(RECORDING.read_bytes())[:left]
    (tmp_path / "b.warc").write_bytes(plain)
    assert set(Counter(str(item.outcome) for item in read(tmp_path / "b.warc"))) <= {
        "None", "Skipped(redirect)", "Skipped(not HTML)", "Skipped(HTTP 403)", "Skipped(HTTP 404)", "Failed(recording unreadable)",
    }  # fmt: skip


def test_bytes_in_the_middle_that_are_broken_end_the_archive_without_an_exception(tmp_path: Path):
    data = bytearray(RECORDING.read_bytes())
    data[60_000:60_400] = bytes(400)
    (tmp_path / "a.warc.gz").write_bytes(data)
    assert 0 < len(read(tmp_path / "a.warc.gz")) <= 98


def test_feeds_are_found_among_the_first_responses():
    feed = "https://www.meridianscience.example/news.rdf"
    assert holds(RECORDING, {feed}, 10)
    assert not holds(RECORDING, {"https://other.example/"}, 10)


@pytest.mark.parametrize("content", [b"", b"WARC/1.1\r\n", b"nonsense" * 100, gzip.compress(b"nonsense", mtime=0)])
def test_an_archive_without_any_response_is_refused(content: bytes, tmp_path: Path):
    (tmp_path / "a.warc").write_bytes(content)
    with pytest.raises(UsageError, match=r"has no recorded response|cannot be read as WARC"):
        holds(tmp_path / "a.warc", set(), 10)
