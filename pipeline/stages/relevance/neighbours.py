"""Related concepts: an editor's own choice first, then whatever is near in what is written of them and in the news.

near(a, b) = entries(a, b) + 0.3 contexts(a, b) + 0.4 concepts(a, b) - 0.5 mean over c of the same for (c, b)

entries   cosine of whole entries: single stems, ln(1 + count), idf over the glossary; a name weighs 3 and analogies help here
contexts  cosine of the contexts: what is written of both in the news
concepts  cosine of the vectors that articles are scored with
The last term is for hubs: a concept that is near to everything is nobody's neighbour.

On 139 concepts whose author named their neighbours (hits over min(k, named)), with recall at 3 and at 5: plain TF-IDF cosine
of whole entries 0.56 and 0.68, vectors of scoring alone 0.47 and 0.57, all but the hubs 0.60 and 0.71, as it is 0.60 and 0.73;
co-occurrence of links or of names in articles, and names in the other's entry added nothing beside the contexts.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.concept import Glossary
from models.link import Related
from models.parameters import Parameters
from pipeline.stages.relevance.scoring import Scorer
from pipeline.stages.relevance.terms import concept_counts
from pipeline.stages.relevance.vectors import Table, inverse_frequencies, matrix, norms, scaled, weigh

_CONTEXTS, _CONCEPTS, _HUB = 0.3, 0.4, 0.5


def related(scorer: Scorer, most: int, *, named_first: bool = True) -> list[Related]:
    """Up to `most` neighbours of each concept: those named in its front matter, then the nearest, ties by slug.

    Similarity is 0..1, the weighted mean of the three cosines; a named neighbour has its own, though its place is the editor's.
    """
    slugs = list(scorer.rows)
    similarity = _similarity(scorer)
    near = similarity - _HUB * similarity.mean(axis=0)[None, :]
    found = []
    for row, concept in enumerate(scorer.glossary.concepts):
        named = [slug for slug in concept.related if slug in scorer.rows] if named_first else []
        order = sorted((-near[row, other], slugs[other]) for other in np.flatnonzero(similarity[row]))
        chosen = list(dict.fromkeys([*named, *(slug for _, slug in order)]))[:most]
        found += [
            Related(concept.slug, place, slug, min(1.0, float(similarity[row, scorer.rows[slug]])))
            for place, slug in enumerate(chosen, 1)
        ]
    return found


def recall(glossary: Glossary, found: Sequence[Related], most: int) -> float:
    """Mean share of the neighbours an author named that are among the first `most`, over min(most, named)."""
    near: dict[str, set[str]] = {}
    for one in found:
        if one.position <= most:
            near.setdefault(one.concept_slug, set()).add(one.related_slug)
    shares = []
    for concept in glossary.concepts:
        named = {slug for slug in concept.related if slug in glossary.by_slug and slug != concept.slug}
        if named:
            shares.append(len(named & near.get(concept.slug, set())) / min(most, len(named)))
    return sum(shares) / len(shares) if shares else 0.0


def _similarity(scorer: Scorer) -> Table:
    """(C, C) in 0..1, nothing on the diagonal."""
    contexts = scaled(scorer.contexts, norms(scorer.contexts))
    found = _entries(scorer.glossary, scorer.parameters)
    for vectors, weight in ((contexts, _CONTEXTS), (scorer.concepts, _CONCEPTS)):
        found += weight * (vectors @ vectors.T).toarray()
    np.fill_diagonal(found, 0.0)
    found /= 1 + _CONTEXTS + _CONCEPTS
    return found


def _entries(glossary: Glossary, parameters: Parameters) -> Table:
    plain = replace(
        parameters, longest_ngram=1, name_weight=3.0, definition_weight=1.0, text_weight=0.5, why_weight=0.5,
        example_weight=0.75, analogy_weight=0.5,
    )  # fmt: skip
    rows = [concept_counts(concept, plain, glossary.language) for concept in glossary.concepts]
    column = {term: number for number, term in enumerate(sorted({term for row in rows for term in row}))}
    counts = matrix([{column[term]: count for term, count in row.items()} for row in rows], len(column))
    held = np.bincount(counts.indices, minlength=len(column)).astype(np.float64)
    weights_of = weigh(counts, inverse_frequencies(held, len(rows)))
    unit = scaled(weights_of, norms(weights_of))
    cosine: Table = (unit @ unit.T).toarray()
    return cosine
