"""Editors decide: a pair that is pinned, kept or hidden stays so, whatever scores say, and its box is made anew at once.

A decision is written beside a pass that is under way; then the boxes are made anew under the run lock. Where that is held
for longer than _PATIENCE, whoever holds it, or the next pass, makes them: the store remembers that they are due.
"""

import difflib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from models.decision import Decision, Kind, Named, Undecided
from models.errors import Locked, UsageError
from pipeline import wiring
from pipeline.passes import settled as settle
from pipeline.stages.urls import canonical, host, identity

if TYPE_CHECKING:
    from pipeline.adapters.store.decisions import StoredDecisions

_PATIENCE = 5.0  # seconds that a person waits for a pass that is nearly done
_LONGEST_NOTE = 1000  # characters
_NEAR_CUT = 0.2  # above the cut: where the scorer is least sure of a link
UNDO: dict[Kind, str] = {"pin": "unpin", "keep": "unkeep", "hide": "unhide"}
DONE: dict[str, str] = {"pin": "pinned", "keep": "kept", "hide": "hidden"}


@dataclass(frozen=True, slots=True)
class Told:
    """What deciding did."""

    decision: Decision  # as it is now, or as it was taken back
    before: Decision | None  # what was decided of the pair until now
    shown: bool  # the box was made anew; if not, the pass that is under way, or the next one, does it
    position: int | None = None  # in the box, where it is shown there


def decide(site: wiring.Site, concept: str, url: str, kind: Kind, note: str, now: datetime) -> Told:
    """Keep a decision and make the box anew. Raises UsageError for a concept or an article that is not there."""
    from pipeline.adapters.store.decisions import StoredDecisions

    slug, text = wiring.slug_of(site.glossary, concept), _note(note)
    with wiring.database(site) as database:
        store = StoredDecisions(database)
        article = _article(store, url)
        before = store.of(slug, article.identity)
        made = Decision(slug, article.identity, kind, now, text, article.url, article.title)
        store.decide(made)
    shown = settled(site, now)
    return Told(made, before, shown, _position(site, made) if shown else None)


def withdraw(site: wiring.Site, concept: str, url: str, kind: Kind, now: datetime) -> Told:
    """Take a decision of that kind back and make the box anew. Raises UsageError where there is none."""
    from pipeline.adapters.store.decisions import StoredDecisions

    slug = wiring.slug_of(site.glossary, concept)
    with wiring.database(site) as database:
        store = StoredDecisions(database)
        wanted = identity(_address(url))
        article = store.named(wanted)
        before = store.of(slug, article.identity if article else wanted)  # a decision outlives its article
        if before is None and article is None:
            raise _unknown(store, url)
        if before is None or before.kind != kind:
            raise _undecided(slug, url, kind, before)
        store.withdraw(slug, before.identity, kind)
    shown = settled(site, now)
    return Told(before, before, shown, _position(site, before) if shown else None)


def listed(site: wiring.Site) -> list[Decision]:
    """Every decision, oldest first."""
    from pipeline.adapters.store.decisions import StoredDecisions

    with wiring.database(site) as database:
        return StoredDecisions(database).all()


@dataclass(frozen=True)
class Sitting:
    """Links to be reviewed, and where what is said of them is kept."""

    links: Sequence[Undecided]
    _store: "StoredDecisions"

    def keep(self, link: Undecided, kind: Kind, now: datetime) -> None:
        """Keep what was decided at once; the boxes follow at the end of the sitting."""
        self._store.decide(Decision(link.concept_slug, link.identity, kind, now, "", link.url, link.title))


def sitting(site: wiring.Site, store: "StoredDecisions", concepts: Sequence[str], count: int, *, every: bool) -> Sitting:
    """The newest links near the cut (`every`: any) that nothing was decided of yet."""
    slugs = [wiring.slug_of(site.glossary, one) for one in concepts]
    found = store.undecided(slugs, 2.0 if every else site.parameters.cut + _NEAR_CUT, count)
    return Sitting([one for one in found if one.concept_slug in site.glossary.by_slug], store)


def settled(site: wiring.Site, now: datetime) -> bool:
    """Make anew what decisions have touched. False where a pass holds the database: it, or the next one, does it."""
    try:
        settle(site, now, "an editor's decision", patience=_PATIENCE)
    except Locked:
        return False
    return True


def _position(site: wiring.Site, made: Decision) -> int | None:
    from pipeline.adapters import reading

    with wiring.reading(site) as connection:
        return next((row.position for row in reading.news(connection, made.concept_slug) if row.url == made.url), None)


def _note(said: str) -> str:
    """A note on one line. Raises UsageError where it cannot be kept."""
    text = " ".join(said.split())
    if len(text) > _LONGEST_NOTE or any(unicodedata.category(one) in {"Cc", "Cs"} for one in text):
        raise UsageError("--note", "is too long, or no plain text", f"at most {_LONGEST_NOTE} characters of text")
    return text


def _address(url: str) -> str:
    address = canonical(url)
    if not address:
        raise UsageError(url, "is no web address", "https://example.org/2026/08/an-article")
    return address


def _article(store: "StoredDecisions", url: str) -> Named:
    """The stored article that has the address, or had it in a feed."""
    found = store.named(identity(_address(url)))
    if found is None:
        raise _unknown(store, url)
    return found


def _unknown(store: "StoredDecisions", url: str) -> UsageError:
    near = difflib.get_close_matches(canonical(url), store.addresses(host(canonical(url))), 3, 0.6)
    ways = "conceptwire links CONCEPT --json shows addresses; conceptwire backfill URL reads one in"
    return UsageError(url, "is no article in the database", "\n       ".join([*near, ways]))


def _undecided(slug: str, url: str, kind: Kind, before: Decision | None) -> UsageError:
    if before is None:
        return UsageError(url, f"is not {DONE[kind]} for {slug}, so nothing is taken back", "conceptwire decisions")
    wrong = f"is not {DONE[kind]} for {slug}; it is {DONE[before.kind]} since {before.at:%Y-%m-%d}"
    return UsageError(url, wrong, f"conceptwire {UNDO[before.kind]} {slug} {url}")
