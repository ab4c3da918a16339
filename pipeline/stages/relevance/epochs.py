"""Statistics: a frozen, numbered epoch of document frequencies and of the contexts of concepts.

Counted are the terms of the glossary, as far as an article has them (or a concept is named so), and the single words of
all articles, of which those in a context are kept. Frozen, so that a score does not depend on which articles came before.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
from scipy import sparse

from models.article import Features
from models.background import NONE, Background
from models.concept import Glossary
from models.parameters import Parameters
from models.statistics import Statistics
from pipeline.stages.batches import batched
from pipeline.stages.features import fields, stemmer, words
from pipeline.stages.relevance import contexts
from pipeline.stages.relevance.counting import Counted, Counter
from pipeline.stages.relevance.scoring import Scorer
from pipeline.stages.relevance.terms import concept_counts, names, stop_stems
from pipeline.stages.relevance.vectors import Table, inverse_frequencies, lengths, mean

_BATCH = 500  # articles whose counts are dictionaries at once: a row of the matrix takes a tenth of the memory


@dataclass(frozen=True)
class Collection:
    """All that is counted of the articles."""

    counted: Counted
    words: contexts.Words


def make(
    number: int, glossary: Glossary, parameters: Parameters, articles: Iterable[Features], background: Background = NONE
) -> Statistics:
    """The epoch over `articles`, whatever their order, and over `background` as so many articles more."""
    terms = terms_of(glossary, parameters)
    seen = collected(glossary, parameters, terms, articles)
    held = np.bincount(seen.counted.terms.indices, minlength=len(terms))
    have = named(glossary, parameters)
    used = np.array([i for i, term in enumerate(terms) if held[i] or term in have], dtype=np.int64)
    counted = replace(seen.counted, terms=seen.counted.terms[:, used], titles=seen.counted.titles[:, used])
    prior = Prior(background, parameters.background_articles)
    made = Statistics(
        epoch=number,
        glossary_digest=glossary.digest,
        parameters_digest=parameters.digest,
        documents=seen.counted.terms.shape[0] + prior.articles,
        terms=tuple(terms[i] for i in used),
        frequencies=prior.of([terms[i] for i in used], held[used]),
        mean_norm=1.0,
        mean_title_norm=1.0,
        contexts={},
    )
    idf = inverse_frequencies(made.frequencies, made.documents)
    made = replace(made, mean_title_norm=mean(lengths(counted.titles, idf)))
    plain = replace(made, mean_norm=mean(lengths(counted.terms, idf)))
    near = contexts.nearness(Scorer(glossary, parameters, plain), counted)
    frequencies = prior.of(seen.words.spelled, seen.words.held)
    found = contexts.make(glossary, parameters, near, seen.words, inverse_frequencies(frequencies, made.documents))
    joined = _joined(made, counted.terms, seen.words, frequencies, found)
    units = Scorer(glossary, parameters, joined).unit(glossary.concepts)
    frozen = {one.slug: tuple(unit.items()) for one, unit in zip(glossary.concepts, units, strict=True)}
    return replace(joined, vectors=frozen, base=len(joined.terms))


def _joined(
    made: Statistics, counts: sparse.csr_matrix, seen: contexts.Words, frequencies: Table, found: contexts.Contexts
) -> Statistics:
    """The epoch with the words of contexts among its terms, and the mean norm over all of them."""
    place = {word: number for number, word in enumerate(seen.spelled)}
    had = set(made.terms)
    more = sorted({word for context in found.values() for word, _ in context} - had)
    extra = [place[word] for word in more]
    order = np.argsort(np.array([*made.terms, *more], dtype=object), kind="stable")
    together = np.concatenate([made.frequencies, frequencies[extra]])[order]
    joined = replace(made, terms=tuple(sorted([*made.terms, *more])), frequencies=together)
    column = {term: number for number, term in enumerate(joined.terms)}
    numbered = {slug: tuple((column[word], weight) for word, weight in one) for slug, one in found.items()}
    columns = sparse.hstack([counts, seen.counts[:, extra]], format="csr")[:, order]
    mean_norm = mean(lengths(columns, inverse_frequencies(together, made.documents)))
    return replace(joined, mean_norm=mean_norm, contexts=numbered)


def terms_of(glossary: Glossary, parameters: Parameters) -> list[str]:
    """Every n-gram that the glossary has, sorted."""
    return sorted({term for one in glossary.concepts for term in concept_counts(one, parameters, glossary.language)})


@dataclass(frozen=True)
class Prior:
    """Document frequencies before any article was read."""

    background: Background
    wanted: int

    @property
    def articles(self) -> float:
        """How many articles the background stands for."""
        return float(self.wanted if self.background.frequencies else 0)

    def of(self, terms: Iterable[str], held: contexts.Whole | Table) -> Table:
        """(T,) the articles that have each term, those of the background included."""
        known, rare = self.background.frequencies, self.background.unlisted
        shares = np.array([known.get(term, rare) for term in terms], dtype=np.float64) / self.background.documents
        found: Table = held + self.articles * shares
        return found


def collected(glossary: Glossary, parameters: Parameters, terms: Sequence[str], articles: Iterable[Features]) -> Collection:
    """Counts of `terms`, of the glossary's names and of all single words in `articles`."""
    counter = Counter(glossary, parameters, terms)
    vocabulary: defaultdict[str, int] = defaultdict(int)
    vocabulary.default_factory = vocabulary.__len__  # a new word takes the next column
    parts, rows, marks = [], [], []
    for batch in batched(articles, _BATCH):
        said = [fields(one, counter.parameters.lead_words) for one in batch]
        stemmed = [counter.stems(one) for one in said]
        parts.append(counter.of(said, stemmed))
        rows.append(contexts.counts(stemmed, vocabulary, counter.weights))
        marks += [blake2b(f"{one.title}\n{one.text}".encode(), digest_size=8).digest() for one in batch]
    if not parts:
        parts = [counter([])]
    counted = Counted(
        sparse.vstack([one.terms for one in parts], format="csr"),
        sparse.vstack([one.titles for one in parts], format="csr"),
        np.concatenate([one.mentions for one in parts]),
    )
    return Collection(counted, contexts.Words.of(rows, vocabulary, marks))


def named(glossary: Glossary, parameters: Parameters) -> set[str]:
    """Names and the words in them: they count before any article has them."""
    stem, stops = stemmer(glossary.language), stop_stems(glossary.language)
    stems = [tuple(stem(words(name))) for concept in glossary.concepts for name in names(concept)]
    return {" ".join(tokens) for tokens in stems if len(tokens) <= parameters.longest_ngram} | {
        token for tokens in stems for token in tokens if token not in stops
    }
