"""The composition root: the only place that picks parts. Importing it connects nothing; heavy imports wait inside."""

import difflib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config import loading
from config import relevance as learned
from config.glossary import concepts_in
from config.glossary import glossary as load_glossary
from models.concept import Glossary
from models.errors import ConfigError, UsageError
from models.parameters import Parameters
from models.settings import Settings
from models.source import Source

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine import URL

    from models.background import Background
    from models.page import Failed, Page, Request
    from pipeline.adapters.store.engine import Database
    from pipeline.adapters.store.runs import StoredRuns
    from pipeline.flow import Minding, Parts
    from pipeline.ports import Fetch, Map

_PRELOADED = ("pipeline.preloading", "pipeline.stages.polls", "pipeline.stages.feeds", "feedparser")


@dataclass(frozen=True)
class Site:
    """A site's configuration, read whole."""

    folder: Path
    settings: Settings
    sources: tuple[Source, ...]
    glossary: Glossary
    parameters: Parameters


def site(folder: Path | None) -> Site:
    """The configuration of `folder` (or the default one). Raises ConfigError."""
    place = loading.folder(folder)
    settings = loading.settings(place)
    return Site(place, settings, loading.sources(place), load_glossary(place, settings.language), learned.parameters(place))


def parameters(path: Path) -> Parameters:
    """Another relevance.toml. Raises ConfigError."""
    return learned.read(path)


def background(language: str) -> "Background":
    """What ordinary text in `language` is like."""
    return learned.background(language)


def with_glossary(site: Site, folder: Path) -> Site:
    """The site with another folder's glossary: DIR/concepts/*.md, or DIR/*.md. Raises ConfigError."""
    inner = folder / "concepts"
    return replace(site, glossary=concepts_in(inner if inner.is_dir() else folder, site.settings.language))


def replaced(site: Site, **settings: Any) -> Site:
    """The site with some settings changed."""
    return replace(site, settings=replace(site.settings, **settings))


@contextmanager
def workers(site: Site, *, early: bool = True) -> Iterator["Map"]:
    """What parses: worker processes, or this one. A first run's are started at once, beside everything else, if `early`."""
    from pipeline.adapters.workers import Processes, in_order

    count = site.settings.workers or len(os.sched_getaffinity(0))
    if site.settings.workers == 1:
        yield in_order
        return
    with Processes(count, site.settings.parse_seconds, _PRELOADED, site.settings.parse_megabytes) as processes:
        if early and not database_path(site).exists():
            processes.warm()
        yield processes


def _url(site: Site) -> "URL":
    from pipeline.adapters.store.engine import located

    return located(site.settings.database_url, _start(site, "CONCEPTWIRE_DATABASE_URL"))


def _start(site: Site, variable: str) -> Path:
    """Where relative paths of a setting start: in the site's folder, but for those that the shell says."""
    return site.folder if site.folder != loading.SHIPPED and variable not in os.environ else Path.cwd()


def database_path(site: Site) -> Path:
    """Where the database is, or will be."""
    return Path(str(_url(site).database))


@contextmanager
def database(site: Site) -> Iterator["Database"]:
    """The database, opened and brought up to date."""
    from pipeline.adapters.store.engine import opened
    from pipeline.adapters.store.migrating import migrate

    opened_one = opened(_url(site))
    try:
        migrate(opened_one)
        yield opened_one
    finally:
        opened_one.close()


@contextmanager
def publishing(site: Site) -> Iterator[None]:
    """A block that ends with the published copy put in its place, where settings want one.

    Raises UsageError before the block where it could not be put there.
    """
    target = published_path(site)
    if target is None:
        yield
        return
    from pipeline.adapters.store.publishing import publish, usable

    usable(database_path(site), target)
    yield
    publish(database_path(site), target, anew=False)


def published_path(site: Site) -> Path | None:
    """Where the published copy is wanted, if it is."""
    wanted = site.settings.publish
    return (_start(site, "CONCEPTWIRE_PUBLISH") / wanted).absolute() if wanted else None


@dataclass(frozen=True)
class Assembly:
    """What an entry point needs for a pass."""

    parts: "Parts"
    runs: "StoredRuns"


