"""What the flow needs of the world: signatures and promises. Fillings are in pipeline.adapters; fakes in tests."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from models.article import Article, Features, Stored, TextFrom
from models.concept import Concept, Glossary
from models.entry import Entry, Known, Queued, Verdict
from models.filling import Chosen
from models.filling import Item as Collected
from models.host import Robots
from models.link import Boxed, Link, Placed, Related, Verdicts
from models.look import Look, Shown
from models.outcome import Outcome
from models.page import Failed, Page, Request
from models.source import Feed, Poll, Source
from models.statistics import Current, Statistics

Item = TypeVar("Item")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Lost:
    """What became of an item whose worker died, hung or met a bug."""

    reason: str  # "parse-timeout", "worker died", "bug: TypeError at feeds.py:40"


class Fetch(Protocol):
    """Answer every request exactly once, in any order; requests are drawn as they are needed.

    What the world does wrong is a Failed, never an exception. Whoever stops iterating leaves nothing running.
    """

    def __call__(self, requests: Iterable[Request]) -> Iterator[Page | Failed]: ...


class Map(Protocol):
    """Like the builtin map, order kept, each item beside its result; a dead or hanging worker costs one item.

    `function` is importable by name; items and results can be pickled.
    """

    def __call__(self, function: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[tuple[Item, Made | Lost]]: ...


class Feeds(Protocol):
    """Feeds, what we know of their entries, and the queue of entries to be read."""

    def configure(self, sources: Sequence[Source]) -> None:
        """Make the stored sources and feeds those of `sources`; what is gone from them is kept, and not asked."""

    def due(self, now: datetime, *, eager: bool = False) -> tuple[list[Feed], list[Poll]]:
        """Feeds to be asked now, in order of their address, and those that wait or are retired.

        `eager`: those whose own pace is not over yet are asked, too; never those whose server told us to wait.
        """

    def known(self, feed_id: int, keys: Collection[str]) -> dict[str, Known]:
        """What is remembered under each of the keys."""

    def polled(self, poll: Poll, verdicts: Sequence[Verdict], now: datetime) -> None:
        """Keep a poll, the feed's validators and its queued or skipped entries, all or nothing."""

    def waiting(self, now: datetime) -> int:
        """How many entries are to be read now."""

    def queued(self, now: datetime) -> Iterator[Iterator[Queued]]:
        """Entries to be read now, each once, newest first; in rounds: entries of one article never share a round."""

    def seen(self, pages: Mapping[int, tuple[int, int]], now: datetime) -> None:
        """Count what servers saw of the reading of entries: by their number, requests for pages, and bytes that came."""

    def put_off(self, queued: Queued, outcome: Outcome, *, tried: bool = True) -> None:
        """Keep the outcome of an entry that became no article: Skipped, or Failed with or without a retry.

        `tried`: its page was asked for; a few tries are all it has.
        """


class Hosts(Protocol):
    """What hosts asked for."""

    def waits(self, now: datetime) -> dict[str, datetime]:
        """Hosts (stages.hosts.site) that asked to be left alone until a moment after `now`."""

    def wait(self, site: str, until: datetime) -> None:
        """The host asked to be left alone until then."""

    def robots(self, origin: str) -> Robots | None:
        """What is known of an origin's robots.txt."""

    def learned(self, known: Robots) -> None:
        """Keep what is known of an origin's robots.txt."""

    def rests(self, origin: str, until: datetime) -> None:
        """No page of an origin whose robots.txt is known is to be asked for before."""


class Articles(Protocol):
    """Articles and their features."""

    def join(self, queued: Queued) -> Outcome:
        """Settle an entry as another address of the article in `same_as`, its page unread: Duplicate."""

    def keep(self, queued: Queued, article: Article, features: Features, now: datetime) -> Outcome:
        """Keep an article and settle its entry, all or nothing: New, Changed, Unchanged or Duplicate.

        Skipped("pruned"), and nothing kept, where an article of that address was removed for its age.
        """

    def same_text(self, article: Article) -> list[Queued] | None:
        """Entries of other articles of the host with the very same short text, which is a notice then and for good.

        None where the text is no notice; an empty list where it was known as one.
        """

    def drop(self, article_id: int, now: datetime) -> None:
        """Forget an article that was none; its links go, and are noted as gone."""

    def leave(self, queued: Queued, now: datetime) -> None:
        """An edited entry whose page is gone leaves its article; one that no other entry names is forgotten."""

    def unsettled(self) -> set[int]:
        """Articles new or edited since their links were made."""

    def count(self, after: int = 0) -> int:
        """How many articles there are whose id is above `after`."""

    def snapshot(
        self, *, newest: int | None = None, unsettled: bool = False, ids: Collection[int] | None = None
    ) -> Iterator[tuple[Stored, Features]]:
        """Articles, newest first: all, the `newest` by date, those new or edited since they were settled, or some."""

    def digest(self) -> str:
        """A name for the articles there are, as they are."""

    def uncounted(self) -> Iterator[tuple[int, str, str, TextFrom]]:
        """Number, title, text and its origin of every article without features."""

    def recount(self, counted: Mapping[int, Features]) -> None:
        """Keep the features of articles that had none."""

    def texts(self, ids: Collection[int]) -> dict[int, str]:
        """The texts of some articles; of one whose text was pruned its `Features.text`: words in lower case."""

    def settled(self, ids: Collection[int]) -> None:
        """Note that the links of these articles are made."""


