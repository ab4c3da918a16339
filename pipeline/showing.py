"""What readers see, made from what is stored: a site, files for other sites, a published copy, the contract in words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import UsageError
from pipeline import wiring

if TYPE_CHECKING:
    from models.contract import Published
    from models.document import Document
    from pipeline.adapters.folder import Kept
    from pipeline.stages.showing.exporting import Address


@dataclass(frozen=True, slots=True)
class Shown:
    """What writing a folder did."""

    kept: "Kept"
    concepts: int
    news: int  # links in boxes
    behind: bool  # the glossary has changed since the last run


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person may say of a site; None takes what settings say."""

    file: Path | None = None  # another database, or a published copy
    title: str | None = None
    base_url: str | None = None


def export(site: wiring.Site, folder: Path, wanted: Wanted) -> Shown:
    """Write feeds, fragments and JSON for every concept. Raises UsageError where there is no database, or no such folder."""
    from pipeline.stages.showing.exporting import exported

    published = _published(site, wanted)
    return _written(site, wanted, published, exported(published, _address(site, wanted)), folder, "export")


def build(site: wiring.Site, folder: Path, wanted: Wanted, now: datetime | None) -> Shown:
    """Write a whole site of pages; `now` freezes its clock. Raises UsageError as `export` does."""
    from pipeline.stages.showing import site as pages
    from pipeline.stages.showing.feeds import feeds

    published, address = _published(site, wanted), _address(site, wanted)
    made = pages.site(published, pages.Wanted(address.title, address.language, address.base_url, now))
    beside = (document for page in published for document in feeds(page, address))
    return _written(site, wanted, published, chain(made, beside), folder, "site")


def publish(
    site: wiring.Site, target: Path | None, now: datetime, *, patience: float, waiting: Callable[[str], None]
) -> tuple[Path, int]:
    """Put the published copy in its place, all of it anew; gives the place and the file's bytes.

    Waits `patience` seconds for a run, which publishes too. Raises Locked after that, UsageError.
    """
    from pipeline.adapters.lock import held
    from pipeline.adapters.store.publishing import publish

    path, wanted = wiring.database_path(site), target or wiring.published_path(site)
    if wanted is None:
        raise UsageError(
            "publish", "is not set, and no FILE is given", "conceptwire publish FILE, or publish = ... in settings.toml"
        )
    with wiring.reading(site):
        pass  # it is there, and up to date
    with held(path, "conceptwire publish", now, patience=patience, waiting=waiting):
        return wanted, publish(path, wanted)


def datasette(site: wiring.Site) -> dict[str, Any]:
    """Metadata for Datasette, of the live database and the published copy, with private tables hidden."""
    from pipeline.adapters.store.publishing import private_tables
    from pipeline.stages.showing.contract import datasette

    published = wiring.published_path(site)
    return datasette(wiring.database_path(site).stem, published.stem if published else "", private_tables())


def _published(site: wiring.Site, wanted: Wanted) -> "Published":
    from pipeline.adapters import reading

    with wiring.reading(site, wanted.file) as connection:
        found = reading.published(connection)
    if not found.pages:
        raise UsageError(str(wanted.file or wiring.database_path(site)), "has no concepts yet", "conceptwire run")
    return found


def _address(site: wiring.Site, wanted: Wanted) -> "Address":
    from pipeline.stages.showing.exporting import Address

    url = site.settings.site_url if wanted.base_url is None else wanted.base_url
    title = site.settings.site_title if wanted.title is None else wanted.title
    return Address(title, site.settings.language, url and url.rstrip("/") + "/")


def _written(
    site: wiring.Site, wanted: Wanted, published: "Published", documents: "Iterator[Document]", folder: Path, maker: str
) -> Shown:
    from pipeline.adapters.folder import keep

    kept = keep(folder, documents, maker)
    status = published.status
    behind = wanted.file is None and status.epoch is not None and status.glossary_digest != site.glossary.digest
    return Shown(kept, len(published.pages), sum(len(page.news) for page in published), behind)
