"""What was read of one article."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

TextFrom = Literal["page", "feed", "summary"]
PublishedFrom = Literal["feed", "page", "url", "first_seen"]
Precision = Literal["minute", "day"]


@dataclass(frozen=True, slots=True)
class Article:
    """An article, cleaned once: NFC, plain text, no control or bidi characters; dates aware UTC."""

    canonical_url: str
    identity: str  # the canonical URL without scheme, www. and trailing slash: one article, one identity
    host: str
    title: str
    text: str
    text_from: TextFrom  # page; the feed's full text; its one or two sentences
    cut_off: bool  # the text ends before the article does (a paywall, a teaser)
    language: str  # ISO 639-1
    published: datetime  # never after first_seen
    published_from: PublishedFrom
    published_precision: Precision
    first_seen: datetime
    word_count: int
    text_hash: str  # of the text, case, punctuation and white space left out
    content_hash: str  # the same of title and text


@dataclass(frozen=True, slots=True)
class Features:
    """An article's words by field, lower case and in order: enough to count any n-gram again without the text.

    Words have no white space in them and are kept joined by single spaces: cheap to send and to store.
    """

    title: str
    text: str
    text_from: TextFrom = "page"


@dataclass(frozen=True, slots=True)
class Stored:
    """An article as settle sees it: what ranking needs beside the Features."""

    id: int
    url: str
    title: str
    published: datetime
    text_from: TextFrom
    content_hash: str
    source_slug: str
    source_weight: float
    source_name: str
