"""The port Hosts over the tables host and robots."""

import sqlite3
import zlib
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from models.host import Robots
from models.schema_fetching import host, robots
from pipeline.adapters.store.courtesy import forget_days
from pipeline.adapters.store.engine import BUSY_SECONDS, Database

_FARTHEST = timedelta(days=8)  # a week is the most that a host gets, and a pass takes a while; else some clock was ahead
_REMEMBERED = timedelta(days=60)  # a robots.txt that nobody needed for so long


@dataclass(frozen=True)
class StoredHosts:
    """What hosts asked for, from one pass to the next."""

    database: Database

    def waits(self, now: datetime) -> dict[str, datetime]:
        """Hosts that asked to be left alone until a moment after `now`."""
        chosen = sa.select(host.c.site, host.c.wait_until).where(_after(now), ~_after(now + _FARTHEST))
        with self.database.reading() as connection:
            return {row.site: row.wait_until for row in connection.execute(chosen)}

    def wait(self, site: str, until: datetime) -> None:
        """The host asked to be left alone until then."""
        statement = insert(host).values(site=site, wait_until=until)
        with self.database.writing() as connection:
            connection.execute(statement.on_conflict_do_update(["site"], set_={"wait_until": until}))

    def robots(self, origin: str) -> Robots | None:
        """What is known of an origin's robots.txt."""
        with self.database.reading() as connection:
            row = connection.execute(sa.select(robots).where(robots.c.origin == origin)).first()
        return None if row is None else Robots(**row._asdict() | {"rules": zlib.decompress(row.rules).decode()})

    def learned(self, known: Robots) -> None:
        """Keep what is known of an origin's robots.txt."""
        row = asdict(known) | {"rules": zlib.compress(known.rules.encode())}
        statement = insert(robots).values(row)
        with self.database.writing() as connection:
            connection.execute(statement.on_conflict_do_update(["origin"], set_=row))

    def rests(self, origin: str, until: datetime) -> None:
        """No page of an origin whose robots.txt is known is to be asked for before."""
        later = until + timedelta(microseconds=999_999)  # seconds are kept
        with self.database.writing() as connection:
            connection.execute(sa.update(robots).where(robots.c.origin == origin).values(rests_until=later))

    def tidy(self, now: datetime) -> None:
        """Forget what is over, days that are not counted any more included, writing only where there is something."""
        forget_days(self.database, now)
        over = sa.or_(host.c.wait_until < sa.literal(now, host.c.wait_until.type), _after(now + _FARTHEST))
        unused = robots.c.until < sa.literal(now - _REMEMBERED, robots.c.until.type)
        for table, gone in ((host, over), (robots, unused)):
            with self.database.reading() as connection:
                found = connection.execute(sa.select(sa.exists().where(gone))).scalar_one()
            if found:
                with self.database.writing() as connection:
                    connection.execute(sa.delete(table).where(gone))


def _after(moment: datetime) -> sa.ColumnElement[bool]:
    return host.c.wait_until > sa.literal(moment, host.c.wait_until.type)


def waits_in(path: Path, now: datetime) -> dict[str, datetime]:
    """What StoredHosts.waits gives, of a file that is only read; nothing where that is no such database, or an older one."""
    between = tuple(f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for at in (now, now + _FARTHEST))
    asked = "SELECT site, wait_until FROM host WHERE wait_until > ? AND wait_until <= ?"
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as connection:
            rows = connection.execute(asked, between).fetchall()
    except sqlite3.Error:
        return {}
    return {site: datetime.fromisoformat(until) for site, until in rows}
