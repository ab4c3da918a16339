"""How the tables become what the contract (models.contract) promises: views, and an index for full-text search.

Views only join and rename: positions, ranks and JSON are stored by settle. Datetimes are UTC ISO 8601 with Z.
"""

from models.contract import CONTRACT_VERSION

_LINK_COLUMNS = """
    link.concept_slug,
    {place},
    article.title,
    article.canonical_url AS url,
    source.name AS source_name,
    source.slug AS source_slug,
    source.homepage AS source_homepage,
    article.published AS published_at,
    article.published_from,
    article.published_precision,
    link.relevance,
    link.also_covered_by,
    link.passage,
    link.terms,
    article.text_from,
    link.pinned"""

_LINK_TABLES = """
FROM link
JOIN article ON article.id = link.article_id
JOIN source ON source.slug = link.source_slug"""

VIEWS = {
    "concept_news": f"""SELECT{_LINK_COLUMNS.format(place="link.position")},
    link.rank,
    link.linked_at,
    link.similarity{_LINK_TABLES}
WHERE link.position IS NOT NULL
ORDER BY link.concept_slug, link.position""",
    "concept_links": f"""SELECT{_LINK_COLUMNS.format(place="link.rank")},
    link.linked_at,
    link.similarity,
    link.position{_LINK_TABLES}
WHERE link.rank IS NOT NULL
ORDER BY link.concept_slug, link.rank""",
    "related_concepts": """SELECT
    relation.concept_slug,
    relation.position,
    relation.related_slug,
    concept.name AS related_name,
    concept.definition AS related_definition,
    relation.similarity
FROM relation
JOIN concept ON concept.slug = relation.related_slug
ORDER BY relation.concept_slug, relation.position""",
    "concepts": """SELECT
    concept.slug,
    concept.name,
    concept.definition,
    concept.added_on,
    concept.minutes_to_read,
    (SELECT count(*) FROM link WHERE link.concept_slug = concept.slug AND link.rank IS NOT NULL) AS link_count,
    (SELECT max(article.published) FROM link JOIN article ON article.id = link.article_id
     WHERE link.concept_slug = concept.slug AND link.rank IS NOT NULL) AS newest_link_at,
    concept.aliases,
    concept.body,
    concept.analogy,
    concept.example,
    concept.why_it_matters
FROM concept
ORDER BY concept.slug""",
    "renamed_concepts": """SELECT
    renaming.former_slug,
    renaming.slug
FROM renaming
ORDER BY renaming.former_slug""",
    "link_changes": """SELECT
    change.sequence,
    change.at,
    change.run_id AS run,
    change.concept_slug,
    change.url,
    change.change,
    change.reason
FROM change
ORDER BY change.sequence""",
    "status": f"""SELECT
    {CONTRACT_VERSION} AS contract_version,
    (SELECT glossary_digest FROM run WHERE finished_at IS NOT NULL ORDER BY id DESC LIMIT 1) AS glossary_digest,
    (SELECT max(number) FROM epoch) AS epoch,
    (SELECT max(finished_at) FROM run WHERE succeeded) AS last_successful_run_at,
    (SELECT max(published) FROM article) AS newest_article_at,
    (SELECT ifnull(max(sequence), 0) FROM change) AS last_change,
    (SELECT number FROM edition) AS edition""",
    "source_health": """SELECT
    source.slug AS source_slug,
    max(feed.last_success_at) AS last_success_at,
    (SELECT nullif(f.last_status, '') FROM feed AS f WHERE f.source_slug = source.slug AND f.configured
     ORDER BY f.last_polled_at DESC, f.id LIMIT 1) AS last_status,
    min(feed.consecutive_failures) AS consecutive_failures,
    min(feed.next_fetch_at) AS next_fetch_at,
    (SELECT group_concat(gone.configured_url, ' ') FROM
     (SELECT f.configured_url FROM feed AS f WHERE f.source_slug = source.slug AND f.configured AND f.retired_at IS NOT NULL
      ORDER BY f.configured_url) AS gone) AS retired_feeds,
    (SELECT count(*) FROM article_source JOIN article ON article.id = article_source.article_id
     WHERE article_source.source_slug = source.slug
     AND article.first_seen > (SELECT strftime('%Y-%m-%dT%H:%M:%SZ', max(started_at), '-30 days') FROM run)
    ) AS articles_30d,
    (SELECT count(*) FROM link WHERE link.source_slug = source.slug AND link.rank IS NOT NULL
     AND link.linked_at > (SELECT strftime('%Y-%m-%dT%H:%M:%SZ', max(started_at), '-30 days') FROM run)
    ) AS links_30d
FROM source
LEFT JOIN feed ON feed.source_slug = source.slug AND feed.configured
WHERE source.configured
GROUP BY source.slug
ORDER BY source.slug""",
}

