"""terms: n-grams, the Trie that finds them, and what a concept counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.relevance.terms import Trie, concept_counts, grams, name_stems, names, spellings, stop_stems
from tests.unit.stages.making import PARAMETERS, concept

tokens = st.lists(st.sampled_from("abcd"), max_size=14)
vocabularies = st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4).map(" ".join), unique=True, max_size=8)


def searched(vocabulary, text):
    """Every term at every place, looked for the slow way."""
    found = []
    for start in range(len(text)):
        for column, term in enumerate(vocabulary):
            parts = term.split(" ")
            if text[start : start + len(parts)] == parts:
                found.append((start, len(parts), column))
    return [column for _, _, column in sorted(found)]


@given(vocabularies, tokens)
def test_a_trie_finds_the_terms_that_a_naive_search_finds(vocabulary, text):
    assert Trie(vocabulary).columns(text) == searched(vocabulary, text)


def test_a_trie_counts_overlapping_terms_as_often_as_they_occur():
    trie = Trie(["large", "large languag model", "languag model", "model"])
    assert trie.columns("large languag model larg large".split()) == [0, 1, 2, 3, 0]
    assert trie.columns([]) == []


@given(tokens, st.integers(1, 4), st.sets(st.sampled_from("abcd"), max_size=2))
def test_a_gram_is_a_run_of_tokens_that_neither_begins_nor_ends_with_a_stop_word(text, longest, stops):
    runs = [text[i : i + size] for size in range(1, longest + 1) for i in range(len(text) - size + 1)]
    expected = [" ".join(run) for run in runs if run[0] not in stops and run[-1] not in stops]
    assert list(grams(text, longest, frozenset(stops))) == expected


def test_a_stop_word_may_stand_within_a_gram():
    assert "chain of thought" in set(grams("chain of thought".split(), 3, stop_stems("en")))
    assert "chain of" not in set(grams("chain of thought".split(), 3, stop_stems("en")))


def test_only_english_has_a_list_of_stop_words():
    assert {"the", "of", "whi"} & stop_stems("en") == {"the", "of", "whi"}
    assert "model" not in stop_stems("en")
    assert stop_stems("de") == frozenset()


@pytest.mark.parametrize(
    ("name", "aliases", "expected"),
    [
        ("Token", (), ["Token"]),
        ("RLHF (Reinforcement Learning from Human Feedback)", (), ["RLHF", "Reinforcement Learning from Human Feedback"]),
        ("GPU", ("graphics card [chip]", "GPU"), ["GPU", "graphics card", "chip"]),
        ("(AGI)", (), ["AGI"]),
    ],
)
def test_what_stands_in_brackets_is_a_name_of_its_own(name, aliases, expected):
    assert names(concept("one", name, aliases=aliases)) == expected


@pytest.mark.parametrize(
    ("name", "aliases", "expected"),
    [
        ("Transformers", (), {"transformer"}),
        ("Fine-tuning", (), {"fine tuning", "finetuning"}),
        ("Retrieval-Augmented Generation", (), {"retrieval augmented generation", "retrievalaugmented generation", "rag"}),
        ("RLHF (Reinforcement Learning from Human Feedback)", (), {"rlhf", "reinforcement learning from human feedback"}),
        ("Mixture of Experts", ("MoE",), {"mixture of expert", "moe"}),
        ("Large Language Model", ("LLM",), {"large language model", "llm"}),
        ("AIDS", (), {"aids"}),
        ("WHO (World Health Organization)", (), {"world health organization"}),
        ("Conditional Adversarial Network", (), {"conditional adversarial network"}),
    ],
)
def test_names_are_matched_as_texts_write_them(name, aliases, expected):
    assert set(spellings(concept("one", name, aliases=aliases), "en")) == expected


def test_the_stems_of_a_name_are_those_of_its_words_that_carry_a_subject():
    assert name_stems(concept("one", "Mixture of Experts", aliases=("MoE",)), "en") == {"mixtur", "expert", "moe"}


def test_a_concept_counts_each_field_by_its_weight():
    one = concept("token", "Token", "A **unit** of text.", aliases=("word pieces",), body="Units.", why_it_matters="Price.")
    counts = concept_counts(one, PARAMETERS, "en")
    assert dict(counts) == {
        "token": 8.0, "word": 8.0, "piec": 8.0, "word piec": 8.0,
        "unit": 1.5, "text": 1.0, "unit of text": 1.0, "price": 0.1,
    }  # fmt: skip


def test_a_field_of_no_weight_brings_no_words():
    counts = concept_counts(concept("token", "Token", analogy="A sharp knife.", example="A hospital."), PARAMETERS, "en")
    assert "knife" not in counts
    assert counts["hospit"] == 0.1


def test_names_do_not_run_into_each_other():
    counts = concept_counts(concept("token", "Token", aliases=("word piece",)), PARAMETERS, "en")
    assert "token word" not in counts
