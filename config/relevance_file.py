"""relevance.toml changed by the program: learned numbers replaced, comments kept, the file before it kept beside it."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from config import relevance
from config.loading import SHIPPED
from models.article import TextFrom
from models.errors import UsageError
from models.parameters import Calibration

NAME = "relevance.toml"
BEFORE = "relevance.toml.before"
_MARK = "# Learned by conceptwire learn: "


@dataclass(frozen=True, slots=True)
class Written:
    """What writing did."""

    path: Path
    before: Path | None  # where the file that stood there is now; None where there was none: the shipped one counted


def check(folder: Path) -> None:
    """Raise UsageError where the folder is the program's own: an update would undo what was learned."""
    if folder.resolve() == SHIPPED.resolve():
        wrong = "comes with the program, and keeps its weights"
        raise UsageError(str(folder), wrong, "conceptwire init news; conceptwire --config news learn")


def write(folder: Path, learned: Mapping[TextFrom, Calibration], note: str) -> Written:
    """Replace the weights of some kinds of text, whole or not at all; `note` says what they were learned from.

    Begins with the shipped file where the folder has none. Raises UsageError for the shipped folder, or where nothing can
    be written; ConfigError where the file there is already wrong.
    """
    check(folder)
    path = folder / NAME
    text = _changed((path if path.exists() else SHIPPED / NAME), learned, note)
    try:
        before = _copied(path, folder / BEFORE) if path.exists() else None
        _replace(path, text)
    except OSError as error:
        raise UsageError(str(path), f"cannot be written ({error.strerror})", f"chmod u+w {folder}") from None
    return Written(path, before)


def _changed(path: Path, learned: Mapping[TextFrom, Calibration], note: str) -> str:
    import tomlkit

    relevance.read(path)  # one that is wrong already is named, and not changed
    text = path.read_text(encoding="utf-8")
    document = tomlkit.parse(text)
    for kind, calibration in sorted(learned.items()):
        table = document["relevance"][kind]
        for name, value in asdict(calibration).items():
            table[name] = value
    kept = "".join(line for line in tomlkit.dumps(document).splitlines(keepends=True) if not line.startswith(_MARK))
    return f"{_MARK}{note}\n{kept}"


def _copied(path: Path, to: Path) -> Path:
    _replace(to, path.read_text(encoding="utf-8"))
    return to


def _replace(path: Path, text: str) -> None:
    """Write a file beside `path`, then put it in its place."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".relevance-", suffix=".toml")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        os.chmod(temporary, 0o644)  # noqa: PTH101
        os.replace(temporary, path)  # noqa: PTH105
    except OSError:
        os.unlink(temporary)  # noqa: PTH108
        raise
