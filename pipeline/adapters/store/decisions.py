"""What editors decided. Writing needs no run lock: whoever settles next makes the box anew."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from models.decision import Decision
from models.schema import article, decision, unplaced
from pipeline.adapters.store.engine import Database


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
            _unplace(connection, one.concept_slug)

    def withdraw(self, slug: str, identity: str, kind: str) -> bool:
        """Take a decision of that kind back; False where there is none."""
        pair = (decision.c.concept_slug == slug) & (decision.c.identity == identity) & (decision.c.kind == kind)
        with self.database.writing() as connection:
            found = bool(connection.execute(sa.delete(decision).where(pair)).rowcount)
            if found:
                _unplace(connection, slug)
        return found

    def all(self) -> list[Decision]:
        """Every decision, oldest first."""
        chosen = sa.select(decision, article.c.canonical_url, article.c.title)
        joined = chosen.outerjoin(article, article.c.identity == decision.c.identity)
        with self.database.reading() as connection:
            rows = connection.execute(joined.order_by(decision.c.at, decision.c.concept_slug, decision.c.identity)).all()
        return [
            Decision(row.concept_slug, row.identity, row.kind, row.at, row.note, row.canonical_url or "", row.title or "")
            for row in rows
        ]


def _unplace(connection: sa.Connection, slug: str) -> None:
    connection.execute(insert(unplaced).values(concept_slug=slug, reason="editor").on_conflict_do_nothing())
