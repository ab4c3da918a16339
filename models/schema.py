"""The tables: private to the store and to migrations. Sites read models.views instead.

source ─< feed ─< entry >─ article ─< article_source        run ─< change
                             ├── features                   epoch     posting      filling
concept ─< link >────────────┘    concept ─< relation       decision  judgment     tombstone  unplaced
                                  concept ─< renaming        edition
"""

from sqlalchemy import CheckConstraint, Column, Float, ForeignKey, Index, Integer, LargeBinary, Table, Text
from sqlalchemy.schema import UniqueConstraint

import models.schema_fetching  # noqa: F401 - more tables of the same metadata: how feeds and hosts are treated
from models.columns import Day, Utc
from models.columns import metadata as metadata  # noqa: PLC0414 - migrations find it here

APPLICATION_ID = 0x43574952  # "CWIR" in the file's header: a foreign SQLite file is refused
REVISION = "0005"  # the newest migration; a test compares it with Alembic's head

source = Table(
    "source",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("homepage", Text, nullable=False),
    Column("weight", Float, nullable=False),
    Column("pages", Text, nullable=False),  # fetch, feed
    Column("configured", Integer, nullable=False),  # 0: no longer in sources.toml; kept for its articles
)

feed = Table(
    "feed",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("configured_url", Text, nullable=False, unique=True),  # as in sources.toml
    Column("url", Text, nullable=False),  # where permanent redirects have led
    Column("source_slug", ForeignKey("source.slug"), nullable=False),
    Column("configured", Integer, nullable=False),
    Column("etag", Text, nullable=False, server_default=""),
    Column("last_modified", Text, nullable=False, server_default=""),
    Column("digest", Text, nullable=False, server_default=""),
    Column("last_polled_at", Utc),
    Column("last_success_at", Utc),
    Column("last_status", Text, nullable=False, server_default=""),
    Column("consecutive_failures", Integer, nullable=False, server_default="0"),
    Column("next_fetch_at", Utc),
    Column("kind", Text, nullable=False, server_default="feed"),  # feed: polled; web, file: history read in from there
    Column("asks_seconds", Integer, nullable=False, server_default="0"),  # the pace the feed itself asks for; 0: none
    Column("pace_seconds", Integer, nullable=False, server_default="0"),  # the pace it was last asked at; 0: not known yet
    Column("retired_at", Utc),  # it answered 410: asked no more
    Index("feed_by_source", "source_slug"),
)

