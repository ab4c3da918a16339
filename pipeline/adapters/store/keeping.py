"""The database's file: made small, checked, copied while others write."""

import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from models.errors import StoreError, UsageError
from models.schema import APPLICATION_ID
from pipeline.adapters.store.engine import BUSY_SECONDS, Database

_MEGABYTE = 1_000_000
_PAGES = 1024  # copied between two looks at the progress: 4 MB


@dataclass(frozen=True, slots=True)
class Vacuumed:
    """Bytes of the database's files."""

    before: int
    after: int


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def vacuum(database: Database, free: Callable[[Path], int] = _free) -> Vacuumed:
    """Give back what deleted rows took, and refresh what the query planner knows. Readers go on, writers wait.

    Raises StoreError where there is no room for the copy that SQLite makes.
    """
    before = _bytes(database.path)
    with database.reading() as connection:
        pages, unused, size = (
            int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
            for name in ("page_count", "freelist_count", "page_size")
        )
        _make_sure_of_room(database.path.parent, (pages - unused) * size, free)
        connection.exec_driver_sql("PRAGMA temp_store = FILE")  # the copy may be larger than the memory
        try:
            for statement in ("VACUUM", "PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)"):
                connection.exec_driver_sql(statement).close()
        finally:
            connection.exec_driver_sql("PRAGMA temp_store = MEMORY")
    return Vacuumed(before, _bytes(database.path))


