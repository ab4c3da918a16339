"""Links, related concepts and epochs."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from models.change import EDITED, GLOSSARY
from models.concept import Concept, Glossary
from models.link import Boxed, Evidence, Link, Placed, Related, Term, Verdicts
from models.schema import article, concept, decision, epoch, link, relation, source, unplaced
from models.statistics import Current, Statistics
from pipeline.adapters.store import concepts, epochs, inheriting
from pipeline.adapters.store.changes import Reason, note
from pipeline.adapters.store.engine import Database, chunks

_UNDECIDED = Verdicts()
_PAIR = ["concept_slug", "article_id"]
_OWN = {"id", *_PAIR}  # what an update of a link leaves alone


@dataclass(frozen=True)
class StoredLinks:
    """The port Links over the tables concept, link, relation, epoch and change."""

    database: Database

    def configure(self, glossary: Glossary, now: datetime) -> list[str]:
        """Make the stored concepts those of the glossary, writing only where they differ."""
        wanted = {one.slug: concepts.row(one) for one in glossary.concepts}
        former = {old: one.slug for one in glossary.concepts for old in one.was if old not in wanted}
        with self.database.reading() as connection:
            had, moved = concepts.stored(connection)
            if had == wanted and moved == former and not inheriting.owed(connection, former):
                return []
        gone = sorted(had.keys() - wanted.keys() - former.keys())
        with self.database.writing() as connection:
            for slug in gone:
                self._forget(connection, slug, now)
            concepts.write(connection, wanted.values())
            self._name(connection, glossary, former, set(had), now)
            concepts.forward(connection, former)
        return gone

    def _name(
        self, connection: sa.Connection, glossary: Glossary, former: Mapping[str, str], had: set[str], now: datetime
    ) -> None:
        """Give concepts what is under their former slugs; those that are new otherwise are to be scored.

        One that is new takes over a former one's links, that of the same words first. All others are merged: what people said.
        """
        current = epochs.known(connection)
        known, scored = current or {}, {one.slug: one.scored for one in glossary.concepts}
        renamed: set[str] = set()
        for old, new in sorted(former.items(), key=lambda pair: known.get(pair[0]) != scored[pair[1]]):
            if old in had and new not in {*had, *known, *renamed}:
                self._rename(connection, old, new, now)
                renamed.add(new)
            inheriting.of_concept(connection, old, new)
            if old in had:
                self._forget(connection, old, now)
        # The epoch may know them: they were removed by a pass that was stopped before it amended the epoch.
        for slug in sorted(scored.keys() - had - renamed) if current is not None else ():
            _rescore(connection, slug)

    def _rename(self, connection: sa.Connection, old: str, new: str, now: datetime) -> None:
        """A concept's links under its new slug; sites learn that the old page has lost them, the new one has them."""
        urls = _shown(connection, old)
        note(connection, old, [(url, "removed") for url in urls], lambda url: GLOSSARY, now)  # noqa: ARG005
        note(connection, new, [(url, "added") for url in urls], lambda url: GLOSSARY, now)  # noqa: ARG005
        connection.execute(sa.update(link).where(link.c.concept_slug == old).values(concept_slug=new))
        connection.execute(sa.update(relation).where(relation.c.concept_slug == old).values(concept_slug=new))
        connection.execute(sa.update(relation).where(relation.c.related_slug == old).values(related_slug=new))
        epochs.rename(connection, old, new)

    def _forget(self, connection: sa.Connection, slug: str, now: datetime) -> None:
        note(connection, slug, [(url, "removed") for url in _shown(connection, slug)], lambda url: GLOSSARY, now)  # noqa: ARG005
        connection.execute(sa.delete(concept).where(concept.c.slug == slug))
        connection.execute(sa.delete(unplaced).where(unplaced.c.concept_slug == slug))

    def epoch(self) -> Statistics | None:
        """The current epoch, with what was amended since."""
        with self.database.reading() as connection:
            row = connection.execute(sa.select(epoch).order_by(epoch.c.number.desc()).limit(1)).first()
        return None if row is None else epochs.statistics(row)

    def epoch_number(self) -> int:
        """The current epoch's number; 0 before the first."""
        current = self.current()
        return current.epoch if current else 0

    def current(self) -> Current | None:
        """What is known of the current epoch, without loading it."""
        with self.database.reading() as connection:
            row = connection.execute(epochs.KEY.order_by(epoch.c.number.desc()).limit(1)).first()
        return None if row is None else epochs.current(row)

    def placed(self, placing: str) -> None:
        """Note the settings that all boxes are placed by now."""
        with self.database.writing() as connection:
            connection.execute(sa.update(epoch).values(placing=placing))

    def begin(self, made: Statistics, related: Sequence[Related], key: Current, now: datetime) -> None:
        """Make an epoch the current one, with its related concepts; every article is to be settled again."""
        with self.database.writing() as connection:
            connection.execute(sa.delete(epoch))  # links name their epoch by number; only the current one scores
            connection.execute(sa.insert(epoch).values(epochs.row(made, key, now)))
            connection.execute(sa.update(article).where(article.c.settled == 1).values(settled=0))
            connection.execute(sa.delete(unplaced).where(unplaced.c.reason == GLOSSARY))
            _relate(connection, related)

    def amend(self, made: Statistics, related: Sequence[Related], key: Current, slugs: Collection[str]) -> None:
        """Amend the current epoch by some concepts, which are to be scored again, with everybody's related concepts."""
        changed = epochs.amended(made, key)
        with self.database.writing() as connection:
            connection.execute(sa.update(epoch).where(epoch.c.number == made.epoch).values(changed))
            for slug in sorted(slugs):
                _rescore(connection, slug)
            _relate(connection, related)

    def unplaced(self) -> dict[str, str]:
        """Concepts whose boxes are to be made anew, and why: "editor", "gone", or "glossary" where all is scored again."""
        with self.database.reading() as connection:
            return {row.concept_slug: row.reason for row in connection.execute(sa.select(unplaced))}

    def verdicts(self, one: Concept, articles: Collection[int]) -> Verdicts:
        """What editors decided of a concept, and which of `articles` are gone."""
        with self.database.reading() as connection:
            return _verdicts(connection, one.slug, articles)

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
        """Slugs of the concepts that have pairs, or decisions, with any of these articles."""
        found: set[str] = set()
        with self.database.reading() as connection:
            for some in chunks(article_ids):
                chosen = sa.select(link.c.concept_slug).where(link.c.article_id.in_(some)).distinct()
                found.update(connection.execute(chosen).scalars())
                decided = sa.select(decision.c.concept_slug).join(article, article.c.identity == decision.c.identity)
                found.update(connection.execute(decided.where(article.c.id.in_(some)).distinct()).scalars())
        return found

    def replace(
        self, one: Concept, placed: Sequence[Placed], reason: Reason, now: datetime, seen: Verdicts = _UNDECIDED
    ) -> Boxed:
        """A concept's links, a whole box or nothing; only rows that differ are written.

        Where an editor decided something that was not `seen` meanwhile, the box is still to be made anew.
        """
        with self.database.writing() as connection:
            if _verdicts(connection, one.slug, seen.gone) == seen:
                connection.execute(sa.delete(unplaced).where(unplaced.c.concept_slug == one.slug))
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
                update = {c.name: statement.excluded[c.name] for c in link.c if c.name not in _OWN}
                connection.execute(statement.on_conflict_do_update(_PAIR, set_=update), differing)
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
        "pinned": int(placed.pinned),
        "epoch": one.epoch,
        "scorer": one.scorer,
        "linked_at": old.linked_at if old is not None else now,
    }


