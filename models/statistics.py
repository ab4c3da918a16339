"""A numbered, frozen epoch of whatever in a score depends on other articles."""

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
    """Document frequencies and the mean length that articles are pivoted on."""

    epoch: int
    glossary_digest: str
    parameters_digest: str
    documents: int  # articles counted
    terms: tuple[str, ...]  # (T,) sorted n-grams in use; a column of every vector each
    frequencies: "NDArray[np.int64]"  # (T,) articles that have the term
    mean_norm: float  # mean Euclidean norm of the article vectors before pivoting
