"""relevance.toml: what is wrong in one of the three calibrations is named with its own line, or its table."""

from dataclasses import replace

import pytest

from config import loading, relevance
from models.errors import ConfigError
from pipeline.stages.relevance import epochs
from tests.unit.stages.making import PARAMETERS
from tests.unit.stages.relevance.sample import ARTICLES, GLOSSARY

SHIPPED = (loading.SHIPPED / "relevance.toml").read_text("utf-8")
HEAD, SUMMARY = SHIPPED[: SHIPPED.index("[relevance.summary]")], SHIPPED[SHIPPED.index("[relevance.summary]") :]
NAMES = next(one for one in SUMMARY.splitlines() if one.startswith("names = "))


def wrong(tmp_path, written):
    (tmp_path / "relevance.toml").write_text(written, "utf-8")
    with pytest.raises(ConfigError) as caught:
        relevance.parameters(tmp_path)
    return caught.value


def test_a_missing_weight_is_named_with_its_table(tmp_path):
    assert "names is missing in [relevance.summary]" in wrong(tmp_path, HEAD + SUMMARY.replace(NAMES, "")).wrong


def test_a_calibration_of_something_else_is_told_what_there_is(tmp_path):
    found = wrong(tmp_path, f"{SHIPPED}\n[relevance.teaser]\noffset = 1.0\n")
    assert "teaser" in found.wrong
    assert "'page', 'feed' or 'summary'" in found.remedy


def test_a_weight_out_of_bounds_is_named_with_the_line_of_its_own_table(tmp_path):
    found = wrong(tmp_path, HEAD + SUMMARY.replace(NAMES, "names = -1.0"))
    numbered = (HEAD + SUMMARY[: SUMMARY.index(NAMES)]).count("\n") + 1
    assert found.where == f"{tmp_path / 'relevance.toml'}:{numbered}"


def test_a_weight_that_is_no_number_is_named(tmp_path):
    found = wrong(tmp_path, HEAD + SUMMARY.replace(NAMES, "names = 'many'"))
    assert "names" in found.wrong
    assert "summary" in f"{found.where} {found.wrong}"


def test_a_weight_that_there_is_not_is_named(tmp_path):
    assert "nmaes" in wrong(tmp_path, HEAD + SUMMARY.replace(NAMES, f"{NAMES}\nnmaes = 1.0")).wrong


def test_a_number_in_place_of_the_calibrations_is_a_sentence(tmp_path):
    assert "relevance" in wrong(tmp_path, "relevance = 3\ncut = 0.5\n" + SHIPPED[: SHIPPED.index("[relevance]")]).wrong


def test_a_file_cannot_say_its_own_digest(tmp_path):
    (tmp_path / "relevance.toml").write_text(f'digest = "mine"\n{SHIPPED}', "utf-8")
    assert relevance.parameters(tmp_path).digest == relevance.read(tmp_path / "relevance.toml").digest != "mine"


def test_every_parameter_that_is_within_its_bounds_makes_an_epoch(tmp_path):
    for name in ("background_articles", "expansion_terms", "expansion_articles"):
        assert epochs.make(1, GLOSSARY, replace(PARAMETERS, **{name: 0}), ARTICLES).documents == len(ARTICLES)
