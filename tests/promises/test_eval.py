"""Quality is measured, and a fall is noticed: the command, its gate, and the data it is held to."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Site, new_site

JUDGED = ROOT / "tests" / "data" / "judged"
OURS = [
    "--glossary",
    str(JUDGED / "glossary.jsonl"),
    "--articles",
    str(JUDGED / "articles.jsonl.gz"),
    "--qrels",
    str(JUDGED / "qrels.tsv"),
]
THEIRS = ROOT.parent / "shared" / "relevance"


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The figures of our own judgments, held to their baseline."""
    site = new_site(tmp_path_factory.mktemp("ours") / "site")
    return dict(json.loads(site.call("eval", *OURS, "--baseline", str(JUDGED / "baseline.toml"), "--json").stdout))


def test_quality_on_our_own_judgments_is_not_under_its_baseline(ours: dict[str, Any]):
    assert ours["at_cut"]["precision"] >= 0.9
    assert set(ours["intervals"]) == {"ndcg@10", "p@5", "ap", "pooled_ap", "recall@p0.9", "recall@p0.8", "ece"}


def test_a_worse_scorer_falls_through_the_gate(site: Site):
    worse = (ROOT / "config" / "relevance.toml").read_text()
    for weight in ("name = 8.0", "definition = 1.0", "text = 0.5", "names = 3.81", "context = 1.46"):
        assert weight in worse
        worse = worse.replace(weight, weight.split("=")[0] + "= 0.0")
    (site.folder / "relevance.toml").write_text(worse)
    done = site.call("eval", *OURS, "--baseline", str(JUDGED / "baseline.toml"), check=False)
    assert done.returncode == 1
    assert "pooled_ap is" in done.stderr


def test_a_baseline_of_other_data_is_refused(site: Site, tmp_path: Path):
    qrels = tmp_path / "qrels.tsv"
    qrels.write_text("\n".join((JUDGED / "qrels.tsv").read_text().splitlines()[:-1]) + "\n")
    done = site.call("eval", *OURS[:-1], str(qrels), "--baseline", str(JUDGED / "baseline.toml"), check=False)
    assert done.returncode == 2
    assert "other data" in done.stderr


def test_a_written_baseline_holds(site: Site, tmp_path: Path):
    path = tmp_path / "baseline.toml"
    site.call("eval", *OURS, "--write-baseline", str(path))
    site.call("eval", *OURS, "--baseline", str(path))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("qrels.tsv", "concept\tarticle\trelevance\ntoken\thttps://x.example/\t3\n", ":2"),
        ("qrels.tsv", "concept\tarticle\trelevance\n", "has no judgment"),
        ("qrels.tsv", "concept\tarticle\trelevance\nnothing\thttps://x.example/\t1\n", "'nothing' is no concept"),
        ("qrels.tsv", "concept\tarticle\trelevance\ntoken\tnowhere\t1\n", "'nowhere' is no article"),
        ("glossary.jsonl", '{"slug": "token"}\n', "has no name"),
        ("glossary.jsonl", "{\n", "is not JSON"),
        ("articles.jsonl.gz", "no gzip", "cannot be read"),
    ],
)
def test_a_wrong_file_is_named_with_its_line(site: Site, tmp_path: Path, name: str, content: str, said: str):
    (tmp_path / name).write_text(content)
    arguments = [str(tmp_path / name) if argument.endswith(name) else argument for argument in OURS]
    done = site.call("eval", *arguments, check=False)
    assert done.returncode == 2
    assert name in done.stderr
    assert said in done.stderr


def test_a_summary_is_less_than_the_whole_text(site: Site, ours: dict[str, Any]):
    summary = json.loads(site.call("eval", *OURS, "--text", "summary", "--json").stdout)
    assert (ours["text"], summary["text"]) == ("full", "summary")
    assert summary["ap"] < ours["ap"]
    assert site.call("eval", *OURS, "--text", "half", check=False).returncode == 2


