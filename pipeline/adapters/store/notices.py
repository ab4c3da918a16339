"""Notices: a short text that stands under several titles of a host is no article's."""

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from models.article import Article
from models.entry import Queued
from models.schema import article as articles
from models.schema import entry as entries
from models.schema import feed, notice
from pipeline.adapters.store.engine import Database
from pipeline.adapters.store.feeds import unpacked

_WORDS = 250  # a longer text that stands twice on a host is an article with two addresses

_TWINS = (
    sa.select(entries, feed.c.source_slug)
    .join(articles, articles.c.id == entries.c.article_id)
    .join(feed, feed.c.id == entries.c.feed_id)
    .where(
        articles.c.host == sa.bindparam("host"),
        articles.c.text_hash == sa.bindparam("text_hash"),
        articles.c.text_from == "page",
        articles.c.identity != sa.bindparam("identity"),
        articles.c.title != sa.bindparam("title"),
        entries.c.payload.is_not(None),
    )
    .order_by(entries.c.id)
)


def same_text(database: Database, article: Article) -> list[Queued] | None:
    """Entries of other articles of the host with the same short page text; None where it is no notice."""
    if article.text_from != "page" or article.word_count >= _WORDS:
        return None
    name = {"host": article.host, "text_hash": article.text_hash}
    with database.reading() as connection:
        twins = [
            Queued(row.id, row.source_slug, "notice", unpacked(row.payload), 0, row.article_id, row.first_seen)
            for row in connection.execute(_TWINS, name | {"identity": article.identity, "title": article.title})
        ]
        known = connection.execute(sa.select(notice).filter_by(**name)).first()
    if known is not None:
        return twins
    if not twins:
        return None
    with database.writing() as connection:
        connection.execute(insert(notice).values(name).on_conflict_do_nothing())
    return twins
