"""Saved pages have the address that they name; what a file is is seen by what is in it."""

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import UsageError
from models.filling import Chosen, Item
from pipeline.adapters.history.detect import kind_of
from pipeline.adapters.history.folder import Saved
from pipeline.stages import items


def read(path: Path, after: str = "", largest: int = 10_000) -> list[Item]:
    def made(page, cursor, seen):
        return items.found(page, cursor, seen, dated_key=False)

    return list(Saved(path, items.address, made, largest)(after, Chosen()))


def test_pages_are_read_by_path_with_their_own_address_and_the_file_s_date(tmp_path: Path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "b.html").write_text(
        '<link href="https://a.example/b" rel="canonical"><meta property="og:site_name" content="A &amp; B">'
    )
    (tmp_path / "deep" / "a.HTM").write_text("<meta content='https://a.example/a' property='og:url'>")
    (tmp_path / "c.xhtml").write_text("<!-- saved from url=(0019)https://a.example/c -->\n<html>")
    (tmp_path / "notes.txt").write_text("https://a.example/no")
    os.utime(tmp_path / "b.html", (1_780_000_000, 1_780_000_000))
    found = read(tmp_path)
    assert [(item.cursor, item.entry.url) for item in found] == [
        ("b.html", "https://a.example/b"),
        ("c.xhtml", "https://a.example/c"),
        ("deep/a.HTM", "https://a.example/a"),
    ]
    assert (found[0].seen, found[0].site_name) == (datetime.fromtimestamp(1_780_000_000, UTC), "A & B")
    assert [item.cursor for item in read(tmp_path, "b.html")] == ["c.xhtml", "deep/a.HTM"]
    assert [item.cursor for item in read(tmp_path / "b.html")] == ["b.html"]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("<html>no address", "Skipped(no link)"),
        ("", "Skipped(no link)"),
        ('<link rel=canonical href="/relative">', "Skipped(no link)"),
        ('<link rel=canonical href="javascript:alert(1)">', "Skipped(no link)"),
        ("x" * 20_000, "Failed(too large)"),
    ],
)
def test_what_has_no_address_or_is_too_large_is_counted(body: str, outcome: str, tmp_path: Path):
    (tmp_path / "a.html").write_text(body)
    assert [str(item.outcome) for item in read(tmp_path)] == [outcome]


def test_a_page_that_cannot_be_read_fails_alone_and_a_folder_without_pages_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="holds no saved page"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a", b"WARC/1.1\r\n", "warc"),
        ("a.gz", gzip.compress(b"WARC/1.0\r\n" * 1000, mtime=0), "warc"),
        ("a", b' \n{"url": 1}', "jsonl"),
        ("a.json.gz", gzip.compress(b'{"url": 1}\n', mtime=0), "jsonl"),
        ("a", b"\xef\xbb\xbfurl,title\n", "csv"),
        ("a.csv", b"title;link\n", "csv"),
        ("a", b"https://a.example/1\n", "csv"),
        ("a", b'<?xml version="1.0"?><urlset>', "sitemap"),
        ("a", b'<?xml version="1.0"?><!-- x --><sitemapindex>', "sitemap"),
        ("a", b"<rss version='2.0'>", "feed"),
        ("a", b"<feed xmlns='x'>", "feed"),
        ("a", b"<rdf:RDF>", "feed"),
        ("a", b"<!DOCTYPE html><p>", "html"),
    ],
)
def test_kinds_are_told_by_content(name: str, content: bytes, kind: str, tmp_path: Path):
    (tmp_path / name).write_bytes(content)
    assert kind_of(tmp_path / name) == kind


@pytest.mark.parametrize(
    ("content", "wrong"), [(b"", "is empty"), (b" \n", "is empty"), (b"\x1f\x8bbroken", "is empty"), (b"\x00\x01", "of no kind")]
)
def test_what_cannot_be_told_is_refused(content: bytes, wrong: str, tmp_path: Path):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(UsageError, match=wrong):
        kind_of(tmp_path / "a")
    with pytest.raises(UsageError, match="is not there"):
        kind_of(tmp_path / "b")
    assert kind_of(tmp_path) == "html"
