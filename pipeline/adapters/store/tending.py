"""Articles that stand in a box, looked at again; what was gone and came back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from models.change import GONE
from models.look import Look, Shown
from models.schema import article, article_source, features, link, source
from pipeline.adapters.store.articles import unpacked_features
from pipeline.adapters.store.changes import unplace
from pipeline.adapters.store.engine import Database

_GONE_RESTS = 4  # times as long: few pages come back
_MISSED = "404"  # in the place of a validator, which it can't be: the last look did not find the page
_GOES = {"gone", "changed"}
_NEEDED = (
    *(getattr(article.c, name) for name in ("id", "canonical_url", "title", "text_from", "etag", "last_modified", "gone_at")),
    features.c.tokens,
)


@dataclass(frozen=True)
class StoredTending:
    """The port Tending over the tables article, link and unplaced."""

    database: Database

    def to_look_at(self, now: datetime, days: int, most: int) -> list[Shown]:
        """Articles whose turn it is, oldest look first; those not found by the last look before all others.

        A new article was looked at when it was read. Sources whose pages refuse clients are left alone. A look that is yet to
        come was made under a clock that was ahead: it counts for nothing.
        """
        boxed = article.c.id.in_(sa.select(link.c.article_id).where(link.c.position.is_not(None)))
        looked = sa.func.coalesce(article.c.checked_at, article.c.first_seen)
        before = _moment(now - timedelta(days=days))
        ahead = looked > _moment(now)
        missed = sa.and_(article.c.etag == _MISSED, article.c.checked_at < _moment(now))
        stands = sa.and_(article.c.gone_at.is_(None), boxed, sa.or_(looked <= before, missed, ahead))
        rested = looked <= _moment(now - timedelta(days=_GONE_RESTS * days))
        went = sa.and_(article.c.gone_at.is_not(None), sa.or_(rested, ahead))
        readable = sa.exists().where(
            article_source.c.article_id == article.c.id,
            source.c.slug == article_source.c.source_slug,
            source.c.pages == "fetch",
        )
        chosen = sa.select(*_NEEDED).join(features, features.c.article_id == article.c.id)
        either = sa.union_all(*(sa.select(article.c.id).where(one) for one in (stands, went)))  # each by an index of its own
        due = chosen.where(article.c.id.in_(either), readable)
        order = ((article.c.etag == _MISSED).desc(), looked, article.c.id)
        with self.database.reading() as connection:
            return [_shown(row) for row in connection.execute(due.order_by(*order).limit(most))]

    def looked(self, shown: Shown, look: Look, now: datetime) -> None:
        """Keep what a look told, with the concepts whose boxes are to be made anew, in one transaction."""
        row: dict[str, Any] = {"checked_at": now}
        if look.verdict == "there":
            row |= {"etag": look.etag, "last_modified": look.last_modified, "gone_at": None}
        elif look.verdict in _GOES:
            # Unconditional from now on: "not modified" would not say what the page shows.
            row |= {"etag": "", "last_modified": "", "gone_at": sa.func.coalesce(article.c.gone_at, _moment(now))}
        elif look.missed:
            row |= {"etag": _MISSED, "last_modified": ""}
        elif shown.missed:  # the two looks that find nothing have to follow one another
            row |= {"etag": ""}
        turned = shown.gone == (look.verdict == "there") and look.verdict != "failed"
        with self.database.writing() as connection:
            connection.execute(sa.update(article).where(article.c.id == shown.id).values(row))
            if turned:
                unplace(connection, shown.id, GONE)


def _moment(at: datetime) -> Any:
    return sa.literal(at, article.c.checked_at.type)


def _shown(row: Any) -> Shown:
    missed = row.etag == _MISSED
    words = unpacked_features(row.tokens, row.text_from).text if row.text_from == "page" else ""
    etag = "" if missed else row.etag
    return Shown(row.id, row.canonical_url, row.title, words, etag, row.last_modified, row.gone_at is not None, missed)
