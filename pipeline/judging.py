"""Making judgments: pairs pooled from several scorers, to be shown blind and graded by a person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

from models.concept import Concept
from models.errors import UsageError
from models.judgment import Judgment, Text
from pipeline import wiring
from pipeline.evaluating import Judged, plain, score

if TYPE_CHECKING:
    from pipeline.adapters.store.judgments import StoredJudgments
    from pipeline.stages.relevance.vectors import Table

_RANKERS = ("tfidf", "names", "whole")  # beside ours: a pool of one ranker would only praise it


@dataclass(frozen=True)
class Pair:
    """A pair to be judged. Nothing in it says which ranker chose it, or how high."""

    concept: Concept
    article: Text
    number: int  # of all that are to be judged, from 1
    of: int


@dataclass(frozen=True)
class Session:
    """A sitting over one site's store."""

    pairs: Sequence[Pair]
    _store: "StoredJudgments"

    def keep(self, pair: Pair, grade: int, now: datetime) -> bool:
        """Keep a grade at once: whoever stops loses nothing. False where the article is gone."""
        return self._store.keep(Judgment(pair.concept.slug, pair.article.name, grade), now)


def sitting(site: wiring.Site, store: "StoredJudgments", slugs: Sequence[str], depth: int) -> Session:
    """The pairs to be judged: the `depth` best of each ranker for each concept, those judged already left out.

    Their order is a hash's, so that neither rank nor ranker shows. Raises UsageError where no article is stored.
    """
    slugs = list(dict.fromkeys(slugs))
    articles = list(store.texts(site.settings.epoch_articles))
    if not articles:
        raise UsageError(str(wiring.database_path(site)), "has no articles yet", "conceptwire run")
    judged = {(one.concept_slug, one.article) for one in store.all()}
    pool = Judged(site.glossary, articles, ())
    scorer = score(pool, site.parameters, "full", wiring.background(site.glossary.language))
    tables = [scorer.relevance, *(plain(pool, ranker, "full") for ranker in _RANKERS)]
    columns = {concept.slug: column for column, concept in enumerate(site.glossary.concepts)}
    chosen = [
        (site.glossary.concepts[columns[slug]], articles[row])
        for slug in slugs or columns
        for row in sorted({row for table in tables for row in _best(table, columns[slug], depth)})
        if (slug, articles[row].name) not in judged
    ]
    chosen.sort(key=lambda pair: (slugs.index(pair[0].slug) if slugs else 0, _shuffled(*pair)))
    return Session([Pair(*pair, number, len(chosen)) for number, pair in enumerate(chosen, 1)], store)


def table(judgments: Sequence[Judgment]) -> Iterator[str]:
    """Lines of a judgments file, as `conceptwire eval --qrels` reads it."""
    yield "concept\tarticle\tgrade"
    for one in judgments:
        yield f"{one.concept_slug}\t{one.article}\t{one.grade}"


def _best(scores: "Table", column: int, depth: int) -> list[int]:
    order = sorted(range(len(scores)), key=lambda row: (-scores[row, column], row))
    return [row for row in order[:depth] if scores[row, column] > 0]


def _shuffled(concept: Concept, article: Text) -> bytes:
    return blake2b(f"{concept.slug}\n{article.name}".encode(), digest_size=8).digest()
