"""A site's database kept: pruned and made small under the run lock; checked and copied beside whoever writes."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import UsageError
from pipeline import wiring

if TYPE_CHECKING:
    from pipeline.adapters.store.keeping import Fault, Vacuumed
    from pipeline.adapters.store.pruning import Pruned

Waiting = Callable[[str], None]


def prune(
    site: wiring.Site,
    now: datetime,
    *,
    clock: Callable[[], datetime],
    dry_run: bool = False,
    patience: float = 0.0,
    waiting: Waiting = lambda holder: None,  # noqa: ARG005
) -> "Pruned":
    """Remove what is older than `text_days` and `article_days` of the site's settings; a dry run only counts it.

    Waits `patience` seconds for another writer. Raises Locked after that, UsageError where there is no database.
    """
    from pipeline.adapters.lock import held
    from pipeline.adapters.store.links import StoredLinks
    from pipeline.adapters.store.pruning import Pruned, glossary_digest, planned, prune
    from pipeline.adapters.store.runs import StoredRuns

    path, days = _present(site), (site.settings.text_days, site.settings.article_days)
    if not any(days):
        return Pruned()
    if dry_run:
        with wiring.database(site) as database:
            return planned(database, now, *days)
    with (
        held(path, "conceptwire prune", now, patience=patience, waiting=waiting),
        wiring.database(site) as database,
        wiring.publishing(site),
    ):
        if planned(database, now, *days) == Pruned():
            return Pruned()  # the record of runs stays without one that did nothing
        runs = StoredRuns(database)
        digest, epoch = glossary_digest(database), StoredLinks(database).epoch_number()
        runs.begin(now)
        done = prune(database, now, *days)
        # It fetched nothing, so it does not count as the last run that succeeded.
        runs.finish(json.dumps({"pruned": done.as_json()}), digest, epoch, max(now, clock()), succeeded=False)
        return done


def vacuum(
    site: wiring.Site,
    now: datetime,
    *,
    patience: float = 0.0,
    waiting: Waiting = lambda holder: None,  # noqa: ARG005
) -> "Vacuumed":
    """Make the database's file as small as it can be. Raises Locked, UsageError where there is none, StoreError without room."""
    from pipeline.adapters.lock import held
    from pipeline.adapters.store.keeping import vacuum

    path = _present(site)
    with held(path, "conceptwire vacuum", now, patience=patience, waiting=waiting), wiring.database(site) as database:
        return vacuum(database)


def check(site: wiring.Site, now: datetime) -> "list[Fault]":
    """What is wrong with the database; [] is sound. Raises UsageError where there is none."""
    from pipeline.adapters.store.keeping import check

    _present(site)
    with wiring.database(site) as database:
        return check(database, now)


def backup(site: wiring.Site, target: Path, progress: Callable[[int, int], None] = lambda done, of: None) -> int:  # noqa: ARG005
    """Copy the database as it is into one file, in the schema that it has; gives the file's bytes.

    Raises UsageError where there is none, or the target cannot be written.
    """
    from pipeline.adapters.store.keeping import backup

    return backup(_present(site), target, progress)


def _present(site: wiring.Site) -> Path:
    path = wiring.database_path(site)
    if not path.exists():
        raise UsageError(str(path), "is not there yet", "conceptwire run")
    return path
