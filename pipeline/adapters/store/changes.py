"""What befalls links beside their making: what sites lose is noted, and concepts whose boxes are to be made anew are marked."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from models.change import GONE
from models.schema import article, change, concept, decision, link, run, unplaced

Reason = Callable[[str], str]


def note(connection: sa.Connection, slug: str, changes: Sequence[tuple[str, str]], reason: Reason, now: datetime) -> None:
    """Record what changed; in the transaction that changes it."""
    if not changes:
        return
    current = connection.execute(sa.select(sa.func.max(run.c.id))).scalar_one()
    rows = [
        {"at": now, "run_id": current, "concept_slug": slug, "url": url, "change": kind, "reason": reason(url)}
        for url, kind in changes
    ]
    connection.execute(sa.insert(change), rows)


def mark(connection: sa.Connection, slug: str, reason: str) -> None:
    """Have a concept's box made anew by whoever settles next; a reason that was given before stays."""
    connection.execute(insert(unplaced).values(concept_slug=slug, reason=reason).on_conflict_do_nothing())


def unplace(connection: sa.Connection, number: int, reason: str) -> None:
    """Have the boxes made anew that an article left, came back to, or belongs in by a person's word.

    They are those of the concepts that link it, and that have a decision on it: a pinned one under the cut may have no link.
    """
    linked = sa.select(link.c.concept_slug).where(link.c.article_id == number)
    decided = sa.select(decision.c.concept_slug).join(article, article.c.identity == decision.c.identity)
    either = sa.union_all(linked, decided.where(article.c.id == number))
    chosen = sa.select(concept.c.slug, sa.literal(reason)).where(concept.c.slug.in_(either))
    made = insert(unplaced).from_select(["concept_slug", "reason"], chosen)
    connection.execute(made.on_conflict_do_nothing())


def unlink(connection: sa.Connection, ids: Sequence[int], now: datetime) -> tuple[int, tuple[str, ...]]:
    """Note what sites lose with these articles, and which boxes are to be made anew: how many links, and whose."""
    joined = sa.select(link.c.concept_slug, link.c.rank, article.c.canonical_url).join(article, article.c.id == link.c.article_id)
    held = connection.execute(
        joined.where(link.c.article_id.in_(ids)).order_by(link.c.concept_slug, article.c.canonical_url)
    ).all()
    slugs: list[str] = []
    for slug, rows in groupby(held, key=lambda row: str(row.concept_slug)):
        lost = [(row.canonical_url, "removed") for row in rows if row.rank is not None]
        note(connection, slug, lost, lambda url: GONE, now)  # noqa: ARG005
        mark(connection, slug, GONE)
        slugs.append(slug)
    return sum(row.rank is not None for row in held), tuple(slugs)
