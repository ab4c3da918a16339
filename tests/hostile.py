"""What strangers may send, and the laws that nothing they send may break. Shared by tests and scripts/fuzz."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from hypothesis import strategies as st

from models.article import Article
from models.entry import Entry, Queued
from models.page import Page, Request
from models.source import Feed
from pipeline.adapters.workers import guarded
from pipeline.ports import Lost
from pipeline.stages import dates, entries, pace, polls, reading, urls
from pipeline.stages.bounds import BREAKS

NOW = datetime(2026, 8, 31, 18, 0, tzinfo=UTC)
URL = "https://paper.example/news/a"
TAG = re.compile(r"<(?:[/!?]?[a-z][^<>]*>|!--)|<(?:script|iframe|img)\s+\w+\s*=", re.IGNORECASE)
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Broken(AssertionError):
    """A law is broken."""


def law(holds: object, what: str, told: object) -> None:
    """Raise Broken where something does not hold."""
    if not holds:
        raise Broken(f"{what}: {str(told)[:200]!r}")


def text_is_clean(text: str, longest: int, lines: bool = False) -> None:
    """Valid Unicode in NFC, without control or bidi characters, or markup; bounded."""
    law(not {"Cc", "Cs"} & {unicodedata.category(letter) for letter in text if letter != "\n"}, "control character", text)
    law(not BIDI & set(text) and "\ufeff" not in text, "bidi character", text)
    law(unicodedata.is_normalized("NFC", text), "not NFC", text)
    law(lines or "\n" not in text, "more than a line", text)
    law(not TAG.search(text), "markup", TAG.findall(text))
    law(len(text) <= longest, "too long", len(text))


def link_is_sound(url: str) -> None:
    """Absolute http(s) without credentials, and nothing in it that ends an attribute."""
    parts = urlsplit(url)
    law(parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc, "no http(s) link", url)
    law(not set(url) & (set("<>\"'\n\r\t \x00\\`") - {"'"}) and not BIDI & set(url), "unsafe letters in a link", url)
    law(len(url) <= 3 * urls.LONGEST_URL, "too long", url)


def entry_is_clean(entry: Entry) -> None:
    """What a feed's entry promises."""
    text_is_clean(entry.title, 300)
    text_is_clean(entry.summary, 2000)
    text_is_clean(entry.text, 200_000, lines=True)
    for category in entry.categories:
        text_is_clean(category, 80)
    law(entry.key and len(entry.key) <= 3000, "key", entry.key)
    entry.key.encode()
    if entry.url:
        link_is_sound(entry.url)
        link_is_sound(urls.canonical(entry.url))
    law(entry.published is None or entry.published.tzinfo is not None, "naive date", entry.published)


def article_is_clean(article: Article) -> None:
    """What an article promises."""
    text_is_clean(article.title, 300)
    text_is_clean(article.text, 200_000, lines=True)
    link_is_sound(article.canonical_url)
    law(dates.EARLIEST <= article.published <= NOW, "date", article.published)


def feed(body: bytes, content_type: str = "application/xml") -> polls.Read:
    """A feed goes the way that it goes in a run."""
    answer = Page(Request("https://paper.example/feed", "feed"), "https://paper.example/feed", 200, body, content_type)
    task = polls.Task(Feed(1, "https://paper.example/feed", "paper"), answer, "en")
    read = guarded(polls.read, task)
    law(not isinstance(read, Lost), "a bug", read)
    assert isinstance(read, polls.Read)
    law(read.problem or isinstance(read.entries, tuple), "no outcome", read)
    for entry in read.entries:
        entry_is_clean(entry)
    poll = polls.concluded(task, read, NOW)
    pace.scheduled(poll, answer, read.entries, pace.Bounds(900, 86_400), NOW)
    verdicts = entries.decide(read.entries, {}, first_poll=True, newest=10, now=NOW)
    law(len(verdicts) == len(read.entries), "an entry without verdict", len(verdicts))
    return read


def page(body: bytes, content_type: str = "text/html", title: str = "", url: str = URL) -> reading.Read:
    """A page goes the way that it goes in a run."""
    said = Entry(url, url, urls.identity(urls.canonical(url)), title, summary="Two sentences. Here they are.")
    task = reading.Task(
        Queued(1, "paper", "fetch", said, 0, None, NOW), Page(Request(url), url, 200, body, content_type), NOW, "en"
    )
    read = guarded(reading.read, task)
    law(not isinstance(read, Lost), "a bug", read)
    assert isinstance(read, reading.Read)
    law(read.article or read.skipped or read.failed, "no outcome", read)
    if read.article:
        article_is_clean(read.article)
    return read


def headers(said: str) -> None:
    """Whatever stands in a header, an address or a date, some answer comes."""
    for function in (lambda text: polls.retry_at(text, NOW), dates.parse, dates.parse_iso, dates.in_url, pace.asked_by_feed):
        law(not isinstance(guarded(function, said), Lost), "a bug", said)
    answer = Page(Request(URL), URL, 200, b"", said, said, said, said, cache_control=said, expires=said)
    law(not isinstance(guarded(lambda page: pace.fresh(page, NOW), answer), Lost), "a bug", said)
    feed(b"<rss version='2.0'><channel><item><title>A</title></item></channel></rss>", said)
    for address in (guarded(urls.web_address, said), guarded(lambda text: urls.canonical(text, URL), said)):
        law(not isinstance(address, Lost), "a bug", said)
        if address:
            link_is_sound(str(address))


