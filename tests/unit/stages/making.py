"""Values that tests need, each with what the test does not care about filled in."""

from datetime import UTC, date, datetime, timedelta

from models.article import Features, Stored
from models.concept import Concept, Glossary
from models.entry import Entry, Queued
from models.link import Evidence, Link
from models.page import Page, Request
from models.parameters import Calibration, Parameters

NOW = datetime(2026, 8, 31, 18, 0, tzinfo=UTC)
PARAMETERS = Parameters(
    scorer="test-1",
    longest_ngram=3,
    lead_words=10,
    title_weight=4.0,
    lead_weight=1.5,
    body_weight=1.0,
    name_weight=8.0,
    definition_weight=1.0,
    text_weight=0.5,
    example_weight=0.1,
    analogy_weight=0.0,
    why_weight=0.1,
    pivot=0.5,
    background_articles=100,
    expansion_articles=3,
    expansion_terms=10,
    mentions_half=4.0,
    field_enough=0.1,
    relevance={
        "page": Calibration(offset=4.6, similarity=3.0, headline=0.0, names=0.0, context=0.0, field=0.0),
        "feed": Calibration(offset=4.6, similarity=3.0, headline=0.0, names=0.0, context=0.0, field=0.0),
        "summary": Calibration(offset=4.4, similarity=3.0, headline=0.0, names=0.0, context=0.0, field=0.0),
    },
    cut=0.5,
    digest="parameters",
)


def entry(url="https://paper.example/a", **said):
    """An entry with a link and a title."""
    filled = {"key": url, "identity": url.removeprefix("https://"), "title": "A title", "digest": "first"}
    return Entry(**{"url": url, **filled, **said})


def queued(said=None, **more):
    """An entry in the queue."""
    filled = {"id": 1, "source_slug": "paper", "pages": "fetch", "attempts": 0, "article_id": None, "first_seen": NOW}
    return Queued(entry=said or entry(), **{**filled, **more})


def page(body=b"", url="https://paper.example/a", status=200, **more):
    """An answer to a request for `url`."""
    return Page(Request(url), url, status, body, **{"content_type": "text/html; charset=utf-8", **more})


def link(number=1, **said):
    """A link of one concept; different numbers are different articles of different sources."""
    filled = {
        "concept_slug": "token",
        "article_id": number,
        "url": f"https://paper-{number}.example/a",
        "title": f"Headline {number} of its own kind{number}",
        "published": NOW - timedelta(hours=number),
        "content_hash": f"hash-{number}",
        "source_slug": f"paper-{number}",
        "source_name": f"Paper {number}",
        "source_weight": 1.0,
        "similarity": 0.5,
        "relevance": 0.8,
        "evidence": Evidence((), ""),
        "epoch": 1,
        "scorer": "test-1",
    }
    return Link(**{**filled, **said})


def concept(slug, name, definition="", **more):
    """A page of the glossary."""
    return Concept(slug, name, definition, date(2026, 5, 17), **more)


def glossary(*concepts, language="en"):
    """A glossary in the order of its slugs."""
    return Glossary(tuple(sorted(concepts, key=lambda one: one.slug)), "glossary", language)


def stored(number, features=None):
    """An article as settle sees it."""
    said_by = features.text_from if features else "page"
    url = f"https://paper.example/{number}"
    return Stored(number, url, "A title", NOW, said_by, f"hash-{number}", "paper", 1.0, "Paper")


def features(title="", lead="", body="", text_from="page"):
    """Features of these words, as they are."""
    lead = lead.split()
    padding = ["·"] * (PARAMETERS.lead_words - len(lead))  # up to where the body begins
    return Features(title, " ".join([*lead, *padding, *body.split()]), text_from)
