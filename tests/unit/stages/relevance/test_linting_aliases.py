"""linting: phrases that would bring links if they were names."""

from pipeline.stages.features import count
from pipeline.stages.relevance.linting import lint
from pipeline.stages.relevance.scoring import Scorer
from tests.unit.stages.making import concept, glossary
from tests.unit.stages.relevance.sample import epoch
from tests.unit.stages.relevance.test_linting import LEARNED

WORDS = glossary(
    concept("base-model", "Base model", "A large language model before any tuning, trained on broad text."),
    concept("prompt", "Prompt", "The text that a language model is given, and answers."),
    concept("token", "Token", "The unit of text that a large language model reads."),
    *[concept(f"other-{n}", f"Zeta{n}", "A large language model reads text, answers, and is tuned on text.") for n in range(17)],
)
ABOUT = "The text, and the language, and the model, and what it answers. "  # words of the field, and no phrase
ELSEWHERE = [count(f"Dam {n}", f"Concrete for the dam, day {n}.", "page") for n in range(40)]
LINKED = [
    count(f"Prompt {n}", ABOUT + f"Prompt after prompt. Prompts are a hidden preamble in week {n}.", "page")
    for n in ("one", "two", "three", "four")
]
UNNAMED = [
    count(f"Hidden preamble {n}", ABOUT + f"The hidden preamble number {n}: hidden preambles, hidden preamble.", "page")
    for n in "xy"
]


def aliases(articles):
    made = Scorer(WORDS, LEARNED, epoch(articles, LEARNED, WORDS))
    return {(one.concept_slug, one.what): one.articles for one in lint(made, articles) if one.kind == "alias"}


def test_a_phrase_of_a_concepts_links_that_others_write_without_the_name_is_proposed_with_the_links_it_would_bring():
    assert aliases([*LINKED, *UNNAMED, *ELSEWHERE]) == {("prompt", "hidden preamble"): len(UNNAMED)}


def test_a_phrase_that_would_bring_no_link_is_not_proposed():
    assert aliases([*LINKED, *ELSEWHERE]) == {}


def test_a_phrase_that_is_usual_everywhere_is_not_proposed():
    usual = [count(f"Dam {n}", f"A hidden preamble to the dam, day {n}.", "page") for n in range(40)]
    assert aliases([*LINKED, *UNNAMED, *usual]) == {}


def test_a_phrase_of_fewer_than_three_links_is_not_proposed():
    assert aliases([*LINKED[:2], *UNNAMED, *ELSEWHERE]) == {}


def test_a_phrase_with_a_concepts_name_in_it_is_not_proposed():
    said = [
        count(f"Prompt {n}", ABOUT + f"The prompt library and the prompt library again, week {n}.", "page")
        for n in ("one", "two", "three", "four")
    ]
    assert not any("prompt" in phrase for _, phrase in aliases([*said, *UNNAMED, *ELSEWHERE]))
