"""Statistics: a frozen, numbered epoch of document frequencies.

Only terms of the glossary are counted, and of those only what at least one article has (or a concept is named).
Frozen, so that a score does not depend on which articles came before it.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from scipy import sparse

from models.article import Features
from models.concept import Glossary
from models.parameters import Parameters
from models.statistics import Statistics
from pipeline.stages.batches import batched
from pipeline.stages.features import stemmer, words
from pipeline.stages.relevance.scoring import matrix, norms, weigh, weighted_counts
from pipeline.stages.relevance.terms import Trie, concept_counts, names, stop_stems

_BATCH = 500  # articles whose counts are dictionaries at once: a row of the matrix takes a tenth of the memory


def make(number: int, glossary: Glossary, parameters: Parameters, articles: Iterable[Features]) -> Statistics:
    """The epoch over `articles`, whatever their order."""
    terms = sorted({term for one in glossary.concepts for term in concept_counts(one, parameters, glossary.language)})
    trie = Trie(terms)
    batches = [
        matrix([weighted_counts(one, trie, parameters) for one in batch], len(terms)) for batch in batched(articles, _BATCH)
    ]
    counts = sparse.vstack(batches, format="csr") if batches else matrix([], len(terms))
    frequencies = np.bincount(counts.indices, minlength=len(terms)).astype(np.int64)
    named = _named(glossary, parameters)
    used = np.array([i for i, term in enumerate(terms) if frequencies[i] or term in named], dtype=np.int64)
    made = Statistics(
        epoch=number,
        glossary_digest=glossary.digest,
        parameters_digest=parameters.digest,
        documents=counts.shape[0],
        terms=tuple(terms[i] for i in used),
        frequencies=frequencies[used],
        mean_norm=1.0,
    )
    return replace(made, mean_norm=_mean_norm(counts[:, used].tocsr(), made))


def _named(glossary: Glossary, parameters: Parameters) -> set[str]:
    """Names and the words in them: they count before any article has them."""
    stem, stops = stemmer(glossary.language), stop_stems(glossary.language)
    stems = [tuple(stem(words(name))) for concept in glossary.concepts for name in names(concept)]
    return {" ".join(tokens) for tokens in stems if len(tokens) <= parameters.longest_ngram} | {
        token for tokens in stems for token in tokens if token not in stops
    }


def _mean_norm(counts: sparse.csr_matrix, made: Statistics) -> float:
    lengths = norms(weigh(counts, made))
    mean = float(np.sort(lengths).sum() / len(lengths)) if len(lengths) else 0.0  # sorted: the same sum in any order
    return mean or 1.0
