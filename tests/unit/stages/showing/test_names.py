"""names: a concept's other names are told once, whatever their case and number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.showing.names import also_called, tags
from tests.unit.stages.showing.boxes import concept


@pytest.mark.parametrize(
    ("name", "aliases", "told"),
    [
        ("Foundation Model", ("foundation models", "base model"), ["base model"]),
        ("Foundation Model", ("FOUNDATION  MODEL", "Base Models", "base model", "base models"), ["base model"]),
        ("Fallacy", ("fallacies", "sophistry", "sophistries"), ["sophistry"]),
        ("Crash", ("crashes", "crash test"), ["crash test"]),
        ("Guardrails", ("guardrail", "AI guardrails"), ["AI guardrails"]),
        ("GPU (Graphics Processing Unit)", ("GPU", "GPUs", "graphics processing unit", "graphics card"), ["graphics card"]),
        ("Token", ("tokens", "", "  "), []),
        ("Straße", ("STRASSE", "strassen"), ["strassen"]),
        ("Bias", ("bia", "bus"), ["bus"]),
        ("", ("s", "es"), ["s", "es"]),
        ("模型", ("模型", "大模型"), ["大模型"]),
    ],
)
def test_other_names_are_more_than_another_case_or_number(name, aliases, told):
    assert also_called(concept(name=name, aliases=aliases)) == told


@given(st.text("aesiyES ", max_size=5), st.lists(st.text("aesiyES ", max_size=5), max_size=6))
def test_other_names_keep_their_order_and_name_the_same_when_they_are_all_there_is(name, aliases):
    told = also_called(concept(name=name, aliases=tuple(aliases)))
    places = [aliases.index(one) for one in told]
    assert places == sorted(places)
    assert also_called(concept(name=name, aliases=tuple(told))) == told


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        (["gpus", "gpu", "renting gpus", "chips"], ["gpus", "renting gpus"]),
        (["large language", "large language model", "language models"], ["large language model", "language models"]),
        (["graphics card", "new graphics card", "card new"], ["graphics card", "new graphics card", "card new"]),
        (["", " ", "a"], []),
    ],
)
def test_tags_are_names_and_whole_phrases(terms, told):
    assert tags(terms, concept(name="GPU (Graphics Processing Unit)", aliases=("graphics card", ""))) == told
