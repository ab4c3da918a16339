"""Drafts find their place in a folder of concepts: every file is checked as the whole glossary, then written, or none is."""

import math
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from config.exchange_drafts import LISTS, PROSE, Draft, slugged
from config.glossary import glossary, is_slug
from models.concept import Concept
from models.errors import ConfigError, UsageError

_HEADINGS = {"analogy": "Analogy", "example": "Real-world example", "why_it_matters": "Why it matters"}


@dataclass(frozen=True, slots=True)
class Said:
    """What was not taken as it stood, and why."""

    concept: str
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do. All but the last two are slugs."""

    place: Path
    added: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]
    differ: tuple[str, ...]  # there with other content, and left alone
    left_out: tuple[Said, ...]
    dropped: tuple[Said, ...]


def put(
    place: Path, drafts: Iterable[Draft], day: date, language: str, *, update: bool = False, dry_run: bool = False
) -> Imported:
    """Write the drafts to `place`/concepts; new ones were added on `day` where nothing else is said.

    Raises ConfigError where the folder's glossary is wrong already, UsageError where it cannot be written.
    """
    there = _there(place, language)
    usable, left_out = _usable(drafts)
    placed = _placed(usable, there)
    settled = _settled(placed, there, day)
    differ = tuple(slug for slug, made in settled.made.items() if slug in there and there[slug] != made)
    if differ and not update:
        settled = _settled({slug: one for slug, one in placed.items() if slug not in differ}, there, day)
    written = {slug: made for slug, made in settled.made.items() if there.get(slug) != made}
    if written:
        _write(place, {slug: markdown(made) for slug, made in written.items()}, language, dry_run=dry_run)
    return Imported(
        place / "concepts",
        added=tuple(slug for slug in written if slug not in there),
        updated=tuple(slug for slug in written if slug in there),
        unchanged=tuple(slug for slug in settled.made if slug not in written),
        differ=() if update else differ,
        left_out=(*left_out, *settled.left_out),
        dropped=tuple(settled.dropped),
    )


def _there(place: Path, language: str) -> dict[str, Concept]:
    return dict(glossary(place, language).by_slug) if any(place.glob("concepts/*.md")) else {}


def _usable(drafts: Iterable[Draft]) -> tuple[list[Draft], list[Said]]:
    usable, left_out = [], []
    for one in drafts:
        if one.name and one.definition:
            usable.append(one)
        else:
            left_out.append(Said(one.name or one.where, "has no definition" if one.name else "has no name"))
    return usable, left_out


def _placed(drafts: list[Draft], there: dict[str, Concept]) -> dict[str, Draft]:
    """Each draft by the slug of the concept that it is: what is there under that slug, its name, or a slug that it had."""
    past = {old: concept.slug for concept in there.values() for old in concept.was}
    names = {concept.name.casefold(): concept.slug for concept in there.values()}
    placed: dict[str, Draft] = {}
    for one in drafts:
        wished = one.slug or names.get(one.name.casefold()) or slugged(one.name)
        slug = past.get(wished, wished)
        if slug in placed:  # two of one slug: the later gets a number, the same one in every import
            numbered = (f"{wished}-{number}" for number in count(2))
            free = (n for n in numbered if n not in {*placed, *past} and (n not in there or there[n].name == one.name))
            slug = next(free)
        placed[slug] = one
    return placed


@dataclass(slots=True)
class _Settled:
    """Concepts that agree with each other and with those that stay, in the file's order."""

    made: dict[str, Concept] = field(default_factory=dict)
    left_out: list[Said] = field(default_factory=list)
    dropped: list[Said] = field(default_factory=list)


def _settled(placed: dict[str, Draft], there: dict[str, Concept], day: date) -> _Settled:
    settled = _Settled()
    taken = {name.casefold(): slug for slug, one in there.items() if slug not in placed for name in (one.name, *one.aliases)}
    for slug in sorted(placed, key=lambda slug: slug not in there):  # what is there keeps its name
        draft = placed[slug]
        owner = taken.setdefault(draft.name.casefold(), slug)
        if owner == slug:
            settled.made[slug] = _concept(draft, there.get(slug) or Concept(slug, "", "", day))
        else:
            settled.left_out.append(Said(draft.name, f"its name is a name of {owner} too"))
            stays = there.get(slug)
            for name in (stays.name, *stays.aliases) if stays else ():
                taken.setdefault(name.casefold(), slug)
    for slug, concept in settled.made.items():
        settled.made[slug] = replace(concept, aliases=_aliases(settled, concept, taken))
    settled.made = {slug: settled.made[slug] for slug in placed if slug in settled.made}
    _link(settled, placed, there)
    return settled


