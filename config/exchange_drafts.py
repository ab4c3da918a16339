"""What another's file says of a concept, before it has its place in a glossary: clean texts, slugs, lists in a cell."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from config.glossary import HEADING, is_slug
from models.errors import UsageError

PROSE = ("body", "analogy", "example", "why_it_matters")
LISTS = ("aliases", "related", "was")
FIELDS = ("slug", "name", "aliases", "definition", *PROSE, "added", "related", "was")
_LONGEST = 200  # a file's name may have 255 bytes
_UNPRINTED = re.compile("[^\\t\\n\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")  # what XML has no place for
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ].*|Z|[+-]\d\d:\d\d)?", re.DOTALL)
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "&": " and "}
)
_ESCAPED = re.compile(r"\\([\\|;])")


@dataclass(frozen=True, slots=True)
class Draft:
    """A concept as a file has it. What is None is not spoken of there; `related` names others by slug, key or name."""

    where: str  # for a person: a line, a number or an address
    name: str = ""
    definition: str = ""
    slug: str = ""  # "" where it is to be made from the name
    key: str = ""  # what the file's other concepts call it by
    aliases: tuple[str, ...] | None = None
    related: tuple[str, ...] | None = None
    was: tuple[str, ...] | None = None
    body: str | None = None
    analogy: str | None = None
    example: str | None = None
    why_it_matters: str | None = None
    added: date | None = None


def draft(where: str, row: Mapping[str, str | None], lists: Mapping[str, tuple[str, ...] | None], added: date | None) -> Draft:
    """A draft of `row`'s texts and its `lists` (aliases, related, was), cleaned."""
    raw = line(row.get("slug") or "")
    name = line(row.get("name") or "")
    told = {key: None if row.get(key) is None else prose(row[key] or "") for key in PROSE}
    aliases, related, was = (lists.get(key) for key in LISTS)
    return Draft(
        where,
        name,
        definition=line(row.get("definition") or ""),
        slug=slugged(raw) if raw else "",
        key=raw,
        aliases=None if aliases is None else tuple(one for one in unique(aliases) if one != name),
        related=None if related is None else unique(related),
        was=None if was is None else unique(was),
        added=added,
        **told,
    )


def unique(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Each text once, as one line, without those that are empty."""
    return tuple(dict.fromkeys(clean for one in texts if (clean := line(one))))


def line(text: str) -> str:
    """The text as one line."""
    return " ".join(_UNPRINTED.sub(" ", text).split())


def prose(text: str) -> str:
    """Markdown that may stand in a section: line ends of one kind, no heading of a section in it."""
    plain = _UNPRINTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return HEADING.sub(lambda found: "#" + found[0], plain)


def day(text: str) -> date | None:
    """The day of an ISO date or time; None where it is neither."""
    found = _DAY.fullmatch(text.strip())
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def added(where: str, text: str | None) -> date | None:
    """The day in a table's cell; None where it is empty. Raises UsageError where it is no day."""
    if text is None or not text.strip():
        return None
    found = day(text)
    if found is None:
        raise UsageError(where, f"added is {text!r}", "2026-05-17")
    return found


def text_of(path: Path, content: bytes) -> str:
    """The file's text. Raises UsageError where it is not UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(str(path), "is not UTF-8 text", "save it as UTF-8 (in a spreadsheet: CSV UTF-8)") from None


def slugged(text: str) -> str:
    """A slug: `text` itself where it is one, else lower case, accents off, hyphens between words."""
    if is_slug(text) and len(text) <= _LONGEST:
        return text
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", re.sub(r"['`]", "", plain)).strip("-")
    if len(slug) > 80:
        slug = slug[:81].rpartition("-")[0] or slug[:80]
    return slug or "concept-" + hashlib.blake2b(text.encode(), digest_size=4).hexdigest()


def joined(texts: tuple[str, ...]) -> str:
    r"""A list as one cell: a|b; a backslash before what would part a text in two."""
    return "|".join(re.sub(r"[\\|;]", r"\\\g<0>", one) for one in texts)


def split(cell: str) -> tuple[str, ...]:
    """The list in a cell: parted at each |, or where it has none, at each semicolon."""
    marked = _ESCAPED.sub(lambda found: f"\0{ord(found[1])}\0", cell.replace("\0", ""))
    parts = marked.split("|" if "|" in marked else ";")
    return tuple(re.sub("\0(\\d+)\0", lambda found: chr(int(found[1])), one) for one in parts)
