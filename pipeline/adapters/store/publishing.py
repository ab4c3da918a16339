"""The published copy: what sites may read, as tables of one compact file without a log, for whoever cannot read the live one."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from models.contract import CONTRACT, View
from models.errors import StoreError, UsageError
from models.schema import metadata
from models.views import SEARCH
from pipeline.adapters.store.engine import BUSY_SECONDS
from pipeline.adapters.store.keeping import flush, owner

PUBLISHED_ID = 0x43574950  # "CWIP" in the file's header: a published copy, which no run writes to
_TABLES = tuple(view for view in CONTRACT if view.name not in SEARCH)
_NAMING = {  # columns that name a concept
    "concept_news": ("concept_slug",),
    "concept_links": ("concept_slug",),
    "related_concepts": ("concept_slug", "related_slug"),
    "renamed_concepts": ("slug",),
}
_INDEXES = (
    "concept_links_by_url ON concept_links (url)",
    "concept_links_by_date ON concept_links (published_at)",
    "link_changes_by_concept ON link_changes (concept_slug, sequence)",
    "related_concepts_by_neighbour ON related_concepts (related_slug)",
)
_FRESH = ("status", "source_health")  # what every pass changes
_KEPT_IN = "content = concept_links"  # the index refers to the table's words instead of having its own


def publish(path: Path, target: Path, *, anew: bool = True) -> int:
    """Put a copy of what the views show in the target's place, all of it or nothing; gives its bytes.

    Without `anew`, where nothing changed but how fresh it is, the old copy's pages are taken over. Whoever has the old
    copy open keeps it. Raises UsageError where the target cannot be written, StoreError where the database cannot be read.
    """
    target = Path(os.path.realpath(target))
    usable(path, target)
    part = target.with_name(
        f".{target.name}.part"
    )  # one name: the run lock is held, and what was killed leaves no more than this
    try:
        try:
            part.unlink(missing_ok=True)
            if anew or not _refreshed(path, target, part):
                part.unlink(missing_ok=True)
                _fill(path, part)
            part.chmod(0o444)
            flush(part)
            part.replace(target)
            flush(target.parent)
        finally:
            part.unlink(missing_ok=True)
        return target.stat().st_size
    except OSError as error:
        raise UsageError(
            f"publish = {str(target)!r}", f"cannot be written ({error.strerror})", "a file in a folder that you may write to"
        ) from None
    except sqlite3.Error as error:
        raise StoreError(
            str(path), f"cannot be published to {target} ({error})", "a folder with room; conceptwire check"
        ) from None


def private_tables() -> list[str]:
    """Tables of the live database that no contract names."""
    return sorted([*metadata.tables, "alembic_version", "sqlite_sequence"])


def usable(path: Path, target: Path) -> None:
    """Raise UsageError for targets that are something else: a folder, somebody's file, the database itself."""
    where, real, target = f"publish = {str(target)!r}", Path(os.path.realpath(path)), Path(os.path.realpath(target))
    if target in {real.with_name(real.name + ending) for ending in ("", "-wal", "-shm", "-journal", ".lock")}:
        raise UsageError(where, "belongs to the database itself", "another file")
    if not target.parent.is_dir():
        raise UsageError(where, "its folder does not exist", f"mkdir -p {target.parent}")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise UsageError(where, "its folder cannot be written to", "a folder that you may write to")
    if target.exists() and not target.is_file():
        raise UsageError(where, "is no file", str(target / "news.db") if target.is_dir() else "a file's name")
    if target.exists() and target.stat().st_size and not _is_published(target):
        raise UsageError(where, "is there already and is no published copy", "another file, or remove that one")


def _is_published(path: Path) -> bool:
    """Whether a file is a published copy; one that cannot be read is none of ours."""
    try:
        return owner(path) == PUBLISHED_ID
    except OSError:
        return False


