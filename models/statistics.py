"""A numbered, frozen epoch of whatever in a score depends on other articles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a type only: the words load no library
    import numpy as np
    from numpy.typing import NDArray


Sparse = tuple[tuple[int, float], ...]  # columns and weights


@dataclass(frozen=True, slots=True)
class Current:
    """What is known of the current epoch without loading it."""

    epoch: int
    glossary_digest: str
    parameters_digest: str
    collection: int  # articles there were when it was made
    reason: str  # why it was made: "new article", "glossary", "model"
    placing: str  # the settings that boxes were last placed by
    digests: Mapping[str, str] = field(default_factory=dict)  # by slug: what was scored of each concept
    articles_digest: str = ""  # of the articles there were
    highest: int = 0  # id of these
    amended: tuple[str, ...] = ()  # slugs of concepts edited, added or removed since it was made


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
    contexts: Mapping[str, Sparse]  # by slug: (column, weight) of the words of a concept's best
    # articles, its own name left out; columns ascend; norm 0..1, the nearer and the more the articles, the nearer to 1
    vectors: Mapping[str, Sparse] = field(default_factory=dict)  # by slug: the concepts of the epoch, columns ascend, norm 1
    amended: Mapping[str, Sparse] = field(default_factory=dict)  # the same of concepts edited or added since
    base: int | None = None  # columns there were at first; those after them belong to the amended concepts that use them

    @property
    def own(self) -> int:
        """Columns that the lengths of articles are taken over, whatever the concept."""
        return len(self.terms) if self.base is None else self.base

    def vector(self, slug: str) -> Sparse | None:
        """What articles are compared with for a concept; None for one that is not known."""
        return self.amended.get(slug, self.vectors.get(slug))
