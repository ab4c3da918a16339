"""Links, related concepts and epochs."""

import json
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from models.concept import Concept, Glossary
from models.link import Boxed, Evidence, Link, Placed, Related, Term
from models.schema import article, change, concept, epoch, link, relation, run, source
from models.statistics import Current, Statistics
from pipeline.adapters.store.engine import Database, chunks

EDITED = "edited article"
Reason = Callable[[str], str]


@dataclass(frozen=True)
class StoredLinks:
    """The port Links over the tables concept, link, relation, epoch and change."""

    database: Database

    def configure(self, glossary: Glossary, now: datetime) -> list[str]:
        """Make the stored concepts those of the glossary, writing only where they differ."""
        wanted = {one.slug: (one.name, one.definition, one.added, one.minutes_to_read) for one in glossary.concepts}
        names = ("name", "definition", "added_on", "minutes_to_read")
        with self.database.reading() as connection:
            had = {row.slug: tuple(row)[1:] for row in connection.execute(sa.select(concept))}
        if had == wanted:
            return []
        gone = sorted(had.keys() - wanted.keys())
        with self.database.writing() as connection:
            for slug in gone:
                self._forget(connection, slug, now)
            for slug, values in wanted.items():
                row = dict(zip(names, values, strict=True))
                connection.execute(insert(concept).values(slug=slug, **row).on_conflict_do_update(["slug"], set_=row))
        return gone

    def _forget(self, connection: sa.Connection, slug: str, now: datetime) -> None:
        ranked = sa.select(article.c.canonical_url).join(link, link.c.article_id == article.c.id)
        urls = connection.execute(ranked.where(link.c.concept_slug == slug, link.c.rank.is_not(None))).scalars().all()
        note(connection, slug, [(url, "removed") for url in sorted(urls)], lambda url: "glossary", now)  # noqa: ARG005
        connection.execute(sa.delete(concept).where(concept.c.slug == slug))

    def epoch(self) -> Statistics | None:
        """The current epoch."""
        with self.database.reading() as connection:
            row = connection.execute(sa.select(epoch).order_by(epoch.c.number.desc()).limit(1)).first()
        if row is None:
            return None
        import numpy as np

        counted = json.loads(zlib.decompress(row.terms))
        frequencies = np.array([frequency for _, frequency in counted], dtype=np.float64)
        contexts = json.loads(zlib.decompress(row.contexts))
        return Statistics(
            row.number, row.glossary_digest, row.parameters_digest, row.documents,
            tuple(term for term, _ in counted), frequencies, row.mean_norm, row.mean_title_norm,
            {slug: tuple((column, weight) for column, weight in one) for slug, one in contexts.items()},
        )  # fmt: skip

    def epoch_number(self) -> int:
        """The current epoch's number; 0 before the first."""
        current = self.current()
        return current.epoch if current else 0

    def current(self) -> Current | None:
        """What is known of the current epoch, without loading it."""
        names = ("number", "glossary_digest", "parameters_digest", "collection", "reason", "placing")
        chosen = sa.select(*(epoch.c[name] for name in names))
        with self.database.reading() as connection:
            row = connection.execute(chosen.order_by(epoch.c.number.desc()).limit(1)).first()
        return None if row is None else Current(*row)

    def placed(self, placing: str) -> None:
        """Note the settings that all boxes are placed by now."""
        with self.database.writing() as connection:
            connection.execute(sa.update(epoch).values(placing=placing))

    def begin(self, made: Statistics, related: Sequence[Related], key: Current, now: datetime) -> None:
        """Make an epoch the current one, with its related concepts; every article is to be settled again."""
        counted = list(zip(made.terms, (float(n) for n in made.frequencies), strict=True))
        with self.database.writing() as connection:
            connection.execute(sa.delete(epoch))  # links name their epoch by number; only the current one scores
            connection.execute(
                sa.insert(epoch).values(
                    number=made.epoch,
                    made_at=now,
                    glossary_digest=made.glossary_digest,
                    parameters_digest=made.parameters_digest,
                    documents=made.documents,
                    collection=key.collection,
                    reason=key.reason,
                    placing=key.placing,
                    mean_norm=made.mean_norm,
                    mean_title_norm=made.mean_title_norm,
                    terms=_packed(counted),
                    contexts=_packed(dict(made.contexts)),
                    vectors=_packed({}),
                )
            )
            connection.execute(sa.update(article).values(settled=0))
            connection.execute(sa.delete(relation))
            if related:
                connection.execute(sa.insert(relation), [asdict(one) for one in related])

    def of(self, one: Concept) -> list[Link]:
        """The pairs above the cut of a concept, by URL."""
        chosen = (
            sa.select(link, article, source.c.name, source.c.weight)
            .join(article, article.c.id == link.c.article_id)
            .join(source, source.c.slug == link.c.source_slug)
            .where(link.c.concept_slug == one.slug)
            .order_by(article.c.canonical_url)
        )
        with self.database.reading() as connection:
            return [_link(row) for row in connection.execute(chosen)]

    def concepts_of(self, article_ids: Collection[int]) -> set[str]:
        """Slugs of the concepts that have pairs with any of these articles."""
        found: set[str] = set()
        with self.database.reading() as connection:
            for some in chunks(article_ids):
                chosen = sa.select(link.c.concept_slug).where(link.c.article_id.in_(some)).distinct()
                found.update(connection.execute(chosen).scalars())
        return found

    def replace(self, one: Concept, placed: Sequence[Placed], reason: Reason, now: datetime) -> Boxed:
        """A concept's links, a whole box or nothing; only rows that differ are written."""
        with self.database.writing() as connection:
            old = {
                row.article_id: row
                for row in connection.execute(
                    sa.select(link, article.c.canonical_url)
                    .join(article, article.c.id == link.c.article_id)
                    .where(link.c.concept_slug == one.slug)
                )
            }
            new = {p.link.article_id: _row(p, old.get(p.link.article_id), now) for p in placed}
            for some in chunks(old.keys() - new.keys()):
                connection.execute(sa.delete(link).where(link.c.concept_slug == one.slug, link.c.article_id.in_(some)))
            differing = [row for number, row in new.items() if number not in old or _differs(row, old[number])]
            if differing:
                statement = insert(link)
                update = {c.name: statement.excluded[c.name] for c in link.c if not c.primary_key}
                keys = ["concept_slug", "article_id"]
                connection.execute(statement.on_conflict_do_update(keys, set_=update), differing)
            urls = {p.link.article_id: p.link.url for p in placed} | {n: row.canonical_url for n, row in old.items()}
            changes = _changes(old, new, urls, reason)
            note(connection, one.slug, changes, reason, now)
        kinds = [kind for _, kind in changes]
        return Boxed(kinds.count("added"), kinds.count("removed"), kinds.count("moved"))

    def total(self) -> int:
        """How many links there are."""
        with self.database.reading() as connection:
            chosen = sa.select(sa.func.count()).select_from(link).where(link.c.rank.is_not(None))
            return int(connection.execute(chosen).scalar_one())


