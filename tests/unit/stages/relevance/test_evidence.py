"""evidence: shares that add up, and a passage that a reader finds in the article."""

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.parameters import Calibration
from pipeline.stages.features import count, stemmer, words
from pipeline.stages.relevance.evidence import LONGEST_PASSAGE, SHOWN_TERMS, Explainer, against, missing, passage
from tests.unit.stages.making import PARAMETERS, concept, glossary, stored
from tests.unit.stages.relevance.sample import GLOSSARY, TEXTS, article, scorer

SCORER = scorer()
EXPLAINER = Explainer(SCORER)
SLUGS = [one.slug for one in GLOSSARY.concepts]
TERMS = {"model": 0.2, "token": 0.5, "train": 0.1}
SENTENCES = [
    "The model reads.", "A token costs money!", "Nothing here?", "Training is “slow.”", "We said: “Tokens!”", "“Why?” she asked.",
    "Models, models, models…", "It rained 3.5 hours.", "x" * 310 + " token.", "In " + "very " * 40 + "long words, training a token.",
]  # fmt: skip
texts = st.lists(st.sampled_from(SENTENCES), max_size=6).flatmap(
    lambda chosen: st.sampled_from([" ", "\n"]).map(lambda between: between.join(chosen))
)


def evidence_of(known, slug, one, title, text):
    signals = known.signals([one])
    return Explainer(known).explain(slug, signals.vectors, float(signals.similarity[0, known.rows[slug]]), title, text)


def explained(slug, number):
    return evidence_of(SCORER, slug, article(number), *TEXTS[number])


def similarity(slug, number):
    return SCORER.signals([article(number)]).similarity[0, SLUGS.index(slug)]


def one_line(text):
    return " ".join(text.split())


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_the_shares_of_the_terms_add_up_to_the_similarity_heaviest_first(slug, number):
    shares = [term.share for term in explained(slug, number).terms]
    assert sum(shares) == pytest.approx(similarity(slug, number), abs=1e-12)
    assert shares == sorted(shares, reverse=True)


def test_a_similarity_that_is_capped_at_1_has_shares_that_add_up_to_1():
    short = glossary(concept("token", "Token"))
    long_article = count("Token token", "Token " * 50, "page")
    capped = scorer([count("Tram", "Tram", "page"), long_article], words=short)
    vector = capped.signals([long_article]).vectors
    assert (vector @ capped.concepts.T)[0, 0] > 1
    terms = evidence_of(capped, "token", long_article, "", "Token").terms
    assert sum(term.share for term in terms) == pytest.approx(1.0, abs=1e-12)


def test_the_terms_beyond_the_shown_are_added_up_as_one():
    names = [f"word{letter}" for letter in "abcdefghijklmno"]
    broad = glossary(concept("broad", "Broad", ". ".join(names)))
    one = count("", ". ".join(names), "page")
    many = scorer([one], words=broad)
    terms = evidence_of(many, "broad", one, "", " ".join(names)).terms
    assert len(terms) == SHOWN_TERMS + 1
    assert terms[-1].term == "(other terms)"
    assert sum(term.share for term in terms) == pytest.approx(many.signals([one]).similarity[0, 0], abs=1e-12)


def test_a_term_is_written_as_a_reader_would_write_it_and_says_where_it_weighs_most():
    terms = {term.term: term.field for term in explained("fine-tuning", 2).terms}
    assert terms["fine tuning"] == "title"
    assert terms["task"] == "body" if "task" in article(2).text.split()[PARAMETERS.lead_words :] else "lead"


def test_a_pair_without_a_term_in_common_has_no_evidence():
    assert explained("watermarking", 1).terms == ()
    assert explained("watermarking", 1).passage == ""


def test_a_report_agrees_with_the_score():
    report = EXPLAINER.report("token", stored(1), article(1), TEXTS[1][1])
    assert report["similarity"] == similarity("token", 1)
    assert sum(term["share"] for term in report["terms"]) == pytest.approx(report["similarity"], abs=1e-12)
    assert (report["epoch"], report["scorer"], report["cut"], report["text_from"]) == (1, "test-1", 0.5, "page")
    assert "token" not in report["missing"]


