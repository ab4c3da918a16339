"""Term counts as TF-IDF vectors: rows of sparse matrices, a row never depending on the others.

w(t, d) = ln(1 + sum over fields f of weight(f) * count(t, f, d)) * idf(t)
idf(t)  = ln((1 + N) / (1 + df(t))) + 1                       (smooth, as scikit-learn's TfidfTransformer)
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from scipy import sparse

Table = np.ndarray[Any, np.dtype[np.float64]]
Fields = tuple[Sequence[str], Sequence[str], Sequence[str]]  # title, lead and body


def matrix(rows: Sequence[Mapping[int, float]], width: int) -> sparse.csr_matrix:
    """(len(rows), width) float64 with sorted columns."""
    starts = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    columns = np.fromiter(chain.from_iterable(rows), dtype=np.int32, count=starts[-1])
    values = np.fromiter(chain.from_iterable(row.values() for row in rows), dtype=np.float64, count=starts[-1])
    made = sparse.csr_matrix((values, columns, starts), shape=(len(rows), width))
    made.sort_indices()
    return made


def inverse_frequencies(frequencies: Table, documents: float) -> Table:
    """(T,) idf."""
    found: Table = np.log((1 + documents) / (1 + frequencies)) + 1
    return found


def weigh(counts: sparse.csr_matrix, idf: Table) -> sparse.csr_matrix:
    """Counts as TF-IDF weights: ln(1 + count) * idf."""
    weights = counts.copy()
    weights.data = np.log1p(weights.data) * idf[weights.indices]
    return weights


def norms(weights: sparse.csr_matrix) -> Table:
    """(A,) Euclidean length of each row."""
    lengths: Table = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).ravel())
    return lengths


def lengths(counts: sparse.csr_matrix, idf: Table, portion: int = 2000) -> Table:
    """(A,) Euclidean length of each row as TF-IDF weights; some rows at a time, so that memory is theirs."""
    parts = [norms(weigh(counts[start : start + portion], idf)) for start in range(0, counts.shape[0], portion)]
    found: Table = np.concatenate(parts) if parts else np.zeros(0)
    return found


def mean(found: Table) -> float:
    """The same in any order; 1 where there is none."""
    return float(np.sort(found).sum() / len(found) or 1.0) if len(found) else 1.0


def scaled(weights: sparse.csr_matrix, lengths: Table) -> sparse.csr_matrix:
    """Each row over its length; empty rows stay empty."""
    copied = weights.copy()
    copied.data = copied.data / np.repeat(np.where(lengths > 0, lengths, 1.0), np.diff(copied.indptr))
    return copied


def pivoted(lengths: Table, pivot: float, mean_length: float) -> Table:
    """(1 - pivot) * |d| + pivot * mean|d|      (Singhal 1996)."""
    return (1 - pivot) * lengths + pivot * mean_length
