"""The first schema, as it was: never edited, only followed by others."""

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = (
    """
    CREATE TABLE article (
        id INTEGER NOT NULL,
        identity TEXT NOT NULL,
        canonical_url TEXT NOT NULL,
        host TEXT NOT NULL,
        title TEXT NOT NULL,
        text TEXT NOT NULL,
        text_from TEXT NOT NULL,
        text_hash TEXT NOT NULL,
        cut_off INTEGER NOT NULL,
        language TEXT NOT NULL,
        published TEXT NOT NULL,
        published_from TEXT NOT NULL,
        published_precision TEXT NOT NULL,
        first_seen TEXT NOT NULL,
        word_count INTEGER NOT NULL,
        content_hash TEXT NOT NULL,
        settled INTEGER DEFAULT '0' NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (identity)
    )
    """,
    """
    CREATE INDEX article_by_date ON article (published)
    """,
    """
    CREATE INDEX article_by_text ON article (host, text_hash)
    """,
    """
    CREATE INDEX article_unsettled ON article (settled) WHERE settled = 0
    """,
    """
    CREATE TABLE concept (
        slug TEXT NOT NULL,
        name TEXT NOT NULL,
        definition TEXT NOT NULL,
        added_on TEXT NOT NULL,
        minutes_to_read INTEGER NOT NULL,
        PRIMARY KEY (slug)
    )
    """,
    """
    CREATE TABLE decision (
        concept_slug TEXT NOT NULL,
        identity TEXT NOT NULL,
        kind TEXT NOT NULL,
        at TEXT NOT NULL,
        note TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (concept_slug, identity),
        CONSTRAINT decision_kind CHECK (kind IN ('pin', 'hide'))
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE epoch (
        number INTEGER NOT NULL,
        made_at TEXT NOT NULL,
        glossary_digest TEXT NOT NULL,
        parameters_digest TEXT NOT NULL,
        documents INTEGER NOT NULL,
        collection INTEGER NOT NULL,
        reason TEXT NOT NULL,
        placing TEXT NOT NULL,
        mean_norm FLOAT NOT NULL,
        terms BLOB NOT NULL,
        PRIMARY KEY (number)
    )
    """,
    """
    CREATE TABLE notice (
        host TEXT NOT NULL,
        text_hash TEXT NOT NULL,
        PRIMARY KEY (host, text_hash)
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE run (
        id INTEGER NOT NULL,
        started_at TEXT NOT NULL,
        finished_at TEXT,
        succeeded INTEGER DEFAULT '0' NOT NULL,
        counts TEXT DEFAULT '{}' NOT NULL,
        glossary_digest TEXT DEFAULT '' NOT NULL,
        epoch INTEGER DEFAULT '0' NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    """
    CREATE TABLE source (
        slug TEXT NOT NULL,
        name TEXT NOT NULL,
        homepage TEXT NOT NULL,
        weight FLOAT NOT NULL,
        pages TEXT NOT NULL,
        configured INTEGER NOT NULL,
        PRIMARY KEY (slug)
    )
    """,
    """
    CREATE TABLE article_source (
        article_id INTEGER NOT NULL,
        source_slug TEXT NOT NULL,
        url TEXT NOT NULL,
        PRIMARY KEY (article_id, source_slug),
        FOREIGN KEY(article_id) REFERENCES article (id) ON DELETE CASCADE,
        FOREIGN KEY(source_slug) REFERENCES source (slug)
    )
     WITHOUT ROWID
    """,
    """
    CREATE INDEX article_source_by_source ON article_source (source_slug)
    """,
    """
    CREATE TABLE change (
        sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        run_id INTEGER NOT NULL,
        concept_slug TEXT NOT NULL,
        url TEXT NOT NULL,
        change TEXT NOT NULL,
        reason TEXT NOT NULL,
        CONSTRAINT change_kind CHECK (change IN ('added', 'removed', 'moved')),
        FOREIGN KEY(run_id) REFERENCES run (id)
    )
    """,
    """
    CREATE INDEX change_by_concept ON change (concept_slug, sequence)
    """,
    """
    CREATE TABLE features (
        article_id INTEGER NOT NULL,
        tokens BLOB NOT NULL,
        PRIMARY KEY (article_id),
        FOREIGN KEY(article_id) REFERENCES article (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE feed (
        id INTEGER NOT NULL,
        configured_url TEXT NOT NULL,
        url TEXT NOT NULL,
        source_slug TEXT NOT NULL,
        configured INTEGER NOT NULL,
        etag TEXT DEFAULT '' NOT NULL,
        last_modified TEXT DEFAULT '' NOT NULL,
        digest TEXT DEFAULT '' NOT NULL,
        last_polled_at TEXT,
        last_success_at TEXT,
        last_status TEXT DEFAULT '' NOT NULL,
        consecutive_failures INTEGER DEFAULT '0' NOT NULL,
        next_fetch_at TEXT,
        PRIMARY KEY (id),
        UNIQUE (configured_url),
        FOREIGN KEY(source_slug) REFERENCES source (slug)
    )
    """,
    """
    CREATE INDEX feed_by_source ON feed (source_slug)
    """,
    """
    CREATE TABLE link (
        concept_slug TEXT NOT NULL,
        article_id INTEGER NOT NULL,
        source_slug TEXT NOT NULL,
        rank INTEGER,
        position INTEGER,
        similarity FLOAT NOT NULL,
        relevance FLOAT NOT NULL,
        terms TEXT NOT NULL,
        passage TEXT NOT NULL,
        also_covered_by TEXT NOT NULL,
        pinned INTEGER DEFAULT '0' NOT NULL,
        epoch INTEGER NOT NULL,
        scorer TEXT NOT NULL,
        linked_at TEXT NOT NULL,
        PRIMARY KEY (concept_slug, article_id),
        FOREIGN KEY(concept_slug) REFERENCES concept (slug) ON DELETE CASCADE,
        FOREIGN KEY(article_id) REFERENCES article (id) ON DELETE CASCADE,
        FOREIGN KEY(source_slug) REFERENCES source (slug)
    )
     WITHOUT ROWID
    """,
    """
    CREATE INDEX link_by_article ON link (article_id)
    """,
    """
    CREATE INDEX link_by_position ON link (concept_slug, position) WHERE position IS NOT NULL
    """,
    """
    CREATE INDEX link_by_rank ON link (concept_slug, rank)
    """,
    """
    CREATE INDEX link_by_source ON link (source_slug)
    """,
    """
    CREATE TABLE relation (
        concept_slug TEXT NOT NULL,
        position INTEGER NOT NULL,
        related_slug TEXT NOT NULL,
        similarity FLOAT NOT NULL,
        PRIMARY KEY (concept_slug, position),
        FOREIGN KEY(concept_slug) REFERENCES concept (slug) ON DELETE CASCADE,
        FOREIGN KEY(related_slug) REFERENCES concept (slug) ON DELETE CASCADE
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE entry (
        id INTEGER NOT NULL,
        feed_id INTEGER NOT NULL,
        "key" TEXT NOT NULL,
        url TEXT NOT NULL,
        identity TEXT NOT NULL,
        digest TEXT NOT NULL,
        state TEXT NOT NULL,
        outcome TEXT DEFAULT '' NOT NULL,
        attempts INTEGER DEFAULT '0' NOT NULL,
        retry_at TEXT,
        published TEXT,
        first_seen TEXT NOT NULL,
        payload BLOB,
        article_id INTEGER,
        PRIMARY KEY (id),
        UNIQUE (feed_id, "key"),
        CONSTRAINT entry_state CHECK (state IN ('queued', 'done')),
        FOREIGN KEY(feed_id) REFERENCES feed (id) ON DELETE CASCADE,
        FOREIGN KEY(article_id) REFERENCES article (id) ON DELETE SET NULL
    )
    """,
    """
    CREATE INDEX entry_by_article ON entry (article_id)
    """,
    """
    CREATE INDEX entry_queued ON entry (state, retry_at) WHERE state = 'queued'
    """,
)


def upgrade() -> None:
    """Create every table and index."""
    for statement in STATEMENTS:
        op.execute(statement)
