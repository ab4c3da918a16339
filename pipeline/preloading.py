"""Imported once by the server that worker processes are forked from: what each of them would load by itself."""

from datetime import UTC, datetime

from models.entry import Entry, Queued
from models.page import Page, Request
from pipeline.stages import reading

_WORDS = "The first page that is read makes the libraries load their tables, so that no worker has to. "
_PAGE = f"<html><body><article><h1>A page</h1>{f'<p>{_WORDS * 3}</p>' * 5}</article></body></html>"


def _read_one() -> None:
    """Go the whole way once."""
    moment = datetime(2000, 1, 1, tzinfo=UTC)
    url = "https://example.org/a"
    queued = Queued(0, "", "fetch", Entry("", url, "", "A page", text=_WORDS * 5), 0, None, moment)
    reading.read(reading.Task(queued, Page(Request(url), url, 200, _PAGE.encode(), "text/html"), moment, "en"))


_read_one()
