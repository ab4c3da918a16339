"""What people said of an article or a concept goes with it to its new name; what was said of the new name itself stays."""

from collections.abc import Mapping

import sqlalchemy as sa

from models.change import EDITOR
from models.schema import decision, judgment, unplaced
from pipeline.adapters.store.changes import mark

_SAID = (decision, judgment)


def of_article(connection: sa.Connection, old: str, new: str) -> bool:
    """Decisions and judgments of one identity become another's; whether there was any."""
    found = 0
    for table in _SAID:
        moved = sa.update(table).where(table.c.identity == old).values(identity=new)
        found += connection.execute(moved.prefix_with("OR IGNORE")).rowcount
    return found > 0


def of_concept(connection: sa.Connection, old: str, new: str) -> None:
    """Decisions and judgments of a former slug become those of the concept it is now, whose box is made anew for them."""
    found = 0
    for table in (unplaced, *_SAID):
        moved = sa.update(table).where(table.c.concept_slug == old).values(concept_slug=new)
        found += connection.execute(moved.prefix_with("OR IGNORE")).rowcount
    connection.execute(sa.delete(unplaced).where(unplaced.c.concept_slug == old))
    if found:
        mark(connection, new, EDITOR)


def owed(connection: sa.Connection, former: Mapping[str, str]) -> bool:
    """Whether `of_concept` would move something of these former slugs, each with what it is now."""
    for table in _SAID:
        other = table.alias()
        for old, new in former.items():
            same = sa.exists().where(other.c.concept_slug == new, other.c.identity == table.c.identity)
            left = sa.select(table.c.identity).where(table.c.concept_slug == old, sa.not_(same))
            if connection.execute(left.limit(1)).first() is not None:
                return True
    return False
