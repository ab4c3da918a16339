"""sources.toml changed by the program: sources appended, comments and order kept."""

import csv
import os
import re
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

from config import loading
from models.errors import UsageError


@dataclass(frozen=True, slots=True)
class Row:
    """A feed to be added. What is empty is made from the rest."""

    name: str
    feed_url: str
    slug: str = ""
    homepage: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """What adding did."""

    path: Path
    sources: int
    feeds: int
    known: int
    unusable: tuple[str, ...]
    last: str = ""  # the slug of the source that got the last feed

    def sentence(self) -> str:
        """For a person."""
        if self.feeds == 1:
            text = f"{self.path}: one feed added to {'the new' if self.sources else 'the'} source {self.last}"
        else:
            text = f"{self.path}: {self.sources} sources and {self.feeds} feeds added"
        if self.known:
            text += f", {self.known} known already"
        if self.unusable:
            text += f", {len(self.unusable)} left out (no web address): {', '.join(self.unusable[:5])}"
        return text


def rows(path: Path) -> list[Row]:
    """The feeds of an OPML or CSV file. Raises UsageError where it is neither, or has none."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(str(path), f"cannot be read ({error.strerror})", "an OPML or CSV file") from None
    found = _opml(path, content) if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else _csv(path, content)
    if not found:
        raise UsageError(str(path), "lists no feed", "OPML outlines with xmlUrl, or CSV with name and feed_url")
    return found


def _opml(path: Path, content: bytes) -> list[Row]:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise UsageError(str(path), "declares a document type; OPML has none", "remove the <!DOCTYPE ...>")
    try:
        tree = ElementTree.fromstring(content)  # noqa: S314 - no DTD, so nothing expands
    except ElementTree.ParseError as error:
        raise UsageError(str(path), f"is not well-formed XML ({error})", "export the OPML again") from None
    except (ValueError, LookupError) as error:
        raise UsageError(str(path), f"cannot be read as XML ({error}; its encoding?)", "export the OPML again") from None
    outlines = [outline for outline in tree.iter("outline") if outline.get("xmlUrl")]
    return [Row(o.get("title") or o.get("text") or "", o.get("xmlUrl", "").strip(), "", o.get("htmlUrl") or "") for o in outlines]


def _csv(path: Path, content: bytes) -> list[Row]:
    try:
        table = csv.DictReader(content.decode("utf-8-sig").splitlines())
        fields = set(table.fieldnames or [])
    except UnicodeDecodeError:
        raise UsageError(str(path), "is not UTF-8 text", "save it as UTF-8") from None
    if not {"name", "feed_url"} <= fields:
        raise UsageError(
            f"{path}:1", f"the columns are {', '.join(sorted(fields))}", "name,feed_url (slug and homepage if you like)"
        )
    return [
        Row(
            (r["name"] or "").strip(),
            (r["feed_url"] or "").strip(),
            (r.get("slug") or "").strip(),
            (r.get("homepage") or "").strip(),
        )
        for r in table
        if any(r.values())
    ]


def add(folder: Path, wanted: Sequence[Row]) -> Added:
    """Append `wanted` to the folder's sources.toml, whole or not at all."""
    import tomlkit

    path = folder / "sources.toml"
    if path.exists() and re.search(r"^\s*[^#\s]", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE):
        loading.sources(folder)  # a file that is wrong already is named, and not changed
    document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    tables = document.setdefault("sources", tomlkit.aot())
    by_slug = {str(table["slug"]): table for table in tables}
    taken = {str(feed) for table in tables for feed in table["feeds"]}
    sources = feeds = known = 0
    unusable = []
    last = ""
    for row in wanted:
        if not loading.is_web_address(row.feed_url):
            unusable.append(row.feed_url or row.name or "(nothing)")
        elif row.feed_url in taken:
            known += 1
        else:
            slug = slugged(row.slug or row.name or urlsplit(row.feed_url).hostname or "")
            if slug not in by_slug:
                by_slug[slug] = _table(slug, row)
                tables.append(by_slug[slug])
                sources += 1
            by_slug[slug]["feeds"].append(row.feed_url)
            taken.add(row.feed_url)
            feeds += 1
            last = slug
    if feeds:
        _replace(path, tomlkit.dumps(document))
    return Added(path, sources, feeds, known, tuple(unusable), last)


def _table(slug: str, row: Row) -> dict[str, object]:
    import tomlkit

    parts = urlsplit(row.feed_url)
    table = tomlkit.table()
    table["slug"] = slug
    table["name"] = row.name or (parts.hostname or "").removeprefix("www.")
    table["homepage"] = (
        row.homepage
        if loading.is_web_address(row.homepage)
        else f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}/"
    )
    table["feeds"] = tomlkit.array()
    return table


def slugged(name: str) -> str:
    """A slug from a name: lower case, accents off, hyphens between words."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return slug or "source-" + str(abs(int.from_bytes(name.encode()[:6], "big")))


def _replace(path: Path, text: str) -> None:
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".sources-", suffix=".toml")
    except OSError as error:
        raise UsageError(str(path), f"cannot be written ({error.strerror})", f"chmod u+w {path.parent}") from None
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.chmod(temporary, 0o644)  # noqa: PTH101
    os.replace(temporary, path)  # noqa: PTH105
