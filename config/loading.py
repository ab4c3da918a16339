"""Files and environment become values, or a ConfigError that names file, line or key, what is wrong, what is right."""

import difflib
import json
import math
import os
import re
import tomllib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, fields
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args, get_origin
from urllib.parse import urlsplit

from models.errors import ConfigError
from models.settings import Settings
from models.source import Source

SHIPPED = Path(__file__).parent
PREFIX = "CONCEPTWIRE_"
_POSITIVE = (
    "first_run_entries", "retry_minutes", "exchange_seconds", "stalled_seconds", "largest_body", "parallel_exchanges",
    "parse_seconds", "parse_megabytes", "entries_per_feed", "page_nodes", "page_depth", "text_characters",
    "box_size", "per_source", "epoch_articles", "serve_every_minutes", "pace_least_minutes", "pace_most_minutes",
    "hints_most_hours", "look_again_at_once", "stuck_minutes", "largest_download", "largest_headers", "most_headers",
)  # fmt: skip
_MOST = {
    "workers": 64, "serve_every_minutes": 525_600, "retry_minutes": 43_200, "parallel_exchanges": 1000, "redirects": 100,
    "pace_most_minutes": 43_200, "hints_most_hours": 8760, "crawl_delay_most_seconds": 3600, "stuck_minutes": 43_200,
    "page_depth": 250,  # libxml2 itself goes no deeper than 256
    "look_again_days": 36_500, "text_days": 36_500, "article_days": 36_500, "host_interval_seconds": 86_400,
    "exchange_seconds": 3600, "stalled_seconds": 3600, "parse_seconds": 3600, "parse_megabytes": 1_000_000,
    "largest_body": 2**40, "largest_download": 2**40, "largest_headers": 2**40,
    **dict.fromkeys((
        "most_headers", "page_nodes", "text_characters", "entries_per_feed", "first_run_entries", "box_size", "per_source",
        "related_shown", "epoch_articles", "epoch_growth", "look_again_at_once",
    ), 10**9),  # as databases and libraries can count
}  # fmt: skip
_LEAST = {"largest_headers": 1024, "most_headers": 10}  # ordinary answers have as many
SLUG = re.compile(r"[A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*")  # fit for an address and a file name
_LISTS = {"ports": (80, 443), "allow_private": ("intranet",), "feeds": ("https://...",)}  # what is right, for example
_LISTEN = "127.0.0.1:9464"
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
    written = toml(path) if path.exists() else {}
    known = [one.name for one in fields(Settings)]
    for key in written:
        if key not in known:
            raise ConfigError(line(path, key), f"there is no setting {key!r}", nearest(key, known))
    said: dict[str, Any] = {}
    lists = {one.name for one in fields(Settings) if isinstance(one.default, tuple)}
    for variable, value in environment.items():
        if variable.startswith(PREFIX):
            key = variable.removeprefix(PREFIX).lower()
            if key in known:
                said[key] = _listed(value) if key in lists else value
            elif difflib.get_close_matches(key, known, 1, 0.75):  # a slip of the pen; others may have their reasons
                raise ConfigError(variable, "there is no such setting", PREFIX + nearest(key, known).upper())

    def where(key: str) -> str:
        return PREFIX + key.upper() if key in said else line(path, key)

    made = validated(Settings, written | said, where)
    _check_settings(made, where)
    return made


def _listed(value: str) -> list[Any]:
    """A variable's list: as in settings.toml, or words between commas or blanks, of which [fd00::7] is one."""
    try:
        written = tomllib.loads(f"list = {value}")
    except tomllib.TOMLDecodeError:
        written = {}
    found = written.get("list")
    return found if isinstance(found, list) and len(written) == 1 else value.replace(",", " ").split()