@pytest.mark.parametrize("said_by", ["page", "summary"])
def test_what_the_signals_add_makes_the_relevance(said_by):
    weights = Calibration(offset=1.0, similarity=0.7, headline=0.2, names=2.0, context=0.5, field=0.3)
    learned = replace(PARAMETERS, relevance=dict(PARAMETERS.relevance) | {said_by: weights})
    explainer = Explainer(scorer(parameters=learned))
    report = explainer.report("token", stored(1, replace(article(1), text_from=said_by)), article(1), TEXTS[1][1])
    logit = sum(one["logit"] for one in report["signals"])
    assert report["relevance"] == pytest.approx(1 / (1 + math.exp(-logit)), rel=1e-12)
    assert [one["signal"] for one in report["signals"]] == ["similarity", "headline", "names", "context", "field", "offset"]


def test_what_counts_against_a_pair_are_the_heaviest_terms_that_the_concept_lacks():
    vector = SCORER.signals([article(2)]).vectors
    told = against("token", vector, "\n".join(TEXTS[2]), SCORER, most=3)
    own = {SCORER.statistics.terms[i] for i in SCORER.concepts[SLUGS.index("token")].indices}
    weights = {SCORER.statistics.terms[i]: weight for i, weight in zip(vector.indices, vector.data, strict=True)}
    foreign = sorted((-weight, term) for term, weight in weights.items() if term not in own)
    assert told == ["fine", "fine tuning", "tuning"]  # equally heavy, as a reader would write them
    assert [" ".join(stemmer("en")(words(term))) for term in told] == [term for _, term in foreign][:3]


def test_what_is_missing_are_the_heaviest_terms_that_the_article_lacks():
    vector = SCORER.signals([article(1)]).vectors
    assert missing("rlhf", vector, SCORER, most=3)
    present = {SCORER.statistics.terms[i] for i in vector.indices}
    row = SCORER.concepts[SLUGS.index("rlhf")]
    weights = {SCORER.statistics.terms[i]: -w for i, w in zip(row.indices, row.data, strict=True)}
    lacking = sorted((weight, term) for term, weight in weights.items() if term not in present)
    told = missing("rlhf", vector, SCORER, most=4)  # as a reader would write them
    assert [" ".join(stemmer("en")(words(term))) for term in told] == [term for _, term in lacking][:4]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It rained. A token costs money! It rained.", "A token costs money!"),
        ("The model reads. A token costs money! It rained.", "The model reads. A token costs money!"),
        ("A token. " + "Filler words " * 30 + ". The model.", "A token."),
        ("A token. Another token.", "A token."),
        ("Headline of a token\nThe text begins.", "Headline of a token"),
        ("He said “Tokens cost money.” The model agreed.", "He said “Tokens cost money.” The model agreed."),
        ('It is "one token." (Or so the model says.) It rained.', 'It is "one token." (Or so the model says.)'),
        ("x" * 301 + " token.", ""),
        ("Nothing of it. Nothing at all.", ""),
        ("", ""),
    ],
)
def test_a_passage_is_the_run_of_sentences_that_shows_the_most_terms(text, shown):
    assert passage(text, TERMS, SCORER) == shown


@given(texts)
def test_a_passage_is_short_and_stands_in_the_text(text):
    shown = passage(text, TERMS, SCORER)
    assert len(shown) <= LONGEST_PASSAGE
    assert one_line(shown) in one_line(text)


@given(texts)
def test_a_passage_begins_and_ends_where_sentences_do(text):
    shown, line = one_line(passage(text, TERMS, SCORER)), one_line(text)
    if shown:
        before, after = line[: line.index(shown)], line[line.index(shown) + len(shown) :]
        assert re.search(r"(^|[.!?…][\"”’)]*\s)$", before)
        assert re.search(r"^(\s|$)", after)
