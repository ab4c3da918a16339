"""concepts/*.md: a glossary, or a sentence with its remedy."""

from datetime import date

import pytest

from config import loading
from config.glossary import glossary
from models.concept import Concept
from models.errors import ConfigError

TOKEN = """---
name: Token
aliases: [tokens, "2"]
definition: >
  The unit of text
  that a model reads.
added: 2026-02-12
related: [model]
---
Before a model sees text.

A second paragraph.

## Analogy

Bricks.

## Real-world example

A bill.

## Why it matters

Prices.
"""
MODEL = "---\nname: Model\ndefinition: A function.\nadded: 2026-02-13T10:00:00\n---\n"


def read(folder, token=TOKEN, model=MODEL, name="token.md"):
    (folder / "concepts").mkdir(exist_ok=True)
    (folder / "concepts" / "model.md").write_text(model, "utf-8")
    (folder / "concepts" / name).write_bytes(token if isinstance(token, bytes) else token.encode())
    return glossary(folder, "en")


def test_a_file_is_a_concept_by_slug_with_its_sections(tmp_path):
    made = read(tmp_path)
    assert [concept.slug for concept in made.concepts] == ["model", "token"]
    assert made.by_slug["token"] == Concept(
        slug="token", name="Token", definition="The unit of text that a model reads.", added=date(2026, 2, 12),
        aliases=("tokens", "2"), body="Before a model sees text.\n\nA second paragraph.",
        analogy="Bricks.", example="A bill.", why_it_matters="Prices.", related=("model",),
    )  # fmt: skip
    assert made.by_slug["model"].added == date(2026, 2, 13)
    assert made.language == "en"


def test_the_line_endings_of_windows_are_line_endings(tmp_path):
    assert read(tmp_path, TOKEN.replace("\n", "\r\n")).concepts == read(tmp_path).concepts


def test_the_shipped_glossary_can_be_read():
    assert len(glossary(loading.SHIPPED, "en").concepts) > 50


def test_the_digest_is_of_every_file_and_its_name(tmp_path):
    digests = {read(tmp_path).digest, read(tmp_path).digest, read(tmp_path, model=MODEL + "More.").digest}
    assert len(digests) == 2
    (tmp_path / "concepts" / "token.md").unlink()
    assert read(tmp_path, TOKEN, name="tokens.md").digest not in digests


@pytest.mark.parametrize(
    ("old", "new", "where", "wrong", "remedy"),
    [
        ("name: Token", "title: Token", ":2", "'title'", "name"),
        ("name: Token\n", "", "", "has no name", "name: a line"),
        ("name: Token", "name: Yes", ":2", "name is True", "name: a line"),
        ("name: Token", "name: ' '", ":2", "name is", "name: a line"),
        ('[tokens, "2"]', "tokens", ":3", "aliases is 'tokens'", "[one, another]"),
        ('"2"]', "2]", ":3", "aliases is", "numbers between quotes"),
        ("name: Token", "name: A: token", ":2", "mapping values", "between quotes"),
        ("name: Token", "name: 'Token", "", "", "between quotes"),
        ("added: 2026-02-12\n", "", "", "has no added", "added: 2026-05-17"),
        ("added: 2026-02-12", "added: in spring", ":7", "'in spring'", "added: 2026-05-17"),
        ("added: 2026-02-12", "added: 2026-13-12", "", "month", "added: 2026-05-17"),
        ("[model]", "[modle]", ":8", "'modle' is not another concept", "name of a file"),
        ("[model]", "[token]", ":8", "'token' is not another concept", "name of a file"),
        ("## Analogy", "## Anology", ":14", "'Anology'", "## Analogy"),
        ("## Why it matters", "## Analogy", ":22", "Analogy", ""),
        ("name: Token", "name: MODEL", "", "'model' is a name of", "one name"),
        ("[tokens", "[model", "", "'model' is a name of", "one name"),
        ("added: 2", "was: [Old Token]\nadded: 2", ":7", "'Old Token' is not a slug", "without .md"),
        ("added: 2", "was: [old, model]\nadded: 2", ":7", "'model' is a concept still", "no file here"),
        ("added: 2", "was: [token]\nadded: 2", ":7", "'token' is a concept still", "no file here"),
        ("added: 2", "was: [old, old]\nadded: 2", ":7", "'old' is claimed by 'token' too", "one past"),
        ("added: 2", "was: old\nadded: 2", ":7", "was is 'old'", "[one, another]"),
        ("---\nname", "name", "", "has no front matter", "---\nname: Token"),
        ("Token", "To\x07ken", "", "", ""),
    ],
)
def test_a_wrong_concept_is_named_by_its_line_with_what_is_wrong_and_a_remedy(tmp_path, old, new, where, wrong, remedy):
    assert old in TOKEN
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, TOKEN.replace(old, new, 1))
    place = f"{tmp_path / 'concepts' / 'token.md'}{where}"
    assert caught.value.where == place or (not where and caught.value.where.startswith(place))
    assert wrong in caught.value.wrong
    assert remedy in caught.value.remedy != ""


def test_a_past_slug_belongs_to_one_concept(tmp_path):
    past = ("added: 2", "was: [tokens, token-2]\nadded: 2")
    assert read(tmp_path, TOKEN.replace(*past)).by_slug["token"].was == ("tokens", "token-2")
    with pytest.raises(ConfigError, match="'token-2' is claimed by 'model' too") as caught:
        read(tmp_path, TOKEN.replace(*past), MODEL.replace("added", "was: [token-2]\nadded"))
    assert caught.value.where == f"{tmp_path / 'concepts' / 'token.md'}:7"


@pytest.mark.parametrize(
    ("token", "name", "wrong"),
    [
        (TOKEN, "The Token.md", "not a slug"),
        (TOKEN.encode() + b"\xff", "token.md", "not UTF-8"),
        ("", "token.md", "no front matter"),
        ("---\n- a\n- b\n---\n", "token.md", "no front matter"),
    ],
)
def test_a_file_that_is_no_concept_is_named(tmp_path, token, name, wrong):
    with pytest.raises(ConfigError, match=wrong) as caught:
        read(tmp_path, token, name=name)
    assert caught.value.where == str(tmp_path / "concepts" / name)


def test_a_folder_without_concepts_says_how_to_get_a_starter(tmp_path):
    with pytest.raises(ConfigError, match="has no concept") as caught:
        glossary(tmp_path, "en")
    assert caught.value.remedy.startswith("conceptwire init")


def test_a_concept_takes_a_minute_to_read_for_every_200_words():
    words = "word " * 299
    assert [Concept("a", "A", "", date(2026, 1, 1), body=words[: 5 * n]).minutes_to_read for n in (0, 299)] == [1, 1]
    assert Concept("a", "A", words, date(2026, 1, 1), body=words).minutes_to_read == 3