class Tending(Protocol):
    """Articles that stand in a box, looked at again."""

    def to_look_at(self, now: datetime, days: int, most: int) -> list[Shown]:
        """At most so many that were not looked at for so many days (gone ones four times as many), oldest look first."""

    def looked(self, shown: Shown, look: Look, now: datetime) -> None:
        """Keep what a look told; an article that went or came back has its concepts' boxes made anew."""


class Links(Protocol):
    """Links, related concepts and epochs."""

    def configure(self, glossary: Glossary, now: datetime) -> list[str]:
        """Make the stored concepts those of `glossary`; the links of removed ones go. Gives the removed slugs."""

    def epoch(self) -> Statistics | None:
        """The current epoch."""

    def epoch_number(self) -> int:
        """The current epoch's number; 0 before the first."""

    def current(self) -> Current | None:
        """What is known of the current epoch, without loading it."""

    def begin(self, made: Statistics, related: Sequence[Related], key: Current, now: datetime) -> None:
        """Make an epoch the current one, with its related concepts; every article is to be settled again."""

    def amend(self, made: Statistics, related: Sequence[Related], key: Current, slugs: Collection[str]) -> None:
        """Amend the current epoch by some concepts, which are to be scored again, with everybody's related concepts."""

    def unplaced(self) -> dict[str, str]:
        """Concepts whose boxes are to be made anew, and why: "editor", "gone", or "glossary" where all is scored again."""

    def verdicts(self, concept: Concept, articles: Collection[int]) -> Verdicts:
        """What editors decided of a concept, and which of `articles` are gone."""

    def of(self, concept: Concept) -> list[Link]:
        """The pairs above the cut of a concept, those that another article stands for included, by URL."""

    def concepts_of(self, article_ids: Collection[int]) -> set[str]:
        """Slugs of the concepts that have links to any of these articles, or decisions on them."""

    def replace(
        self, concept: Concept, placed: Sequence[Placed], reason: Callable[[str], str], now: datetime, seen: Verdicts = ...
    ) -> Boxed:
        """A concept's links, a whole box or nothing. `reason(url)` says why a link came, went or moved.

        Where something was decided that was not `seen`, the concept stays unplaced.
        """

    def placed(self, placing: str) -> None:
        """Note the settings that all boxes are placed by now."""

    def total(self) -> int:
        """How many links there are."""


class Words(Protocol):
    """An index on words: for every term the articles that have it, and how often (stages.relevance.indexing)."""

    def made_with(self) -> str:
        """How the index was made; "" where there is none."""

    def begin(self, made_with: str) -> None:
        """Begin another index, and forget what there is."""

    def lacking(self) -> int:
        """How many articles are not in the index."""

    def stale(self) -> set[int]:
        """Articles of whose earlier words the index tells: they may be anything now."""

    def unindexed(self) -> Iterator[tuple[int, Features]]:
        """The articles that are not in the index, by id."""

    def add(self, levels: Mapping[int, Mapping[str, int]]) -> None:
        """Take articles in, all or none; those whose id the index knows already are stale from then on."""

    def postings(self, terms: Collection[str]) -> Iterator[tuple[str, Any, Any]]:
        """Each term that some article has, with the ids (n,) int64, ascending, and the levels (n,) uint8."""

    def holders(self, terms: Collection[str]) -> dict[str, int]:
        """How many articles have each term."""

    def highest(self) -> int:
        """The highest id of an article."""


class Runs(Protocol):
    """The record of passes."""

    def begin(self, now: datetime) -> None:
        """Note that a pass has begun."""

    def finish(self, counts: str, glossary_digest: str, epoch: int, now: datetime, *, succeeded: bool) -> None:
        """Note how it ended; `counts` is what `run --json` prints."""


class History(Protocol):
    """What a collection holds, in an order that stays, after the item whose cursor is `after` ("": from the start)."""

    def __call__(self, after: str, chosen: Chosen) -> Iterator[Collected]: ...


class Fillings(Protocol):
    """How far each collection is read in, and the entries that it puts in the queue."""

    def feed(self, label: str, kind: str, source: Source) -> int:
        """The feed that stands for what is read in of a source under `label`; made where there is none, the source too.

        `kind` "file": its pages and texts are at hand; "web": they are to be fetched.
        """

    def known(self, feed_id: int, keys: Collection[str]) -> dict[str, Known]:
        """What is remembered under each of the keys."""

    def take(self, feed_id: int, entries: Sequence[tuple[Entry, datetime]], now: datetime) -> None:
        """Queue entries, each with the moment it was first seen, all or nothing."""

    def queued(self, taken: Mapping[int, Collection[str]], now: datetime) -> Iterator[Iterator[Queued]]:
        """Entries of these feeds and keys to be read now, in rounds as those of Feeds."""

    def forget(self, taken: Mapping[int, Collection[str]], outcomes: Collection[str]) -> None:
        """Forget entries of these feeds and keys that ended so: another choice of dates may want them."""
