"""What editors decided. Writing needs no run lock: whoever settles next makes the box anew."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from models.change import EDITOR
from models.decision import Decision, Named, Undecided
from models.link import Term
from models.schema import article, decision, entry, link, source
from pipeline.adapters.store.changes import mark
from pipeline.adapters.store.engine import Database

_NEAR = 1000  # articles of a host that a mistyped address is compared with, the newest
_NAMED = (article.c.identity, article.c.canonical_url, article.c.title)


@dataclass(frozen=True)
class StoredDecisions:
    """Pins, kept and hidden pairs, by concept and the article's identity."""

    database: Database

    def decide(self, one: Decision) -> None:
        """Keep a decision; it replaces an earlier one of the pair."""
        row = {"kind": one.kind, "at": one.at, "note": one.note}
        with self.database.writing() as connection:
            made = insert(decision).values(concept_slug=one.concept_slug, identity=one.identity, **row)
            connection.execute(made.on_conflict_do_update(["concept_slug", "identity"], set_=row))
            mark(connection, one.concept_slug, EDITOR)

    def withdraw(self, slug: str, identity: str, kind: str) -> bool:
        """Take a decision of that kind back; False where there is none."""
        pair = (decision.c.concept_slug == slug) & (decision.c.identity == identity) & (decision.c.kind == kind)
        with self.database.writing() as connection:
            found = bool(connection.execute(sa.delete(decision).where(pair)).rowcount)
            if found:
                mark(connection, slug, EDITOR)
        return found

    def all(self) -> list[Decision]:
        """Every decision, oldest first."""
        with self.database.reading() as connection:
            rows = connection.execute(_decisions().order_by(decision.c.at, decision.c.concept_slug, decision.c.identity))
            return [_decision(row) for row in rows]

    def of(self, slug: str, identity: str) -> Decision | None:
        """What was decided of a pair."""
        pair = (decision.c.concept_slug == slug) & (decision.c.identity == identity)
        with self.database.reading() as connection:
            row = connection.execute(_decisions().where(pair)).first()
        return None if row is None else _decision(row)

    def named(self, identity: str) -> Named | None:
        """The article of that identity, or the one that an entry of that identity became."""
        itself = sa.select(*_NAMED).where(article.c.identity == identity)
        entered = sa.select(*_NAMED).join(entry, entry.c.article_id == article.c.id).where(entry.c.identity == identity)
        with self.database.reading() as connection:
            row = connection.execute(itself).first() or connection.execute(entered.order_by(article.c.id).limit(1)).first()
        return None if row is None else Named(*row)

    def addresses(self, host: str) -> list[str]:
        """Addresses of the newest articles of a host."""
        chosen = sa.select(article.c.canonical_url).where(article.c.host == host)
        with self.database.reading() as connection:
            newest = chosen.order_by(article.c.published.desc(), article.c.identity).limit(_NEAR)
            return list(connection.execute(newest).scalars())

    def undecided(self, slugs: Collection[str], below: float, count: int) -> list[Undecided]:
        """The `count` newest links of these concepts (all, where there are none) under a relevance, without a decision."""
        pair = (decision.c.concept_slug == link.c.concept_slug) & (decision.c.identity == article.c.identity)
        chosen = (
            sa.select(link.c.concept_slug, *_NAMED, source.c.name, article.c.published)
            .add_columns(link.c.relevance, link.c.passage, link.c.terms)
            .join(article, article.c.id == link.c.article_id)
            .join(source, source.c.slug == link.c.source_slug)
            .outerjoin(decision, pair)
            .where(decision.c.kind.is_(None), link.c.rank.is_not(None), link.c.relevance < below)
        )
        if slugs:
            chosen = chosen.where(link.c.concept_slug.in_(slugs))
        ordered = chosen.order_by(article.c.published.desc(), article.c.identity, link.c.concept_slug)
        with self.database.reading() as connection:
            return [_undecided(row) for row in connection.execute(ordered.limit(count))]


def _decisions() -> sa.Select[Any]:
    return sa.select(decision, *_NAMED[1:]).outerjoin(article, article.c.identity == decision.c.identity)


def _decision(row: Any) -> Decision:
    return Decision(row.concept_slug, row.identity, row.kind, row.at, row.note, row.canonical_url or "", row.title or "")


def _undecided(row: Any) -> Undecided:
    terms = tuple(Term(**term) for term in json.loads(row.terms))
    return Undecided(
        row.concept_slug, row.identity, row.canonical_url, row.title, row.name, row.published, row.relevance, row.passage, terms
    )
