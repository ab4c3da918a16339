"""Graded pairs, for evaluation."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from models.judgment import Judgment, Text
from models.schema import article, judgment
from pipeline.adapters.store.engine import Database

_READABLE = article.c.text != ""


@dataclass(frozen=True)
class StoredJudgments:
    """Judgments of stored articles, which go by their canonical URL."""

    database: Database

    def keep(self, one: Judgment, now: datetime) -> bool:
        """Keep a judgment; it replaces an earlier one of the pair. False, and nothing kept, where the article is gone."""
        row = {"grade": one.grade, "at": now}
        with self.database.writing() as connection:
            wanted = sa.select(article.c.identity).where(article.c.canonical_url == one.article)
            identity = connection.execute(wanted).scalar()
            if identity is None:
                return False
            made = insert(judgment).values(concept_slug=one.concept_slug, identity=identity, **row)
            connection.execute(made.on_conflict_do_update(["concept_slug", "identity"], set_=row))
        return True

    def all(self) -> list[Judgment]:
        """Every judgment of an article that still is there, by concept and URL."""
        chosen = sa.select(judgment.c.concept_slug, article.c.canonical_url, judgment.c.grade).join(
            article, article.c.identity == judgment.c.identity
        )
        ordered = chosen.order_by(judgment.c.concept_slug, article.c.canonical_url)
        with self.database.reading() as connection:
            return [Judgment(*row) for row in connection.execute(ordered)]

    def texts(self, newest: int | None = None) -> Iterator[Text]:
        """Articles by URL: all, or the `newest` and those that were judged. Not those whose text was pruned."""
        chosen = sa.select(article.c.canonical_url, article.c.title, article.c.text, article.c.text_from).where(_READABLE)
        if newest is not None:
            late = sa.select(article.c.id).where(_READABLE).order_by(article.c.published.desc(), article.c.identity).limit(newest)
            judged = article.c.identity.in_(sa.select(judgment.c.identity))
            chosen = chosen.where(article.c.id.in_(late) | judged)
        with self.database.reading() as connection:
            rows = connection.execute(chosen.order_by(article.c.canonical_url))
            yield from (Text(*row) for row in rows)
