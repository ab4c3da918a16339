"""What an editor pins is on top, what he keeps is a link, what he hides is gone: at once, and whatever scores say later."""

import json

import pytest

from models.errors import UsageError
from pipeline import deciding, wiring
from pipeline.adapters.lock import held
from tests.conftest import NOW, ROOT, Site, datetime_of

AT = datetime_of(NOW.replace("Z", "+00:00"))
STRANGER = "https://openbench.example/2026/08/heron-8b-foundation-model"  # scores low for rlhf


def box(site: Site, slug: str) -> list[str]:
    return [url for (url,) in site.rows(f"SELECT url FROM concept_news WHERE concept_slug = '{slug}' ORDER BY position")]


def linked(site: Site, slug: str) -> set[str]:
    return {url for (url,) in site.rows(f"SELECT url FROM concept_links WHERE concept_slug = '{slug}'")}


def decide(site: Site, slug: str, url: str, kind: str, note: str = "") -> deciding.Told:
    return deciding.decide(wiring.site(site.folder), slug, url, kind, note, AT)  # type: ignore[arg-type]


def test_a_pinned_article_is_number_1_and_a_hidden_one_is_gone_through_the_program(ran: Site):
    first, *_, last = box(ran, "foundation-model")
    done = ran.call("pin", "Foundation Models", last, "--note", "our own study", "--now", NOW)
    assert "Number 1 in the box." in done.stdout
    assert box(ran, "foundation-model")[0] == last
    assert ran.rows("SELECT url FROM concept_news WHERE pinned") == [(last,)]
    told = json.loads(ran.call("hide", "foundation-model", first, "--now", "2026-08-31T21:00Z", "--json").stdout)
    assert (told["kind"], told["before"], told["now"], told["shown"], told["position"]) == ("hide", None, "hide", True, None)
    assert first not in linked(ran, "foundation-model")
    changes = ran.rows("SELECT change, reason FROM link_changes WHERE run > 1 AND url = '" + first + "' ORDER BY sequence")
    assert changes[-1] == ("removed", "editor")
    listed = ran.call("decisions").stdout.splitlines()
    assert [line.split()[:3] for line in listed] == [["2026-08-31", kind, "foundation-model"] for kind in ("pin", "hide")]
    assert "(our own study)" in "".join(listed)


def test_decisions_outlive_runs_and_new_epochs_and_taken_back_everything_is_as_before(ran: Site):
    before = ran.links()
    first, *_, last = box(ran, "foundation-model")
    decide(ran, "foundation-model", last, "pin")
    decide(ran, "foundation-model", first, "hide")
    decide(ran, "rlhf", STRANGER, "keep")
    (ran.folder / "relevance.toml").write_text((ROOT / "config" / "relevance.toml").read_text() + "# a file of our own\n")
    ran.run()
    assert box(ran, "foundation-model")[0] == last
    assert first not in linked(ran, "foundation-model")
    assert STRANGER in linked(ran, "rlhf")
    assert ran.rows("SELECT number, reason FROM epoch") == [(2, "model")]
    site = wiring.site(ran.folder)
    for slug, url, kind in (("foundation-model", last, "pin"), ("foundation-model", first, "hide"), ("rlhf", STRANGER, "keep")):
        assert deciding.withdraw(site, slug, url, kind, AT).shown
    assert deciding.listed(site) == []
    assert ran.links() == before


def test_one_decision_a_pair_and_only_what_was_decided_is_taken_back(ran: Site):
    decide(ran, "rlhf", STRANGER, "hide")
    told = decide(ran, "rlhf", STRANGER, "pin", " on\n  one line ")
    assert told.before is not None
    assert (told.before.kind, told.decision.note, told.position) == ("hide", "on one line", 1)
    assert ran.rows("SELECT kind, note FROM decision") == [("pin", "on one line")]
    site = wiring.site(ran.folder)
    with pytest.raises(UsageError, match="is not hidden for rlhf; it is pinned since 2026-08-31") as wrong:
        deciding.withdraw(site, "rlhf", STRANGER, "hide", AT)
    assert wrong.value.remedy.startswith("conceptwire unpin rlhf")
    done = ran.call("unkeep", "token", STRANGER, check=False)
    assert (done.returncode, "is not kept for token" in done.stderr) == (2, True)


