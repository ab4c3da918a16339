"""A folder that holds what we made, exactly, and leaves alone what others put there.

DIR/.conceptwire-MAKER.json lists the files of one maker. It is written before them (old names and new), and again after them
(new names), so that a kill at any moment leaves nothing that the next keep does not know. DIR/.conceptwire.lock lets one keep
write at a time.
"""

import fcntl
import json
import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NoReturn

from models.document import Document
from models.errors import Locked, UsageError

_LOCK, _TEMPORARY = ".conceptwire.lock", ".conceptwire.tmp"  # one temporary name is enough for one writer at a time
_LOOKS = 0.1  # seconds between two looks at a held lock
_LONGEST_NAME = 255  # bytes; what file systems take
_ELSEWHERE = "a folder of its own, such as www"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a keep did; paths are relative, in order."""

    written: tuple[str, ...]
    unchanged: int
    removed: tuple[str, ...]


def keep(folder: Path, documents: Iterable[Document], maker: str, *, patience: float = 30.0) -> Kept:
    """Make `folder` hold exactly `documents` of what `maker` made there.

    Files whose bytes are right stay as they are, with their times; others are replaced whole, one by one. Raises UsageError where
    somebody else's file is in the way, before anything is written, and where the system refuses a write, with no half-written
    file; Locked where another keep is still at it after `patience` seconds.
    """
    wanted = _checked(documents, folder)
    try:
        _refuse_our_own(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder, patience):
            return _Folder(folder, maker).hold(wanted)
    except OSError as error:
        _failed(Path(error.filename or folder), error)


class _Folder:
    """A folder while we alone write in it."""

    def __init__(self, folder: Path, maker: str) -> None:
        self.folder, self.list = folder, _list_of(maker)
        self.lists = {path.name: _listed(path) for path in sorted(folder.glob(_list_of("*")))}
        self.ours = self.lists.pop(self.list, set())
        self.others = set[str]().union(*self.lists.values())

    def hold(self, wanted: Mapping[str, bytes]) -> Kept:
        """Write what differs, remove what is gone."""
        differing = [path for path, content in wanted.items() if self._differs(path, content)]
        listed = self.ours | self.others
        # What has the right bytes already, and is nobody's by the lists, stays its owner's.
        kept = listed.intersection(wanted).union(differing)
        for parent in {str(PurePosixPath(path).parent) for path in listed | kept | {self.list}}:
            self._unlink(str(PurePosixPath(parent) / _TEMPORARY))  # what a killed writer left
        self._write_list(self.ours | kept)
        for path in differing:
            self._replace(path, wanted[path])
        removed = tuple(self._remove(sorted(self.ours - kept - self.others)))
        self._write_list(kept)
        return Kept(tuple(differing), len(wanted) - len(differing), removed)

    def _differs(self, path: str, content: bytes) -> bool:
        """Whether the file is to be written. Raises UsageError where it may not be."""
        found = self._found(path)
        if found not in {None, content} and path not in self.ours:
            self._refuse(path)
        return found != content

    def _found(self, path: str) -> bytes | None:
        """The file's bytes; None where there is none. Raises UsageError for anything that is no file of this folder."""
        for parent in _parents(path):
            mode = _mode(self.folder / parent)
            if mode is None:
                return None
            if not stat.S_ISDIR(mode):
                _in_the_way(self.folder / parent, mode, "a folder")
        mode = _mode(self.folder / path)
        if mode is None:
            return None
        if not stat.S_ISREG(mode):
            _in_the_way(self.folder / path, mode, "a file")
        return (self.folder / path).read_bytes()

    def _refuse(self, path: str) -> NoReturn:
        makers = [name.removeprefix(".conceptwire-").removesuffix(".json") for name, paths in self.lists.items() if path in paths]
        if makers:
            wrong = f"was made by `conceptwire {makers[0]}`, and would be another file now"
            remedy = f"conceptwire {makers[0]} once more, with the same options; or {_ELSEWHERE}"
        else:
            wrong, remedy = "is not ours, and stands where a file of ours would", f"move it away, or {_ELSEWHERE}"
        raise UsageError(str(self.folder / path), wrong, remedy)

    def _write_list(self, paths: Iterable[str]) -> None:
        content = json.dumps({"files": sorted(paths)}, indent=1).encode() + b"\n"
        if self._found(self.list) != content:
            self._replace(self.list, content)
            _to_disk(self.folder)  # the list must be there before what it lists, should the machine fail between

    def _replace(self, path: str, content: bytes) -> None:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = place.parent / _TEMPORARY
        try:
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(place)
        except OSError as error:
            _failed(place, error)
        finally:
            temporary.unlink(missing_ok=True)

    def _remove(self, paths: Iterable[str]) -> Iterator[str]:
        """Remove files, and folders that have nothing else in them; gives the files that were still there."""
        for path in paths:
            if self._unlink(path):
                yield path
            for parent in reversed(_parents(path)):
                if self._is_folder(parent) and not any((self.folder / parent).iterdir()):
                    (self.folder / parent).rmdir()

    def _unlink(self, path: str) -> bool:
        """Remove it if it is a file in folders of this folder: what became a link since is somebody else's."""
        mode = _mode(self.folder / path) if self._is_folder(str(PurePosixPath(path).parent)) else None
        if mode is None or not stat.S_ISREG(mode):
            return False
        (self.folder / path).unlink()
        return True

    def _is_folder(self, path: str) -> bool:
        """Whether it and all above it are folders, none of them a link to elsewhere."""
        modes = (_mode(self.folder / one) for one in (*_parents(path), path))
        return path == "." or all(mode is not None and stat.S_ISDIR(mode) for mode in modes)