def _bytes(path: Path) -> int:
    files = (path, path.with_name(path.name + "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def _make_sure_of_room(folder: Path, size: int, free: Callable[[Path], int]) -> None:
    """The copy is made in SQLite's folder for temporary files, then written into the log beside the database."""
    needed: Counter[int] = Counter()  # by device
    for place in (folder, _temporary()):
        device = place.stat().st_dev
        needed[device] += size
        has = free(place)
        if has < needed[device]:
            raise StoreError(
                str(place),
                f"has {has / _MEGABYTE:.0f} MB free, and {needed[device] / _MEGABYTE:.0f} MB are needed for a while",
                "make room there; SQLITE_TMPDIR=FOLDER puts the temporary copy elsewhere",
            )


def _temporary() -> Path:
    """Where SQLite puts temporary files."""
    named = (os.environ.get("SQLITE_TMPDIR", ""), os.environ.get("TMPDIR", ""), "/var/tmp", "/usr/tmp", "/tmp")  # noqa: S108
    return next((Path(one) for one in named if one and Path(one).is_dir() and os.access(one, os.W_OK | os.X_OK)), Path())


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with a database."""

    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.wrong}. Try: {self.remedy}"


_RESTORE = "restore a backup (conceptwire backup makes them)"
# Concepts that are to be placed anew: links of theirs were taken away, or one of their articles was read since.
_WAITING = """SELECT concept_slug FROM unplaced UNION
SELECT link.concept_slug FROM link JOIN article ON article.id = link.article_id WHERE NOT article.settled"""
_GAPS = """SELECT 'the {column}s of ' || concept_slug || ' are ' || group_concat({column}, ', ') || ', not 1 to ' || count(*)
FROM (SELECT concept_slug, {column} FROM link WHERE {column} IS NOT NULL ORDER BY concept_slug, {column})
WHERE concept_slug NOT IN ({waiting}) GROUP BY concept_slug
HAVING min({column}) <> 1 OR max({column}) <> count(*) OR count(DISTINCT {column}) <> count(*)"""
_NO_RANK = (
    "SELECT 'the box of ' || concept_slug || ' shows what has no rank' FROM link WHERE position IS NOT NULL AND rank IS NULL"
)
_UNCOUNTED = """SELECT 'article ' || canonical_url || ' has no counted words' FROM article
WHERE id NOT IN (SELECT article_id FROM features)"""
_EARLY = """SELECT 'article ' || canonical_url || ' is dated ' || published || ', after it was first seen' FROM article
WHERE published > first_seen"""
_FUTURE = """SELECT 'article ' || canonical_url || ' was first seen on ' || first_seen || ', which is still to come' FROM article
WHERE first_seen > (SELECT max(ifnull(max(started_at), ''), :now) FROM run)"""
_SPEECHLESS = """SELECT 'entry ' || url || ' is queued, and what its feed said of it is lost' FROM entry
WHERE state = 'queued' AND payload IS NULL"""
_LAWS = (  # each one statement, which sees one moment of a file that others write; a row is a fault
    (_GAPS.format(column="position", waiting=_WAITING), "conceptwire rescore"),
    (_GAPS.format(column="rank", waiting=_WAITING), "conceptwire rescore"),
    (_NO_RANK, "conceptwire rescore"),
    (_UNCOUNTED, "conceptwire run"),
    (_EARLY, _RESTORE),
    (_FUTURE, f"set this machine's clock, or {_RESTORE}"),
    (_SPEECHLESS, _RESTORE),
)
_NAMED = 5  # of the faults of one kind; the rest are counted


def check(database: Database, now: datetime) -> list[Fault]:
    """What is wrong with the file, with rows that point nowhere, and by laws of our own; [] is sound."""
    try:
        with database.reading() as connection:
            found = connection.exec_driver_sql(f"PRAGMA integrity_check({_NAMED})").scalars().all()
            if found != ["ok"]:
                return [Fault(f"the file is damaged: {line}", _RESTORE) for line in found]
            faults = _astray(connection)
            for law, remedy in _LAWS:
                rows = connection.execute(sa.text(law), {"now": f"{now:%Y-%m-%dT%H:%M:%SZ}"} if ":now" in law else {})
                faults += _named(rows.scalars(), remedy)
        return faults
    except StoreError as error:  # a page that is so wrong that SQLite stops looking
        return [Fault(error.wrong, _RESTORE)]


def _astray(connection: sa.Connection) -> list[Fault]:
    """Rows whose foreign key names nothing."""
    counted = Counter((row[0], row[2]) for row in connection.exec_driver_sql("PRAGMA foreign_key_check"))
    return [
        Fault(f"table {table}: {count} rows name a row of {parent} that is not there", _RESTORE)
        for (table, parent), count in sorted(counted.items())
    ]


def _named(found: Iterable[str], remedy: str) -> list[Fault]:
    """The first few by name, and how many more there are."""
    lines = iter(found)
    faults = [Fault(line, remedy) for line in islice(lines, _NAMED)]
    more = sum(1 for _ in lines)
    return [*faults, Fault(f"and {more} more like it", remedy)] if more else faults


Progress = Callable[[int, int], None]


def backup(path: Path, target: Path, progress: Progress = lambda done, of: None) -> int:  # noqa: ARG005
    """Copy a database, as it is at one moment, into one file, while others read and write it; gives the file's bytes.

    The copy stands beside the target until it is whole, sound and on the disk, and then takes its place.
    `progress(done, of)` hears of pages. Raises UsageError where the target cannot be written, StoreError where the
    database cannot be read.
    """
    target = Path(os.path.realpath(target))
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        _refuse(path, target)
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o666))
        try:
            _copy(path, part, progress)
            flush(part)
            part.replace(target)
            flush(target.parent)
        finally:
            for ending in ("", "-journal", "-wal", "-shm"):
                part.with_name(part.name + ending).unlink(missing_ok=True)
        return target.stat().st_size
    except OSError as error:
        raise UsageError(
            str(target), f"cannot be written ({error.strerror})", "a file in a folder that you may write to"
        ) from None
    except sqlite3.Error as error:
        raise StoreError(str(path), f"cannot be copied to {target} ({error})", "a folder with room; conceptwire check") from None


def _refuse(path: Path, target: Path) -> None:
    """Raise UsageError for targets that are something else: a folder, a device, a database in use, the very one to be copied."""
    real = Path(os.path.realpath(path))
    ours = {real.with_name(real.name + ending) for ending in ("", "-wal", "-shm", "-journal", ".lock")}
    if target in ours or (target.exists() and path.exists() and target.samefile(path)):
        raise UsageError(str(target), "belongs to the database itself", "another file")
    if target.exists() and not target.is_file():
        raise UsageError(str(target), "is no file", str(target / "conceptwire.db") if target.is_dir() else "a file's name")
    if not target.parent.is_dir():
        raise UsageError(str(target), "its folder does not exist", f"mkdir -p {target.parent}")
    if target.exists() and target.stat().st_size and owner(target) != APPLICATION_ID:
        raise UsageError(str(target), "is there already and is no backup of ours", "another file, or remove that one")
    for ending in ("-wal", "-journal"):  # SQLite would take what is in there for the new file's
        if target.with_name(target.name + ending).exists():
            raise UsageError(str(target), f"is a database in use ({target.name}{ending} is beside it)", "another file")


def owner(path: Path) -> int:
    """Whose database a file is, by its header (bytes 68 to 71); -1 for what is none. Raises OSError."""
    with path.open("rb") as stream:
        head = stream.read(72)
    return int.from_bytes(head[68:72], "big") if head.startswith(b"SQLite format 3\0") else -1


def _copy(path: Path, part: Path, progress: Progress) -> None:
    """Copy page by page within one read transaction: it sees one moment, so that no writer makes it begin again."""
    with closing(_connected(path)) as live, closing(_connected(part)) as copy:
        live.execute("BEGIN")
        (owner,) = live.execute("PRAGMA application_id").fetchone()
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if owner != APPLICATION_ID:
            raise StoreError(str(path), "is a database of another program", "another path in database_url")
        copy.execute("PRAGMA synchronous = OFF")  # it is flushed once, when it is whole
        live.backup(copy, pages=_PAGES, progress=lambda _, left, of: progress(of - left, of))
        live.execute("ROLLBACK")
        copy.execute("PRAGMA journal_mode = DELETE")
        (found,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise StoreError(str(path), f"its copy is not sound ({found})", "conceptwire check")


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None)


def flush(path: Path) -> None:
    """Have a file, or a folder's list of files, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