def _refreshed(path: Path, target: Path, part: Path) -> bool:
    """Make the new copy of the old one where the live database's edition is still the same; False where it is not.

    False, too, where the old one is damaged, or has other columns: then all of it is made anew.
    """
    if not target.exists() or not _is_whole(target):
        return False
    shutil.copyfile(target, part)
    try:
        with _building(path, part) as copy:
            if not _same(copy):
                return False
            for view in _TABLES:
                if view.name in _FRESH:
                    copy.execute(f"DELETE FROM main.{view.name}")  # noqa: S608 - constants
                    _take_over(copy, view)
    except sqlite3.DatabaseError:
        return False  # it is tried once more without the old copy, and what is wrong with the live database shows then
    return True


def _fill(path: Path, part: Path) -> None:
    """One read transaction gives all views as of one moment, while others write."""
    with _building(path, part) as copy:
        for view in _TABLES:
            copy.execute(_table(view, _names(copy, view)))
            _take_over(copy, view)
        for index in _INDEXES:
            copy.execute(f"CREATE INDEX {index}")
        copy.execute(SEARCH["news_search"].replace("tokenize =", f"{_KEPT_IN}, tokenize ="))
        copy.execute("INSERT INTO news_search (news_search) VALUES ('rebuild')")
        copy.execute("INSERT INTO news_search (news_search) VALUES ('optimize')")


@contextmanager
def _building(path: Path, part: Path) -> Iterator[sqlite3.Connection]:
    """The copy in the making, with the live database attached as it is at one moment. There is no log: who dies begins anew."""
    with closing(sqlite3.connect(part.as_uri(), uri=True, isolation_level=None, timeout=BUSY_SECONDS)) as copy:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "temp_store = MEMORY", f"application_id = {PUBLISHED_ID}"):
            copy.execute(f"PRAGMA {pragma}")
        copy.execute("ATTACH DATABASE ? AS live", (f"{path.absolute().as_uri()}?mode=ro",))
        copy.execute("BEGIN")
        yield copy
        copy.execute("COMMIT")
        copy.execute("DETACH DATABASE live")
        copy.execute("PRAGMA journal_mode = DELETE")


def _names(copy: sqlite3.Connection, view: View, of: str = "live") -> list[str]:
    return [row[1] for row in copy.execute(f"PRAGMA {of}.table_info({view.name})")]


def _take_over(copy: sqlite3.Connection, view: View) -> None:
    columns, order = ", ".join(_names(copy, view)), f" ORDER BY {view.order}" if view.order else ""
    copy.execute(f"INSERT INTO main.{view.name} ({columns}) SELECT {columns} FROM live.{view.name}{order}")  # noqa: S608


def _same(copy: sqlite3.Connection) -> bool:
    """Whether the old copy is sound, and shows what the live database does."""
    if any(_names(copy, view) != _names(copy, view, "main") for view in _TABLES):
        return False
    said = [copy.execute(f"SELECT glossary_digest, last_change, edition FROM {of}.status").fetchall() for of in ("main", "live")]  # noqa: S608
    return bool(said[0] == said[1] and copy.execute("PRAGMA main.quick_check(1)").fetchone() == ("ok",))


def _is_whole(path: Path) -> bool:
    """Whether a file has the length that its header says (bytes 16 and 17: the size of a page; 28 to 31: how many)."""
    with path.open("rb") as stream:
        head = stream.read(32)
    return int.from_bytes(head[16:18], "big") * int.from_bytes(head[28:32], "big") == path.stat().st_size


def _table(view: View, names: list[str]) -> str:
    """The statement that makes a table of a view, in the view's order of columns."""
    said = {one.name: one for one in view.columns}
    lines = [f"{name} {said[name].kind}{'' if said[name].null else ' NOT NULL'}" for name in names]
    if view.key:
        lines.append(f"PRIMARY KEY ({', '.join(view.key)})")
    lines += [f"FOREIGN KEY ({column}) REFERENCES concepts (slug)" for column in _NAMING.get(view.name, ())]
    return f"CREATE TABLE main.{view.name} ({', '.join(lines)})"
