"""The main job on the bundled sample: every entry one outcome, twice the same, sensible links."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import ROOT, Site, new_site

SHARED = ROOT.parent / "shared" / "recorded"
NEEDS_RECORDINGS = pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded news is not beside the project")


def test_every_entry_that_enters_leaves_as_one_outcome(told: tuple[str, str]):
    counts = json.loads(told[0])
    assert counts["feeds"] == {"total": 8, "read": 8}
    assert counts["entries"] == sum(counts["outcomes"].values()) == 76
    assert counts["outcomes"] == {"New": 73, "Skipped(language de)": 1, "Skipped(no link)": 1, "Skipped(no title)": 1}
    assert counts["links"]["total"] == counts["links"]["added"] > 30


def test_a_second_run_asks_conditionally_and_changes_nothing(ran: Site):
    before, bytes_before = ran.links(), ran.database.read_bytes()
    again = ran.run()
    assert again["feeds"] == {"total": 8, "unchanged": 8}
    assert again["entries"] == 0
    assert again["links"] | {"total": 0} == {"added": 0, "removed": 0, "moved": 0, "total": 0}
    assert ran.links() == before
    assert len(bytes_before) == len(ran.database.read_bytes())


def test_the_box_of_foundation_model_holds_no_off_topic_link(unbroken: Site):
    shown = unbroken.rows(
        "SELECT title, source_name, position FROM concept_news WHERE concept_slug = 'foundation-model' ORDER BY position"
    )
    assert len({source for _, source, _ in shown}) == len(shown) == 5
    assert all("foundation model" in title.lower() or "foundation models" in title.lower() for title, _, _ in shown)


def test_everyday_senses_of_the_field_s_words_get_no_link(unbroken: Site):
    traps = unbroken.rows(
        "SELECT url FROM concept_links WHERE title LIKE '%abbey%' OR title LIKE '%heat%' OR title LIKE '%marathon%' OR title LIKE '%dam%'"
    )
    assert traps == []


def test_texts_say_where_they_are_from(unbroken: Site):
    found = Counter(unbroken.rows("SELECT host, text_from FROM article"))
    by_host = {}
    for (host, text_from), count in found.items():
        by_host.setdefault(host, {})[text_from] = count
    assert set(by_host["ledgerandcoin.example"]) == {"feed"}  # pages answer 403
    assert set(by_host["research.lantern.example"]) == {"feed"}  # pages need JavaScript
    assert set(by_host["meridianscience.example"]) == {"page"}


def test_dates_say_where_they_are_from_and_never_lie_in_the_future(unbroken: Site):
    rows = unbroken.rows("SELECT host, published_from, published_precision, published, first_seen FROM article")
    assert {(said, precision) for host, said, precision, _, _ in rows if host == "meridianscience.example"} == {("feed", "day")}
    assert {(said, precision) for host, said, precision, _, _ in rows if host == "civicwire.example"} == {("page", "minute")}
    assert all(published <= first_seen <= "2026-08-31T20:00:00Z" for *_, published, first_seen in rows)


def test_tracking_parameters_are_off_and_redirects_followed(unbroken: Site):
    assert unbroken.rows("SELECT count(*) FROM article WHERE canonical_url LIKE '%utm_%' OR canonical_url LIKE '%granted%'") == [
        (0,)
    ]


def test_only_the_newest_of_a_feed_s_first_poll_are_taken_and_the_rest_counted(site: Site):
    counts = site.run(environment={"CONCEPTWIRE_FIRST_RUN_ENTRIES": "2"})
    assert counts["outcomes"]["New"] <= 16
    assert counts["outcomes"]["Skipped(older)"] > 50
    assert sum(counts["outcomes"].values()) == 76
    again = site.run()
    assert again["entries"] == 0


def test_a_recorded_run_replays_the_same(site: Site, tmp_path: Path):
    first = site.run("--record", str(tmp_path / "again.warc.gz"))
    other = Site(new_site(tmp_path / "other").folder, tmp_path / "again.warc.gz")
    assert other.run()["outcomes"] == first["outcomes"]
    assert other.links() == site.links()


@NEEDS_RECORDINGS
@pytest.mark.slow
@pytest.mark.parametrize(("name", "every", "entries"), [("ainews", 1, 800), ("pages", 2, 602)])
def test_real_news_ends_without_a_traceback_and_twice_the_same(name: str, every: int, entries: int, tmp_path: Path):
    site = Site(tmp_path / "site", SHARED / f"{name}.warc.gz")
    shutil.copytree(ROOT / "config", site.folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "sources.toml"))
    header, *sources = (SHARED / f"{name}.sources.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "sources.csv").write_text("\n".join([header, *sources[::every]]), encoding="utf-8")
    site.call("sources", "import", str(tmp_path / "sources.csv"))
    first = site.run(environment={"CONCEPTWIRE_FIRST_RUN_ENTRIES": "100"})
    assert first["entries"] == sum(first["outcomes"].values())
    assert first["entries"] == entries
    assert not [outcome for outcome in first["outcomes"] if "bug" in outcome]
    links = site.links()
    again = site.run()
    assert (again["links"]["added"], again["links"]["removed"]) == (0, 0)
    assert site.links() == links


def test_json_is_printed_alone_and_progress_goes_to_standard_error(told: tuple[str, str]):
    out, _ = told
    json.loads(out)
    assert "\x1b" not in out
