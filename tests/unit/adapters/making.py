"""Values for the store's tests, with whatever a test does not care about filled in."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from models.article import Article, Features
from models.concept import Concept, Glossary
from models.entry import Entry, Queued, Verdict
from models.link import Evidence, Link, Placed, Term
from models.outcome import Outcome
from models.source import Feed, Poll, Source
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.engine import Database
from pipeline.adapters.store.feeds import StoredFeeds
from pipeline.adapters.store.runs import StoredRuns

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SOURCES = (
    Source("nature", "Nature", "https://nature.example/", ("https://nature.example/feed",), 2.0),
    Source("wire", "The Wire", "https://wire.example/", ("https://wire.example/feed",)),
)
FEATURES = Features("a title", "some words of the text")


def entry(url: str, **more: Any) -> Entry:
    """An entry; its digest is its title's."""
    made = Entry(key=url, url=url, identity=url.removeprefix("https://"), title="A title", summary="A summary.", digest="1")
    return replace(made, **more)


def article(url: str, text: str = "Some text.", **more: Any) -> Article:
    """An article; its hashes are its words."""
    title = more.pop("title", "A title")
    made = Article(
        url, url.removeprefix("https://"), url.split("/")[2], title, text, "page", False, "en", NOW - HOUR, "feed",
        "minute", NOW, len(text.split()), text, title + text,
    )  # fmt: skip
    return replace(made, **more)


def feeds(database: Database, *sources: Source) -> StoredFeeds:
    """The store's feeds, configured."""
    made = StoredFeeds(database)
    made.configure(sources or SOURCES)
    return made


def feed_of(database: Database, slug: str, now: datetime = NOW + 1000 * HOUR) -> Feed:
    """The feed of a source."""
    return next(one for one in StoredFeeds(database).due(now)[0] if one.source_slug == slug)


def queue(database: Database, slug: str, *listed: Entry, now: datetime = NOW) -> list[Queued]:
    """Entries that a poll of the source's feed put in the queue; gives all that wait."""
    stored = StoredFeeds(database)
    stored.polled(Poll(feed_of(database, slug), "read"), [Verdict(one, None) for one in listed], now)
    return waiting(database, now)


def waiting(database: Database, now: datetime = NOW) -> list[Queued]:
    """The queue, all rounds of it."""
    return [one for part in StoredFeeds(database).queued(now) for one in part]


def kept(database: Database, slug: str, url: str, text: str = "Some text.", **more: Any) -> Outcome:
    """The outcome of an entry of the source that became an article."""
    canonical = more.pop("canonical", url)
    listed = more.pop("listed", entry(url))
    queue(database, slug, listed)
    mine = next(one for one in waiting(database) if one.entry.key == listed.key and one.source_slug == slug)
    return StoredArticles(database).keep(mine, article(canonical, text, **more), FEATURES, NOW)


def concept(slug: str, **more: Any) -> Concept:
    """A concept."""
    return replace(Concept(slug, slug.title(), f"What {slug} is.", date(2026, 5, 17)), **more)


def glossary(*slugs: str, digest: str = "g1") -> Glossary:
    """A glossary of concepts."""
    return Glossary(tuple(concept(slug) for slug in sorted(slugs)), digest)


def begun(database: Database) -> None:
    """A run under way: changes are noted under it."""
    StoredRuns(database).begin(NOW)


def link(database: Database, slug: str, url: str, **more: Any) -> Link:
    """A link to a stored article."""
    ((stored, _),) = [pair for pair in StoredArticles(database).snapshot() if pair[0].url == url]
    evidence = Evidence((Term("attention", 0.25, "title"),), "A passage.")
    made = Link(
        slug, stored.id, url, stored.title, stored.published, stored.content_hash, stored.source_slug,
        stored.source_name, stored.source_weight, 0.25, 0.75, evidence, 1, "tfidf-1",
    )  # fmt: skip
    return replace(made, **more)


def placed(*links: Link) -> list[Placed]:
    """Links in a box, in that order."""
    return [Placed(one, number, number) for number, one in enumerate(links, 1)]


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    """What another program reads from the file."""
    with closing(sqlite3.connect(f"file:{database.path}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()