def _row(placed: Placed, old: Any, now: datetime) -> dict[str, Any]:
    one = placed.link
    return {
        "concept_slug": one.concept_slug,
        "article_id": one.article_id,
        "source_slug": one.source_slug,
        "rank": placed.rank,
        "position": placed.position,
        "similarity": one.similarity,
        "relevance": one.relevance,
        "terms": json.dumps([asdict(term) for term in one.evidence.terms], ensure_ascii=False),
        "passage": one.evidence.passage,
        "gist": one.gist,
        "also_covered_by": json.dumps(
            [{"source_name": name, "url": url} for name, url in placed.also_covered_by], ensure_ascii=False
        ),
        "pinned": 0,
        "epoch": one.epoch,
        "scorer": one.scorer,
        "linked_at": old.linked_at if old is not None else now,
    }


def _packed(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, ensure_ascii=False).encode(), 6)


def _link(row: Any) -> Link:
    return Link(
        concept_slug=row.concept_slug,
        article_id=row.article_id,
        url=row.canonical_url,
        title=row.title,
        published=row.published,
        content_hash=row.content_hash,
        source_slug=row.source_slug,
        source_name=row.name,
        source_weight=row.weight,
        similarity=row.similarity,
        relevance=row.relevance,
        evidence=Evidence(tuple(Term(**term) for term in json.loads(row.terms)), row.passage),
        epoch=row.epoch,
        scorer=row.scorer,
        gist=row.gist,
    )


def _differs(new: dict[str, Any], old: Any) -> bool:
    return any(getattr(old, name) != value for name, value in new.items())


def _changes(old: dict[int, Any], new: dict[int, dict[str, Any]], urls: dict[int, str], reason: Reason) -> list[tuple[str, str]]:
    """(url, kind) of every shown link that came, went, moved in the box, or whose article was edited; by URL."""
    found = []
    for number in old.keys() | new.keys():
        before, after = old.get(number), new.get(number)
        had, has = before is not None and before.rank is not None, after is not None and after["rank"] is not None
        if had != has:
            found.append((urls[number], "added" if has else "removed"))
        elif has and (before.position != after["position"] or reason(urls[number]) == EDITED):  # type: ignore[union-attr,index]
            found.append((urls[number], "moved"))
    return sorted(found)


def note(connection: sa.Connection, slug: str, changes: Sequence[tuple[str, str]], reason: Reason, now: datetime) -> None:
    """Record what changed; in the transaction that changes it."""
    if not changes:
        return
    current = connection.execute(sa.select(sa.func.max(run.c.id))).scalar_one()
    rows = [
        {"at": now, "run_id": current, "concept_slug": slug, "url": url, "change": kind, "reason": reason(url)}
        for url, kind in changes
    ]
    connection.execute(sa.insert(change), rows)
