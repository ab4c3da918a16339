"""Related concepts from the concept vectors, an editor's own choice first."""

import numpy as np

from models.link import Related
from pipeline.stages.relevance.scoring import Scorer


def related(scorer: Scorer, most: int) -> list[Related]:
    """Up to `most` neighbours of each concept: those named in its front matter, then by cosine, ties by slug.

    The similarity of a named neighbour is its cosine too, though its place is the editor's.
    """
    concepts = scorer.glossary.concepts
    slugs = [concept.slug for concept in concepts]
    cosine = (scorer.concepts @ scorer.concepts.T).toarray()
    np.fill_diagonal(cosine, 0.0)
    found = []
    for row, concept in enumerate(concepts):
        named = [slug for slug in concept.related if slug in slugs]
        near = sorted((-cosine[row, other], slugs[other]) for other in np.flatnonzero(cosine[row]))
        order = list(dict.fromkeys([*named, *(slug for _, slug in near)]))[:most]
        found += [
            Related(concept.slug, place, slug, min(1.0, float(cosine[row, slugs.index(slug)])))
            for place, slug in enumerate(order, 1)
        ]
    return found
