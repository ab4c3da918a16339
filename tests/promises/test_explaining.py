"""Why a pair scores as it does: every signal with what it adds, and what stands against it."""

import json
import math

import pytest

from tests.conftest import Site

SIGNALS = ["similarity", "headline", "names", "context", "field", "offset"]


@pytest.fixture(params=["linked", "not linked"])
def pair(request, unbroken: Site) -> tuple[str, str, str]:
    """A verdict, a concept and an article's address."""
    (best,) = unbroken.rows("SELECT url FROM concept_links WHERE concept_slug = 'foundation-model' AND rank = 1")[0]
    return request.param, "foundation-model" if request.param == "linked" else "token", best


def test_signals_add_up_to_the_relevance(unbroken: Site, pair):
    found = json.loads(unbroken.call("explain", *pair[1:], "--json").stdout)
    assert [one["signal"] for one in found["signals"]] == SIGNALS
    logit = sum(one["logit"] for one in found["signals"])
    assert found["relevance"] == pytest.approx(1 / (1 + math.exp(-logit)))
    assert (found["relevance"] >= found["cut"]) is (pair[0] == "linked")
    assert found["similarity"] == pytest.approx(sum(term["share"] for term in found["terms"]))
    assert found["against"]
    assert found["missing"]
    assert not {*found["against"], *found["missing"]} & {term["term"] for term in found["terms"]}


def test_a_person_reads_the_same(unbroken: Site, pair):
    found = json.loads(unbroken.call("explain", *pair[1:], "--json").stdout)
    told = unbroken.call("explain", *pair[1:]).stdout
    lines = [line.split("│") for line in told.splitlines() if line.count("│") == 5]
    drawn = {cells[1].strip(): cells[3].strip() for cells in lines if cells[1].strip() in SIGNALS}
    assert drawn == {one["signal"]: f"{one['logit']:+.2f}" for one in found["signals"]}
    assert f"{pair[0]}: relevance {found['relevance']:.3f}" in told
    assert f"against: {', '.join(found['against'])}" in told
    assert f"missing: {', '.join(found['missing'])}" in told


def test_what_explain_says_of_a_link_is_what_was_stored(unbroken: Site):
    chosen = "SELECT concept_slug, url, relevance, terms, passage FROM concept_links WHERE rank = 1 ORDER BY relevance LIMIT 3"
    for slug, url, relevance, terms, passage in unbroken.rows(chosen):
        found = json.loads(unbroken.call("explain", slug, url, "--json").stdout)
        assert found["relevance"] == pytest.approx(relevance, abs=1e-12)
        assert (found["terms"], found["passage"]) == (json.loads(terms), passage)