_FIND = """INSERT INTO news_search (rowid, concept_slug, url, title, passage)
SELECT link.id, link.concept_slug, article.canonical_url, article.title, link.passage
FROM link JOIN article ON article.id = link.article_id WHERE link.rank IS NOT NULL"""
# Triggers keep the index whoever writes, cascades included: a row of it for each link that concept_links shows.
SEARCH = {
    "news_search": """CREATE VIRTUAL TABLE news_search
USING fts5 (concept_slug UNINDEXED, url UNINDEXED, title, passage, tokenize = "porter unicode61 remove_diacritics 2")""",
    "news_search_link_came": f"""CREATE TRIGGER news_search_link_came AFTER INSERT ON link WHEN new.rank IS NOT NULL
BEGIN {_FIND} AND link.id = new.id; END""",
    "news_search_link_changed": f"""CREATE TRIGGER news_search_link_changed
AFTER UPDATE OF concept_slug, article_id, rank, passage ON link
WHEN (old.rank IS NULL) <> (new.rank IS NULL) OR old.passage <> new.passage
OR old.concept_slug <> new.concept_slug OR old.article_id <> new.article_id
BEGIN DELETE FROM news_search WHERE rowid = old.id; {_FIND} AND link.id = new.id; END""",
    "news_search_link_went": """CREATE TRIGGER news_search_link_went AFTER DELETE ON link WHEN old.rank IS NOT NULL
BEGIN DELETE FROM news_search WHERE rowid = old.id; END""",
    "news_search_article_changed": """CREATE TRIGGER news_search_article_changed
AFTER UPDATE OF title, canonical_url ON article WHEN old.title <> new.title OR old.canonical_url <> new.canonical_url
BEGIN UPDATE news_search SET title = new.title, url = new.canonical_url
WHERE rowid IN (SELECT id FROM link WHERE article_id = new.id AND rank IS NOT NULL); END""",
}
SEARCH_FILLED = _FIND

# Any other number: a backup that is put back must not come to one that was seen before.
_RENEWED = "UPDATE edition SET number = (number + 1 + (random() & 0x3fffffff)) & 0x7fffffff WHERE id = 1"
_RAISED = f"BEGIN {_RENEWED}; END"
_SHOWN = {  # what of a row sites see; None: all of it, and rows come and go
    "link": None,
    "concept": None,
    "relation": None,
    "renaming": None,
    "change": None,
    "source": ("name", "homepage"),
    "article": ("title", "canonical_url", "published", "published_from", "published_precision", "text_from"),
}
# An edition's number is another one whenever something that sites see, but for how fresh it is, becomes another.
EDITION = {
    f"edition_{table}_{kind.lower()}": f"CREATE TRIGGER edition_{table}_{kind.lower()} AFTER {kind} ON {table} {_RAISED}"
    for table, columns in _SHOWN.items()
    if columns is None
    for kind in ("INSERT", "UPDATE", "DELETE")
} | {
    f"edition_{table}": f"CREATE TRIGGER edition_{table} AFTER UPDATE OF {', '.join(columns)} ON {table} "
    f"WHEN {' OR '.join(f'old.{one} <> new.{one}' for one in columns)} {_RAISED}"
    for table, columns in _SHOWN.items()
    if columns is not None
}
EDITION_RENEWED = _RENEWED  # after a migration: columns, or what they hold, may be others
