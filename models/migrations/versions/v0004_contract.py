"""Links get a number of their own, for full-text search; the words of concepts' pages; where pages moved; an edition."""

from alembic import op

revision = "0004"
down_revision = "0003"

CONCEPT = ("aliases TEXT DEFAULT '[]'", "body TEXT DEFAULT ''", "analogy TEXT DEFAULT ''", "example TEXT DEFAULT ''",
           "why_it_matters TEXT DEFAULT ''")  # fmt: skip
RENAMING = """
    CREATE TABLE renaming (
        former_slug TEXT NOT NULL,
        slug TEXT NOT NULL,
        PRIMARY KEY (former_slug),
        FOREIGN KEY(slug) REFERENCES concept (slug) ON DELETE CASCADE
    )
     WITHOUT ROWID
"""
EDITION = """
    CREATE TABLE edition (
        id INTEGER NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (id)
    )
"""
COLUMNS = (
    "concept_slug, article_id, source_slug, rank, position, similarity, relevance, terms, passage, also_covered_by, pinned, "
    "epoch, scorer, linked_at, gist"
)
LINK = """
    CREATE TABLE link (
        id INTEGER NOT NULL,
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
        gist TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (concept_slug, article_id),
        FOREIGN KEY(concept_slug) REFERENCES concept (slug) ON DELETE CASCADE,
        FOREIGN KEY(article_id) REFERENCES article (id) ON DELETE CASCADE,
        FOREIGN KEY(source_slug) REFERENCES source (slug)
    )
"""
INDEXES = (
    "link_by_position ON link (concept_slug, position) WHERE position IS NOT NULL",
    "link_by_rank ON link (concept_slug, rank)",
    "link_by_article ON link (article_id)",
    "link_by_source ON link (source_slug, linked_at, rank)",
)


def upgrade() -> None:
    """The next run fills in the words of the concepts; no link is lost."""
    for column in CONCEPT:
        op.execute(f"ALTER TABLE concept ADD COLUMN {column} NOT NULL")
    op.execute(RENAMING)
    op.execute(EDITION)
    op.execute("INSERT INTO edition (id, number) VALUES (1, 0)")
    op.execute(f"CREATE TEMP TABLE link_before AS SELECT {COLUMNS} FROM link")  # noqa: S608 - constants
    op.execute("DROP TABLE link")
    op.execute(LINK)
    # In the order of boxes, so that a concept's links lie side by side.
    op.execute(f"INSERT INTO link ({COLUMNS}) SELECT {COLUMNS} FROM link_before ORDER BY concept_slug, rank")  # noqa: S608
    op.execute("DROP TABLE link_before")
    for index in INDEXES:
        op.execute(f"CREATE INDEX {index}")
