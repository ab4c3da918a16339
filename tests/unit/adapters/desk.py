"""Passes over real servers, as the program makes them: each a Fetch of its own, so that the store alone remembers."""

from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from typing import Any

from models.outcome import Outcome
from models.run import Planned
from models.settings import Settings
from models.source import Feed, Poll, Source
from pipeline import flow
from pipeline.adapters.http import Live, limits_of
from pipeline.adapters.store.articles import StoredArticles
from pipeline.adapters.store.engine import Database
from pipeline.adapters.store.feeds import StoredFeeds
from pipeline.adapters.store.hosts import StoredHosts
from pipeline.adapters.store.links import StoredLinks
from pipeline.adapters.store.words import StoredWords
from pipeline.adapters.workers import in_order
from pipeline.flow.minding import Minding
from pipeline.wiring import user_agent
from tests.servers import Answer, Script, Seen, hosts
from tests.unit.adapters.making import HOUR, NOW, begun, glossary, rows
from tests.unit.stages.making import PARAMETERS

XML = {"Content-Type": "application/rss+xml; charset=utf-8"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
SUMMARY = "A committee looked into how attention heads keep count of words, and why."
SENTENCE = "The committee looked into how attention heads keep count of the words that they have read so far, and why. "


@dataclass
class Passed:
    """What came of a pass."""

    polls: dict[str, Poll]  # by slug
    outcomes: list[Outcome]

    @property
    def poll(self) -> Poll:
        """That of the only source."""
        (poll,) = self.polls.values()
        return poll

    def told(self) -> list[str]:
        """Outcomes by name."""
        return sorted(str(one) for one in self.outcomes)


class Desk:
    """Sources on real servers, a store, and passes."""

    def __init__(self, database: Database) -> None:
        self.database, self.stored = database, StoredFeeds(database)
        self.parsed: list[object] = []  # what went to the workers
        begun(database)

    def follow(self, *feeds: str, pages: str = "feed") -> None:
        """Follow a source for each address: s0, s1 and so on. Their pages are asked for where `pages` says "fetch"."""
        made = [Source(f"s{n}", f"S{n}", f"https://s{n}.example/", (url,)) for n, url in enumerate(feeds)]
        self.stored.configure([replace(one, pages=pages) for one in made])

    def collect(self, now: datetime = NOW, *, eager: bool = True, map: Any = None, **settings: Any) -> Passed:  # noqa: A002
        """A pass at that moment. Hosts of the tests may have any address, and need no pause, unless settings say otherwise."""
        told = Settings(**{"host_interval_seconds": 0.0, "allow_private": tuple(hosts()), "exchange_seconds": 5.0, **settings})
        live = Live(limits_of(told, agent(told.contact)), now)
        parts = flow.Parts(
            Minding(live, StoredHosts(self.database), told, now, elapsed=lambda: 0.0), map or self.mapped, self.stored, StoredArticles(self.database),
            StoredLinks(self.database), StoredWords(self.database), glossary("attention"), PARAMETERS, told, eager=eager,
        )  # fmt: skip
        events = [event for event in flow.collect(parts, now) if not isinstance(event, Planned)]
        polls = {event.feed.source_slug: event for event in events if isinstance(event, Poll)}
        return Passed(polls, [event for event in events if not isinstance(event, Poll)])

    def mapped(self, function: Any, items: Any) -> Any:
        """Work done in this process, and noted."""
        for item in items:
            self.parsed.append(item)
            yield from in_order(function, [item])

    def feed(self, slug: str = "s0") -> Feed:
        """What is stored of a source's feed."""
        return next(one for one in StoredFeeds(self.database).due(NOW + 9000 * HOUR)[0] if one.source_slug == slug)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What another program reads from the file."""
        return rows(self.database, query)


@cache
def agent(contact: str) -> str:
    """The User-Agent; finding out the version takes a while."""
    return user_agent(Settings(contact=contact))


def item(link: str, title: str = "", summary: str = SUMMARY, more: str = "", at: datetime = NOW - HOUR) -> str:
    """An item of a feed."""
    words = f"<title>{title or f'Report {link[-1]}'}</title><link>{link}</link><description>{summary}</description>"
    return f"<item>{words}<pubDate>{format_datetime(at)}</pubDate>{more}</item>"


def rss(*items: str, head: str = "", **headers: str) -> Answer:
    """A feed of these."""
    body = f"<rss version='2.0'><channel><title>Wire</title>{head}{''.join(items)}</channel></rss>"
    return Answer(body=body.encode("utf-8", "surrogatepass"), headers=XML | headers)


def story(words: str = SENTENCE, head: str = "") -> Answer:
    """A page with an article."""
    body = f"<html><head>{head}</head><body><article><h1>A report</h1><p>{words * 9}</p></article></body></html>"
    return Answer(body=body.encode("utf-8", "surrogatepass"), headers=HTML)


def conditional(answer: Answer, etag: str, status: int = 304, **headers: str) -> Script:
    """A server that says 304 to whoever sends its ETag back as it is."""

    def answered(seen: Seen) -> Answer:
        if seen.headers.get("If-None-Match") == etag:
            return Answer(status, headers={"ETag": etag, **headers})
        return replace(answer, headers={**answer.headers, "ETag": etag})

    return answered
