"""Replay: a recording answers as the web did."""

import gzip
from datetime import UTC, datetime

import pytest

from models.errors import UsageError
from models.page import Failed, Hop, Page, Request
from pipeline.adapters.warc import Replay, responses

NOW = datetime(2026, 9, 1, tzinfo=UTC)
URL = "https://example.org/feed"


def record(url: str, body: bytes = b"", status: int = 200, at: str = "2026-08-31T00:00:00Z", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} OK", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    block = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body
    head = (
        f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: {at}\r\n"
        f"WARC-Record-ID: <urn:uuid:1>\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


@pytest.fixture
def replayed(tmp_path):
    """Answers to requests from a WARC with the given records."""

    def answers(*records: bytes, ask: Request, packed: bool = True, now: datetime = NOW) -> Page | Failed:
        path = tmp_path / "a.warc.gz"
        path.write_bytes(b"".join(gzip.compress(one, mtime=0) if packed else one for one in records))
        (answer,) = Replay([path], now)([ask])
        return answer

    return answers


@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
def test_a_recorded_page_is_given_as_it_was(replayed, packed):
    sent = {"Content_Type": "text/html; charset=latin-1", "ETag": '"1"', "Last_Modified": "yesterday", "Retry_After": "9"}
    answer = replayed(record("https://example.org/a"), record(URL, b"f\xfcr", **sent), ask=Request(URL, key=3), packed=packed)
    assert answer == Page(Request(URL, key=3), URL, 200, b"f\xfcr", "text/html; charset=latin-1", '"1"', "yesterday", "9")


def test_a_body_recorded_compressed_is_given_decompressed(replayed):
    answer = replayed(record(URL, gzip.compress(b"text" * 99, mtime=0), Content_Encoding="gzip"), ask=Request(URL))
    assert answer.body == b"text" * 99


def test_answers_come_in_the_order_of_the_requests(tmp_path):
    path = tmp_path / "a.warc"
    path.write_bytes(b"".join(record(f"https://example.org/{n}", str(n).encode()) for n in range(5)))
    wanted = [3, 0, 4, 0, 2]
    answers = Replay([path], NOW)([Request(f"https://example.org/{n}") for n in wanted])
    assert [page.body for page in answers] == [str(n).encode() for n in wanted]


def test_what_was_not_recorded_is_a_dead_host(replayed):
    assert replayed(record(URL), ask=Request("https://example.org/b")) == Failed(
        Request("https://example.org/b"), "host not found"
    )


@pytest.mark.parametrize(
    ("etag", "asked_with", "status"),
    [
        ('"1"', '"1"', 304),
        ('W/"1"', '"1"', 304),
        ('"1"', 'W/"1"', 304),
        ('W/"1"', 'W/"1"', 304),
        ('"1"', '"2"', 200),
        ('W/"1"', 'W/"2"', 200),
        ("", '"1"', 200),
    ],
)
def test_a_matching_etag_is_answered_304(replayed, etag, asked_with, status):
    answer = replayed(record(URL, b"body", **({"ETag": etag} if etag else {})), ask=Request(URL, etag=asked_with))
    assert (answer.status, answer.body) == (status, b"" if status == 304 else b"body")
    assert answer.etag == etag


def test_a_matching_date_is_answered_304(replayed):
    kept = record(URL, b"body", Last_Modified="Mon, 31 Aug 2026 18:00:00 GMT")
    assert replayed(kept, ask=Request(URL, last_modified="Mon, 31 Aug 2026 18:00:00 GMT")).status == 304
    assert replayed(kept, ask=Request(URL, last_modified="Tue, 01 Sep 2026 18:00:00 GMT")).status == 200


def test_a_304_still_says_how_long_the_page_is_fresh(replayed):
    kept = record(URL, b"body", ETag='"1"', Cache_Control="max-age=60", Expires="0")
    answer = replayed(kept, ask=Request(URL, etag='"1"'))
    assert (answer.status, answer.cache_control, answer.expires) == (304, "max-age=60", "0")


def test_an_etag_decides_over_a_matching_date(replayed):
    kept = record(URL, b"body", ETag='"2"', Last_Modified="Monday")
    assert replayed(kept, ask=Request(URL, etag='"1"', last_modified="Monday")).status == 200


def test_an_error_page_is_never_304(replayed):
    assert replayed(record(URL, status=404, ETag='"1"'), ask=Request(URL, etag='"1"')).status == 404


@pytest.mark.parametrize(
    ("now", "body"), [("2026-08-05", b"first"), ("2026-08-11", b"second"), ("2027-01-01", b"third"), ("2020-01-01", b"first")]
)
def test_the_newest_record_not_after_now_counts_else_the_oldest(replayed, now, body):
    records = [
        record(URL, b"third", at="2026-08-20T00:00:00Z"),
        record(URL, b"first", at="2026-08-01T00:00:00Z"),
        record(URL, b"second", at="2026-08-10T00:00:00Z"),
    ]
    assert replayed(*records, ask=Request(URL), now=datetime.fromisoformat(now).replace(tzinfo=UTC)).body == body


def test_several_recordings_are_one(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.warc").write_bytes(record(f"https://example.org/{name}", name.encode()))
    replay = Replay([tmp_path / "a.warc", tmp_path / "b.warc"], NOW)
    assert [page.body for page in replay([Request(f"https://example.org/{name}") for name in "ba"])] == [b"b", b"a"]


def test_redirects_are_followed_through_their_records(replayed):
    records = [
        record(URL, status=301, Location="/moved"),
        record("https://example.org/moved", status=302, Location="https://example.com/last"),
        record("https://example.com/last", b"here", ETag='"1"'),
    ]
    answer = replayed(*records, ask=Request(URL))
    assert (answer.url, answer.body, answer.moved_to) == ("https://example.com/last", b"here", "https://example.org/moved")
    assert answer.hops == (
        Hop(URL, 301, "https://example.org/moved"),
        Hop("https://example.org/moved", 302, "https://example.com/last"),
    )
    answer = replayed(*records, ask=Request(URL, etag='"1"'))
    assert (answer.status, len(answer.hops)) == (304, 2)


def test_a_redirect_to_what_was_not_recorded_is_a_dead_host(replayed):
    assert replayed(record(URL, status=302, Location="/b"), ask=Request(URL)) == Failed(Request(URL), "host not found")


def test_a_recorded_loop_ends_as_too_many_redirects(replayed):
    records = [record(URL, status=302, Location="/b"), record("https://example.org/b", status=302, Location="/feed")]
    assert replayed(*records, ask=Request(URL)) == Failed(Request(URL), "too many redirects")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello\n" * 50,
        b"\x1f\x8bgarbage" * 9,
        gzip.compress(b"hello" * 99, mtime=0),
        b"<html></html>",
        bytes(range(256)) * 20,
    ],
    ids=["empty", "text", "bad gzip", "other gzip", "html", "binary"],
)
def test_a_file_that_is_no_warc_is_the_users_error(tmp_path, content):
    path, good = tmp_path / "a.warc.gz", tmp_path / "good.warc"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"a\.warc\.gz"):
        Replay([path], NOW)
    good.write_bytes(record(URL))
    with pytest.raises(UsageError, match=r"a\.warc\.gz"):
        Replay([good, path], NOW)


