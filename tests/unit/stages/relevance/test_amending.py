"""amending: an edited or new concept is brought into an epoch, and nothing else of it changes."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from config.relevance import background
from pipeline.stages import features
from pipeline.stages.relevance import amending, epochs
from pipeline.stages.relevance.scoring import Scorer
from tests.unit.stages.making import concept
from tests.unit.stages.relevance.test_candidates import SHIPPED, world

__all__ = ["world"]


def edited(words):
    """The glossary with one concept edited and one that is new."""
    new = concept(
        "model-card", "Model Card", "A document that says what a model was trained on, how it was tested and where it fails."
    )
    others = [one for one in words.concepts if one.slug != words.concepts[0].slug]
    first = replace(words.concepts[0], definition=f"{words.concepts[0].definition} Librarians quarrel about it in winter.")
    return replace(words, concepts=tuple(sorted([*others, first, new], key=lambda one: one.slug)), digest="edited", by_slug={})


@pytest.fixture(scope="module")
def amended(world):
    """The epoch of all articles amended by both, and the slugs."""
    scorer, articles, _ = world
    words = edited(scorer.glossary)
    stems = Counter(stem for one in articles for stem in set(features.stemmer("en")([*one.title.split(), *one.text.split()])))

    def holders(terms):
        return {term: stems[term] for term in terms if stems[term]}

    slugs = [scorer.glossary.concepts[0].slug, "model-card"]
    wide = amending.widened(scorer.statistics, words, SHIPPED, slugs, holders, background("en"))
    near = dict.fromkeys(slugs, articles)
    return words, slugs, amending.amended(wide, words, SHIPPED, near, holders, background("en"))


def test_no_other_concept_is_scored_otherwise_to_the_last_bit(world, amended):
    scorer, articles, _ = world
    words, slugs, made = amended
    before, after = scorer.signals(articles), Scorer(words, SHIPPED, made).signals(articles)
    for slug in set(scorer.rows) - set(slugs):
        old, new = scorer.rows[slug], Scorer(words, SHIPPED, made).rows[slug]
        for name in ("similarity", "headline", "names", "context", "field"):
            assert np.array_equal(getattr(before, name)[:, old], getattr(after, name)[:, new]), (slug, name)


def test_the_amended_concepts_score_nearly_as_in_a_new_epoch(world, amended):
    _, articles, _ = world
    words, slugs, made = amended
    kinds = [one.text_from for one in articles]
    whole = Scorer(words, SHIPPED, epochs.make(2, words, SHIPPED, articles, background("en")))
    late = Scorer(words, SHIPPED, made)
    fresh, patched = (one.relevance(one.signals(articles), kinds) for one in (whole, late))
    for slug in slugs:
        one, other = fresh[:, whole.rows[slug]], patched[:, late.rows[slug]]
        assert np.abs(one - other).max() < 0.08, slug
        assert np.abs(one - other).mean() < 0.005, slug


def test_a_concept_scored_alone_scores_as_beside_all_others(world, amended):
    _, articles, _ = world
    words, slugs, made = amended
    late = Scorer(words, SHIPPED, made)
    whole = late.signals(articles)
    for slug in slugs:
        alone = Scorer(words.only([slug]), SHIPPED, made).signals(articles)
        for name in ("similarity", "headline", "names", "context", "field"):
            assert np.array_equal(getattr(alone, name)[:, 0], getattr(whole, name)[:, late.rows[slug]]), (slug, name)


def test_new_columns_come_after_those_there_were_and_have_frequencies(world, amended):
    scorer, _, _ = world
    _, _, made = amended
    had = len(scorer.statistics.terms)
    assert made.terms[:had] == scorer.statistics.terms
    assert made.own == had
    assert "librarian" in made.terms[had:]
    assert "model card" in made.terms
    assert len(set(made.terms)) == len(made.terms) == len(made.frequencies)
    assert ((made.frequencies >= 0) & (made.frequencies <= made.documents)).all()


def test_shares_still_add_up_for_a_concept_that_brought_words_in(world, amended):
    from pipeline.stages.relevance.evidence import Explainer

    words, _, made = amended
    late = Scorer(words, SHIPPED, made)
    one = features.count(
        "A model card", "The model card says how the model was tested, and what the document leaves out. " * 5, "page"
    )
    signals = late.signals([one])
    similarity = float(signals.similarity[0, late.rows["model-card"]])
    evidence = Explainer(late).explain("model-card", signals.vectors[0], similarity, "A model card", "")
    assert similarity > 0.2
    assert sum(term.share for term in evidence.terms) == pytest.approx(similarity, abs=1e-12)


def test_a_concept_that_no_article_is_near_has_no_context(world):
    scorer, _, _ = world
    new = concept("zyzzyva", "Zyzzyva", "Xylographic quokka.")
    words = replace(scorer.glossary, concepts=(*scorer.glossary.concepts, new), by_slug={})
    wide = amending.widened(scorer.statistics, words, SHIPPED, ["zyzzyva"], lambda terms: {}, background("en"))
    made = amending.amended(wide, words, SHIPPED, {"zyzzyva": []}, lambda terms: {}, background("en"))
    assert made.contexts["zyzzyva"] == ()
    assert made.vector("zyzzyva")
