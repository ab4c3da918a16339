"""The words of the concepts' pages, and where pages have moved, as sites read them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from models.concept import Concept
from models.schema import concept, renaming

Row = dict[str, Any]


def row(one: Concept) -> Row:
    """All that a concept's page shows."""
    return {
        "slug": one.slug,
        "name": one.name,
        "definition": one.definition,
        "added_on": one.added,
        "minutes_to_read": one.minutes_to_read,
        "aliases": json.dumps(one.aliases, ensure_ascii=False),
        "body": one.body,
        "analogy": one.analogy,
        "example": one.example,
        "why_it_matters": one.why_it_matters,
    }


def stored(connection: sa.Connection) -> tuple[dict[str, Row], dict[str, str]]:
    """Rows by slug, and what former slugs lead to."""
    rows = {one.slug: dict(one._mapping) for one in connection.execute(sa.select(concept))}
    return rows, {one.former_slug: one.slug for one in connection.execute(sa.select(renaming))}


def write(connection: sa.Connection, rows: Iterable[Row]) -> None:
    """Make or change concepts."""
    for one in rows:
        connection.execute(insert(concept).values(one).on_conflict_do_update(["slug"], set_=one))


def forward(connection: sa.Connection, former: Mapping[str, str]) -> None:
    """Have former slugs lead to these, and no others."""
    connection.execute(sa.delete(renaming))
    for old, new in sorted(former.items()):
        connection.execute(sa.insert(renaming).values(former_slug=old, slug=new))
