"""A glossary in and out, through the real program."""

import json

import pytest

from tests.conftest import NOW, ROOT, Site

DATA = ROOT / "tests" / "data" / "exchange"


@pytest.fixture
def own(tmp_path) -> Site:
    """A folder with nothing in it."""
    (tmp_path / "own").mkdir()
    return Site(tmp_path / "own")


def test_a_thesaurus_becomes_files_and_a_second_import_changes_none(own: Site):
    said = own.call("concepts", "import", str(DATA / "harbour.ttl"), "--now", NOW).stdout
    assert said.splitlines()[0] == f"{own.folder / 'concepts'}: 4 added, 0 updated, 0 unchanged"
    for line in ("Berth: has no definition", "nameless: has no name", "the alias 'wharf' is a name of port too"):
        assert line in said
    port = (own.folder / "concepts" / "port.md").read_text("utf-8")
    assert port.startswith("---\nname: Port\n")
    assert "added: 2026-08-31" in port
    again = json.loads(own.call("concepts", "import", str(DATA / "harbour.ttl"), "--json").stdout)
    assert (again["added"], again["differ"], len(again["unchanged"])) == ([], [], 4)
    assert {one["reason"] for one in again["left_out"]} == {"has no definition", "has no name"}


def test_the_glossary_moves_through_any_form_as_it_is(site: Site, own: Site):
    path = own.folder / "glossary.rdf"
    assert "concepts as xml" in site.call("concepts", "export", str(path)).stdout
    assert own.call("-q", "concepts", "import", str(path)).stdout == ""
    turtle = [one.call("concepts", "export", "-").stdout for one in (site, own)]
    assert turtle[0] == turtle[1]
    assert turtle[0].startswith("@prefix rdf:")
    assert own.call("concepts", "export", "-", "--format", "csv").stdout.startswith("slug,name,")


def test_other_content_is_left_alone_and_replaced_when_told(site: Site, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("name;definition;owner\nToken;Mine.;me\nQuay;A wall.;me\n", "utf-8")
    dry = site.call("concepts", "import", str(path), "--update", "--dry-run").stdout
    assert "1 added, 1 updated" in dry
    assert "nothing is written" in dry
    said = site.call("concepts", "import", str(path)).stdout
    assert "1 left alone, there with other content (--update replaces it): token" in said
    assert "columns or keys that were not read: owner" in said
    assert "0 added, 1 updated, 1 unchanged" in site.call("concepts", "import", str(path), "--update").stdout
    shown = json.loads(site.call("concepts", "show", "token", "--json").stdout)
    assert (shown["definition"], bool(shown["analogy"])) == ("Mine.", True)


def test_what_a_person_did_wrong_is_a_sentence(site: Site, tmp_path):
    (tmp_path / "half.json").write_text('[{"name": "Quay", "defin')
    before = {path: path.stat().st_mtime_ns for path in site.folder.glob("concepts/*")}
    for arguments, wrong in (
        (("import", str(tmp_path / "half.json")), "is not JSON"),
        (("import", str(tmp_path / "none.csv")), "cannot be read"),
        (("import", str(tmp_path / "half.json"), "--format", "opml"), "opml"),
        (("export", str(tmp_path / "none" / "x.ttl")), "cannot be written"),
        (("--config", str(ROOT / "config"), "import", str(DATA / "harbour.csv")), "not yours to change"),
    ):
        done = site.call("concepts", *arguments, check=False)
        assert (done.returncode, wrong in done.stderr) == (2, True), done.stderr
    assert {path: path.stat().st_mtime_ns for path in site.folder.glob("concepts/*")} == before
