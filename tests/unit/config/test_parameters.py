"""relevance.toml: weights and cut, or a sentence with its remedy."""

import pytest

from config import loading
from models.errors import ConfigError

SHIPPED = (loading.SHIPPED / "relevance.toml").read_text("utf-8")


def parameters(tmp_path, old="", new=""):
    assert old in SHIPPED
    (tmp_path / "relevance.toml").write_text(SHIPPED.replace(old, new, 1) if old else SHIPPED, "utf-8")
    return loading.parameters(tmp_path)


def line(text):
    return SHIPPED[: SHIPPED.index(text)].count("\n") + 1


def test_tables_become_one_value():
    made = loading.parameters(loading.SHIPPED)
    assert made.title_weight > made.lead_weight > made.body_weight
    assert 0 < made.cut < 1
    assert made.scorer


def test_a_folder_without_the_file_has_the_shipped_parameters(tmp_path):
    assert loading.parameters(tmp_path) == loading.parameters(loading.SHIPPED)


def test_the_digest_is_of_the_file(tmp_path):
    same, other = parameters(tmp_path).digest, parameters(tmp_path, "cut = 0.7", "cut = 0.6").digest
    assert same == loading.parameters(loading.SHIPPED).digest != other


@pytest.mark.parametrize(
    ("old", "new", "numbered", "wrong", "remedy"),
    [
        ("title = 4.0", "title = 'four'", True, "'four'", "number"),
        ("longest_ngram = 3", "longest_ngram = 2.5", True, "longest_ngram = 2.5", "integer"),
        ("title = 4.0", "", False, "title is missing", "relevance.toml"),
        ("cut = 0.7", "", False, "cut is missing", "relevance.toml"),
        ("pivot = 0.5", "pivot = 0.5\npivott = 1", False, "'pivott'", "pivot"),
        ("cut = 0.7", "cut = ", False, "line", "key = 5"),
        ("cut = 0.7", "cut = 1.5", False, "1.5", ""),
        ("cut = 0.7", "cut = nan", False, "nan", ""),
        ("pivot = 0.5", "pivot = 1.5", False, "1.5", ""),
        ("title = 4.0", "title = -1.0", False, "-1.0", ""),
        ("longest_ngram = 3", "longest_ngram = 0", False, "0", ""),
        ("\nslope = 1.897", "\nslope = 0.0", False, "0.0", ""),
    ],
)
def test_a_wrong_parameter_is_named_with_what_is_wrong_and_a_remedy(tmp_path, old, new, numbered, wrong, remedy):
    with pytest.raises(ConfigError) as caught:
        parameters(tmp_path, old, new)
    place = str(tmp_path / "relevance.toml") + (f":{line(old)}" if numbered else "")
    assert caught.value.where.startswith(place)
    assert wrong in caught.value.wrong
    assert remedy in caught.value.remedy != ""