NASTY = [
    "\x00", "\x0b", "\ufffe", "\ud800", "\u202e", "\u200b", "\ufeff", "e\u0301", "<", ">", "&", '"', "'", "]]>", "<![CDATA[", "-->",
    "<!--", "&lt;", "&amp;lt;", "&#0;", "&#xD800;", "&#x110000;", "&#38;#60;", "&nbsp;", "&bogus;", "<b>", "</b>", "<script>", "<scr",
    "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//evil.example/x", "http://[::1", "http://a b/", "https://paper.example/a",
    "http://u:p@h.example/", "2026-08-28T10:00:00Z", "Fri, 28 Aug 2026 10:00:00 GMT", "0000-00-00", "99999999999", "-1", "1e999", "/etc/passwd",
    "Accept all cookies", "Sign in to", "The model was trained on broad data. ", "数据", "\x80\xff",
]  # fmt: skip
NAMES = [
    "title", "link", "links", "guid", "id", "description", "summary", "content", "content:encoded", "pubDate", "published", "updated",
    "dc:date", "dc:creator", "author", "name", "email", "category", "tags", "enclosure", "media:content", "media:thumbnail", "media:group",
    "itunes:image", "georss:point", "georss:polygon", "source", "image", "url", "width", "cloud", "ttl", "sy:updatePeriod", "generator",
    "item", "entry", "channel", "rss", "feed", "textInput", "language", "comments", "xhtml:body", "div", "style", "atom:link", "psc:chapter", "cc:license",
    "rdf:li", "wfw:commentRss", "slash:comments", "feedburner:origLink", "published_parsed", "title_detail", "base", "where", "validityDate",
]  # fmt: skip
HTML = [
    "html", "head", "body", "title", "meta", "link", "script", "style", "p", "div", "article", "main", "section", "h1", "a", "table", "tr", "td", "ul",
    "li", "br", "img", "iframe", "svg", "math", "template", "select", "option", "form", "input", "time", "nav", "noscript", "pre", "code", "blockquote", "b",
    "span", "frameset", "base", "object", "textarea", "plaintext", "xmp",
]  # fmt: skip
ATTRIBUTES = ["href", "rel", "type", "url", "src", "xml:base", "xmlns", "isPermaLink", "id", "class", "style", "property", "content", "charset", "name",
              "itemprop", "datetime", "hidden", "term", "scheme", "mode", "domain", "length"]  # fmt: skip
VALUES = ["alternate", "canonical", "html", "xhtml", "text/html", "base64", "og:title", "og:type", "article:published_time", "datePublished", "utf-7",
          "application/ld+json", "display:none", "cookie-consent", "next", "date", "http://www.w3.org/2005/Atom"]  # fmt: skip
words = st.lists(st.sampled_from(NASTY) | st.text(max_size=12), max_size=5).map("".join)
values = st.sampled_from(VALUES) | words


@dataclass(frozen=True)
class Target:
    """Something to try: what it is given, and what is done with it."""

    given: st.SearchStrategy[bytes]
    done: Callable[[bytes], object]

    def tried(self, said: bytes) -> None:
        """Do it; whatever is raised is a broken law."""
        try:
            self.done(said)
        except BREAKS as error:
            raise (error if isinstance(error, Broken) else Broken(f"{type(error).__name__}: {error}")) from error


def tag(name: str, attributes: Iterable[tuple[str, str]], inner: str, closed: int) -> str:
    """An element, well made or not."""
    said = "".join(f" {key}='{value}'" for key, value in attributes)
    return (f"<{name}{said}>{inner}</{name}>", f"<{name}{said}/>", f"<{name}{said}>{inner}", f"{inner}</{name}>")[closed]


def trees(names: list[str]) -> st.SearchStrategy[str]:
    """Markup of these elements."""
    attributes = st.lists(st.tuples(st.sampled_from(ATTRIBUTES), values), max_size=3)
    closed = st.sampled_from([0, 0, 0, 0, 0, 1, 2, 3])
    return st.recursive(
        words | words.map(lambda text: f"<![CDATA[{text}]]>"),
        lambda inner: st.builds(tag, st.sampled_from(names), attributes, st.lists(inner, max_size=4).map("".join), closed),
        max_leaves=12,
    )


def encoded(text: str, charset: str) -> bytes:
    """As some sender would write it."""
    return text.encode(charset, "surrogatepass" if charset.startswith("utf") else "xmlcharrefreplace")


charsets = st.sampled_from(
    ["utf-8", "utf-8", "utf-8", "utf-16", "utf-16-le", "utf-8-sig", "windows-1252", "gb18030", "shift_jis"]
)
HEADS = ["<rss version='2.0'><channel>", "<feed xmlns='http://www.w3.org/2005/Atom'>", "<rdf:RDF><channel/>", "<?xml version='1.0' encoding='gbk'?><rss>",
         "<!DOCTYPE rss [<!ENTITY a 'b'>]><rss version='0.91'><channel>", "", "<!DOCTYPE html><html>", "<!-- x --><rss><channel>"]  # fmt: skip
feeds = st.builds(
    lambda head, inner, charset: encoded(head + "".join(f"<item>{one}</item><entry>{one}</entry>" for one in inner), charset),
    st.sampled_from(HEADS), st.lists(trees(NAMES), max_size=3), charsets,
)  # fmt: skip
pages = st.builds(lambda inner, charset: encoded("<html>" + "".join(inner), charset), st.lists(trees(HTML), max_size=5), charsets)
TARGETS = {
    "feeds": Target(feeds | st.binary(max_size=200), feed),
    "pages": Target(pages | st.binary(max_size=200), page),
    "titled pages": Target(pages, lambda body: page(body, title="A title")),
    "headers": Target(
        words.map(lambda text: text.encode("utf-8", "surrogatepass")),
        lambda said: headers(said.decode("utf-8", "surrogateescape")),
    ),
}
