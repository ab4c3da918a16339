"""XML bombs, entities and DTDs: nothing expands, no file is read, no one is asked for anything."""

import os
import resource
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from pipeline.stages import articles, feeds, sitemaps
from tests import hostile

SECRET = "the-content-of-a-file-of-ours"
ITEM = "<item><title>Title {0}</title><link>https://paper.example/a</link><description>Words {0}</description></item>"
RSS = "<rss version='2.0'><channel><title>T</title>" + ITEM + "</channel></rss>"


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """A server's address, and what was said to it."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                heard.append(connection.recv(1000))
                connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", heard
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def secret(tmp_path) -> str:
    path = tmp_path / "secret"
    path.write_text(f"<rss version='2.0'><channel><item><title>{SECRET}</title></item></channel></rss>")
    return str(path)


def said(body: str) -> str:
    return repr(feeds.parse(body.encode(), "https://paper.example/feed"))


DOCTYPES = [
    '<!DOCTYPE rss [<!ENTITY x SYSTEM "{target}">]>',
    '<!DOCTYPE rss [<!ENTITY x PUBLIC "-//X//Y" "{target}">]>',
    '<!DOCTYPE rss [<!ENTITY % y SYSTEM "{target}"> %y; <!ENTITY x "z">]>',
    '<!DOCTYPE rss SYSTEM "{target}">',
    '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "{target}">',
    '<?xml-stylesheet href="{target}"?><!DOCTYPE rss SYSTEM "{target}" [<!ENTITY x "z">]>',
    '<?xml version="1.0" standalone="no"?><!DOCTYPE rss SYSTEM "{target}">',
]


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("tail", ["", "<&"], ids=["well-formed", "not well-formed"])
def test_an_external_entity_or_dtd_of_a_feed_is_never_fetched(doctype, tail, listener):
    address, heard = listener
    made = said(doctype.format(target=address) + RSS.format("&x;") + tail)
    assert "Title" in made
    assert heard == []


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("tail", ["", "<&"], ids=["well-formed", "not well-formed"])
@pytest.mark.parametrize("scheme", ["file://", ""])
def test_an_external_entity_or_dtd_of_a_feed_is_never_read_from_a_file(doctype, tail, scheme, secret):
    made = said(doctype.format(target=scheme + secret) + RSS.format("&x;") + tail)
    assert "Title" in made
    assert SECRET not in made


@pytest.mark.parametrize(
    "body", ["{secret}", "file://{secret}", " {secret}\n", "{address}", "{address}/feed.xml", "feed:{address}"]
)
def test_a_feed_that_is_nothing_but_the_name_of_a_file_or_address_opens_neither(body, secret, listener):
    address, heard = listener
    reading = feeds.parse(body.format(secret=secret, address=address).encode(), "https://paper.example/feed")
    assert (reading.problem, reading.entries) == ("not a feed", ())
    assert heard == []


def test_a_feed_that_is_the_name_of_a_pipe_waits_for_nobody(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert feeds.parse(str(tmp_path / "pipe").encode(), "https://paper.example/feed").problem == "not a feed"


@pytest.mark.parametrize("markup", [
    '<!DOCTYPE html [<!ENTITY x SYSTEM "{target}">]><html><body><p>{words} &x;</p></body></html>',
    '<!DOCTYPE html SYSTEM "{target}"><html><head><link rel=stylesheet href="{target}"><base href="{target}"></head><body><p>{words}</p></body></html>',
    '<html><body><iframe src="{target}"></iframe><img src="{target}"><object data="{target}"></object><p>{words}</p></body></html>',
    '<?xml version="1.0"?><!DOCTYPE html PUBLIC "x" "{target}"><html xmlns="http://www.w3.org/1999/xhtml"><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{target}"/><p>{words}</p></html>',
    "{target}",
])  # fmt: skip
def test_a_page_fetches_and_reads_nothing(markup, listener, secret):
    address, heard = listener
    words = "The model was trained on broad data and adapted to many tasks. " * 5
    for target in (address, secret, f"file://{secret}"):
        body = markup.format(target=target, words=words).encode()
        made = articles.extract(body, "https://paper.example/a", "text/html", lambda _text: "", whole=True)
        assert SECRET not in repr(made)
    assert heard == []


def laughs(levels: int) -> str:
    declared = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">\n' for n in range(1, levels))
    return f'<!DOCTYPE rss [\n<!ENTITY a0 "lol">\n{declared}]>'


@pytest.mark.parametrize("tail", ["", "<&"], ids=["well-formed", "not well-formed"])
@pytest.mark.parametrize(
    "bomb",
    [
        laughs(10) + RSS.format("&a9;"),
        f'<!DOCTYPE rss [\n<!ENTITY a "{"a" * 50_000}">\n]>' + RSS.format("&a;" * 50_000),
        f'<!DOCTYPE rss [\n<!ENTITY a "{"a" * 90}">\n]>' + RSS.format("&a;" * 300_000),
        f"<!DOCTYPE rss [\n<!ENTITY a '{'a' * 90}'>\n]>" + RSS.format("x") .replace("<item>", f"<item x='{'&a;' * 300_000}'>"),
        '<!DOCTYPE rss [<!ENTITY a "&b;"><!ENTITY b "&a;">]>' + RSS.format("&a;"),
        '<!DOCTYPE rss [<!ENTITY % p "<!ENTITY a \'x\'>"> %p;]>' + RSS.format("&a;"),
    ],
    ids=["a billion laughs", "quadratic", "many small", "in an attribute", "in a circle", "by parameter"],
)  # fmt: skip
def test_an_xml_bomb_grows_into_nothing(bomb, tail):
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    reading = feeds.parse((bomb + tail).encode(), "https://paper.example/feed")
    assert time.process_time() - began < 8
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes
    for entry in reading.entries:
        hostile.entry_is_clean(entry)
        assert len(entry.title) + len(entry.summary) < 3000


@pytest.mark.parametrize("doctype", [*DOCTYPES, laughs(10)])
def test_a_sitemap_expands_and_fetches_nothing(doctype, listener, secret):
    address, heard = listener
    for target in (address, f"file://{secret}"):
        entity = "a9" if "a9" in doctype else "x"
        body = doctype.replace("{target}", target) + f"<urlset><url><loc>https://paper.example/&{entity};</loc></url></urlset>"
        began = time.process_time()
        made = repr(list(sitemaps.read([body.encode()], "https://paper.example/sitemap.xml", 10_000_000)))
        assert time.process_time() - began < 2
        assert SECRET not in made
        assert len(made) < 1000
    assert heard == []
