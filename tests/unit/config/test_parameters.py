"""relevance.toml and background.tsv: weights, calibration, cut and ordinary English, or a sentence with its remedy."""

import re

import pytest

from config import loading, relevance
from models.background import NONE
from models.errors import ConfigError

SHIPPED = (loading.SHIPPED / "relevance.toml").read_text("utf-8")
OLD = """
scorer = "tfidf-2"
cut = 0.7
[statistics]
pivot = 0.5
[calibration.page]
slope = 1.897
name_slope = 1.067
offset = 2.0
"""


def parameters(tmp_path, old="", new=""):
    assert old in SHIPPED
    (tmp_path / "relevance.toml").write_text(SHIPPED.replace(old, new, 1) if old else SHIPPED, "utf-8")
    return relevance.parameters(tmp_path)


def line(text):
    return SHIPPED[: SHIPPED.index(text)].count("\n") + 1


def setting(start):
    """The line of the shipped file that begins with these words, without its comment."""
    return re.search(rf"^{start}[^#\n]*?(?=\s*(#|$))", SHIPPED, re.MULTILINE).group()


def test_tables_become_one_value():
    made = relevance.parameters(loading.SHIPPED)
    assert made.title_weight > made.lead_weight > made.body_weight
    assert 0 < made.cut < 1
    assert made.scorer
    assert made.expansion_terms > 0
    assert set(made.relevance) == {"page", "feed", "summary"}


def test_a_page_is_believed_more_than_a_summary_that_says_the_same():
    page, summary = (relevance.parameters(loading.SHIPPED).relevance[kind] for kind in ("page", "summary"))
    assert page.offset + page.names + page.field > summary.offset + summary.names + summary.field
    assert summary.context <= page.context


def test_a_folder_without_the_file_has_the_shipped_parameters(tmp_path):
    assert relevance.parameters(tmp_path) == relevance.parameters(loading.SHIPPED)


def test_a_file_of_any_name_is_read(tmp_path):
    (tmp_path / "another.toml").write_text(SHIPPED.replace(setting("cut = "), "cut = 0.5"), "utf-8")
    assert relevance.read(tmp_path / "another.toml").cut == 0.5


def test_the_digest_is_of_the_file(tmp_path):
    same, other = parameters(tmp_path).digest, parameters(tmp_path, setting("cut = "), "cut = 0.6").digest
    assert same == relevance.parameters(loading.SHIPPED).digest != other


CUT, NAMES = setting("cut = "), setting("names = ")


@pytest.mark.parametrize(
    ("old", "new", "numbered", "wrong", "remedy"),
    [
        ("title = 4.0", "title = 'four'", True, "'four'", "number"),
        ("longest_ngram = 3", "longest_ngram = 2.5", True, "longest_ngram = 2.5", "a whole number"),
        ("title = 4.0", "", False, "title is missing", "relevance.toml"),
        (CUT, "", False, "cut is missing", "relevance.toml"),
        ("pivot = 0.5", "pivot = 0.5\npivott = 1", False, "'pivott'", "pivot"),
        (CUT, "cut = ", False, "line", "key = 5"),
        (CUT, "cut = 1.5", True, "1.5", "0.0 to 1.0"),
        (CUT, "cut = nan", True, "nan", "0.0 to 1.0"),
        ("pivot = 0.5", "pivot = 1.5", True, "1.5", "0.0 to 1.0"),
        ("title = 4.0", "title = -1.0", True, "-1.0", "a number from 0.0"),
        ("longest_ngram = 3", "longest_ngram = 0", True, "0", "1 to 5"),
        ("mentions_half = 4.0", "mentions_half = 0.0", True, "mentions_half is 0.0", "a number from"),
        ("expansion_terms = 60", "expansion_terms = -1", True, "expansion_terms is -1", "0 to 10000"),
        (NAMES, "names = -0.5", True, "names is -0.5", "a number from 0.0"),
        (NAMES, "names = inf", True, "names is inf", "a number from 0.0"),
        (NAMES, "", False, "names is missing in [relevance.page]", "delete it"),
        ("[relevance.summary]", "[relevance.teaser]", False, "there is no [relevance.teaser]", "page"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_is_wrong_and_a_remedy(tmp_path, old, new, numbered, wrong, remedy):
    with pytest.raises(ConfigError) as caught:
        parameters(tmp_path, old, new)
    place = str(tmp_path / "relevance.toml") + (f":{line(old)}" if numbered else "")
    assert caught.value.where.startswith(place)
    assert wrong in caught.value.wrong
    assert remedy in caught.value.remedy != ""


@pytest.mark.parametrize("kind", ["page", "feed", "summary"])
@pytest.mark.parametrize("key", ["offset", "similarity", "headline", "names", "context", "field"])
def test_a_weight_missing_from_a_table_is_named_with_its_table(tmp_path, kind, key):
    table = SHIPPED.index(f"[relevance.{kind}]")
    (tmp_path / "relevance.toml").write_text(
        SHIPPED[:table] + re.sub(rf"^{key} = .*$", "", SHIPPED[table:], count=1, flags=re.MULTILINE), "utf-8"
    )
    with pytest.raises(ConfigError, match=rf"{key} is missing in \[relevance\.{kind}\]"):
        relevance.parameters(tmp_path)


def test_a_file_of_an_older_version_is_told_to_be_deleted(tmp_path):
    (tmp_path / "relevance.toml").write_text(OLD, "utf-8")
    with pytest.raises(ConfigError) as caught:
        relevance.parameters(tmp_path)
    assert caught.value.where.startswith(str(tmp_path / "relevance.toml"))
    assert caught.value.remedy.startswith("delete it")


def test_the_background_is_sorted_unique_terms_with_whole_numbers_out_of_a_hundred_thousand():
    lines = (loading.SHIPPED / "background.tsv").read_text("utf-8").splitlines()
    names, *table = [one for one in lines if not one.startswith("#")]
    assert names == "term\tdf"
    rows = [one.split("\t") for one in table]
    terms = [term for term, _ in rows]
    assert terms == sorted(set(terms))
    assert all(re.fullmatch(r"\S+( \S+){0,2}", term) for term in terms)
    assert all(number.isdecimal() and 1 <= int(number) <= 100_000 for _, number in rows)


def test_the_background_is_of_english_alone():
    english = relevance.background("en")
    assert english.documents == 100_000
    assert english.frequencies["the"] > english.frequencies["comput"] > english.unlisted
    assert relevance.background("de") == NONE
