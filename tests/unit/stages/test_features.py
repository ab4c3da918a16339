"""features: words, stems and fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.article import Features
from pipeline.stages.features import LONGEST_TEXT, count, fields, stemmer, words


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


def test_an_article_is_counted_as_stems_in_order():
    counted = count("Training models", "Trained models are running fast", "feed", language="en")
    assert counted == Features("train model", "train model are run fast", "feed")


def test_an_article_is_counted_in_its_language_and_one_without_a_stemmer_word_by_word():
    assert count("Häuser", "", "page", language="de").title == "haus"
    assert count("Models", "", "page", language="xx").title == "models"


def test_a_very_long_article_is_counted_up_to_a_limit():
    counted = count("", "word " * (LONGEST_TEXT + 500), "page", language="en")
    assert len(counted.text.split()) == LONGEST_TEXT


@given(st.text(max_size=200), st.integers(0, 20))
def test_lead_and_body_together_are_the_stems_of_the_text(text, lead_words):
    _, lead, body = fields(count("", text, "page", language="en"), lead_words)
    assert lead + body == stemmer("en")(words(text))
    assert len(lead) <= lead_words
