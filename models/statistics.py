"""A numbered, frozen epoch of whatever in a score depends on other articles."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a type only: the words load no library
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Current:
    """What is known of the current epoch without loading it."""

    epoch: int
    glossary_digest: str
    parameters_digest: str
    collection: int  # articles there were when it was made
    reason: str  # why it was made: "new article", "glossary", "model"
    placing: str  # the settings that boxes were last placed by


@dataclass(frozen=True)
class Statistics:
    """Document frequencies, mean lengths that articles are pivoted on, and the contexts of concepts."""

    epoch: int
    glossary_digest: str
    parameters_digest: str
    documents: float  # articles counted, those of the background included
    terms: tuple[str, ...]  # (T,) sorted n-grams in use; a column of every vector each
    frequencies: "NDArray[np.float64]"  # (T,) articles that have the term, of `documents`
    mean_norm: float  # mean Euclidean norm of the article vectors before pivoting
    mean_title_norm: float  # the same of the headlines alone
    contexts: Mapping[str, tuple[tuple[int, float], ...]]  # by slug: (column, weight) of the words of a concept's best
    # articles, its own name left out; columns ascend; norm 0..1, the nearer and the more the articles, the nearer to 1
