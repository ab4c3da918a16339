"""What feeds and hosts ask for: validators with their address, hints, Retry-After by host, robots.txt; requests by day."""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = (
    """
    CREATE TABLE courtesy (
        feed_id INTEGER NOT NULL,
        validators_url TEXT DEFAULT '' NOT NULL,
        handling INTEGER DEFAULT '0' NOT NULL,
        fresh_seconds INTEGER DEFAULT '0' NOT NULL,
        skips INTEGER DEFAULT '0' NOT NULL,
        hinted_until TEXT,
        failing_since TEXT,
        moving_to TEXT DEFAULT '' NOT NULL,
        moving_count INTEGER DEFAULT '0' NOT NULL,
        PRIMARY KEY (feed_id),
        FOREIGN KEY(feed_id) REFERENCES feed (id) ON DELETE CASCADE
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE feed_day (
        feed_id INTEGER NOT NULL,
        day TEXT NOT NULL,
        polls INTEGER DEFAULT '0' NOT NULL,
        requests INTEGER DEFAULT '0' NOT NULL,
        not_modified INTEGER DEFAULT '0' NOT NULL,
        bytes INTEGER DEFAULT '0' NOT NULL,
        early INTEGER DEFAULT '0' NOT NULL,
        PRIMARY KEY (feed_id, day),
        FOREIGN KEY(feed_id) REFERENCES feed (id) ON DELETE CASCADE
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE host (
        site TEXT NOT NULL,
        wait_until TEXT NOT NULL,
        PRIMARY KEY (site)
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE robots (
        origin TEXT NOT NULL,
        asked_at TEXT NOT NULL,
        until TEXT NOT NULL,
        rules BLOB NOT NULL,
        problem TEXT DEFAULT '' NOT NULL,
        failing_since TEXT,
        copied_at TEXT,
        rests_until TEXT,
        PRIMARY KEY (origin)
    )
     WITHOUT ROWID
    """,
)


def upgrade() -> None:
    """New tables. Validators whose address nobody knows are not sent back: each feed is asked once without them."""
    for table in TABLES:
        op.execute(table)
    # The feeds of stores that exist keep their digests: the same bytes are not parsed again.
    op.execute("UPDATE feed SET etag = '', last_modified = ''")
    op.execute("UPDATE article SET etag = '', last_modified = '' WHERE etag NOT IN ('', '404') OR last_modified != ''")