def _shown(connection: sa.Connection, slug: str) -> list[str]:
    """Addresses of the articles that a concept lists."""
    ranked = sa.select(article.c.canonical_url).join(link, link.c.article_id == article.c.id)
    return sorted(connection.execute(ranked.where(link.c.concept_slug == slug, link.c.rank.is_not(None))).scalars())


def _rescore(connection: sa.Connection, slug: str) -> None:
    again = {"concept_slug": slug, "reason": GLOSSARY}
    connection.execute(insert(unplaced).values(again).on_conflict_do_update(["concept_slug"], set_=again))


def _relate(connection: sa.Connection, related: Sequence[Related]) -> None:
    connection.execute(sa.delete(relation))
    if related:
        connection.execute(sa.insert(relation), [asdict(one) for one in related])


def _verdicts(connection: sa.Connection, slug: str, articles: Collection[int]) -> Verdicts:
    chosen = sa.select(article.c.id, decision.c.kind, decision.c.at).join(article, article.c.identity == decision.c.identity)
    by_kind: dict[str, dict[int, datetime]] = {"pin": {}, "keep": {}, "hide": {}}
    for row in connection.execute(chosen.where(decision.c.concept_slug == slug)):
        by_kind[row.kind][row.id] = row.at
    gone: set[int] = set()
    for some in chunks({*articles, *by_kind["pin"], *by_kind["keep"]}):
        gone.update(
            connection.execute(sa.select(article.c.id).where(article.c.id.in_(some), article.c.gone_at.is_not(None))).scalars()
        )
    return Verdicts(by_kind["pin"], frozenset(by_kind["keep"]), frozenset(by_kind["hide"]), frozenset(gone))


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