def _check_settings(made: Settings, where: Callable[[str], str]) -> None:
    for key in _POSITIVE:
        if not 0 < getattr(made, key) < math.inf:
            raise ConfigError(where(key), f"{key} is {getattr(made, key)}", "a number above 0")
    for key in (
        "redirects", "host_interval_seconds", "workers", "related_shown", "epoch_growth", "look_again_days", "text_days",
        "article_days", "crawl_delay_most_seconds",
    ):  # fmt: skip
        if not 0 <= getattr(made, key) < math.inf:
            raise ConfigError(where(key), f"{key} is {getattr(made, key)}", "0 or more")
    for key, most in _MOST.items():
        if getattr(made, key) > most:
            raise ConfigError(where(key), f"{key} is {getattr(made, key)}", f"at most {most}")
    for key, least in _LEAST.items():
        if getattr(made, key) < least:
            raise ConfigError(where(key), f"{key} is {getattr(made, key)}", f"at least {least}")
    if made.pace_least_minutes > made.pace_most_minutes:
        wrong = f"pace_least_minutes is {made.pace_least_minutes}, more than pace_most_minutes"
        raise ConfigError(where("pace_least_minutes"), wrong, f"at most {made.pace_most_minutes}")
    if not re.fullmatch(r"[a-z]{2}", made.language):
        raise ConfigError(where("language"), f"{made.language!r} is no ISO 639-1 code", 'language = "en"')
    _check_addresses(made, where)


def _check_addresses(made: Settings, where: Callable[[str], str]) -> None:
    if made.site_url and not is_base_address(made.site_url):
        wrong = f"{made.site_url!r} is not an address that others can begin with"
        raise ConfigError(where("site_url"), wrong, "https://glossary.example/")
    if not made.contact.isprintable():
        raise ConfigError(
            where("contact"), f"{made.contact!r} does not fit on one line", 'contact = "https://glossary.example/about"'
        )
    if not made.ports:
        raise ConfigError(where("ports"), "ports is empty, so that nobody could be asked", _right(Settings, "ports", where))
    for port in made.ports:
        if not 0 < port < 65_536:
            raise ConfigError(where("ports"), f"{port} is no port", _right(Settings, "ports", where))
    for host in made.allow_private:
        check_host(host, where("allow_private"))
    loopback(made.listen, where("listen"))


def check_host(text: str, where: str) -> None:
    """Raises ConfigError where `text` is not a host as it stands in a URL, with or without a port."""
    bare = f"[{text}]" if text.count(":") > 1 and not text.startswith("[") else text
    try:
        parts = urlsplit(f"//{bare}")
        sound = bool(parts.hostname) and parts.netloc == bare and not re.search(r"[\s@*\\\"']|:$", bare) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise ConfigError(where, f"{text!r} is not a host", "as it stands in a URL: intranet, 10.0.0.7:8000, [fd00::7]")


def loopback(text: str, where: str) -> tuple[str, int] | None:
    """HOST:PORT of this machine alone; "" is nowhere. Raises ConfigError."""
    if not text.strip():
        return None
    host, _, port = text.strip().rpartition(":")
    host = "127.0.0.1" if host.lower() == "localhost" else host.removeprefix("[").removesuffix("]")
    if not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise ConfigError(where, f"{text!r} is not HOST:PORT", _LISTEN)
    try:
        here = ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here:
        remedy = f"{_LISTEN}, and a reverse proxy before it where other machines are to look"
        raise ConfigError(where, f"{text!r} is not an address of this machine alone", remedy)
    return host, int(port)


def sources(place: Path) -> tuple[Source, ...]:
    """sources.toml: at least one source, each with a slug of its own, a name, a homepage and its feeds."""
    path = place / "sources.toml"
    written = toml(path)
    for key in written:
        if key != "sources":
            raise ConfigError(line(path, key), f"there is no {key!r} here", "[[sources]]")
    tables = written.get("sources")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(str(path), "has no [[sources]]", "conceptwire sources add https://example.org/feed.xml")
    made = tuple(_source(path, number, table) for number, table in enumerate(tables))
    seen: dict[str, str] = {}
    for number, one in enumerate(made):
        for what in (one.slug, *one.feeds):
            if what in seen:
                where = line(path, "", number)
                raise ConfigError(where, f"{what!r} is used by {seen[what]!r} already", "one slug, one feed, one source")
            seen[what] = one.slug
    return made


