"""An epoch amended: concepts that were edited or added get vectors and contexts of their own; nothing else of it changes.

widened   the epoch with their new words as columns, and their vectors: enough to find the articles that are near
amended   the epoch with their new n-grams as well, as far as the nearest articles have them, and with their contexts

The lengths of articles count the columns of the epoch, and for an amended concept those that it brought in. Frequencies of
new words are those of all articles, scaled to as many as the epoch counted; those of new n-grams are of the nearest articles.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from models.article import Features
from models.background import Background
from models.concept import Glossary
from models.parameters import Parameters
from models.statistics import Statistics
from pipeline.stages.relevance import contexts
from pipeline.stages.relevance.epochs import Prior, collected, named
from pipeline.stages.relevance.scoring import Scorer
from pipeline.stages.relevance.terms import concept_counts
from pipeline.stages.relevance.vectors import Table, inverse_frequencies

Holders = Callable[[Collection[str]], Mapping[str, float]]  # how many of the epoch's articles have each stem


def widened(
    known: Statistics,
    glossary: Glossary,
    parameters: Parameters,
    slugs: Collection[str],
    holders: Holders,
    background: Background,
) -> Statistics:
    """The epoch with columns for the new single words of some concepts, and with their vectors, but no contexts of theirs."""
    some = glossary.only(slugs)
    column, wanted = set(known.terms), _grams(some, parameters)
    single = [term for term in wanted if " " not in term and term not in column]
    held = holders(single)
    have = named(some, parameters)
    made = _joined(known, [t for t in wanted if t not in column and (held.get(t) or t in have)], held, parameters, background)
    return _with_vectors(made, some, parameters)


def amended(
    wide: Statistics, glossary: Glossary, parameters: Parameters, near: Mapping[str, Sequence[Features]], holders: Holders,
    background: Background,
) -> Statistics:  # fmt: skip
    """The epoch with the n-grams and contexts of concepts, from the articles `near` each of them."""
    some = glossary.only(near)
    column = set(wide.terms)
    pool = list({id(one): one for articles in near.values() for one in articles}.values())
    new = [term for term in _grams(some, parameters) if term not in column]
    seen = collected(some, parameters, new, pool)
    held = dict(zip(new, np.bincount(seen.counted.terms.indices, minlength=len(new)).tolist(), strict=True))
    have = named(some, parameters)
    made = _joined(wide, [term for term in new if held[term] or term in have], held, parameters, background)
    made = _with_vectors(made, some, parameters)
    found = {
        one.slug: _context(made, glossary.only((one.slug,)), parameters, near[one.slug], holders, background)
        for one in some.concepts
    }
    words = sorted({word for context in found.values() for word, _ in context} - set(made.terms))
    made = _joined(made, words, holders(words), parameters, background)
    place = {term: number for number, term in enumerate(made.terms)}
    numbered = {slug: tuple(sorted((place[word], weight) for word, weight in context)) for slug, context in found.items()}
    return replace(made, contexts={**made.contexts, **numbered})


def _grams(glossary: Glossary, parameters: Parameters) -> list[str]:
    return sorted({term for one in glossary.concepts for term in concept_counts(one, parameters, glossary.language)})


def _joined(
    known: Statistics, terms: Sequence[str], held: Mapping[str, float], parameters: Parameters, background: Background
) -> Statistics:
    """With more columns, after those there are."""
    found: Table = np.array([held.get(term, 0.0) for term in terms], dtype=np.float64)
    more = Prior(background, parameters.background_articles).of(terms, found)
    capped = np.minimum(more, known.documents)
    frequencies = np.concatenate([known.frequencies, capped])
    return replace(known, terms=(*known.terms, *terms), frequencies=frequencies, base=known.own)


def _with_vectors(known: Statistics, some: Glossary, parameters: Parameters) -> Statistics:
    units = Scorer(some, parameters, known).unit(some.concepts)
    made = {one.slug: tuple(unit.items()) for one, unit in zip(some.concepts, units, strict=True)}
    return replace(known, amended={**known.amended, **made})


def _context(
    known: Statistics,
    alone: Glossary,
    parameters: Parameters,
    articles: Sequence[Features],
    holders: Holders,
    background: Background,
) -> Sequence[tuple[str, float]]:
    """Words and weights of one concept's context, as contexts.make makes those of an epoch."""
    if not articles:
        return ()
    scorer = Scorer(alone, parameters, replace(known, contexts={}))
    seen = collected(alone, parameters, known.terms, articles)
    near = contexts.nearness(scorer, seen.counted)
    best = contexts.best(near[:, 0], seen.words.marks, parameters.expansion_articles)
    words = seen.words.of_articles(best)
    held = holders(words.spelled)
    counts: Table = np.array([held.get(word, 0.0) for word in words.spelled], dtype=np.float64)
    frequencies = Prior(background, parameters.background_articles).of(words.spelled, counts)
    idf = inverse_frequencies(np.minimum(frequencies, known.documents), known.documents)
    return contexts.make(alone, parameters, near[best], words, idf)[alone.concepts[0].slug]
