"""The bundled sample: articles in tests/data/sample become feeds and pages of eight invented outlets, in one WARC.

python -m tests.sample writes tests/data/sample/sample.warc.gz anew, the same bytes from the same files.
"""

import gzip
import html
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import frontmatter

FOLDER = Path(__file__).parent / "data" / "sample"
WARC = FOLDER / "sample.warc.gz"
RECORDED = "2026-08-31T18:30:00Z"
CONSENT = "We use cookies. Please accept all cookies to continue, or sign in to your account to manage your consent."


@dataclass(frozen=True)
class Piece:
    """An article of an outlet."""

    slug: str
    title: str
    published: datetime
    summary: str
    categories: list[str]
    paragraphs: list[str]


def outlets() -> list[dict[str, Any]]:
    """The eight, as outlets.toml has them."""
    return tomllib.loads((FOLDER / "outlets.toml").read_text())["outlets"]


def pieces(outlet: str) -> list[Piece]:
    """An outlet's articles, newest first."""
    found = []
    for path in sorted((FOLDER / "articles" / outlet).glob("*.md")):
        post = frontmatter.load(str(path))
        moment = post["published"]
        moment = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        paragraphs = [" ".join(part.split()) for part in post.content.split("\n\n") if part.strip()]
        found.append(Piece(path.stem, post["title"], moment, post["summary"], list(post["categories"]), paragraphs))
    return sorted(found, key=lambda piece: (-piece.published.timestamp(), piece.slug))


def address(outlet: dict[str, Any], piece: Piece) -> str:
    """An article's page."""
    base = outlet["homepage"].rstrip("/")
    return f"{base}/{piece.published:%Y/%m}/{piece.slug}"


def page(outlet: dict[str, Any], piece: Piece) -> str:
    """An article's page as HTML, with what surrounds it on real ones."""
    body = "".join(f"<p>{html.escape(part)}</p>" for part in piece.paragraphs)
    name, here = html.escape(outlet["name"]), address(outlet, piece)
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{html.escape(piece.title)} | {name}</title>'
        f'<link rel="canonical" href="{here}"><meta property="article:published_time" content="{piece.published.isoformat()}">'
        f"</head><body><header><a href='/'>{name}</a><nav><a href='/world'>World</a> <a href='/ai'>Artificial intelligence</a>"
        f" <a href='/sport'>Sport</a></nav></header><main><article><h1>{html.escape(piece.title)}</h1>{body}</article></main>"
        f"<aside><h2>Most read</h2><ul><li><a href='/a'>What foundation models mean for you</a></li></ul></aside>"
        f"<footer>{name}. All rights reserved. Cookie policy.</footer></body></html>"
    )


def _rss1(outlet: dict[str, Any], found: list[Piece]) -> str:
    items = "".join(
        f"<item rdf:about={quoteattr(address(outlet, p))}><title><![CDATA[{p.title}]]></title><link>{address(outlet, p)}</link>"
        f"<content:encoded><![CDATA[<p>{outlet['name']}, Published online: {p.published:%d %B %Y}</p>{p.summary}]]></content:encoded>"
        f"<dc:date>{p.published:%Y-%m-%d}</dc:date><prism:publicationDate>{p.published:%Y-%m-%d}</prism:publicationDate></item>"
        for p in found
    )
    listed = "".join(f"<rdf:li rdf:resource={quoteattr(address(outlet, p))}/>" for p in found)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns="http://purl.org/rss/1.0/">'
        f"<channel rdf:about={quoteattr(outlet['feed_url'])}><title>{escape(outlet['name'])}</title><link>{outlet['homepage']}</link>"
        f"<description>News</description><items><rdf:Seq>{listed}</rdf:Seq></items></channel>{items}</rdf:RDF>"
    )


def _rss2(outlet: dict[str, Any], found: list[Piece]) -> str:
    items = []
    for p in found:
        link = address(outlet, p) + ("?utm_source=rss&utm_medium=feed" if outlet["slug"] == "harrow-courier" else "")
        full = "".join(f"<p>{html.escape(part)}</p>" for part in p.paragraphs) if outlet["feed_text"] == "full" else ""
        content = f"<content:encoded><![CDATA[{full}]]></content:encoded>" if full else ""
        items.append(
            f"<item><title>{escape(p.title)}</title><link>{escape(link)}</link>"
            f'<guid isPermaLink="false">{outlet["slug"]}-{p.slug}</guid><pubDate>{p.published:%a, %d %b %Y %H:%M:%S} GMT</pubDate>'
            f"<description><![CDATA[<img src='/i.jpg' alt=''/>{html.escape(p.summary)}]]></description>{content}"
            + "".join(f"<category>{escape(c)}</category>" for c in p.categories)
            + f'<media:content url="{outlet["homepage"]}i/{p.slug}.jpg" medium="image"/></item>'
        )
    if outlet["slug"] == "harrow-courier":  # what a desk forgets
        items.append("<item><title>Corrections and clarifications</title><description>No link here.</description></item>")
        items.append(f"<item><link>{outlet['homepage']}live</link><description>No title here.</description></item>")
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        f'xmlns:media="http://search.yahoo.com/mrss/"><channel><title>{escape(outlet["name"])}</title><link>{outlet["homepage"]}</link>'
        f"<description>News</description><ttl>60</ttl>{''.join(items)}</channel></rss>"
    )


