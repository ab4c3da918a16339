"""Recording: what passes is written, and replayed it is the same."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastwarc.warc import ArchiveIterator

from models.page import Failed, Hop, Page, Request
from pipeline.adapters.warc import Recording, Replay
from tests.fakes import Web, page

NOW = datetime(2026, 9, 1, 12, 30, tzinfo=UTC)
URL = "https://example.org/a"
THERE = "https://example.org/b"
PAGES = {
    "a page": page(URL, "für", content_type="text/html; charset=utf-8", etag='W/"1"', last_modified="Mon, 31 Aug 2026 18:00:00 GMT"),
    "no header at all": page(URL, "text"),
    "an empty body": page(URL),
    "a binary body": page(URL, bytes(range(256)) * 300, content_type="application/octet-stream"),
    "a body with line ends": page(URL, b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\nWARC/1.1\r\n\r\n"),
    "a page that is not there": page(URL, "gone", status=404),
    "a server that is busy": page(URL, "wait", status=503, retry_after="120"),
    "a page that says how long it is fresh": page(URL, "text", cache_control="max-age=60", expires="Mon, 31 Aug 2026 18:00:00 GMT"),
    "an unknown status": page(URL, "?", status=599),
    "a redirect": replace(page(URL, "x"), url=THERE, hops=(Hop(URL, 301, THERE),)),
    "two redirects": replace(page(URL, "x"), url="https://example.com/", hops=(Hop(URL, 308, THERE), Hop(THERE, 302, "https://example.com/"))),
    "a bounce back to where it began": replace(page(URL, "x"), hops=(Hop(URL, 303, THERE), Hop(THERE, 302, URL))),
}  # fmt: skip


def recorded(web: Web, *urls: str, now: datetime = NOW) -> bytes:
    stream = io.BytesIO()
    list(Recording(web, stream, now)([Request(url) for url in urls]))
    return stream.getvalue()


@pytest.mark.parametrize("name", PAGES)
def test_what_is_recorded_is_replayed_the_same(tmp_path, name):
    path = tmp_path / "a.warc.gz"
    path.write_bytes(recorded(Web({URL: PAGES[name]}), URL))
    (answer,) = Replay([path], NOW)([Request(URL)])
    assert answer == PAGES[name]


def test_answers_pass_through_untouched_failures_too():
    request = Request(URL, "feed", '"1"', key=5)
    stream = io.BytesIO()
    answers = list(Recording(Web({URL: PAGES["a page"]}), stream, NOW)([request, Request(THERE)]))
    assert answers == [replace(PAGES["a page"], request=request), Failed(Request(THERE), "host not found")]


def test_an_answer_is_written_before_it_is_handed_on():
    stream = io.BytesIO()
    answers = Recording(Web({URL: PAGES["a page"], THERE: page(THERE)}), stream, NOW)([Request(URL), Request(THERE)])
    next(answers)
    written = stream.getvalue()
    assert written
    next(answers)
    assert stream.getvalue().startswith(written)
    assert len(stream.getvalue()) > len(written)


def test_a_failure_is_not_written():
    assert recorded(Web({URL: "timeout"}), URL) == b""


def test_the_same_answers_make_the_same_bytes():
    web = Web({URL: PAGES["two redirects"], THERE: PAGES["a binary body"]})
    assert recorded(web, URL, THERE) == recorded(web, URL, THERE)
    assert recorded(web, URL) != recorded(web, URL, now=NOW + timedelta(seconds=1))


def test_others_can_read_the_recording():
    content = recorded(Web({URL: PAGES["a page"], THERE: page(THERE, "b")}), URL, THERE)
    records = list(ArchiveIterator(io.BytesIO(content), parse_http=False))
    assert [record.headers["WARC-Target-URI"] for record in records] == [URL, THERE]
    assert {record.record_date for record in records} == {NOW}
    assert len({record.record_id for record in records}) == 2
    assert all(record.verify_block_digest() for record in ArchiveIterator(io.BytesIO(content), parse_http=False))


def test_a_recording_is_appended_to(tmp_path):
    path = tmp_path / "a.warc.gz"
    for moment, body in ((NOW, "old"), (NOW + timedelta(hours=1), "new")):
        with path.open("ab") as stream:
            list(Recording(Web({URL: page(URL, body)}), stream, moment)([Request(URL)]))
    at = {moment: next(iter(Replay([path], moment)([Request(URL)]))) for moment in (NOW, NOW + timedelta(hours=2))}
    assert [answer.body for answer in at.values() if isinstance(answer, Page)] == [b"old", b"new"]
