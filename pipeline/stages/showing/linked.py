"""A concept, and a glossary, in schema.org's terms: JSON-LD for search engines and other programs."""

from collections.abc import Mapping
from typing import Any

from models.contract import ConceptPage, NewsLink, PageData, Published
from pipeline.stages.showing.feeds import Address, headline, href, outlet, page_url
from pipeline.stages.showing.wording import stamp

_CONTEXT = {"@context": "https://schema.org"}


def linked(page: PageData, base_url: str, language: str) -> dict[str, Any]:
    """The concept as a DefinedTerm that news articles are about. Addresses stand where `base_url` is known ("" is not)."""
    around, articles = _glossary(base_url, language), [_article(link) for link in page.news]
    return {**_CONTEXT, **_term(page.concept, base_url), "inDefinedTermSet": around, "subjectOf": articles}


def glossary(published: Published, address: Address) -> dict[str, Any]:
    """The glossary as a DefinedTermSet with all its terms."""
    terms = [_term(page.concept, address.base_url) for page in published]
    named = {"name": address.title} if address.title else {}
    return {**_CONTEXT, **_glossary(address.base_url, address.language), **named, "hasDefinedTerm": terms}


def _term(concept: ConceptPage, base_url: str) -> dict[str, Any]:
    url = page_url(concept.slug, base_url)
    return {
        "@type": "DefinedTerm",
        **({"@id": url, "url": url} if url else {}),
        "name": concept.name,
        "description": concept.definition,
        "termCode": concept.slug,
        "alternateName": list(concept.aliases),
    }


def _glossary(base_url: str, language: str) -> Mapping[str, Any]:
    return {
        "@type": "DefinedTermSet",
        # The page at `base_url` tells of the glossary, and is not it.
        **({"@id": f"{base_url}#glossary", "url": base_url} if base_url else {}),
        **({"inLanguage": language} if language else {}),
    }


def _article(link: NewsLink) -> dict[str, Any]:
    url, homepage = href(link.url), href(link.source_homepage)
    publisher = {"@type": "Organization", "name": outlet(link)}
    return {
        "@type": "NewsArticle",
        "headline": headline(link),
        **({"url": url} if url else {}),
        "datePublished": stamp(link.published_at, link.published_precision),
        "publisher": publisher | ({"url": homepage} if homepage else {}),
    }
