"""Files and environment become values, or a ConfigError that names file, line or key, what is wrong, what is right."""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from models.errors import ConfigError
from models.parameters import Parameters
from models.settings import Settings
from models.source import Source

SHIPPED = Path(__file__).parent
PREFIX = "CONCEPTWIRE_"
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
Value = TypeVar("Value")


def folder(given: Path | None, environment: Mapping[str, str] = os.environ) -> Path:
    """The configuration folder: --config, else $CONCEPTWIRE_CONFIG, else the one that comes with the program."""
    chosen = given or (Path(environment["CONCEPTWIRE_CONFIG"]) if environment.get("CONCEPTWIRE_CONFIG") else SHIPPED)
    if not chosen.is_dir():
        raise ConfigError(str(chosen), "is not a folder", f"conceptwire init {chosen}")
    return chosen


def settings(place: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """settings.toml (defaults where it is missing) under the CONCEPTWIRE_... variables."""
    path = place / "settings.toml"
    written = _toml(path) if path.exists() else {}
    known = [one.name for one in fields(Settings)]
    for key in written:
        if key not in known:
            raise ConfigError(_line(path, key), f"there is no setting {key!r}", _nearest(key, known))
    said = {}
    for variable, value in environment.items():
        if variable.startswith(PREFIX):
            key = variable.removeprefix(PREFIX).lower()
            if key in known:
                said[key] = value
            elif difflib.get_close_matches(key, known, 1, 0.75):  # a slip of the pen; others may have their reasons
                raise ConfigError(variable, "there is no such setting", PREFIX + _nearest(key, known).upper())
    made = _validated(Settings, written | said, lambda key: PREFIX + key.upper() if key in said else _line(path, key))
    _check_settings(made, path)
    return made


def _check_settings(made: Settings, path: Path) -> None:
    positive = (
        "first_run_entries", "retry_minutes", "exchange_seconds", "largest_body", "parallel_exchanges", "parse_seconds",
        "box_size", "per_source", "epoch_articles", "serve_every_minutes",
    )  # fmt: skip
    for key in positive:
        if getattr(made, key) <= 0:
            raise ConfigError(_line(path, key), f"{key} is {getattr(made, key)}", "a number above 0")
    for key in ("redirects", "host_interval_seconds", "workers", "related_shown", "epoch_growth"):
        if getattr(made, key) < 0:
            raise ConfigError(_line(path, key), f"{key} is {getattr(made, key)}", "0 or more")
    if not re.fullmatch(r"[a-z]{2}", made.language):
        raise ConfigError(_line(path, "language"), f"{made.language!r} is no ISO 639-1 code", 'language = "en"')


def sources(place: Path) -> tuple[Source, ...]:
    """sources.toml: at least one source, each with a slug of its own, a name, a homepage and its feeds."""
    path = place / "sources.toml"
    written = _toml(path)
    tables = written.get("sources")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(str(path), "has no [[sources]]", "conceptwire sources add https://example.org/feed.xml")
    made = tuple(_source(path, number, table) for number, table in enumerate(tables))
    seen: dict[str, str] = {}
    for number, one in enumerate(made):
        for what in (one.slug, *one.feeds):
            if what in seen:
                where = _line(path, "", number)
                raise ConfigError(where, f"{what!r} is used by {seen[what]!r} already", "one slug, one feed, one source")
            seen[what] = one.slug
    return made


def _source(path: Path, number: int, table: dict[str, Any]) -> Source:
    where = _line(path, "", number)
    known = [one.name for one in fields(Source)]
    for key in table:
        if key not in known:
            raise ConfigError(where, f"a source has no {key!r}", _nearest(key, known))
    for key in ("slug", "name", "homepage", "feeds"):
        if not table.get(key):
            raise ConfigError(where, f"the source has no {key}", f"{key} = {'[...]' if key == 'feeds' else '...'}")
    made = _validated(Source, table, lambda key: f"{where}: {key}")
    if not _SLUG.fullmatch(made.slug):
        raise ConfigError(f"{where}: slug", f"{made.slug!r} is not a slug", 'lower case, as in "mit-news-ai"')
    for address in (made.homepage, *made.feeds):
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(where, f"{address!r} is not a web address", "https://...")
    return made


def parameters(place: Path) -> Parameters:
    """relevance.toml, the shipped one where the folder has none."""
    import hashlib

    path = place / "relevance.toml" if (place / "relevance.toml").exists() else SHIPPED / "relevance.toml"
    written = _toml(path)
    flat: dict[str, Any] = {"digest": hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()}
    suffixes = {"article_weights": "_weight", "concept_weights": "_weight"}
    for key, value in written.items():
        if isinstance(value, dict):
            flat |= {f"{name}{suffixes.get(key, '')}": inner for name, inner in value.items()}
        else:
            flat[key] = value
    known = [one.name for one in fields(Parameters)]
    for key in known:
        if key not in flat:
            raise ConfigError(str(path), f"{key.removesuffix('_weight')} is missing", f"copy {SHIPPED / 'relevance.toml'}")
    for key in flat:
        if key not in known:
            raise ConfigError(str(path), f"there is no parameter {key!r}", _nearest(key, known))
    return _validated(Parameters, flat, lambda key: _line(path, key.removesuffix("_weight")))


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(str(path), "does not exist", f"conceptwire init {path.parent}") from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), "is not UTF-8 text", "save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), str(error), 'key = "text", key = 5, or [a table]; see https://toml.io') from None


def _validated(kind: type[Value], written: Mapping[str, Any], where: Any) -> Value:
    """`written` as a `kind`, or a ConfigError for the first key that does not fit."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(kind).validate_python(written)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        raise ConfigError(where(key), f"{key} = {first['input']!r}", first["msg"]) from None


def _line(path: Path, key: str, table: int | None = None) -> str:
    """`path:line` of a key, or of the table-th [[sources]]; the path alone where it cannot be found."""
    pattern = re.compile(rf"^\s*{re.escape(key)}\s*=" if table is None else r"^\s*\[\[\s*sources\s*\]\]", re.MULTILINE)
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    for number, match in enumerate(pattern.finditer(text)):
        if number == (table or 0):
            return f"{path}:{text.count(chr(10), 0, match.end()) + 1}"
    return str(path)


def _nearest(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, 1)
    return near[0] if near else "one of " + ", ".join(known)