def test_an_article_goes_by_any_of_its_addresses_and_an_unknown_one_names_near_ones(ran: Site):
    other = STRANGER.replace("https://", "http://www.") + "/?utm_source=feed#top"
    assert decide(ran, "rlhf", other, "keep").decision.url == STRANGER
    for wrong, said in (
        (STRANGER[:-2], STRANGER),
        ("https://nobody.example/a", "conceptwire backfill URL"),
        ("rlhf", "https://"),
    ):
        with pytest.raises(UsageError) as error:
            decide(ran, "rlhf", wrong, "pin")
        assert said in error.value.remedy
    with pytest.raises(UsageError, match="is no concept"):
        decide(ran, "rlfh", STRANGER, "pin")
    for note in ("x" * 2000, "a\x1b[2Jb", "\udcff"):
        with pytest.raises(UsageError, match="--note"):
            decide(ran, "rlhf", STRANGER, "pin", note)
    assert [one.kind for one in deciding.listed(wiring.site(ran.folder))] == ["keep"]


def test_beside_a_pass_a_decision_is_kept_and_shown_by_whoever_settles_next(ran: Site, monkeypatch):
    monkeypatch.setattr(deciding, "_PATIENCE", 0.1)
    first = box(ran, "foundation-model")[0]
    with held(ran.database, "conceptwire run", AT):
        assert not decide(ran, "foundation-model", first, "hide").shown
        assert box(ran, "foundation-model")[0] == first
    ran.run()
    assert first not in linked(ran, "foundation-model")


def test_review_asks_the_newest_links_near_the_cut_and_shows_what_was_decided_at_the_end(ran: Site):
    done = ran.call("review", "foundation-model", "ai-agent", "--all", "--count", "5", "--now", NOW, said="h\nx\ns\np\nb\nk\n")
    asked = [line for line in done.stdout.splitlines() if line.startswith("https://")]
    assert asked[2] == asked[4]  # b
    assert "'x' is none of these" in done.stdout
    assert "(so far: pin)" in done.stdout
    assert "2 decided of 5 to be reviewed" in done.stdout
    decided = ran.rows("SELECT canonical_url, kind FROM decision JOIN article USING (identity)")
    assert sorted(decided) == sorted([(asked[0], "hide"), (asked[2], "keep")])
    assert ran.rows("SELECT * FROM unplaced") == []
    newest = "SELECT published_at FROM concept_links WHERE url = '{}' LIMIT 1"
    dates = [ran.rows(newest.format(url)) for url in (asked[1], asked[2], asked[3])]
    assert dates == sorted(dates, reverse=True)
    again = ran.call("review", "--count", "9999", "--now", NOW)  # the end of the input is q
    assert "0 decided of" in again.stdout
    site = wiring.site(ran.folder)
    with wiring.database(site) as database:
        from pipeline.adapters.store.decisions import StoredDecisions

        links = deciding.sitting(site, StoredDecisions(database), (), 9999, every=False).links
    assert links
    assert max(one.relevance for one in links) < site.parameters.cut + 0.2
    assert not {(one.concept_slug, one.identity) for one in links} & set(ran.rows("SELECT concept_slug, identity FROM decision"))


def test_where_nothing_is_linked_or_decided_the_next_step_is_told(site: Site):
    assert "--all" in site.call("review").stdout
    assert deciding.listed(wiring.site(site.folder)) == []
    with pytest.raises(UsageError, match="is no article in the database"):
        decide(site, "token", STRANGER, "pin")
