"""Plain rankers to hold ours against, and to pool with it for judging: (articles, concepts) scores in 0..1 each.

tfidf  cosine of TF-IDF vectors of 1-2-grams, sublinear, fitted on the articles
names  BM25 (k1 = 1.2, b = 0.75) with a concept's name and aliases as query, over the best of all      (Robertson 1994)
whole  the same with all that the glossary says of it
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from models.concept import Glossary
from models.judgment import Text
from pipeline.stages.features import words
from pipeline.stages.relevance.terms import names
from pipeline.stages.relevance.vectors import Table

_K1, _B = 1.2, 0.75
Ranker = Callable[[Glossary, Sequence[Text]], Table]


def tfidf(glossary: Glossary, articles: Sequence[Text]) -> Table:
    """Cosine of 1-2-gram TF-IDF vectors."""
    if not any(map(words, _texts(articles))):
        return np.zeros((len(articles), len(glossary.concepts)))
    fitted = TfidfVectorizer(analyzer=_bigrams, sublinear_tf=True).fit(_texts(articles))
    return cosine_of(glossary, articles, fitted)


def cosine_of(glossary: Glossary, articles: Sequence[Text], fitted: TfidfVectorizer) -> Table:
    """Cosine of the vectors that a fitted vectorizer makes of articles and of whole entries."""
    found: Table = (fitted.transform(_texts(articles)) @ fitted.transform(entries(glossary)).T).toarray()
    return np.minimum(found, 1.0)


def names_bm25(glossary: Glossary, articles: Sequence[Text]) -> Table:
    """BM25 with names as queries."""
    return _bm25([" ".join(names(one)) for one in glossary.concepts], _texts(articles))


def whole_bm25(glossary: Glossary, articles: Sequence[Text]) -> Table:
    """BM25 with whole entries as queries."""
    return _bm25(entries(glossary), _texts(articles))


RANKERS: Mapping[str, Ranker] = {"tfidf": tfidf, "names": names_bm25, "whole": whole_bm25}


def _bm25(queries: Sequence[str], said: Sequence[str]) -> Table:
    if not any(map(words, said)):
        return np.zeros((len(said), len(queries)))
    counter = CountVectorizer(analyzer=words)
    counts = counter.fit_transform(said).astype(np.float64)
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    held = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log(1 + (len(said) - held + 0.5) / (held + 0.5))
    length = np.repeat(lengths / max(1.0, lengths.mean()), np.diff(counts.indptr))
    counts.data = counts.data * (_K1 + 1) / (counts.data + _K1 * (1 - _B + _B * length)) * idf[counts.indices]
    asked = counter.transform(queries)
    scores: Table = (counts @ sparse.csr_matrix(asked).T).toarray()
    return scores / max(1e-9, float(scores.max(initial=0.0)))


def _bigrams(text: str) -> list[str]:
    tokens = words(text)
    return [*tokens, *(f"{one} {other}" for one, other in pairwise(tokens))]


def _texts(articles: Sequence[Text]) -> list[str]:
    return [f"{one.title}\n{one.text}" for one in articles]


def entries(glossary: Glossary) -> list[str]:
    """All that the glossary says of each concept."""
    return [
        "\n".join((*names(one), one.definition, one.body, one.analogy, one.example, one.why_it_matters))
        for one in glossary.concepts
    ]
