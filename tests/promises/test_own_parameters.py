"""A site has the parameters that come with the program, unless it has a file of its own; an old one is named."""

from pathlib import Path

import pytest

from tests.conftest import ROOT, Site

OLD = 'scorer = "tfidf-2"\ncut = 0.7\n[article_weights]\ntitle = 4.0\n[calibration.page]\nslope = 1.897\nname_slope = 1.067\n'


def test_init_leaves_the_parameters_with_the_program(tmp_path: Path):
    site = Site(tmp_path / "news")
    done = Site(ROOT / "config").call("init", str(site.folder))
    assert sorted(path.name for path in site.folder.iterdir()) == ["concepts", "settings.toml", "sources.toml"]
    assert "relevance.toml" not in done.stdout
    site.call("concepts", "list")


@pytest.mark.parametrize("command", [("run",), ("eval",), ("judge",), ("links", "token"), ("concepts", "lint")], ids=" ".join)
def test_parameters_of_an_older_version_are_to_be_deleted_whatever_the_command(site: Site, command: tuple[str, ...]):
    (site.folder / "relevance.toml").write_text(OLD)
    done = site.call(*command, check=False)
    assert done.returncode == 2
    assert str(site.folder / "relevance.toml") in done.stderr
    assert "delete it" in done.stderr
    (site.folder / "relevance.toml").unlink()
    assert "relevance.toml" not in site.call(*command, check=False).stderr


def test_own_parameters_take_effect_with_the_next_run(ran: Site):
    before = len(ran.rows("SELECT * FROM concept_links"))
    strict = (ROOT / "config" / "relevance.toml").read_text().replace("\ncut = 0.75", "\ncut = 0.95")
    (ran.folder / "relevance.toml").write_text(strict)
    counts = ran.run()
    assert 0 < counts["links"]["total"] < before
    assert ran.rows("SELECT min(relevance) >= 0.95 FROM concept_links") == [(1,)]
    assert ran.rows("SELECT number FROM epoch") == [(2,)]
    (ran.folder / "relevance.toml").unlink()
    assert ran.run()["links"]["total"] == before