@contextmanager
def assembled(
    site: Site,
    database: "Database",
    workers: "Map",
    now: datetime,
    *,
    replay: Sequence[Path] = (),
    record: Path | None = None,
    eager: bool = False,
    offline: bool = False,
    met: "Minding | None" = None,
) -> Iterator[Assembly]:
    """All parts of a run, closed again at the end of the block.

    A recording is not the world: no pace is kept with it, and nothing is looked at again in it. `offline`: nothing is fetched.
    `met`: what `web` gave, to be gone on with: hosts have met it already.
    """
    from pipeline.adapters.store.articles import StoredArticles
    from pipeline.adapters.store.feeds import StoredFeeds
    from pipeline.adapters.store.hosts import StoredHosts
    from pipeline.adapters.store.links import StoredLinks
    from pipeline.adapters.store.runs import StoredRuns
    from pipeline.adapters.store.tending import StoredTending
    from pipeline.adapters.store.words import StoredWords
    from pipeline.flow import Minding, Parts, minded

    with ExitStack() as stack:
        fetch = _nothing if offline else _fetch(site.settings, now, replay)
        if record:
            fetch = stack.enter_context(_recorded(fetch, record, now))
        if replay:
            fetch = minded(fetch, site.settings, now)
        elif not offline:
            hosts = StoredHosts(database)
            hosts.tidy(now)
            fetch = met.kept_in(hosts) if met else Minding(fetch, hosts, site.settings, now)
        feeds, links, runs = StoredFeeds(database), StoredLinks(database), StoredRuns(database)
        if not links.epoch_number():
            _prepare(site)
        runs.begin(now)
        feeds.configure(site.sources)
        links.configure(site.glossary, now)
        # Related concepts are made with an epoch, so how many are shown is part of the model; so is the language.
        more = f"related_shown={site.settings.related_shown} language={site.glossary.language}"
        more += f" epoch_articles={site.settings.epoch_articles}"
        parameters = replace(site.parameters, digest=f"{site.parameters.digest} {more}")
        articles = StoredArticles(database)
        ordinary = partial(background, site.glossary.language)
        tending = None if replay else StoredTending(database)
        parts = Parts(
            fetch, workers, feeds, articles, links, StoredWords(database), site.glossary, parameters, site.settings, ordinary,
            eager or bool(replay), tending, bool(replay),
        )  # fmt: skip
        yield Assembly(parts, runs)


def _nothing(requests: "Iterable[Request]") -> "Iterator[Page | Failed]":  # noqa: ARG001
    """Fetch of a pass that asks nobody."""
    return iter(())


def _prepare(site: Site) -> None:
    """Load what a first run will need: the workers start meanwhile."""
    import pipeline.stages.relevance.evidence
    import pipeline.stages.relevance.neighbours  # noqa: F401
    from pipeline.stages.relevance.epochs import terms_of

    terms_of(site.glossary, site.parameters)


def web(site: Site, now: datetime) -> "Minding":
    """Fetch over the live web; a database is only looked at, for hosts that asked to be left alone."""
    from pipeline.adapters.store.hosts import waits_in
    from pipeline.flow import Minding, Remembered

    path = database_path(site)
    left_alone = waits_in(path, now) if path.exists() else {}
    return Minding(_fetch(site.settings, now, ()), Remembered(left_alone=left_alone), site.settings, now)


def allowing(site: Site, hosts: Sequence[str]) -> Site:
    """The site with more hosts that may have any address. Raises ConfigError for what is no host."""
    for host in hosts:
        loading.check_host(host, "--allow-private")
    return replaced(site, allow_private=(*site.settings.allow_private, *hosts))


def _fetch(settings: Settings, now: datetime, replay: Sequence[Path]) -> "Fetch":
    if replay:
        from pipeline.adapters.warc import Replay

        return Replay(replay, now, settings.largest_body)
    from pipeline.adapters.http import Live, limits_of

    return Live(limits_of(settings, user_agent(settings)), now)


@contextmanager
def _recorded(fetch: "Fetch", path: Path, now: datetime) -> Iterator["Fetch"]:
    from pipeline.adapters.warc import Recording

    try:
        stream = path.open("ab")
    except OSError as error:
        raise ConfigError(str(path), f"cannot be written ({error.strerror})", "--record FILE.warc.gz") from None
    with stream:
        yield Recording(fetch, stream, now)


def user_agent(settings: Settings) -> str:
    """What publishers see: product, version, and whom to write to."""
    contact = f" (+{settings.contact})" if settings.contact else ""
    return f"Conceptwire/{version('conceptwire')}{contact}"


@contextmanager
def reading(site: Site, file: Path | None = None) -> Iterator["Connection"]:
    """A connection for the functions of adapters.reading: to the site's database, or to another one or a copy.

    Raises UsageError where it is not there, StoreError where it is no database of ours.
    """
    from pipeline.adapters.reading import opened
    from pipeline.adapters.store.migrating import outdated

    path = file or database_path(site)
    if file is None and path.exists() and outdated(path):
        with database(site):
            pass  # brought up to date
    with opened(path) as connection:
        yield connection


def slug_of(glossary: Glossary, said: str) -> str:
    """The concept a person means: by slug, name or alias, whatever the case. Raises UsageError with near ones."""
    wanted = said.strip().casefold()
    for concept in glossary.concepts:
        if wanted in {concept.slug, *concept.was, *(name.casefold() for name in (concept.name, *concept.aliases))}:
            return concept.slug
    near = difflib.get_close_matches(wanted, list(glossary.by_slug), 3, 0.5)
    raise UsageError(said, "is no concept of this glossary", ", ".join(near) or "conceptwire concepts list")
