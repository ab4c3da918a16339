"""languages: a text is left out only where its language is sure."""

from pipeline.stages.languages import other_language

GERMAN = (
    "Die Gemeinde prüft seit dieser Woche, ob ein Sprachmodell Briefe der Bürger ordnen kann, bevor sie jemand öffnet. "
    "Der Versuch dauert drei Monate und kostet weniger als eine neue Stelle im Rathaus."
)
ENGLISH = (
    "The council has been testing since this week whether a language model can sort letters before anyone opens them. "
    "The trial takes three months and costs less than one more post in the town hall."
)


def test_a_text_in_another_language_has_its_code():
    assert other_language(GERMAN, "en") == "de"
    assert other_language(ENGLISH, "de") == "en"


def test_a_text_in_the_language_of_the_glossary_has_none():
    assert other_language(ENGLISH, "en") == ""
    assert other_language(GERMAN, "de") == ""


def test_a_short_text_is_given_the_benefit_of_the_doubt():
    assert other_language(GERMAN[:119], "en") == ""


def test_a_text_that_is_no_language_is_not_another_one():
    assert other_language("0123456789 " * 40, "en") == ""
