"""The record of passes."""

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from models.schema import change, run
from pipeline.adapters.store.engine import Database


@dataclass
class StoredRuns:
    """The port Runs over the table run."""

    database: Database
    current: int = field(default=0)
    before: int = field(default=0)  # the last change of links until then

    def begin(self, now: datetime) -> None:
        """Note that a pass has begun."""
        with self.database.writing() as connection:
            self.before = int(connection.execute(sa.select(sa.func.max(change.c.sequence))).scalar() or 0)
            self.current = int(connection.execute(sa.insert(run).values(started_at=now)).lastrowid)

    def changes(self) -> dict[str, int]:
        """How many links this pass added, removed and moved, in boxes and below them."""
        ours = (change.c.sequence > self.before) & (change.c.run_id == self.current)
        counted = sa.select(change.c.change, sa.func.count().label("many")).where(ours).group_by(change.c.change)
        with self.database.reading() as connection:
            return {row.change: row.many for row in connection.execute(counted)}

    def finish(self, counts: str, glossary_digest: str, epoch: int, now: datetime, *, succeeded: bool) -> None:
        """Note how it ended."""
        row: dict[str, object] = {"finished_at": now, "counts": counts, "glossary_digest": glossary_digest, "epoch": epoch}
        row |= {"succeeded": int(succeeded)}
        with self.database.writing() as connection:
            connection.execute(sa.update(run).where(run.c.id == self.current).values(row))
