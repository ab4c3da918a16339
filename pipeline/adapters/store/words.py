"""The index on words: for every term the articles that have it, and how often."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from models.article import Features
from models.schema import article, features, posting
from pipeline.adapters.store.articles import unpacked_features
from pipeline.adapters.store.engine import Database, chunks

_BLOCK = 65_536  # article ids of one row: within it an article takes two bytes, its level one
_AT_ONCE = 500  # articles whose features are in memory
_MARK = ""  # no term: its row holds how the index was made
_ALL = "!"  # no stem begins with it: every article that was ever taken in


@dataclass(frozen=True)
class StoredWords:
    """The port Words over the tables posting and features."""

    database: Database

    def made_with(self) -> str:
        """How the index was made; "" where there is none."""
        with self.database.reading() as connection:
            row = connection.execute(sa.select(posting.c.articles).where(posting.c.term == _MARK)).first()
        return "" if row is None else row.articles.decode()

    def begin(self, made_with: str) -> None:
        """Begin another index, and forget what there is."""
        with self.database.writing() as connection:
            connection.execute(sa.delete(posting))
            connection.execute(sa.update(features).where(features.c.indexed != 0).values(indexed=0))
            connection.execute(sa.insert(posting).values(term=_MARK, block=0, articles=made_with.encode()))

    def lacking(self) -> int:
        """How many articles are not in the index."""
        with self.database.reading() as connection:
            counted = sa.select(sa.func.count()).select_from(features).where(features.c.indexed == 0)
            return int(connection.execute(counted).scalar_one())

    def stale(self) -> set[int]:
        """Articles of whose earlier words the index tells."""
        with self.database.reading() as connection:
            return set(connection.execute(sa.select(features.c.article_id).where(features.c.indexed == 2)).scalars())

    def unindexed(self) -> Iterator[tuple[int, Features]]:
        """The articles that are not in the index, by id."""
        last = 0
        chosen = sa.select(features.c.article_id, features.c.tokens, article.c.text_from).join(article)
        while True:
            some = chosen.where(features.c.indexed == 0, features.c.article_id > last).order_by(features.c.article_id)
            with self.database.reading() as connection:
                rows = connection.execute(some.limit(_AT_ONCE)).all()
            yield from ((row.article_id, unpacked_features(row.tokens, row.text_from)) for row in rows)
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1].article_id

    def add(self, levels: Mapping[int, Mapping[str, int]]) -> None:
        """Take articles in, all or none; those whose id the index knows already are stale from then on.

        A word that an article lost cannot be found without reading all postings, so it is not looked for.
        """
        again = self._known(levels.keys())
        levels = {number: {**terms, _ALL: 1} for number, terms in levels.items() if number not in again}
        new: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for number, terms in sorted(levels.items()):
            for term, level in terms.items():
                new.setdefault((term, number // _BLOCK), []).append((number % _BLOCK, level))
        with self.database.writing() as connection:
            for some in chunks({term for term, _ in new}):
                self._merge(connection, new, some)
            for state, taken in ((1, set(levels)), (2, again)):
                for ids in chunks(taken):
                    connection.execute(sa.update(features).where(features.c.article_id.in_(ids)).values(indexed=state))

    def _known(self, ids: Collection[int]) -> set[int]:
        found: set[int] = set()
        for _, known, _ in self.postings({_ALL}):
            found = set(known.tolist())
        return found & set(ids)

    def _merge(self, connection: sa.Connection, new: Mapping[tuple[str, int], list[tuple[int, int]]], terms: list[str]) -> None:
        blocks = {block for _, block in new}
        held = {
            (row.term, row.block): row.articles
            for row in connection.execute(sa.select(posting).where(posting.c.term.in_(terms), posting.c.block.in_(blocks)))
        }
        rows = [
            {"term": term, "block": block, "articles": _merged(held.get((term, block), b""), new[term, block])}
            for block in sorted(blocks)
            for term in terms
            if (term, block) in new
        ]
        made = insert(posting)
        update = made.on_conflict_do_update(["term", "block"], set_={"articles": made.excluded.articles})
        connection.execute(update, rows)

    def postings(self, terms: Collection[str]) -> Iterator[tuple[str, Any, Any]]:
        """Each term that some article has, with the ids (n,) int64, ascending, and the levels (n,) uint8."""
        import numpy as np

        with self.database.reading() as connection:
            for some in chunks(terms):
                found: dict[str, list[tuple[Any, Any]]] = {}
                chosen = sa.select(posting).where(posting.c.term.in_(some)).order_by(posting.c.term, posting.c.block)
                for row in connection.execute(chosen):
                    ids, reached = _unpacked(row.articles)
                    found.setdefault(row.term, []).append((ids.astype(np.int64) + row.block * _BLOCK, reached))
                for term, parts in found.items():
                    ids, reached = zip(*parts, strict=True)
                    yield term, np.concatenate(ids), np.concatenate(reached)

    def holders(self, terms: Collection[str]) -> dict[str, int]:
        """How many articles have each term."""
        found: dict[str, int] = {}
        size = sa.func.sum(sa.func.length(posting.c.articles))
        with self.database.reading() as connection:
            for some in chunks(terms):
                chosen = sa.select(posting.c.term, size.label("size")).where(posting.c.term.in_(some)).group_by(posting.c.term)
                found |= {row.term: row.size // 3 for row in connection.execute(chosen)}
        return found

    def highest(self) -> int:
        """The highest id of an article."""
        with self.database.reading() as connection:
            return int(connection.execute(sa.select(sa.func.max(article.c.id))).scalar() or 0)


def _unpacked(stored: bytes) -> tuple[Any, Any]:
    """Places (n,) uint16 in the block, and levels (n,) uint8."""
    import numpy as np

    count = len(stored) // 3
    return np.frombuffer(stored, "<u2", count), np.frombuffer(stored, np.uint8, count, 2 * count)


def _merged(stored: bytes, new: list[tuple[int, int]]) -> bytes:
    import numpy as np

    places, reached = _unpacked(stored)
    added = np.array(new, dtype=np.int64)
    rest = ~np.isin(places, added[:, 0])
    together = np.concatenate([places[rest].astype(np.int64), added[:, 0]])
    order = np.argsort(together, kind="stable")
    found = np.concatenate([reached[rest], added[:, 1].astype(np.uint8)])[order]
    return together[order].astype("<u2").tobytes() + found.tobytes()