def _checked(documents: Iterable[Document], folder: Path) -> dict[str, bytes]:
    """Contents by path. Raises UsageError for a path that we don't write: slugs come from databases that anyone may have made."""
    wanted: dict[str, bytes] = {}
    for document in documents:
        if not _fits(document.path) or document.path in wanted:
            wrong = "is no path of a file in a folder" if document.path not in wanted else "comes twice"
            raise UsageError(str(folder), f"{document.path!r} {wrong}", "a database that conceptwire made")
        wanted[document.path] = document.content
    for path in wanted:
        for parent in PurePosixPath(path).parents:
            if str(parent) in wanted:
                raise UsageError(str(folder), f"{str(parent)!r} cannot be file and folder", "a database that conceptwire made")
    return wanted


def _fits(path: object) -> bool:
    """Whether it is a relative path, of visible names that all file systems take."""
    if not isinstance(path, str) or not path.isprintable() or "\\" in path or ":" in path:
        return False
    return all(name and not name.startswith(".") and len(name.encode()) <= _LONGEST_NAME for name in path.split("/"))


def _refuse_our_own(folder: Path) -> None:
    """Raises UsageError for a file, and for a folder with conceptwire's own configuration or database."""
    if os.path.lexists(folder) and not folder.is_dir():
        raise UsageError(str(folder), "is no folder", _ELSEWHERE)
    signs = [folder / "settings.toml", folder / "sources.toml", *folder.glob("concepts/*.md")]
    signs += [Path(f"{path}{end}") for path in folder.glob("*.db") for end in ("-wal", ".lock")]
    if folder.name == "concepts" and any((folder.parent / name).exists() for name in ("settings.toml", "sources.toml")):
        signs += folder.glob("*.md")
    found = next((sign for sign in signs if sign.exists()), None)
    if found:
        wrong = f"holds conceptwire's own files ({found.relative_to(folder)}), which are not for readers"
        raise UsageError(str(folder), wrong, f"{_ELSEWHERE}: {folder / 'www'}")


def _list_of(maker: str) -> str:
    return f".conceptwire-{maker}.json"


def _listed(path: Path) -> set[str]:
    """The paths that a list holds. Raises UsageError where it isn't one: on its word, files are removed."""
    try:
        listed = json.loads(path.read_bytes())["files"] if path.is_file() and not path.is_symlink() else None
    except (ValueError, KeyError, TypeError, RecursionError):
        listed = None
    if not isinstance(listed, list) or not all(_fits(one) for one in listed):
        remedy = f"an empty folder, in place of {path.parent}"
        raise UsageError(str(path), "is no list of files as we write them: what is ours here is not known", remedy)
    return set(listed)


@contextmanager
def _alone(folder: Path, patience: float) -> Iterator[None]:
    """Hold the folder's lock for the block. Raises Locked after `patience` seconds."""
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        until = time.monotonic() + patience
        while not _taken(handle):
            if time.monotonic() >= until:
                raise Locked(str(folder), "is being written by another conceptwire", "let it finish, or run again later")
            time.sleep(_LOOKS)
        yield
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _parents(path: str) -> list[str]:
    """The folders that lead to it, the outermost first, without the one that it is relative to."""
    return [str(parent) for parent in PurePosixPath(path).parents][-2::-1]


def _mode(place: Path) -> int | None:
    """What stands there, links not followed; None for nothing."""
    try:
        return place.lstat().st_mode
    except FileNotFoundError:
        return None


def _to_disk(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _in_the_way(place: Path, mode: int, needed: str) -> NoReturn:
    kinds = {stat.S_IFLNK: "a link to elsewhere", stat.S_IFDIR: "a folder", stat.S_IFREG: "a file"}
    what = kinds.get(stat.S_IFMT(mode), "no plain file")
    raise UsageError(str(place), f"is {what}, and {needed} is needed", f"move it away, or {_ELSEWHERE}")


def _failed(place: Path, error: OSError) -> NoReturn:
    remedy = "a folder that you may write to, on a disk with room; then the same command again"
    raise UsageError(str(place), f"cannot be written ({error.strerror or error})", remedy) from None
