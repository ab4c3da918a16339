"""The program learns from its editors, where that helps, into a file that the next run scores by, and that can be deleted."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from models.errors import UsageError
from pipeline import learning, wiring
from tests.conftest import NOW, ROOT, Site

QRELS = ROOT / "tests" / "data" / "judged" / "qrels.tsv"


@pytest.fixture
def strict(tmp_path: Path) -> Path:
    """Judgments of an editor to whom acceptable is not good enough."""
    head, *lines = QRELS.read_text().splitlines()
    path = tmp_path / "strict.tsv"
    path.write_text("\n".join([head, *(line if line.endswith("2") else line[:-1] + "0" for line in lines)]) + "\n")
    return path


def test_a_strict_editor_makes_a_strict_file_and_the_next_run_scores_by_it(ran: Site, strict: Path):
    before = len(ran.rows("SELECT * FROM concept_links"))
    path = ran.folder / "relevance.toml"
    assert "Would be kept: offset" in ran.call("learn", "--dry-run", "--qrels", str(strict)).stdout
    assert not path.exists()
    told = json.loads(ran.call("learn", "--json", "--qrels", str(strict)).stdout)
    group = told["groups"][0]
    assert (told["written"], group["kept"], group["over"]) == (str(path), True, "concepts")
    assert group["after"]["log_loss"] < group["before"]["log_loss"] - group["error"]
    assert group["after"]["precision"] >= group["before"]["precision"]
    assert group["right"] + group["wrong"] == group["pairs"]
    assert path.read_text().startswith("# Learned by conceptwire learn: [page, feed] from ")
    parameters, shipped = wiring.site(ran.folder).parameters, wiring.parameters(ROOT / "config" / "relevance.toml")
    assert asdict(parameters.relevance["feed"]) == group["weights"]["after"]
    assert (parameters.cut, parameters.relevance["summary"]) == (shipped.cut, shipped.relevance["summary"])
    assert 0 < ran.run()["links"]["total"] < before
    assert ran.rows("SELECT reason FROM epoch") == [("model",)]


def test_from_what_is_in_the_weights_already_nothing_is_learned(ran: Site):
    report = learning.learn(wiring.site(ran.folder), QRELS)
    assert report.groups[0].learned is not None
    assert report.weights == {}


def test_too_few_pairs_or_one_kind_say_what_is_missing_and_change_nothing(ran: Site):
    (group,) = learning.learn(wiring.site(ran.folder)).groups
    assert (group.kinds, group.missing, group.learned) == (("page", "feed"), 20, None)
    links = "SELECT concept_slug, identity FROM link JOIN article ON article.id = link.article_id LIMIT 25"
    pairs = ran.rows(links)
    decide(ran, pairs, "hide")
    report = learning.learn(wiring.site(ran.folder))
    (group,) = report.groups
    assert (group.right, group.wrong, group.missing, group.learned) == (0, 25, 0, None)
    assert "A right one is needed." in ran.call("learn").stdout
    assert not (ran.folder / "relevance.toml").exists()


def test_feeds_that_were_given_weights_of_their_own_learn_apart_from_pages(ran: Site):
    site = wiring.site(ran.folder)
    own = {**site.parameters.relevance, "feed": replace(site.parameters.relevance["feed"], offset=3.0)}
    apart = replace(site, parameters=replace(site.parameters, relevance=own))
    assert [one.kinds for one in learning.learn(apart).groups] == [("page",)]


def test_a_decision_counts_before_a_judgment_and_the_store_before_a_file(ran: Site, tmp_path: Path):
    rows = ran.rows("SELECT concept_slug, identity, canonical_url FROM link JOIN article ON article.id = link.article_id LIMIT 3")
    path = tmp_path / "qrels.tsv"
    more = ("token\thttps://nowhere.example/a\t1", "no-such-concept\t" + rows[0][2] + "\t1", "token\tid-17\t0")
    path.write_text("\n".join([*(f"{slug}\t{url}\t0" for slug, _, url in rows), *more]))
    decide(ran, [rows[0][:2]], "keep")
    report = learning.learn(wiring.site(ran.folder), path)
    assert (report.groups[0].right, report.groups[0].wrong) == (1, 2)
    assert report.left_out["article not stored"] == 2
    assert report.left_out["concept not in the glossary"] == 1


def test_what_cannot_be_learned_from_or_written_to_is_named(ran: Site, site: Site, tmp_path: Path):
    (tmp_path / "half.tsv").write_text("concept\tarticle\tgrade\ntoken\thttps://a.exam")
    for path in (tmp_path / "half.tsv", tmp_path / "none.tsv"):
        with pytest.raises(UsageError, match=path.name):
            learning.learn(wiring.site(ran.folder), path)
    with pytest.raises(UsageError, match="has no links yet"):
        learning.learn(wiring.site(site.folder))
    done = Site(ROOT / "config").call(
        "learn", check=False, environment={"CONCEPTWIRE_DATABASE_URL": f"sqlite:///{tmp_path / 'new.db'}"}
    )
    assert (done.returncode, "comes with the program" in done.stderr) == (2, True)
    assert not (tmp_path / "new.db").exists()


def decide(site: Site, pairs: list, kind: str) -> None:
    """Decisions as rows; no box is made anew."""
    from models.decision import Decision
    from pipeline.adapters.store.decisions import StoredDecisions
    from tests.conftest import datetime_of

    told = wiring.site(site.folder)
    with wiring.database(told) as database:
        for slug, identity in pairs:
            StoredDecisions(database).decide(Decision(slug, identity, kind, datetime_of(NOW.replace("Z", "+00:00"))))  # type: ignore[arg-type]
