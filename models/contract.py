"""The contract: what downstream sites may read, row by row and column by column.

Names here are those of the views (models.views), of the published copy's tables, and of the typed read functions
(pipeline.adapters.reading); `conceptwire contract` prints them, models/CONTRACT.md is what it prints.
Within a version, views and columns are only added.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from types import NoneType
from typing import Any, get_args, get_type_hints

CONTRACT_VERSION = 1


def column(meaning: str, example: str, unit: str = "") -> Any:
    """A field with what is said of it: meaning, example, unit ("" where it has none)."""
    return field(metadata={"meaning": meaning, "example": example, "unit": unit})


@dataclass(frozen=True, slots=True)
class Matched:
    """A word, or words, that speak for a link: one element of `terms`."""

    term: str  # as a reader would write it; "(other terms)" sums up the rest
    share: float  # of the link's similarity: all shares add up to it
    field: str  # title, lead or body: where it weighs most


@dataclass(frozen=True, slots=True)
class Coverage:
    """Another article of the same story: one element of `also_covered_by`."""

    source_name: str
    url: str


@dataclass(frozen=True, slots=True)
class NewsLink:
    """A link from a concept to an article."""

    concept_slug: str = column("the concept", "foundation-model")
    position: int | None = column("place in the box, 1 on top: pinned ones first, then newest first; NULL outside the box", "1")
    title: str = column("the article's headline", "Heron-8B is out: an open foundation model")
    url: str = column("the article's address, http or https", "https://openbench.example/heron-8b")
    source_name: str = column("the outlet, for people", "Open Bench")
    source_slug: str = column("the outlet, for programs", "open-bench")
    source_homepage: str = column("the outlet's own page", "https://openbench.example/")
    published_at: datetime = column("when the article was published", "2026-08-29T09:00:00Z")
    published_from: str = column("who says so: page, feed, url, first_seen (nobody; when it was found)", "feed")
    published_precision: str = column("how exact that is: minute, day", "minute")
    relevance: float = column("chance that an editor would keep the link", "0.953", "probability, 0 to 1")
    also_covered_by: tuple[Coverage, ...] = column(
        "other articles of the same story, as JSON", '[{"source_name": "Harrow Courier", "url": "https://…"}]'
    )
    passage: str = column("whole sentences of the article that show why; may be empty", "The base model was trained …")
    terms: tuple[Matched, ...] = column(
        "what matched, heaviest first, as JSON", '[{"term": "foundation model", "share": 0.21, "field": "title"}]'
    )
    text_from: str = column("what was read: page, feed (its full text), summary (its sentences)", "page")
    pinned: bool = column("1 where an editor put it on top, else 0", "0")
    rank: int | None = column("place among all links of the concept, 1 is best", "3")
    linked_at: datetime = column("when the link was made", "2026-08-31T20:00:00Z")
    similarity: float = column("pivoted TF-IDF cosine of concept and article", "0.312", "cosine, 0 to 1")


@dataclass(frozen=True, slots=True)
class RelatedConcept:
    """A neighbour of a concept."""

    concept_slug: str = column("the concept", "foundation-model")
    position: int = column("place in the box, 1 is nearest", "1")
    related_slug: str = column("its neighbour", "fine-tuning")
    related_name: str = column("the neighbour's name", "Fine-tuning")
    related_definition: str = column("the neighbour's definition", "Taking a general-purpose AI model and …")
    similarity: float = column("TF-IDF cosine of the two; 0 where an editor alone named it", "0.412", "cosine, 0 to 1")


@dataclass(frozen=True, slots=True)
class ConceptPage:
    """A concept with the words of its page; long texts are Markdown, without HTML."""

    slug: str = column("the concept, for programs and addresses", "foundation-model")
    name: str = column("its name", "Foundation Model")
    definition: str = column("one sentence, plain text", "A large model trained once on …")
    added_on: date = column("when it came into the glossary", "2026-05-17")
    minutes_to_read: int = column("at 200 words a minute; at least 1", "2", "minutes")
    link_count: int = column("links above the cut", "12", "links")
    newest_link_at: datetime | None = column(
        "when the newest linked article was published; NULL without one", "2026-08-29T09:00:00Z"
    )
    aliases: tuple[str, ...] = column("other names, as JSON", '["foundation models", "base model"]')
    body: str = column("the text under the definition, Markdown", "Training a large model takes …")
    analogy: str = column("Markdown; may be empty", "Think of a new hire …")
    example: str = column("real-world example, Markdown; may be empty", "A hospital takes …")
    why_it_matters: str = column("Markdown; may be empty", "Few can afford to train …")


@dataclass(frozen=True, slots=True)
class RenamedConcept:
    """An address that a concept's page had once."""

    former_slug: str = column("the slug it had", "base-model")
    slug: str = column("the slug it has", "foundation-model")


@dataclass(frozen=True, slots=True)
class LinkChange:
    """What a site must rebuild."""

    sequence: int = column("ascending, never used twice: ask for what is above the last one you saw", "4711")
    at: datetime = column("when", "2026-08-31T20:00:00Z")
    run: int = column("the pass that did it", "12")
    concept_slug: str = column("the concept, which may be gone from the glossary", "foundation-model")
    url: str = column("the article", "https://openbench.example/heron-8b")
    change: str = column("added, removed, moved (another place, or the article was edited)", "added")
    reason: str = column("new article, edited article, glossary, model, editor, gone", "new article")