def _concept(draft: Draft, base: Concept) -> Concept:
    """The draft over what is there: what it does not speak of stays."""
    told = {key: value for key in (*PROSE, *LISTS, "added") if (value := getattr(draft, key)) is not None}
    return replace(base, name=draft.name, definition=draft.definition, **told)


def _aliases(settled: _Settled, concept: Concept, taken: dict[str, str]) -> tuple[str, ...]:
    kept = []
    for alias in concept.aliases:
        owner = taken.setdefault(alias.casefold(), concept.slug)
        if owner == concept.slug:
            kept.append(alias)
        else:
            settled.dropped.append(Said(concept.slug, f"the alias {alias!r} is a name of {owner} too"))
    return tuple(kept)


def _link(settled: _Settled, placed: dict[str, Draft], there: dict[str, Concept]) -> None:
    """Related concepts and past slugs as they may stand: those lead to another concept, these to none."""
    slugs = {*there, *settled.made}
    names = {one.name.casefold(): one.slug for one in (*there.values(), *settled.made.values())}
    keys = {placed[slug].key: slug for slug in reversed(settled.made) if placed[slug].key}
    claimed = {old for slug, one in there.items() if slug not in settled.made for old in one.was}
    for slug, concept in settled.made.items():
        related: dict[str, None] = {}
        for one in concept.related:
            other = keys.get(one) or (one if one in slugs else names.get(one.casefold()))
            if other and other != slug:
                related[other] = None
            else:
                settled.dropped.append(Said(slug, f"related {one!r} is no other concept"))
        was = tuple(old for old in concept.was if is_slug(old) and old not in slugs | claimed)
        settled.dropped += [Said(slug, f"was {old!r} is no free slug") for old in concept.was if old not in was]
        claimed.update(was)
        settled.made[slug] = replace(concept, related=tuple(related), was=was)


def markdown(concept: Concept) -> str:
    """The concept as the file that config.glossary reads as the same concept."""
    lists = {key: list(getattr(concept, key)) for key in LISTS}
    every = {"name": concept.name, "definition": concept.definition, "added": concept.added} | lists
    front = "".join(_yaml(key, every[key]) for key in ("name", "aliases", "definition", "added", "related", "was") if every[key])
    sections = [f"## {heading}\n\n{text}" for key, heading in _HEADINGS.items() if (text := getattr(concept, key))]
    texts = "\n\n".join(text for text in (concept.body, *sections) if text)
    return f"---\n{front}---\n{texts}\n"


def _yaml(key: str, value: Any) -> str:
    """One line of front matter; a list in brackets."""
    import yaml

    style = None if isinstance(value, list) else False
    line: str = yaml.safe_dump({key: value}, default_flow_style=style, allow_unicode=True, width=math.inf)
    return line


def _write(place: Path, files: dict[str, str], language: str, *, dry_run: bool) -> None:
    folder = place / "concepts"
    contents = {f"{slug}.md": text.encode() for slug, text in files.items()}
    try:
        _check(place, contents, language)
        if not dry_run:
            folder.mkdir(parents=True, exist_ok=True)
            _replace(folder, contents)
    except OSError as error:
        raise UsageError(str(folder), f"cannot be written ({error.strerror})", f"chmod u+w {folder}") from None


def _check(place: Path, contents: dict[str, bytes], language: str) -> None:
    """Read the glossary as it will be, in a folder for this alone."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary)
        (copy / "concepts").mkdir()
        there = {path.name: path.read_bytes() for path in place.glob("concepts/*.md")}
        for name, content in (there | contents).items():
            (copy / "concepts" / name).write_bytes(content)
        try:
            glossary(copy, language)
        except ConfigError as error:
            where = error.where.replace(temporary, str(place))
            raise ConfigError(where, f"after the import, {error.wrong}", "nothing was written; change it in the file") from None


def _replace(folder: Path, contents: dict[str, bytes]) -> None:
    """All files or none: they are written aside, then renamed; what fails on the way is undone."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".import-") as temporary:
        new, old = Path(temporary) / "new", Path(temporary) / "old"
        new.mkdir()
        old.mkdir()
        for name, content in contents.items():
            (new / name).write_bytes(content)
            if (folder / name).exists():
                (old / name).write_bytes((folder / name).read_bytes())
        moved: list[str] = []
        try:
            for name in contents:
                moved.append(name)
                os.replace(new / name, folder / name)  # noqa: PTH105
            moved.clear()
        finally:  # an error or a signal on the way leaves names here
            for name in moved:
                if (old / name).exists():
                    os.replace(old / name, folder / name)  # noqa: PTH105
                elif not (new / name).exists():
                    (folder / name).unlink(missing_ok=True)