def test_a_recording_that_does_not_exist_is_the_users_error(tmp_path):
    with pytest.raises(UsageError, match=r"none\.warc"):
        Replay([tmp_path / "none.warc"], NOW)


@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_truncated_recording_gives_what_is_whole_and_never_half_a_page(tmp_path, packed, kept):
    body = bytes(n * 7919 % 251 for n in range(20_000))
    whole, cut = record(URL, b"whole"), record("https://example.org/cut", body)
    if packed:
        whole, cut = gzip.compress(whole, mtime=0), gzip.compress(cut, mtime=0)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(whole + cut[: int(len(cut) * kept)])
    first, second = Replay([path], NOW)([Request(URL), Request("https://example.org/cut")])
    assert first.body == b"whole"
    assert isinstance(second, Failed)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"no gzip at all", {"Content_Encoding": "gzip"}),
        (gzip.compress(b"text" * 99, mtime=0)[:-9], {"Content_Encoding": "gzip"}),
        (b"text", {"Content_Encoding": "compress"}),
        (b"", {"Location": "http://[half"}),
    ],
    ids=["no gzip", "cut off", "unknown encoding", "no address"],
)
def test_a_response_that_cannot_be_read_costs_itself_and_not_those_after_it(tmp_path, body, headers):
    path = tmp_path / "a.warc"
    path.write_bytes(record(URL, body, **headers) + record("https://example.org/b", b"whole"))
    first, second = (found.answer for found in responses([path], 0, 1000))
    assert (first, second.body) == (Failed(Request(URL), "recording unreadable"), b"whole")
    assert list(Replay([path], NOW)([Request(URL)])) == [first]


def test_cache_control_in_several_lines_is_one_list(replayed):
    sent = {"Cache_Control": "public", "cache_control": "max-age=60"}
    assert replayed(record(URL, b"body", **sent), ask=Request(URL)).cache_control == "public, max-age=60"
