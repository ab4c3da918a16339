"""Weights, calibration and cut: what is learned rather than written."""

from dataclasses import dataclass


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
    slope: float  # of the logit over log similarity
    name_slope: float  # of the logit over the log of field-weighted mentions of a name
    offset: float
    short_text_offset: float  # added to the logit where only a summary was read
    cut: float  # relevance from which a pair is a link
    digest: str = ""