def test_the_judged_articles_are_those_of_the_sample(unbroken: Site):
    lines = gzip.decompress((JUDGED / "articles.jsonl.gz").read_bytes()).decode().splitlines()
    stored = {url for (url,) in unbroken.rows("SELECT canonical_url FROM article")}
    assert stored <= {json.loads(line)["id"] for line in lines}


def test_a_field_of_its_own_is_told_apart_by_the_same_parameters(site: Site):
    judged = ROOT / "tests" / "data" / "medicine"
    files = [argument.replace(str(JUDGED), str(judged)) for argument in OURS]
    metrics = json.loads(site.call("eval", *files, "--baseline", str(judged / "baseline.toml"), "--json").stdout)
    assert metrics["ndcg@10"] >= 0.9
    assert metrics["pooled_ap"] >= 0.83
    assert metrics["recall@p0.9"] >= 0.6
    assert metrics["at_cut"]["precision"] >= 0.85


def test_errors_come_with_their_evidence_and_related_concepts_are_measured(ours: dict[str, Any]):
    wrong = ours["errors"]["wrong"] + ours["errors"]["missed"]
    assert wrong
    assert all(one["passage"] or not one["terms"] for one in wrong)
    assert all({"term", "share", "field"} == set(term) for one in wrong for term in one["terms"])
    assert set(ours["related"]) == {"recall@3", "recall@5"}
    assert ours["per_concept"]["token"]["pairs"] > 0


@pytest.mark.parametrize("other", ["tfidf", "names", "whole"])
def test_ours_leads_the_plain_rankers_side_by_side(site: Site, other: str):
    metrics = json.loads(site.call("eval", *OURS, "--against", other, "--json").stdout)
    for name in ("pooled_ap", "recall@p0.9", "recall@p0.8"):  # one cut for all concepts: what a box needs
        assert metrics[name] > metrics["against"][name]


def test_other_parameters_stand_beside_ours_and_a_wrong_name_is_refused(site: Site, tmp_path: Path):
    path = tmp_path / "other.toml"
    path.write_text((ROOT / "config" / "relevance.toml").read_text().replace("cut = 0.75", "cut = 0.5"))
    metrics = json.loads(site.call("eval", *OURS, "--against", str(path), "--json").stdout)
    assert metrics["against"]["pooled_ap"] == metrics["pooled_ap"]
    done = site.call("eval", *OURS, "--against", "bm26", check=False)
    assert done.returncode == 2
    assert "no file and no ranker" in done.stderr


def test_cross_validation_is_told_and_less_sure_of_itself(site: Site, ours: dict[str, Any]):
    crossed = json.loads(site.call("eval", *OURS, "--cross-validate", "--json").stdout)
    assert crossed["cross_validated"]
    assert crossed["pooled_ap"] != ours["pooled_ap"]


def test_a_baseline_that_somebody_cut_short_is_a_clear_error(site: Site, tmp_path: Path):
    path = tmp_path / "baseline.toml"
    path.write_text((JUDGED / "baseline.toml").read_text().split("[floors]")[0])
    done = site.call("eval", *OURS, "--baseline", str(path), check=False)
    assert done.returncode == 2
    assert "no [floors]" in done.stderr


def test_one_file_of_three_is_not_enough(site: Site):
    done = site.call("eval", *OURS[:2], check=False)
    assert done.returncode == 2
    assert "needs all of" in done.stderr


@pytest.mark.skipif(not THEIRS.is_dir(), reason="the judged news is not beside the project")
def test_quality_on_judged_news_leads_the_plain_rankers(site: Site):
    files = [
        "--glossary",
        str(THEIRS / "glossary.jsonl"),
        "--articles",
        str(THEIRS / "articles.jsonl.gz"),
        "--qrels",
        str(THEIRS / "qrels.tsv"),
    ]
    metrics = json.loads(site.call("eval", *files, "--json").stdout)
    plain = {"ndcg@10": 0.668, "p@5": 0.710, "ap": 0.715, "pooled_ap": 0.675, "recall@p0.9": 0.15, "recall@p0.8": 0.32}
    assert {name: metrics[name] for name in plain if metrics[name] <= plain[name]} == {}
