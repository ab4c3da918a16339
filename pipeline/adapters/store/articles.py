"""Articles and their features."""

import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from models.article import Article, Features, Stored, TextFrom
from models.change import EDITOR, GONE
from models.entry import Queued
from models.outcome import Changed, Duplicate, Failed, New, Outcome, Unchanged
from models.schema import article as articles
from models.schema import article_source, features, source
from models.schema import entry as entries
from pipeline.adapters.store import inheriting
from pipeline.adapters.store.changes import unlink, unplace
from pipeline.adapters.store.engine import Database, chunks
from pipeline.adapters.store.notices import same_text
from pipeline.adapters.store.pruning import let_in, refuse

_BETTER = {"summary": 0, "feed": 1, "page": 2}
_READ = {"gone_at": None, "checked_at": None, "etag": "", "last_modified": ""}  # its page is there: older looks say nothing
_AT_ONCE = 500  # articles whose features are in memory

_NEEDED = [getattr(articles.c, name) for name in ("id", "canonical_url", "title", "published", "text_from", "content_hash")]
# Statements that a run executes once an article, built once.
_SEEN = sa.select(
    *(articles.c[name] for name in ("id", "identity", "canonical_url", "content_hash", "text_from", "gone_at")),
)
_BY_IDENTITY = _SEEN.where(articles.c.identity == sa.bindparam("wanted"))
_BY_ID = _SEEN.where(articles.c.id == sa.bindparam("wanted"))
_INSERT = sa.insert(articles)
_INSERT_FEATURES = insert(features)
_NEW_FEATURES = {"tokens": _INSERT_FEATURES.excluded.tokens, "indexed": 0}
_KEEP_FEATURES = _INSERT_FEATURES.on_conflict_do_update(["article_id"], set_=_NEW_FEATURES)
_NAME_SOURCE = insert(article_source).on_conflict_do_nothing()
_END_ENTRY = (
    sa.update(entries)
    .where(entries.c.id == sa.bindparam("wanted"))
    .values({name: sa.bindparam(name) for name in ("state", "outcome", "retry_at", "article_id")})
)


def packed_features(one: Features) -> bytes:
    """Features as stored: two lines."""
    return zlib.compress(f"{one.title}\n{one.text}".encode(), 1)


def unpacked_features(stored: bytes, text_from: Any) -> Features:
    """Stored features."""
    title, text = zlib.decompress(stored).decode().split("\n")
    return Features(title, text, text_from)


