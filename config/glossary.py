"""concepts/*.md become a Glossary: front matter, a body, and three sections by their headings."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from models.concept import Concept, Glossary
from models.errors import ConfigError

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SECTIONS = {"analogy": "analogy", "real-world example": "example", "why it matters": "why_it_matters"}
HEADING = re.compile(r"^##[ \t]+(.+?)[ \t]*$", re.MULTILINE)
_KNOWN = {"name", "aliases", "definition", "added", "related", "was"}
_REMEDY = "---\nname: Token\naliases: [tokens]\ndefinition: One sentence.\nadded: 2026-05-17\n---\nBody, then ## Analogy ..."


def glossary(place: Path, language: str) -> Glossary:
    """Every concept under `place`/concepts, by slug (the file's name)."""
    return concepts_in(place / "concepts", language)


def concepts_in(folder: Path, language: str) -> Glossary:
    """Every concept of a folder of Markdown files. Raises ConfigError with file and line."""
    paths = sorted(folder.glob("*.md"))
    if not paths:
        raise ConfigError(str(folder), "has no concept (*.md)", "conceptwire init DIR writes a starter")
    made = hashlib.blake2b(language.encode() + b"\0", digest_size=16)
    concepts = []
    for path in paths:
        content = _content(path)
        made.update(path.stem.encode() + b"\0" + content + b"\0")
        concepts.append(_concept(path, content))
    slugs = {concept.slug for concept in concepts}
    now = {old: concept.slug for concept in concepts for old in concept.was if old not in slugs}
    concepts = [replace(concept, related=_followed(concept.related, now)) for concept in concepts]
    for path, concept in zip(paths, concepts, strict=True):
        for slug in concept.related:
            if slug not in slugs or slug == concept.slug:
                raise ConfigError(_line(path, "related"), f"{slug!r} is not another concept", "the name of a file here")
    _names_differ(paths, concepts)
    _pasts_differ(paths, concepts)
    return Glossary(tuple(concepts), made.hexdigest(), language)


def _followed(slugs: tuple[str, ...], now: Mapping[str, str]) -> tuple[str, ...]:
    """Slugs as they are now: who names a concept by a slug it had means the concept."""
    return tuple(dict.fromkeys(now.get(slug, slug) for slug in slugs))


def is_slug(text: str) -> bool:
    """Whether `text` may be a concept's slug: lower case letters and digits, hyphens between them."""
    return _SLUG.fullmatch(text) is not None


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(str(path), f"cannot be read ({error.strerror})", f"chmod u+r {path}") from None


def _concept(path: Path, content: bytes) -> Concept:
    if not is_slug(path.stem):
        raise ConfigError(str(path), "its name is not a slug", "foundation-model.md: lower case, digits, hyphens")
    meta, text = _parts(path, content)
    for key in meta:
        if key not in _KNOWN:
            raise ConfigError(_line(path, str(key)), f"a concept has no {key!r}", f"one of {', '.join(sorted(_KNOWN))}")
    body, sections = _sections(path, text)
    return Concept(
        slug=path.stem,
        name=_string(path, meta, "name"),
        definition=_string(path, meta, "definition"),
        added=_day(path, meta.get("added")),
        aliases=_strings(path, meta, "aliases"),
        related=_strings(path, meta, "related"),
        was=_strings(path, meta, "was"),
        body=body,
        **sections,
    )


def _parts(path: Path, content: bytes) -> tuple[dict[str, Any], str]:
    import frontmatter
    import yaml

    try:
        post = frontmatter.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise ConfigError(str(path), "is not UTF-8 text", "save it as UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or "the front matter is not YAML"
        raise ConfigError(where, str(problem), 'put a text with ": " or quotes in it between quotes') from None
    except (TypeError, ValueError) as error:
        raise ConfigError(str(path), f"the front matter cannot be read ({error})", _REMEDY) from None
    if not post.metadata:
        raise ConfigError(str(path), "has no front matter", _REMEDY)
    return post.metadata, post.content


def _sections(path: Path, text: str) -> tuple[str, dict[str, str]]:
    """The body before the first heading, and the three sections."""
    pieces = HEADING.split(text)
    sections: dict[str, str] = {}
    for heading, content in zip(pieces[1::2], pieces[2::2], strict=True):
        key = _SECTIONS.get(heading.lower())
        if key is None:
            remedy = "## Analogy, ## Real-world example or ## Why it matters"
            raise ConfigError(_line(path, f"## {heading}", end=""), f"there is no section {heading!r}", remedy)
        if key in sections:
            where = _line(path, f"## {heading}", end="", last=True)
            raise ConfigError(where, f"{heading!r} stands there twice", "one section of each heading")
        sections[key] = content.strip()
    return pieces[0].strip(), sections


def _string(path: Path, meta: dict[str, Any], key: str) -> str:
    value = meta.get(key)
    if not isinstance(value, str) or not value.strip():
        wrong = f"has no {key}" if value is None else f"{key} is {value!r}"
        raise ConfigError(_line(path, key), wrong, f"{key}: a line of text")
    return " ".join(value.split())


def _strings(path: Path, meta: dict[str, Any], key: str) -> tuple[str, ...]:
    value = meta.get(key) or []
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise ConfigError(_line(path, key), f"{key} is {value!r}", f"{key}: [one, another]; numbers between quotes")
    return tuple(" ".join(one.split()) for one in value)


def _day(path: Path, value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    wrong = "has no added" if value is None else f"added is {value!r}"
    raise ConfigError(_line(path, "added"), wrong, "added: 2026-05-17")


def _names_differ(paths: list[Path], concepts: list[Concept]) -> None:
    seen: dict[str, str] = {}
    for path, concept in zip(paths, concepts, strict=True):
        for name in {one.casefold() for one in (concept.name, *concept.aliases)}:
            if name in seen:
                raise ConfigError(str(path), f"{name!r} is a name of {seen[name]!r} too", "one name, one concept")
            seen[name] = concept.slug


def _pasts_differ(paths: list[Path], concepts: list[Concept]) -> None:
    slugs = {concept.slug for concept in concepts}
    seen: dict[str, str] = {}
    for path, concept in zip(paths, concepts, strict=True):
        for slug in concept.was:
            if not is_slug(slug):
                raise ConfigError(_line(path, "was"), f"{slug!r} is not a slug", "the name that the file had, without .md")
            if slug in slugs:
                raise ConfigError(_line(path, "was"), f"{slug!r} is a concept still", "only slugs that no file here has")
            if slug in seen:
                raise ConfigError(_line(path, "was"), f"{slug!r} is claimed by {seen[slug]!r} too", "one past, one concept")
            seen[slug] = concept.slug


def _line(path: Path, key: str, end: str = ":", *, last: bool = False) -> str:
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    found = [number for number, line in lines if line.strip().startswith(key + end)]
    return f"{path}:{found[-1 if last else 0]}" if found else str(path)
