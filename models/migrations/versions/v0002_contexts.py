"""Features hold words, not stems, and are counted again by the next run; epochs have contexts; judgments are kept."""

import zlib

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

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
        PRIMARY KEY (number)
    )
"""
JUDGMENT = """
    CREATE TABLE judgment (
        concept_slug TEXT NOT NULL,
        identity TEXT NOT NULL,
        grade INTEGER NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (concept_slug, identity),
        CONSTRAINT judgment_grade CHECK (grade IN (0, 1, 2))
    )
     WITHOUT ROWID
"""
# The old epoch stays, so that numbers go on; its parameters are no longer ours, so that a new one is due.
KEEP = """
    INSERT INTO epoch_new
    SELECT number, made_at, glossary_digest, '', documents, collection, reason, placing, mean_norm, 1.0, terms, :contexts
    FROM epoch
"""


def upgrade() -> None:
    """Rebuild the epoch, forget the features, make places for judgments and gists."""
    op.execute(EPOCH)
    op.get_bind().execute(sa.text(KEEP), {"contexts": zlib.compress(b"{}")})
    op.execute("DROP TABLE epoch")
    op.execute("ALTER TABLE epoch_new RENAME TO epoch")
    op.execute("DELETE FROM features")
    op.execute("ALTER TABLE link ADD COLUMN gist TEXT DEFAULT '' NOT NULL")
    op.execute(JUDGMENT)
