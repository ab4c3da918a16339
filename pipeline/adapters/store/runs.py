"""The record of passes."""

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from models.schema import run
from pipeline.adapters.store.engine import Database


@dataclass
class StoredRuns:
    """The port Runs over the table run."""

    database: Database
    current: int = field(default=0)

    def begin(self, now: datetime) -> None:
        """Note that a pass has begun."""
        with self.database.writing() as connection:
            self.current = int(connection.execute(sa.insert(run).values(started_at=now)).lastrowid)

    def finish(self, counts: str, glossary_digest: str, epoch: int, now: datetime, *, succeeded: bool) -> None:
        """Note how it ended."""
        row: dict[str, object] = {"finished_at": now, "counts": counts, "glossary_digest": glossary_digest, "epoch": epoch}
        row |= {"succeeded": int(succeeded)}
        with self.database.writing() as connection:
            connection.execute(sa.update(run).where(run.c.id == self.current).values(row))
