"""relevance.toml and background.tsv: what the scorer has learned, and what ordinary English is like."""

import math
from dataclasses import fields
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from config.loading import SHIPPED, line, nearest, toml, validated
from models.background import NONE, Background
from models.errors import ConfigError
from models.parameters import Calibration, Parameters

_KINDS = ("page", "feed", "summary")
_TABLES = {"article_weights": "_weight", "concept_weights": "_weight", "statistics": "", "relevance": ""}  # and endings of names
_OUT_OF = 100_000  # documents that the background's figures are out of
_REMEDY = f"delete it, to score as the program does by itself, or start again from {SHIPPED / 'relevance.toml'}"
_UNLISTED = 20  # of them: the table ends at 56


def parameters(place: Path) -> Parameters:
    """relevance.toml, the shipped one where the folder has none. Raises ConfigError with the line."""
    return read(place / "relevance.toml" if (place / "relevance.toml").exists() else SHIPPED / "relevance.toml")


def read(path: Path) -> Parameters:
    """A file like relevance.toml. Raises ConfigError with the line."""
    flat = _flat(path, toml(path))
    known = [one.name for one in fields(Parameters)]
    for key in flat:
        if key not in known:
            name = key.removesuffix("_weight")
            raise ConfigError(line(path, name), f"there is no parameter {name!r}", nearest(key, known).removesuffix("_weight"))
    for key in known:
        if key not in flat:
            raise ConfigError(str(path), f"{key.removesuffix('_weight')} is missing", _REMEDY)
    made = validated(Parameters, flat, lambda key: line(path, key.removesuffix("_weight")))
    _check(made, path)
    return made


def _flat(path: Path, written: dict[str, Any]) -> dict[str, Any]:
    """The tables as one, their weights named for what they weigh."""
    flat: dict[str, Any] = {}
    for key, value in written.items():
        if isinstance(value, dict) != (key in _TABLES):
            wrong = f"there is no table [{key}]" if isinstance(value, dict) else f"{key} = {value!r} is no table"
            raise ConfigError(str(path), wrong, _REMEDY)
        inner = value if isinstance(value, dict) else {key: value}
        flat |= {
            f"{name}{_TABLES.get(key, '')}": one for name, one in inner.items() if key != "relevance" or not isinstance(one, dict)
        }
    learned = written.get("relevance", {})
    for kind, given in learned.items():
        if isinstance(given, dict) and kind not in _KINDS:
            raise ConfigError(str(path), f"there is no [relevance.{kind}]", "'page', 'feed' or 'summary'")
    flat["relevance"] = {kind: _calibration(path, kind, learned.get(kind)) for kind in _KINDS}
    return flat | {"digest": blake2b(path.read_bytes(), digest_size=16).hexdigest()}


def _calibration(path: Path, kind: str, given: Any) -> Calibration:
    """One of the tables [relevance.page], [relevance.feed], [relevance.summary]."""
    table = f"relevance.{kind}"
    known = [one.name for one in fields(Calibration)]
    if not isinstance(given, dict):
        raise ConfigError(str(path), f"{known[0]} is missing in [{table}]", _REMEDY)
    for name in known:
        if name not in given:
            raise ConfigError(str(path), f"{name} is missing in [{table}]", _REMEDY)
    for name in given:
        if name not in known:
            raise ConfigError(_line_in(path, table, name), f"there is no {name!r} in [{table}]", nearest(name, known))
    made = validated(Calibration, given, lambda name: f"{_line_in(path, table, name)}: {table}")
    for name in known:
        value, least = getattr(made, name), -1e9 if name == "offset" else 0.0
        if not least <= value <= 1e9:
            raise ConfigError(_line_in(path, table, name), f"{name} is {value}", f"a number from {least} to {1e9}")
    return made


def _line_in(path: Path, table: str, key: str) -> str:
    """`path:line` of a key in a table."""
    before, _, after = path.read_text(encoding="utf-8").partition(f"[{table}]")
    for number, one in enumerate(after.splitlines()):
        if one.split("=")[0].strip() == key:
            return f"{path}:{before.count(chr(10)) + number + 1}"
    return str(path)


def _check(made: Parameters, path: Path) -> None:
    weights = [one.name for one in fields(Parameters) if one.name.endswith("_weight")]
    bounds = dict.fromkeys(weights, (0.0, math.inf)) | {
        "longest_ngram": (1, 5),
        "lead_words": (0, 100_000),
        "pivot": (0.0, 1.0),
        "background_articles": (0, 1_000_000),
        "expansion_articles": (0, 10_000),
        "expansion_terms": (0, 10_000),
        "mentions_half": (1e-9, 1e9),
        "field_enough": (1e-9, 1e9),
        "cut": (0.0, 1.0),
    }
    found = [(name, getattr(made, name), *limits) for name, limits in bounds.items()]
    for name, value, least, most in found:
        if not least <= value <= most or value == math.inf:
            where = line(path, name.removesuffix("_weight"))
            raise ConfigError(where, f"{name} is {value}", f"a number from {least} to {most}")


@lru_cache(maxsize=2)
def background(language: str) -> Background:
    """Document frequencies of ordinary text in `language`; none but for English."""
    if language != "en":
        return NONE
    lines = (SHIPPED / "background.tsv").read_text(encoding="utf-8").splitlines()
    rows = [one.split("\t") for one in lines if not one.startswith("#")][1:]  # after the names of the columns
    return Background(_OUT_OF, {term: int(count) for term, count in rows}, _UNLISTED)
