"""Files for sites of other makes: for each concept feeds, a fragment of HTML and linked data; an index of them all."""

from collections.abc import Iterator
from typing import Any

from models.contract import PageData, Published
from models.document import Document
from pipeline.stages.showing.feeds import Address, as_json, feeds
from pipeline.stages.showing.fragment import ages, fragment
from pipeline.stages.showing.linked import glossary, linked
from pipeline.stages.showing.wording import stamp

__all__ = ["Address", "exported"]


def exported(published: Published, address: Address) -> Iterator[Document]:
    """Every file, a pure function of what is published. The index comes last: what it names is there before it."""
    for page in published:
        slug = page.concept.slug
        yield from feeds(page, address)
        yield Document(f"{slug}/news.html", fragment(page, address.base_url))
        yield Document(f"{slug}/concept.jsonld", as_json(linked(page, address.base_url, address.language)))
    for former, slug in published.moved.items():
        yield Document(f"{former}/redirect.json", as_json({"moved_to": slug}))
    yield Document("ages.js", ages())
    yield Document("glossary.jsonld", as_json(glossary(published, address)))
    yield Document("index.json", as_json(_index(published, address)))


def _index(published: Published, address: Address) -> dict[str, Any]:
    status = published.status
    return {
        "contract_version": status.contract_version,
        "glossary_digest": status.glossary_digest,
        "title": address.title,
        "language": address.language,
        "newest_article_at": status.newest_article_at and stamp(status.newest_article_at),
        "concepts": [_listed(page) for page in published],
        "redirects": published.moved,
    }


def _listed(page: PageData) -> dict[str, Any]:
    concept = page.concept
    files = {"feed": "news.json", "atom": "news.atom", "html": "news.html", "jsonld": "concept.jsonld"}
    return {
        "slug": concept.slug,
        "name": concept.name,
        "aliases": list(concept.aliases),
        "definition": concept.definition,
        "added_on": concept.added_on.isoformat(),
        "minutes_to_read": concept.minutes_to_read,
        "link_count": concept.link_count,
        "newest_link_at": concept.newest_link_at and stamp(concept.newest_link_at),
        "files": {name: f"{concept.slug}/{file}" for name, file in files.items()},
        "related": [one.related_slug for one in page.related],
    }