article = Table(
    "article",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("identity", Text, nullable=False, unique=True),  # canonical URL without scheme, www and trailing slash
    Column("canonical_url", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),  # "" once it was pruned
    Column("text_from", Text, nullable=False),
    Column("text_hash", Text, nullable=False),  # of the text alone: the same on several pages is a notice
    Column("cut_off", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("published", Utc, nullable=False),
    Column("published_from", Text, nullable=False),
    Column("published_precision", Text, nullable=False),
    Column("first_seen", Utc, nullable=False),
    Column("word_count", Integer, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("settled", Integer, nullable=False, server_default="0"),  # 0: new or edited since its links were made
    Column("etag", Text, nullable=False, server_default=""),  # of its page, when it was last looked at again
    Column("last_modified", Text, nullable=False, server_default=""),
    Column("checked_at", Utc),  # when it was last looked at again
    Column("gone_at", Utc),  # its page is gone, or is another one now: it leaves the boxes, its text and features stay
    Index("article_by_text", "host", "text_hash"),
    Index("article_by_date", "published"),
    Index("article_unsettled", "settled", sqlite_where=Column("settled") == 0),
    Index("article_gone", "gone_at", sqlite_where=Column("gone_at").is_not(None)),
)

article_source = Table(
    "article_source",
    metadata,
    Column("article_id", ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    Column("source_slug", ForeignKey("source.slug"), primary_key=True),
    Column("url", Text, nullable=False),
    Index("article_source_by_source", "source_slug"),
    sqlite_with_rowid=False,
)

notice = Table(
    "notice",
    metadata,
    Column("host", Text, primary_key=True),
    Column("text_hash", Text, primary_key=True),  # a text that stood on several pages of the host: no article's
    sqlite_with_rowid=False,
)

features = Table(
    "features",
    metadata,
    Column("article_id", ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    Column("tokens", LargeBinary, nullable=False),  # zlib of two lines, title and text; words by spaces
    Column("indexed", Integer, nullable=False, server_default="0"),  # 1: its words are in posting; 2: others of its id are
    Index("features_unindexed", "indexed", sqlite_where=Column("indexed") != 1),
)

entry = Table(
    "entry",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("feed_id", ForeignKey("feed.id", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("state", Text, nullable=False),  # queued, done
    Column("outcome", Text, nullable=False, server_default=""),  # its last
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("retry_at", Utc),
    Column("published", Utc),
    Column("first_seen", Utc, nullable=False),
    Column("payload", LargeBinary),  # zlib of the Entry as JSON, while it may be read again
    Column("article_id", ForeignKey("article.id", ondelete="SET NULL")),
    UniqueConstraint("feed_id", "key"),
    CheckConstraint("state IN ('queued', 'done')", name="entry_state"),
    Index("entry_queued", "state", "retry_at", sqlite_where=Column("state") == "queued"),
    Index("entry_by_article", "article_id"),
)

epoch = Table(
    "epoch",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("made_at", Utc, nullable=False),
    Column("glossary_digest", Text, nullable=False),
    Column("parameters_digest", Text, nullable=False),
    Column("documents", Float, nullable=False),  # those of the background included
    Column("collection", Integer, nullable=False),  # articles there were, counted or not
    Column("reason", Text, nullable=False),
    Column("placing", Text, nullable=False),  # the settings that boxes were last placed by
    Column("mean_norm", Float, nullable=False),
    Column("mean_title_norm", Float, nullable=False),
    Column("terms", LargeBinary, nullable=False),  # zlib of JSON: [[term, document frequency], ...]
    Column("contexts", LargeBinary, nullable=False),  # zlib of JSON: {slug: [[column, weight], ...], ...}
    Column("digests", Text, nullable=False, server_default="{}"),  # JSON: {slug: what was scored of the concept}
    Column("articles_digest", Text, nullable=False, server_default=""),  # of the articles there were
    Column("highest", Integer, nullable=False, server_default="0"),  # id of these
    Column("vectors", LargeBinary, nullable=False),  # zlib of JSON: concepts as of the epoch, and those amended since
)

concept = Table(
    "concept",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("definition", Text, nullable=False),
    Column("added_on", Day, nullable=False),
    Column("minutes_to_read", Integer, nullable=False),
    Column("aliases", Text, nullable=False, server_default="[]"),  # JSON
    Column("body", Text, nullable=False, server_default=""),  # Markdown, like the next three
    Column("analogy", Text, nullable=False, server_default=""),
    Column("example", Text, nullable=False, server_default=""),
    Column("why_it_matters", Text, nullable=False, server_default=""),
)

renaming = Table(
    "renaming",
    metadata,
    Column("former_slug", Text, primary_key=True),
    Column("slug", ForeignKey("concept.slug", ondelete="CASCADE"), nullable=False),
    sqlite_with_rowid=False,
)

link = Table(
    "link",
    metadata,
    Column("id", Integer, primary_key=True),  # the row of news_search
    Column("concept_slug", ForeignKey("concept.slug", ondelete="CASCADE"), nullable=False),
    Column("article_id", ForeignKey("article.id", ondelete="CASCADE"), nullable=False),
    Column("source_slug", ForeignKey("source.slug"), nullable=False),  # who is named as its source
    Column("rank", Integer),  # NULL: another article of its Story stands for it
    Column("position", Integer),  # in the box; NULL outside it
    Column("similarity", Float, nullable=False),
    Column("relevance", Float, nullable=False),
    Column("terms", Text, nullable=False),  # JSON
    Column("passage", Text, nullable=False),
    Column("also_covered_by", Text, nullable=False),  # JSON
    Column("pinned", Integer, nullable=False, server_default="0"),
    Column("epoch", Integer, nullable=False),
    Column("scorer", Text, nullable=False),
    Column("linked_at", Utc, nullable=False),
    Column("gist", Text, nullable=False, server_default=""),  # JSON {stem: weight}: what tells the event
    UniqueConstraint("concept_slug", "article_id"),
    Index("link_by_position", "concept_slug", "position", sqlite_where=Column("position").is_not(None)),
    Index("link_by_rank", "concept_slug", "rank"),
    Index("link_by_article", "article_id"),
    Index("link_by_source", "source_slug", "linked_at", "rank"),
)

relation = Table(
    "relation",
    metadata,
    Column("concept_slug", ForeignKey("concept.slug", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("related_slug", ForeignKey("concept.slug", ondelete="CASCADE"), nullable=False),
    Column("similarity", Float, nullable=False),
    sqlite_with_rowid=False,
)

run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("started_at", Utc, nullable=False),
    Column("finished_at", Utc),  # NULL: it died
    Column("succeeded", Integer, nullable=False, server_default="0"),  # 1: something could be fetched, nobody stopped it
    Column("counts", Text, nullable=False, server_default="{}"),  # JSON, as `run --json` prints them
    Column("glossary_digest", Text, nullable=False, server_default=""),
    Column("epoch", Integer, nullable=False, server_default="0"),
)

change = Table(
    "change",
    metadata,
    Column("sequence", Integer, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("run_id", ForeignKey("run.id"), nullable=False),
    Column("concept_slug", Text, nullable=False),  # no foreign key: a removed concept's changes stay
    Column("url", Text, nullable=False),
    Column("change", Text, nullable=False),  # added, removed, moved
    Column("reason", Text, nullable=False),
    Index("change_by_concept", "concept_slug", "sequence"),
    CheckConstraint("change IN ('added', 'removed', 'moved')", name="change_kind"),
    sqlite_autoincrement=True,
)

decision = Table(
    "decision",
    metadata,
    Column("concept_slug", Text, primary_key=True),
    Column("identity", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # pin, keep, hide
    Column("at", Utc, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    CheckConstraint("kind IN ('pin', 'keep', 'hide')", name="decision_kind"),
    sqlite_with_rowid=False,
)

judgment = Table(
    "judgment",
    metadata,
    Column("concept_slug", Text, primary_key=True),  # no foreign key: a judgment outlives what it is of
    Column("identity", Text, primary_key=True),
    Column("grade", Integer, nullable=False),
    Column("at", Utc, nullable=False),
    CheckConstraint("grade IN (0, 1, 2)", name="judgment_grade"),
    sqlite_with_rowid=False,
)

tombstone = Table(
    "tombstone",
    metadata,
    Column("identity", Text, primary_key=True),  # of an article that was pruned: it is not taken in again
    Column("at", Utc, nullable=False),
    sqlite_with_rowid=False,
)

filling = Table(
    "filling",
    metadata,
    Column("name", Text, primary_key=True),  # digest of what is read in, and of the options that choose from it
    Column("what", Text, nullable=False),  # for people
    Column("cursor", Text, nullable=False, server_default=""),  # everything up to here is finished
    Column("started_at", Utc, nullable=False),
    Column("finished_at", Utc),
    sqlite_with_rowid=False,
)

posting = Table(
    "posting",
    metadata,
    Column("term", Text, primary_key=True),  # a stem, an n-gram, "=name", "?kind" of text that is no page's; ""
    Column("block", Integer, primary_key=True),  # article id // 65536
    Column("articles", LargeBinary, nullable=False),  # their id % 65536, uint16 "<", ascending; then their levels, uint8
    sqlite_with_rowid=False,
)

# The number is renewed by triggers (models.views) whenever something that sites see changes; 1 is the only row.
edition = Table("edition", metadata, Column("id", Integer, primary_key=True), Column("number", Integer, nullable=False))

unplaced = Table(
    "unplaced",
    metadata,
    Column("concept_slug", Text, primary_key=True),  # its box is to be made anew by whoever settles next
    Column("reason", Text, nullable=False),  # editor, gone, glossary: all of it is scored again
    sqlite_with_rowid=False,
)
