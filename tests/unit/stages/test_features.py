"""features: words, stems and fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.article import Features
from pipeline.stages.features import LONGEST_TEXT, count, fields, singular, stemmer, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fine-tuning GPT-4 models", ["fine", "tuning", "gpt", "4", "models"]),
        ("The model's and the models’ world", ["the", "model", "and", "the", "models", "world"]),
        ("It’s 3.5 o'clock", ["it", "3", "5", "o'clock"]),
        ("snake_case, “quoted” — naïve", ["snake", "case", "quoted", "naïve"]),
        ("", []),
        (" … ", []),
    ],
)
def test_words_are_lower_case_without_punctuation_and_possessives(text, expected):
    assert words(text) == expected


def test_an_article_is_counted_as_words_in_order():
    counted = count("Training Models", "Trained models are running fast.", "feed")
    assert counted == Features("training models", "trained models are running fast", "feed")


def test_words_are_stemmed_in_their_language_and_stay_where_it_has_no_stemmer():
    assert stemmer("de")(["häuser"]) == ["haus"]
    assert stemmer("xx")(["models"]) == ["models"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [("transformers", "transformer"), ("gpus", "gpu"), ("llms", "llm"), ("bias", "bias"), ("gas", "gas"),
     ("loss", "loss"), ("analysis", "analysis"), ("agents", "agent"), ("transform", "transform")],
)  # fmt: skip
def test_an_english_plural_loses_its_s_and_nothing_else_does(word, expected):
    assert singular(word) == expected


def test_a_very_long_article_is_counted_up_to_a_limit():
    counted = count("", "word " * (LONGEST_TEXT + 500), "page")
    assert len(counted.text.split()) == LONGEST_TEXT


@given(st.text(max_size=200), st.integers(0, 20))
def test_lead_and_body_together_are_the_words_of_the_text(text, lead_words):
    _, lead, body = fields(count("", text, "page"), lead_words)
    assert lead + body == words(text)
    assert len(lead) <= lead_words
