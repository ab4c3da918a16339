"""Judging one's own news: blind, on the keyboard, nothing lost, and measured afterwards."""

import json

from tests.conftest import NOW, Site

ARGUMENTS = ("judge", "token", "bias", "--depth", "3", "--now", NOW)


def shown(output: str) -> list[str]:
    """The addresses of the pairs that were shown."""
    return [line for line in output.splitlines() if line.startswith("https://")]


def test_a_grade_is_kept_at_once_and_the_next_sitting_goes_on(ran: Site):
    first = ran.call(*ARGUMENTS, said="2\n0\nq\n")
    assert "2 judged of" in first.stdout
    kept = ran.rows("SELECT concept_slug, grade FROM judgment ORDER BY grade")
    assert [grade for _, grade in kept] == [0, 2]
    second = ran.call(*ARGUMENTS, said="")  # the end of the input is the end of the sitting
    assert "0 judged of" in second.stdout
    assert not set(shown(first.stdout)[:2]) & set(shown(second.stdout))


def test_more_text_and_a_slip_of_the_finger_ask_again_and_a_skipped_pair_stays_unjudged(ran: Site):
    done = ran.call(*ARGUMENTS, said="m\nx\ns\nq\n")
    assert "0 judged of" in done.stdout
    assert len(set(shown(done.stdout))) == 2
    assert ran.rows("SELECT * FROM judgment") == []


def test_nothing_that_is_shown_tells_a_rank_a_score_or_a_ranker(ran: Site):
    done = ran.call(*ARGUMENTS, said="s\n" * 40)
    head = "\n".join(line for line in done.stdout.splitlines() if line.isupper() or line.startswith("["))
    for word in ("rank", "score", "tfidf", "relevance", "%"):
        assert word not in head.lower()
    concepts = [line for line in done.stdout.splitlines() if line in {"TOKEN", "BIAS"}]
    assert concepts == sorted(concepts, key=["TOKEN", "BIAS"].index)


def test_judgments_are_measured_on_and_exported(ran: Site, tmp_path):
    ran.call(*ARGUMENTS, said="2\n0\n1\n0\n2\n0\nq\n")
    metrics = json.loads(ran.call("eval", "--json").stdout)
    assert metrics["pairs"] == 6
    assert metrics["per_concept"].keys() <= {"token", "bias"}
    path = tmp_path / "judgments.tsv"
    assert "6 judgments" in ran.call("judge", "--export", str(path)).stdout
    head, *lines = path.read_text().splitlines()
    assert head.split("\t") == ["concept", "article", "grade"]
    assert sorted(line.split("\t")[2] for line in lines) == list("000122")


def test_where_nothing_was_judged_or_read_the_next_step_is_told(ran: Site, site: Site):
    done = ran.call("eval", check=False)
    assert (done.returncode, "has no judgments yet" in done.stderr, "conceptwire judge" in done.stderr) == (2, True, True)
    done = site.call("judge", check=False)
    assert (done.returncode, "has no articles yet" in done.stderr) == (2, True)


def test_lint_names_what_an_editor_should_know(ran: Site, site: Site):
    found = json.loads(ran.call("concepts", "lint", "--json").stdout)
    assert {"concept_slug", "kind", "what", "share", "articles"} == set(found[0])
    assert any(one["kind"] == "unmatched" for one in found)
    assert found[0]["concept_slug"] in ran.call("concepts", "lint").stdout
    done = site.call("concepts", "lint", check=False)
    assert (done.returncode, "conceptwire run" in done.stderr) == (2, True)
