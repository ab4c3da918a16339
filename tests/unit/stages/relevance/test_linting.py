"""linting: what an editor should know before the readers do."""

from dataclasses import replace

from models.parameters import Calibration
from pipeline.stages.features import count
from pipeline.stages.relevance.linting import lint
from pipeline.stages.relevance.scoring import Scorer
from tests.unit.stages.making import PARAMETERS, concept, glossary
from tests.unit.stages.relevance.sample import epoch

LEARNED = replace(
    PARAMETERS,
    relevance=dict.fromkeys(("page", "feed", "summary"), Calibration(1.0, 0.6, 0.0, 4.0, 0.3, 2.0)),
    cut=0.75,
)
WORDS = glossary(
    concept("base-model", "Base model", "A large language model before any tuning, trained on broad text."),
    concept("prompt", "Prompt", "The text that a language model is given, and answers."),
    concept("system-prompt", "System prompt", "The text that a language model is given before the prompt of a user."),
    concept("token", "Token", "The unit of text that a large language model reads."),
    concept("watermarking", "Watermarking", "Hiding a signature in generated pictures."),
    *[concept(f"other-{n}", f"Zeta{n}", "A large language model reads text, answers, and is tuned on text.") for n in range(15)],
)
ABOUT = "A large language model answers. "
NEWS = [
    *[count(f"Prompt {n}", ABOUT + f"The system prompt and the prompt number {n}. Every prompt is text. A meta ticket {n}.", "page")
      for n in ("one", "two", "three", "four")],
    count("A meta ticket again", ABOUT + "The prompt of a meta ticket, and a meta ticket of text.", "page"),
    *[count(f"Tram token {n}", f"The tram token {n} goes. Riders hand the brass token to the driver at the dam.", "page")
      for n in ("red", "blue", "green", "white")],
    *[count(f"Dam {n}", f"Concrete for the dam, day {n}.", "page") for n in "abcdefgh"],
]  # fmt: skip


def found(articles=NEWS, words=WORDS):
    made = Scorer(words, LEARNED, epoch(articles, LEARNED, words))
    return {(one.concept_slug, one.kind): one for one in lint(made, articles)}


def test_a_concept_that_no_article_names_is_unmatched():
    assert ("watermarking", "unmatched") in found()
    assert ("prompt", "unmatched") not in found()


def test_concepts_that_the_same_articles_are_about_overlap():
    both = [one for (_, kind), one in found().items() if kind == "overlap"]
    assert {frozenset({one.concept_slug, one.what}) for one in both} == {frozenset({"prompt", "system-prompt"})}
    assert both[0].share >= 0.7
    assert both[0].articles >= 3


def test_a_name_that_articles_of_other_fields_use_is_ambiguous():
    one = found()["token", "ambiguous"]
    assert (one.what, one.articles, one.share) == ("Token", 4, 1.0)
    assert "another" in str(one) or "else" in str(one)


def test_every_finding_is_a_sentence_with_its_figures():
    for one in found().values():
        assert one.what in str(one)
        assert 0 <= one.share <= 1


def test_nothing_is_said_of_a_store_without_articles():
    assert found([]) == {}


def test_findings_do_not_depend_on_the_order_of_articles():
    assert found(NEWS[::-1]) == found()
