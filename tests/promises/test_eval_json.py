"""What `conceptwire eval --json` holds: every figure under its name, with and without files of judgments."""

import json
from pathlib import Path

import pytest

from tests.conftest import NOW, ROOT, Site, new_site

JUDGED = ROOT / "tests" / "data" / "judged"
FILES = {"--glossary": "glossary.jsonl", "--articles": "articles.jsonl.gz", "--qrels": "qrels.tsv"}
OURS = [part for option, name in FILES.items() for part in (option, str(JUDGED / name))]
FIGURES = {"ndcg@10", "p@5", "ap", "pooled_ap", "recall@p0.9", "recall@p0.8", "ece"}
ERROR = {"concept", "article", "title", "relevance", "terms", "mentions", "context", "field", "missing", "passage"}


def measured(site: Site, *arguments: str) -> dict:
    return json.loads(site.call("eval", *arguments, "--json").stdout)


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Our figures beside those of a plain ranker."""
    return measured(new_site(tmp_path_factory.mktemp("metrics") / "site"), *OURS, "--against", "tfidf")


def test_every_figure_stands_under_its_name(metrics: dict):
    assert set(metrics) >= FIGURES | {"per_concept", "against", "errors", "related", "at_cut", "intervals", "pairs", "relevant"}
    assert all(0 <= metrics[name] <= 1 for name in FIGURES)
    assert all(low <= high for low, high in metrics["intervals"].values())
    assert set(metrics["against"]) >= FIGURES | {"scorer", "per_concept"}
    assert metrics["against"]["scorer"] == "tfidf"
    assert metrics["against"]["pairs"] == metrics["pairs"] == 252
    assert set(metrics["related"]) == {"recall@3", "recall@5"}
    assert set(metrics["at_cut"]) == {"cut", "links", "precision", "recall"}
    found = metrics["errors"]["wrong"] + metrics["errors"]["missed"]
    assert {frozenset(one) for one in found} == {frozenset(ERROR)}
    assert all(one["relevance"] >= metrics["at_cut"]["cut"] for one in metrics["errors"]["wrong"])
    assert all(one["relevance"] < metrics["at_cut"]["cut"] for one in metrics["errors"]["missed"])
    assert all(one["terms"] and one["passage"] for one in metrics["errors"]["wrong"])


def test_per_concept_figures_add_up_to_all_pairs(metrics: dict):
    concepts = metrics["per_concept"].values()
    assert sum(one["pairs"] for one in concepts) == metrics["pairs"]
    assert sum(one["relevant"] for one in concepts) == metrics["relevant"]
    means = [one["ap"] for one in concepts if one["relevant"]]
    assert metrics["ap"] == pytest.approx(sum(means) / len(means))


def test_without_files_the_keys_are_the_same(ran: Site):
    ran.call("judge", "token", "foundation-model", "--now", NOW, said="2\n0\n" * 20)
    own, files = measured(ran, "--against", "names"), measured(ran, *OURS, "--against", "names")
    assert set(own) == set(files)
    assert set(own["per_concept"]) == {"token", "foundation-model"}
    assert own["against"]["pairs"] == own["pairs"]


@pytest.mark.parametrize("count", [1, 2])
def test_a_part_of_the_three_files_is_refused_by_name(site: Site, count: int):
    for first in range(3):
        chosen = [list(FILES.items())[(first + n) % 3] for n in range(count)]
        given = [part for option, name in chosen for part in (option, str(JUDGED / name))]
        done = site.call("eval", *given, check=False)
        assert done.returncode == 2
        assert all(option in done.stderr for option in FILES)


def test_a_summary_is_measured_against_what_others_make_of_the_same_summary(site: Site):
    full, summary = (measured(site, *OURS, "--against", "whole", "--text", text) for text in ("full", "summary"))
    assert (full["text"], summary["text"]) == ("full", "summary")
    assert summary["against"]["pooled_ap"] < full["against"]["pooled_ap"]


def test_other_parameters_are_scored_as_they_are(site: Site, tmp_path: Path):
    path = tmp_path / "flat.toml"
    shipped = (ROOT / "config" / "relevance.toml").read_text()
    path.write_text(shipped.replace("names = 3.81", "names = 0.0"))
    other = measured(site, *OURS, "--against", str(path))["against"]
    (site.folder / "relevance.toml").write_text(path.read_text())
    alone = measured(site, *OURS)
    assert {name: other[name] for name in FIGURES} == {name: alone[name] for name in FIGURES}
    path.write_text(shipped.replace("cut = 0.75", "cut = 'often'"))
    done = site.call("eval", *OURS, "--against", str(path), check=False)
    assert (done.returncode, str(path) in done.stderr) == (2, True)


def test_cross_validation_needs_judgments_of_both_kinds(ran: Site):
    ran.call("judge", "token", "foundation-model", "--now", NOW, said="2\n2\n2\nq\n")
    done = ran.call("eval", "--cross-validate", check=False)
    assert done.returncode == 2
    assert "both kinds" in done.stderr


@pytest.mark.parametrize("broken", ["noise", "[floors]", '"ndcg@10"'])
def test_a_baseline_that_was_edited_by_hand_says_what_it_lacks(site: Site, tmp_path: Path, broken: str):
    text = (JUDGED / "baseline.toml").read_text()
    replaced = {"noise": "nois", "[floors]": "[floor]", '"ndcg@10"': '"ndcg@11"'}[broken]
    (tmp_path / "baseline.toml").write_text(
        "".join(line + "\n" for line in text.splitlines() if line[:1] != "#").replace(broken, replaced)
    )
    done = site.call("eval", *OURS, "--baseline", str(tmp_path / "baseline.toml"), check=False)
    assert done.returncode == 2
    assert "has no noise, or no [floors]" in done.stderr
    assert "--write-baseline" in done.stderr
