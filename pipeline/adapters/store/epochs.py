"""Epochs as rows."""

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from models.schema import epoch
from models.statistics import Current, Sparse, Statistics

_NAMES = (
    "number", "glossary_digest", "parameters_digest", "collection", "reason", "placing", "digests", "articles_digest", "highest",
)  # fmt: skip
KEY = sa.select(*(epoch.c[name] for name in _NAMES))


def current(row: Any) -> Current:
    """What KEY found."""
    digests = json.loads(row.digests)
    amended = digests.pop("", [])  # no slug is empty
    plain = (row.number, row.glossary_digest, row.parameters_digest, row.collection, row.reason, row.placing)
    return Current(*plain, digests, row.articles_digest, row.highest, tuple(amended))


def known(connection: sa.Connection) -> Mapping[str, str] | None:
    """What the newest epoch scored of each concept, by slug; None where there is no epoch."""
    row = connection.execute(KEY.order_by(epoch.c.number.desc()).limit(1)).first()
    return None if row is None else current(row).digests


def statistics(row: Any) -> Statistics:
    """A whole row."""
    import numpy as np

    counted = json.loads(zlib.decompress(row.terms))
    frequencies = np.array([frequency for _, frequency in counted], dtype=np.float64)
    vectors = json.loads(zlib.decompress(row.vectors))
    return Statistics(
        row.number, row.glossary_digest, row.parameters_digest, row.documents,
        tuple(term for term, _ in counted), frequencies, row.mean_norm, row.mean_title_norm,
        _sparse(json.loads(zlib.decompress(row.contexts))), _sparse(vectors.get("frozen", {})),
        _sparse(vectors.get("amended", {})), vectors.get("base"),
    )  # fmt: skip


def row(made: Statistics, key: Current, now: datetime) -> dict[str, Any]:
    """All columns of a new epoch."""
    return {
        "number": made.epoch,
        "made_at": now,
        "parameters_digest": made.parameters_digest,
        "documents": made.documents,
        "collection": key.collection,
        "reason": key.reason,
        "placing": key.placing,
        "mean_norm": made.mean_norm,
        "mean_title_norm": made.mean_title_norm,
        "articles_digest": key.articles_digest,
        "highest": key.highest,
    } | amended(made, key)


def amended(made: Statistics, key: Current) -> dict[str, Any]:
    """The columns that amending changes."""
    counted = list(zip(made.terms, (float(n) for n in made.frequencies), strict=True))
    told: Mapping[str, str | Sequence[str]] = {**key.digests, "": list(key.amended)}
    return {
        "glossary_digest": key.glossary_digest,
        "terms": _packed(counted),
        "contexts": _packed(made.contexts),
        "digests": json.dumps(told),
        "vectors": _packed({"base": made.base, "frozen": made.vectors, "amended": made.amended}),
    }


def rename(connection: sa.Connection, old: str, new: str) -> None:
    """What the epoch knows of a concept, under its new slug, of which it has digested no concept.

    What is still there of one that was removed changes places: others are compared with all of the epoch's vectors.
    """
    for stored in connection.execute(sa.select(epoch.c.number, epoch.c.digests, epoch.c.contexts, epoch.c.vectors)).all():
        digests, contexts, vectors = (
            json.loads(stored.digests),
            *(json.loads(zlib.decompress(packed)) for packed in (stored.contexts, stored.vectors)),
        )
        for known in (digests, contexts, vectors.get("frozen", {}), vectors.get("amended", {})):
            _swap(known, old, new)
        changed = {"digests": json.dumps(digests), "contexts": _packed(contexts), "vectors": _packed(vectors)}
        connection.execute(sa.update(epoch).where(epoch.c.number == stored.number).values(changed))


def _swap(known: dict[str, Any], one: str, other: str) -> None:
    there = {new: known.pop(slug) for slug, new in ((one, other), (other, one)) if slug in known}
    known.update(there)


def _sparse(written: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, Sparse]:
    return {slug: tuple((column, weight) for column, weight in one) for slug, one in written.items()}


def _packed(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, ensure_ascii=False).encode(), 6)
