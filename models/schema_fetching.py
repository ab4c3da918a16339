"""The tables of politeness: what feeds and hosts asked for, and what they see of us.

feed ── courtesy      feed ─< feed_day      host      robots
"""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, Text

from models.columns import Day, Utc, metadata

courtesy = Table(  # of a feed that was asked at least once
    "courtesy",
    metadata,
    Column("feed_id", ForeignKey("feed.id", ondelete="CASCADE"), primary_key=True),
    Column("validators_url", Text, nullable=False, server_default=""),  # where feed.etag and feed.last_modified came from
    Column("handling", Integer, nullable=False, server_default="0"),  # models.page.HANDLING when they came
    Column("fresh_seconds", Integer, nullable=False, server_default="0"),  # Cache-Control or Expires of the last full answer
    Column("skips", Integer, nullable=False, server_default="0"),  # skipHours and skipDays, one bit each
    Column("hinted_until", Utc),  # neither the feed nor its server wants to be asked before
    Column("failing_since", Utc),
    Column("moving_to", Text, nullable=False, server_default=""),  # where permanent redirects led
    Column("moving_count", Integer, nullable=False, server_default="0"),  # on so many fetches, one after the other
    sqlite_with_rowid=False,
)

feed_day = Table(
    "feed_day",
    metadata,
    Column("feed_id", ForeignKey("feed.id", ondelete="CASCADE"), primary_key=True),
    Column("day", Day, primary_key=True),  # UTC
    Column("polls", Integer, nullable=False, server_default="0"),
    Column("requests", Integer, nullable=False, server_default="0"),  # those of redirects included
    Column("not_modified", Integer, nullable=False, server_default="0"),  # polls that were answered 304
    Column("bytes", Integer, nullable=False, server_default="0"),  # of bodies
    Column("early", Integer, nullable=False, server_default="0"),  # polls before the feed's hints allow one: none
    sqlite_with_rowid=False,
)

host = Table(
    "host",
    metadata,
    Column("site", Text, primary_key=True),  # its name, and its port where it is none of the usual two
    Column("wait_until", Utc, nullable=False),  # Retry-After: neither feeds nor pages are asked for before
    sqlite_with_rowid=False,
)

robots = Table(
    "robots",
    metadata,
    Column("origin", Text, primary_key=True),  # https://paper.example
    Column("asked_at", Utc, nullable=False),
    Column("until", Utc, nullable=False),
    Column("rules", LargeBinary, nullable=False),  # zlib of the lines that are meant for us
    Column("problem", Text, nullable=False, server_default=""),
    Column("failing_since", Utc),
    Column("copied_at", Utc),  # when `rules` came
    Column("rests_until", Utc),  # Crawl-delay: no page is asked for before
    sqlite_with_rowid=False,
)