def _source(path: Path, number: int, table: dict[str, Any]) -> Source:
    def where() -> str:  # where something is wrong only: of ten thousand sources each takes a while to find
        return line(path, "", number)

    known = [one.name for one in fields(Source)]
    for key in table:
        if key not in known:
            raise ConfigError(where(), f"a source has no {key!r}", nearest(key, known))
    for key in ("slug", "name", "homepage", "feeds"):
        if not table.get(key):
            raise ConfigError(where(), f"the source has no {key}", _right(Source, key, lambda _: ""))
    made = validated(Source, table, lambda _: where())
    if not SLUG.fullmatch(made.slug):
        raise ConfigError(f"{where()}: slug", f"{made.slug!r} is not a slug", 'letters, digits and hyphens, as in "mit-news-ai"')
    if not 0 < made.weight < math.inf:
        raise ConfigError(where(), f"weight is {made.weight}", "a number above 0; 1.0 is usual")
    for address in (made.homepage, *made.feeds):
        if not is_web_address(address):
            raise ConfigError(where(), f"{address!r} is not a web address", "https://...")
    return made


def is_web_address(text: str) -> bool:
    """Whether `text` is an absolute http(s) address."""
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def is_base_address(text: str) -> bool:
    """Whether addresses can begin with `text`: http(s), nothing behind its path, spelled as addresses are."""
    return is_web_address(text) and re.fullmatch(r"[!$%&'()*+,./0-9:;=@A-Z_a-z~\[\]-]+", text) is not None


def toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(str(path), "does not exist", f"conceptwire init {path.parent}") from None
    except OSError as error:
        raise ConfigError(str(path), f"cannot be read ({error.strerror})", f"chmod u+r {path}") from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), "is not UTF-8 text", "save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), str(error), 'key = "text", key = 5, or [a table]; see https://toml.io') from None


@lru_cache(maxsize=8)
def _adapter(kind: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def validated(kind: type[Value], written: Mapping[str, Any], where: Callable[[str], str]) -> Value:
    """`written` as a `kind`, or a ConfigError for the first key that does not fit."""
    from pydantic import ValidationError

    try:
        made: Value = _adapter(cast("Hashable", kind)).validate_python(written)
        return made
    except ValidationError as error:
        first = error.errors()[0]
        key, *within = map(str, first["loc"]) if first["loc"] else [""]
        wrong = f"{key} {'has' if within else '='} {first['input']!r}"
        raise ConfigError(where(key), wrong, _right(kind, key, where)) from None


def _right(kind: Any, key: str, where: Callable[[str], str]) -> str:
    """What would be right for a field of `kind`, as TOML spells it; where a variable said it, as a shell does."""
    variable = PREFIX + key.upper()
    said = f"{variable}=" if where(key) == variable else f"{key} = "
    (sort, usual), *_ = [(one.type, one.default) for one in fields(kind) if one.name == key]
    if get_origin(sort) is tuple:
        return said + (",".join(map(str, _LISTS[key])) if said.endswith("=") else json.dumps(_LISTS[key]))
    if get_origin(sort) is Literal:
        return " or ".join(f'{said}"{one}"' for one in get_args(sort))
    if sort is str:
        return f'{said}"text between quotes"'
    word = "a whole number" if sort is int else "a number"
    return word if usual is MISSING else f"{word}: {said}{usual}"


def line(path: Path, key: str, table: int | None = None) -> str:
    """`path:line` of a key, or of the table-th [[sources]]; the path alone where it cannot be found."""
    pattern = re.compile(rf"^\s*{re.escape(key)}\s*=" if table is None else r"^\s*\[\[\s*sources\s*\]\]", re.MULTILINE)
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    for number, match in enumerate(pattern.finditer(text)):
        if number == (table or 0):
            return f"{path}:{text.count(chr(10), 0, match.end()) + 1}"
    return str(path)


def nearest(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, 1)
    return near[0] if near else "one of " + ", ".join(known)
