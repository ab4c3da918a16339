"""candidates: every link is among them, and not much else; what the index holds means what it says."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from config import loading
from config.relevance import background, parameters
from pipeline.adapters import judged
from pipeline.stages import features
from pipeline.stages.relevance import epochs
from pipeline.stages.relevance.candidates import Estimator
from pipeline.stages.relevance.indexing import KIND, NAME, STEP, Indexer
from pipeline.stages.relevance.scoring import Scorer
from tests.unit.stages.making import PARAMETERS, concept, glossary
from tests.unit.stages.relevance.sample import GLOSSARY, drawn

DATA = Path(__file__).parents[3] / "data" / "judged"
SHIPPED = parameters(loading.SHIPPED)


def postings(indexer, articles):
    """An index in memory."""
    held = defaultdict(list)
    for number, one in enumerate(articles):
        for term, level in indexer.levels(one).items():
            held[term].append((number, level))

    def of(terms):
        for term in sorted(terms):
            if term in held:
                ids, levels = zip(*held[term], strict=True)
                yield term, np.array(ids), np.array(levels, dtype=np.uint8)

    return of


@pytest.fixture(scope="module")
def world():
    """Our own judged articles, a third of them as summaries, with a scorer and every pair above the cut."""
    words = judged.glossary(DATA / "glossary.jsonl", "en")
    read = list(judged.articles(DATA / "articles.jsonl.gz"))
    articles = [
        features.count(one.title, one.text if n % 3 else one.text[:200], "page" if n % 3 else "summary")
        for n, one in enumerate(read)
    ]
    scorer = Scorer(words, SHIPPED, epochs.make(1, words, SHIPPED, articles, background("en")))
    relevance = scorer.relevance(scorer.signals(articles), [one.text_from for one in articles])
    return scorer, articles, relevance >= SHIPPED.cut


@pytest.mark.parametrize("known", [True, False])
def test_every_link_is_among_the_candidates_and_these_are_few(world, known):
    scorer, articles, links = world
    indexer = Indexer.of(scorer.glossary, SHIPPED, scorer.statistics.terms)
    indexer = indexer if known else replace(indexer, grams=(), names=())
    estimator = Estimator(scorer, indexer, postings(indexer, articles), len(articles))
    found = {slug: set(estimator.likely(slug)) for slug in scorer.rows}
    for slug, row in scorer.rows.items():
        assert set(np.flatnonzero(links[:, row])) <= found[slug], slug
    assert links.sum() > 60
    assert sum(map(len, found.values())) < (3 if known else 5) * links.sum()


def test_the_nearest_are_as_many_as_asked_for_and_have_a_word_of_the_concept(world):
    scorer, articles, _ = world
    indexer = Indexer.of(scorer.glossary, SHIPPED, ())
    estimator = Estimator(scorer, indexer, postings(indexer, articles), len(articles))
    similar = scorer.signals(articles).similarity
    for slug, row in scorer.rows.items():
        near = estimator.nearest(slug, 10)
        assert len(near) == min(10, int((similar[:, row] > 0).sum()))
        assert near == sorted(near)
        assert (similar[near, row] > 0).all()


def test_a_concept_without_any_word_in_the_news_has_no_candidates(world):
    scorer, articles, _ = world
    alone = Scorer(glossary(concept("zyzzyva", "Zyzzyva", "Xylographic quokka.")), SHIPPED, scorer.statistics)
    indexer = Indexer.of(alone.glossary, SHIPPED, ())
    assert Estimator(alone, indexer, postings(indexer, articles), len(articles)).likely("zyzzyva") == []


@given(drawn)
def test_a_level_is_a_little_more_than_the_logarithm_of_the_count(article):
    indexer = Indexer.of(GLOSSARY, PARAMETERS, ("foundat model",))
    weights = dict(zip(("title", "lead", "body"), (4.0, 1.5, 1.0), strict=True))
    fields = features.fields(article, PARAMETERS.lead_words)
    stem = features.stemmer("en")
    counts = defaultdict(float)
    for weight, said in zip(weights.values(), fields, strict=True):
        for one in stem(said):
            counts[one] += weight
    levels = indexer.levels(article)
    single = {term: level for term, level in levels.items() if " " not in term and term[0] not in {NAME, KIND}}
    assert single.keys() == counts.keys()
    for term, level in single.items():
        assert level / STEP >= np.log1p(counts[term]) - 1e-12
        assert level / STEP < np.log1p(counts[term]) + 1 / STEP + 1e-12


def test_names_are_indexed_as_they_are_written_and_kinds_that_are_no_pages():
    indexer = Indexer.of(GLOSSARY, PARAMETERS, ("foundat model",))
    levels = indexer.levels(features.count("Tokens", "The foundation models read tokens.", "summary"))
    assert {"=token", "=foundation model", "foundat model", "?summary"} <= levels.keys()
    assert "?page" not in indexer.levels(features.count("Tokens", "x", "page"))


def test_an_indexer_is_read_back_as_it_was_and_knows_whether_it_fits():
    indexer = Indexer.of(GLOSSARY, PARAMETERS, ("foundat model", "model"))
    assert Indexer.read(indexer.written) == indexer
    assert Indexer.read("") is None
    assert indexer.fits(PARAMETERS, "en")
    assert not indexer.fits(PARAMETERS, "de")
    assert not indexer.fits(replace(PARAMETERS, title_weight=5.0), "en")
