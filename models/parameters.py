"""Weights, calibration and cut: what is learned rather than written."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.article import TextFrom


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logistic weights of the five signals; all slopes >= 0."""

    offset: float
    similarity: float  # over ln(similarity + 0.01)
    headline: float  # over ln(similarity of the headline alone + 0.01)
    names: float  # over m / (m + mentions_half), m field-weighted mentions of a name
    context: float  # over ln(similarity with the concept's best articles + 0.01)
    field: float  # over ln(min(1, similarity with all other concepts / field_enough) + 0.01)


@dataclass(frozen=True, slots=True)
class Parameters:
    """Read from relevance.toml. Weights multiply term counts before the logarithm."""

    scorer: str
    longest_ngram: int
    lead_words: int
    title_weight: float
    lead_weight: float
    body_weight: float
    name_weight: float
    definition_weight: float
    text_weight: float  # the concept's body
    example_weight: float
    analogy_weight: float
    why_weight: float
    pivot: float  # 0: cosine; 1: every article counts as one of mean length
    background_articles: int  # articles of ordinary English that an epoch begins with
    expansion_articles: int  # best articles that a concept's context is made of
    expansion_terms: int  # words of a context
    mentions_half: float  # field-weighted mentions that are worth half of any number of them
    field_enough: float  # similarity with all other concepts from which an article is of the glossary's field
    relevance: Mapping[TextFrom, Calibration]  # by what was read
    cut: float  # relevance from which a pair is a link
    digest: str = ""
