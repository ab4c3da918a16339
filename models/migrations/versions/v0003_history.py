"""Pace and retirement of feeds, history read in, articles looked at again, tombstones, an index on words, kept pairs."""

import zlib

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

COLUMNS = (
    "feed ADD COLUMN kind TEXT DEFAULT 'feed' NOT NULL",
    "feed ADD COLUMN asks_seconds INTEGER DEFAULT '0' NOT NULL",
    "feed ADD COLUMN pace_seconds INTEGER DEFAULT '0' NOT NULL",
    "feed ADD COLUMN retired_at TEXT",
    "article ADD COLUMN etag TEXT DEFAULT '' NOT NULL",
    "article ADD COLUMN last_modified TEXT DEFAULT '' NOT NULL",
    "article ADD COLUMN checked_at TEXT",
    "article ADD COLUMN gone_at TEXT",
    "features ADD COLUMN indexed INTEGER DEFAULT '0' NOT NULL",
)
TABLES = (
    """
    CREATE TABLE tombstone (
        identity TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (identity)
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE filling (
        name TEXT NOT NULL,
        what TEXT NOT NULL,
        cursor TEXT DEFAULT '' NOT NULL,
        started_at TEXT NOT NULL,
        finished_at TEXT,
        PRIMARY KEY (name)
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE posting (
        term TEXT NOT NULL,
        block INTEGER NOT NULL,
        articles BLOB NOT NULL,
        PRIMARY KEY (term, block)
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE decision_new (
        concept_slug TEXT NOT NULL,
        identity TEXT NOT NULL,
        kind TEXT NOT NULL,
        at TEXT NOT NULL,
        note TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (concept_slug, identity),
        CONSTRAINT decision_kind CHECK (kind IN ('pin', 'keep', 'hide'))
    )
     WITHOUT ROWID
    """,
    "INSERT INTO decision_new SELECT concept_slug, identity, kind, at, note FROM decision",
    "DROP TABLE decision",
    "ALTER TABLE decision_new RENAME TO decision",
    """
    CREATE TABLE unplaced (
        concept_slug TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (concept_slug)
    )
     WITHOUT ROWID
    """,
    "CREATE INDEX features_unindexed ON features (indexed) WHERE indexed != 1",
    "CREATE INDEX article_gone ON article (gone_at) WHERE gone_at IS NOT NULL",
)
EPOCH = """
    CREATE TABLE epoch_new (
        number INTEGER NOT NULL,
        made_at TEXT NOT NULL,
        glossary_digest TEXT NOT NULL,
        parameters_digest TEXT NOT NULL,
        documents FLOAT NOT NULL,
        collection INTEGER NOT NULL,
        reason TEXT NOT NULL,
        placing TEXT NOT NULL,
        mean_norm FLOAT NOT NULL,
        mean_title_norm FLOAT NOT NULL,
        terms BLOB NOT NULL,
        contexts BLOB NOT NULL,
        digests TEXT DEFAULT '{}' NOT NULL,
        articles_digest TEXT DEFAULT '' NOT NULL,
        highest INTEGER DEFAULT '0' NOT NULL,
        vectors BLOB NOT NULL,
        PRIMARY KEY (number)
    )
"""
# The old epoch stays, so that numbers go on; its parameters are no longer ours, so that a new one is due.
KEEP = """
    INSERT INTO epoch_new
    SELECT number, made_at, glossary_digest, '', documents, collection, reason, placing, mean_norm, mean_title_norm, terms,
           contexts, '{}', '', 0, :vectors
    FROM epoch
"""


def upgrade() -> None:
    """Columns with their defaults, new tables, decisions of three kinds; the epoch is made anew by the next run."""
    for column in COLUMNS:
        op.execute(f"ALTER TABLE {column}")
    for table in TABLES:
        op.execute(table)
    op.execute(EPOCH)
    op.get_bind().execute(sa.text(KEEP), {"vectors": zlib.compress(b"{}")})
    op.execute("DROP TABLE epoch")
    op.execute("ALTER TABLE epoch_new RENAME TO epoch")