@dataclass(frozen=True, slots=True)
class Status:
    """Whether the news is fresh: one row."""

    contract_version: int = column("of these views", "1")
    glossary_digest: str | None = column("changes when any concept changes; NULL before the first run", "9f3c…")
    epoch: int | None = column("number of the statistics that links were made with", "3")
    last_successful_run_at: datetime | None = column(
        "when news was last fetched: older than a day is a stale box", "2026-08-31T20:00:07Z"
    )
    newest_article_at: datetime | None = column(
        "the newest article's date: old here, and fresh above, is a quiet week", "2026-08-31T18:30:00Z"
    )
    last_change: int = column("the highest `sequence` of link_changes; 0 before the first", "4711")
    edition: int = column(
        "another number whenever any of these views, but this and source_health, shows something else", "1021403"
    )


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How an outlet's feeds fare."""

    source_slug: str = column("the outlet", "open-bench")
    last_success_at: datetime | None = column("when one of its feeds last answered well", "2026-08-31T20:00:02Z")
    last_status: str | None = column(
        "how the last poll ended: read, unchanged, or failed and why; NULL before the first", "unchanged"
    )
    consecutive_failures: int | None = column("of the feed that fares best", "0", "polls")
    next_fetch_at: datetime | None = column("when one of its feeds is due", "2026-08-31T21:00:00Z")
    retired_feeds: str | None = column("addresses that answered 410, by spaces", "https://openbench.example/old.xml")
    articles_30d: int = column("articles first seen in the 30 days before the last run", "14", "articles")
    links_30d: int = column("links made in these days", "5", "links")


@dataclass(frozen=True, slots=True)
class Found:
    """A link, found by words of it."""

    concept_slug: str = column("the concept; not searched", "foundation-model")
    url: str = column("the article; not searched", "https://openbench.example/heron-8b")
    title: str = column("the headline", "Heron-8B is out: an open foundation model")
    passage: str = column("the passage", "The base model was trained …")


@dataclass(frozen=True, slots=True)
class View:
    """One view: its rows, how they are ordered, and what names one of them."""

    name: str
    row: type
    holds: str
    order: str  # for ORDER BY
    key: tuple[str, ...]

    @property
    def columns(self) -> "list[Column]":
        """Its columns, described."""
        hints = get_type_hints(self.row)
        return [_column(one.name, hints[one.name], one.metadata) for one in fields(self.row)]


@dataclass(frozen=True, slots=True)
class Column:
    """A column, described."""

    name: str
    kind: str  # how it is stored: TEXT, INTEGER, REAL
    form: str  # what the text is: moment, day, JSON, or ""
    null: bool
    meaning: str
    example: str
    unit: str


_BOX, _RANKED = ("concept_slug", "position"), ("concept_slug", "rank")
CONTRACT = (
    View("concept_news", NewsLink, 'what "In the news" shows now, pins and hides applied', "concept_slug, position", _BOX),
    View("concept_links", NewsLink, "every link above the cut, best first", "concept_slug, rank", _RANKED),
    View("related_concepts", RelatedConcept, 'what "Related concepts" shows', "concept_slug, position", _BOX),
    View("concepts", ConceptPage, "the glossary", "slug", ("slug",)),
    View("renamed_concepts", RenamedConcept, "where pages have moved", "former_slug", ("former_slug",)),
    View("link_changes", LinkChange, "what sites must rebuild", "sequence", ("sequence",)),
    View("status", Status, "how fresh all this is", "", ()),
    View("source_health", SourceHealth, "how the outlets fare", "source_slug", ("source_slug",)),
    View(
        "news_search",
        Found,
        "full-text search (FTS5, English stems, accents ignored) over headline and passage: `news_search MATCH 'words'`",
        "rank",
        (),
    ),
)


@dataclass(frozen=True, slots=True)
class PageData:
    """All that one concept's page shows."""

    concept: ConceptPage
    news: tuple[NewsLink, ...]  # the box, in order
    related: tuple[RelatedConcept, ...]  # in order


@dataclass(frozen=True, slots=True)
class Published:
    """Everything that sites show, as of one moment."""

    status: Status
    pages: tuple[PageData, ...]  # by slug
    renamed: Mapping[str, str]  # former slug: slug

    def __iter__(self) -> Iterator[PageData]:
        return iter(self.pages)

    @property
    def moved(self) -> dict[str, str]:
        """Former slugs, in order, that no concept has taken since, of concepts that are still there."""
        slugs = {page.concept.slug for page in self.pages}
        return {former: slug for former, slug in sorted(self.renamed.items()) if slug in slugs and former not in slugs}


_KINDS: Mapping[type, tuple[str, str]] = {
    str: ("TEXT", ""),
    int: ("INTEGER", ""),
    bool: ("INTEGER", "0 or 1"),
    float: ("REAL", ""),
    datetime: ("TEXT", "moment"),
    date: ("TEXT", "day"),
    tuple: ("TEXT", "JSON"),
}


def _column(name: str, hint: Any, said: Mapping[str, str]) -> Column:
    parts = [part for part in get_args(hint) if part is not NoneType] if NoneType in get_args(hint) else [hint]
    kind, form = _KINDS.get(parts[0], _KINDS[tuple])
    return Column(name, kind, form, NoneType in get_args(hint), said["meaning"], said["example"], said["unit"])