@dataclass(frozen=True)
class StoredArticles:
    """The port Articles over the tables article, article_source, features and entry."""

    database: Database

    def keep(self, queued: Queued, article: Article, features: Features, now: datetime) -> Outcome:
        """Keep an article and settle its entry in one transaction."""
        outcome: Outcome
        with self.database.writing() as connection:
            same = connection.execute(_BY_IDENTITY, {"wanted": article.identity}).first()
            if same is None and not let_in(connection, queued, article.identity):
                return self._refuse(connection, queued, now)
            before = same
            if queued.article_id is None:
                before = None
            elif same is None or same.id != queued.article_id:
                before = connection.execute(_BY_ID, {"wanted": queued.article_id}).first()
            if same is not None and (before is None or same.id != before.id):
                number, outcome = same.id, Duplicate(queued.entry.url, same.canonical_url)
                if _BETTER[article.text_from] > _BETTER[same.text_from]:
                    self._write(connection, same, article, features)
                if before is not None:
                    self._join(connection, queued, before, same, now)
            elif before is None:
                number, outcome = self._write(connection, None, article, features), New(article.canonical_url)
            elif before.content_hash == article.content_hash or _poorer(queued, article, before):
                number, outcome = before.id, Unchanged(article.canonical_url)
                if article.text_from == "page" and before.gone_at is not None:
                    connection.execute(sa.update(articles).where(articles.c.id == number).values(_READ))
                    unplace(connection, number, GONE)
            else:
                number, outcome = self._write(connection, before, article, features), Changed(article.canonical_url)
            self._settle_entry(connection, queued, number, outcome)
        return outcome

    def _refuse(self, connection: sa.Connection, queued: Queued, now: datetime) -> Outcome:
        """Settle an entry whose page turned out to be an article that was removed for its age."""
        if queued.article_id is not None:
            self._leave(connection, queued, queued.article_id, now)
        return refuse(connection, queued)

    def join(self, queued: Queued) -> Outcome:
        """Settle an entry as another address of the article it names, without reading its page."""
        if queued.same_as is None:
            raise ValueError(f"{queued.entry.url} is no other address of an article")
        number, canonical_url = queued.same_as
        outcome = Duplicate(queued.entry.url, canonical_url)
        with self.database.writing() as connection:
            if connection.execute(_BY_ID, {"wanted": number}).first() is None:  # dropped meanwhile: a notice
                return Failed(queued.entry.url, "to be read by the next run")
            self._settle_entry(connection, queued, number, outcome)
        return outcome

    def _write(self, connection: sa.Connection, before: Any, article: Article, counted: Features) -> int:
        """A new article, or one over `before`: under another identity with what people said of it."""
        row = asdict(article) | {"cut_off": int(article.cut_off), "settled": 0}
        if before is None:
            number = int(connection.execute(_INSERT, row).lastrowid)
        else:
            number = before.id
            del row["first_seen"]
            row |= _READ if article.text_from == "page" else {}
            connection.execute(sa.update(articles).where(articles.c.id == number).values(row))
            if before.identity != article.identity:
                inheriting.of_article(connection, before.identity, article.identity)
        connection.execute(_KEEP_FEATURES, {"article_id": number, "tokens": packed_features(counted)})
        return number

    def _join(self, connection: sa.Connection, queued: Queued, before: Any, same: Any, now: datetime) -> None:
        """An edited entry became another article; if no entry is left to its own, what people said of that goes with it."""
        if self._is_alone(connection, queued, before.id):
            if inheriting.of_article(connection, before.identity, same.identity):
                unplace(connection, same.id, EDITOR)
            self._drop(connection, before.id, now)

    def _settle_entry(self, connection: sa.Connection, queued: Queued, number: int, outcome: Outcome) -> None:
        row = {"state": "done", "outcome": str(outcome), "retry_at": None, "article_id": number, "wanted": queued.id}
        connection.execute(_END_ENTRY, row)
        named = {"article_id": number, "source_slug": queued.source_slug, "url": queued.entry.url}
        joined = connection.execute(_NAME_SOURCE, named).rowcount
        if joined and isinstance(outcome, Duplicate):  # another source may now stand for it
            connection.execute(sa.update(articles).where(articles.c.id == number).values(settled=0))

    def same_text(self, article: Article) -> list[Queued] | None:
        """Entries of other articles of the host with the same short page text; None where it is no notice."""
        return same_text(self.database, article)

    def drop(self, article_id: int, now: datetime) -> None:
        """Forget an article with its links; sites learn of these, and the boxes that it leaves are made anew."""
        with self.database.writing() as connection:
            self._drop(connection, article_id, now)

    def _drop(self, connection: sa.Connection, article_id: int, now: datetime) -> None:
        unlink(connection, [article_id], now)
        connection.execute(sa.delete(articles).where(articles.c.id == article_id))

    def leave(self, queued: Queued, now: datetime) -> None:
        """An edited entry whose page is gone leaves its article; one that no other entry names is forgotten."""
        if queued.article_id is not None:
            with self.database.writing() as connection:
                self._leave(connection, queued, queued.article_id, now)

    def _leave(self, connection: sa.Connection, queued: Queued, article_id: int, now: datetime) -> None:
        if self._is_alone(connection, queued, article_id):
            self._drop(connection, article_id, now)

    def _is_alone(self, connection: sa.Connection, queued: Queued, article_id: int) -> bool:
        others = sa.select(entries.c.id).where(entries.c.article_id == article_id, entries.c.id != queued.id)
        return connection.execute(others.limit(1)).first() is None

    def unsettled(self) -> set[int]:
        """Articles new or edited since their links were made."""
        with self.database.reading() as connection:
            return set(connection.execute(sa.select(articles.c.id).where(articles.c.settled == 0)).scalars())

    def count(self, after: int = 0) -> int:
        """How many articles there are whose id is above `after`."""
        with self.database.reading() as connection:
            chosen = sa.select(sa.func.count()).select_from(articles).where(articles.c.id > after)
            return int(connection.execute(chosen).scalar_one())

    def snapshot(
        self, *, newest: int | None = None, unsettled: bool = False, ids: Collection[int] | None = None
    ) -> Iterator[tuple[Stored, Features]]:
        """Articles with their features, newest first; some by their ids in order of these."""
        chosen = sa.select(articles.c.id)
        if unsettled:
            chosen = chosen.where(articles.c.settled == 0)
        chosen = chosen.order_by(articles.c.published.desc(), articles.c.identity).limit(newest)
        if ids is None:
            with self.database.reading() as connection:
                ids = connection.execute(chosen).scalars().all()
        ordered = list(ids)
        for start in range(0, len(ordered), _AT_ONCE):
            yield from self._load(ordered[start : start + _AT_ONCE])

    def digest(self) -> str:
        """A name for the articles there are, as they are."""
        made = blake2b(digest_size=8)
        with self.database.reading() as connection:
            for row in connection.execute(sa.select(articles.c.identity, articles.c.content_hash).order_by(articles.c.identity)):
                made.update(f"{row.identity} {row.content_hash}\n".encode())
        return made.hexdigest()

    def _load(self, ids: list[int]) -> list[tuple[Stored, Features]]:
        speaker = (  # the heaviest of an article's sources names it; ties by slug
            sa.select(source.c.slug)
            .join(article_source, article_source.c.source_slug == source.c.slug)
            .where(article_source.c.article_id == articles.c.id)
            .order_by(source.c.weight.desc(), source.c.slug)
            .limit(1)
            .scalar_subquery()
        )
        chosen = (
            sa.select(*_NEEDED, features.c.tokens, source.c.slug, source.c.weight, source.c.name)
            .join(features, features.c.article_id == articles.c.id)
            .join(source, source.c.slug == speaker)
            .where(articles.c.id.in_(ids))
        )
        with self.database.reading() as connection:
            rows = {row.id: row for row in connection.execute(chosen)}
        return [(_stored(rows[n]), unpacked_features(rows[n].tokens, rows[n].text_from)) for n in ids if n in rows]

    def uncounted(self) -> Iterator[tuple[int, str, str, TextFrom]]:
        """Number, title, text and its origin of every article that has no features: those of an older version are gone."""
        with self.database.reading() as connection:
            tables = (articles, features)
            if len({connection.execute(sa.select(sa.func.count()).select_from(one)).scalar_one() for one in tables}) == 1:
                return
            lacking = sa.select(articles.c.id).where(articles.c.id.not_in(sa.select(features.c.article_id)))
            ids = [row.id for row in connection.execute(lacking.order_by(articles.c.id))]
        for some in chunks(ids):
            chosen = sa.select(articles.c.id, articles.c.title, articles.c.text, articles.c.text_from)
            with self.database.reading() as connection:
                rows = connection.execute(chosen.where(articles.c.id.in_(some))).all()
            yield from ((row.id, row.title, row.text, row.text_from) for row in rows)

    def recount(self, counted: Mapping[int, Features]) -> None:
        """Keep the features of articles that had none."""
        rows = [{"article_id": number, "tokens": packed_features(one)} for number, one in counted.items()]
        with self.database.writing() as connection:
            connection.execute(_KEEP_FEATURES, rows)

    def by_identity(self, identity: str) -> tuple[Stored, Features, str] | None:
        """One article with its features and text."""
        with self.database.reading() as connection:
            row = connection.execute(sa.select(articles.c.id, articles.c.text).where(articles.c.identity == identity)).first()
        loaded = self._load([row.id]) if row else []
        return (*loaded[0], row.text or loaded[0][1].text) if row and loaded else None

    def texts(self, ids: Collection[int]) -> dict[int, str]:
        """The texts of some articles; of a pruned one the words that were counted, which name its terms as well."""
        found: dict[int, str] = {}
        tokens = sa.case((articles.c.text == "", features.c.tokens)).label("tokens")
        chosen = sa.select(articles.c.id, articles.c.text, tokens).outerjoin(features)
        with self.database.reading() as connection:
            for some in chunks(ids):
                rows = connection.execute(chosen.where(articles.c.id.in_(some)))
                found |= {row.id: unpacked_features(row.tokens, "page").text if row.tokens else row.text for row in rows}
        return found

    def settled(self, ids: Collection[int]) -> None:
        """Note that the links of these articles are made."""
        with self.database.writing() as connection:
            for some in chunks(ids):
                connection.execute(sa.update(articles).where(articles.c.id.in_(some)).values(settled=1))


def _poorer(queued: Queued, article: Article, before: Any) -> bool:
    """Whether an edited entry's page failed, and all there is now is less than we have. A notice is no more than words."""
    return queued.pages != "notice" and _BETTER[article.text_from] < _BETTER[before.text_from]


def _stored(row: Any) -> Stored:
    return Stored(
        row.id,
        row.canonical_url,
        row.title,
        row.published,
        row.text_from,
        row.content_hash,
        row.slug,
        row.weight,
        row.name,
    )
