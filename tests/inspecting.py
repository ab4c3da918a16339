"""Everything that a database shows to sites, looked over: text that is no clean text, addresses that lead nowhere good."""

import json
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.hostile import BIDI, TAG, Broken, link_is_sound

ADDRESSES = {"url", "source_homepage", "retired_feeds", "canonical_url", "homepage"}
PROSE = {"body", "analogy", "example", "why_it_matters", "text"}  # may have more than one line
_UNSEEN = BIDI | set("\u200b\u2028\u2029\u2060\ufeff\ufffc") | {chr(number) for number in range(0x206A, 0x2070)}


class _Text(bytes):
    """A text of the database, undecoded."""


def faults(database: Path, names: list[str]) -> list[str]:
    """What is wrong with the texts of these views or tables, each with its place; nothing, where all is well."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.text_factory = _Text  # so that what is no UTF-8 is found here, and not by an exception
        return [fault for name in names for fault in _of(connection.execute(f"SELECT * FROM {name}"), name)]


def _of(rows: sqlite3.Cursor, name: str) -> Iterator[str]:
    columns = [about[0] for about in rows.description]
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            if isinstance(value, _Text):
                yield from (f"{name}.{column}: {fault}" for fault in of_value(column, value))


def of_value(column: str, value: bytes) -> Iterator[str]:
    """What is wrong with a value that a column holds."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        yield f"no UTF-8: {value[:200]!r}"
        return
    for key, said in _texts(column, text):
        yield from of_text(said, lines=key in PROSE)
        if key in ADDRESSES:
            yield from (fault for address in said.split(" ") for fault in of_address(address))


def _texts(key: str, text: str) -> Iterator[tuple[str, str]]:
    """A text, or those in its JSON, each with the name that it goes by."""
    yield from _within(key, _parsed(text) if text[:1] in {"[", "{"} else text)


def _within(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, list):
        for one in value:
            yield from _within(key, one)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from (("", name), *_within(name, one))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def of_text(text: str, *, lines: bool = False) -> Iterator[str]:
    """What is wrong with a text."""
    told = {
        "half a character": any(unicodedata.category(letter) == "Cs" for letter in text),
        "control character": any(unicodedata.category(letter) == "Cc" and not (lines and letter == "\n") for letter in text),
        "unseen or turning character": bool(_UNSEEN & set(text)),
        "no character": any(is_none(letter) for letter in text),
        "not NFC": not unicodedata.is_normalized("NFC", text),
        "markup": bool(TAG.search(text)),
    }
    yield from (f"{fault}: {text[:200]!r}" for fault, found in told.items() if found)


def is_none(letter: str) -> bool:
    """Whether Unicode says that this is no character, and never will be."""
    return 0xFDD0 <= ord(letter) <= 0xFDEF or ord(letter) & 0xFFFE == 0xFFFE


def of_address(address: str) -> Iterator[str]:
    """What is wrong with an address."""
    parts = urlsplit(address)
    if parts.username is not None or parts.password is not None:
        yield f"credentials: {address[:200]!r}"
        return
    try:
        link_is_sound(address)
    except Broken as broken:
        yield str(broken)