def _rss091(outlet: dict[str, Any], found: list[Piece]) -> str:
    items = "".join(
        f"<item><title>{escape(p.title)}</title><link>{address(outlet, p)}</link><description>{escape(p.summary)}</description></item>"
        for p in found
    )
    return (
        f'<?xml version="1.0"?><rss version="0.91"><channel><title>{escape(outlet["name"])}</title><link>{outlet["homepage"]}</link>'
        f"<description>News</description><language>en</language>{items}</channel></rss>"
    )


def _atom(outlet: dict[str, Any], found: list[Piece]) -> str:
    entries = "".join(
        f'<entry><title type="html"><![CDATA[{p.title}]]></title><id>tag:{outlet["slug"]},2026:{p.slug}</id>'
        f'<link rel="alternate" type="text/html" href="{address(outlet, p)}"/><published>{p.published.isoformat()}</published>'
        f"<updated>{p.published.isoformat()}</updated><summary>{escape(p.summary)}</summary></entry>"
        for p in found
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>{escape(outlet["name"])}</title>'
        f'<id>{outlet["homepage"]}</id><link href="{outlet["homepage"]}"/><updated>{found[0].published.isoformat()}</updated>{entries}</feed>'
    )


FORMATS = {
    "rss1": (_rss1, "application/rdf+xml"),
    "rss2": (_rss2, "application/rss+xml; charset=utf-8"),
    "rss091": (_rss091, "text/xml"),
    "atom": (_atom, "application/atom+xml"),
}


def responses() -> list[tuple[str, int, dict[str, str], str]]:
    """(address, status, headers, body) of everything a client meets."""
    found = []
    for outlet in outlets():
        make, kind = FORMATS[outlet["format"]]
        listed = pieces(outlet["slug"])
        headers = {
            "Content-Type": kind,
            "ETag": f'"{outlet["slug"]}-1"',
            "Last-Modified": "Mon, 31 Aug 2026 18:00:00 GMT",
        }
        feed_url = outlet["feed_url"]
        if outlet.get("bounce"):
            there = f"https://idp.{outlet['slug']}.example/authorize"
            found.append((feed_url, 303, {"Location": there}, ""))
            found.append((there, 302, {"Location": feed_url + "?granted"}, ""))
            feed_url += "?granted"
        found.append((feed_url, 200, headers, make(outlet, listed)))
        for piece in listed:
            found.append((address(outlet, piece), *_answer(outlet, piece)))
            if outlet["slug"] == "harrow-courier":
                tracked = address(outlet, piece) + "?utm_source=rss&utm_medium=feed"
                found.append((tracked, 301, {"Location": address(outlet, piece)}, ""))
    return found


def _answer(outlet: dict[str, Any], piece: Piece) -> tuple[int, dict[str, str], str]:
    kind = {"Content-Type": "text/html; charset=utf-8"}
    if outlet["pages"] == "refused":
        return 403, kind, "<html><body><p>Access denied. Please enable JavaScript and cookies.</p></body></html>"
    if outlet["pages"] == "script":
        return (
            200,
            kind,
            "<!doctype html><html><head><title>Lantern</title></head><body><div id='app'></div><script src='/a.js'></script></body></html>",
        )
    if piece.slug.endswith("-consent"):
        return 200, kind, f"<html><body><p>{CONSENT}</p></body></html>"
    return 200, kind, page(outlet, piece)


def write(path: Path = WARC) -> None:
    """The WARC, a gzip member a record."""
    with path.open("wb") as stream:
        for url, status, headers, body in responses():
            payload = body.encode()
            lines = [
                f"HTTP/1.1 {status} Recorded",
                *(f"{k}: {v}" for k, v in headers.items()),
                f"Content-Length: {len(payload)}",
            ]
            block = "\r\n".join([*lines, "", ""]).encode() + payload
            head = (
                f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: {RECORDED}\r\n"
                f"WARC-Record-ID: <urn:conceptwire:sample:{abs(hash_of(url)):x}>\r\nContent-Type: application/http; msgtype=response\r\n"
                f"Content-Length: {len(block)}\r\n\r\n"
            )
            stream.write(gzip.compress(head.encode() + block + b"\r\n\r\n", 9, mtime=0))


def hash_of(text: str) -> int:
    """The same number for the same text, on every machine."""
    import zlib

    return zlib.crc32(text.encode())


if __name__ == "__main__":
    write()
    print(f"{WARC}: {WARC.stat().st_size} bytes, {len(responses())} responses")
