"""Keeping the database, through the real program: pruned, made small, checked, copied."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import Any

import pytest
from typer.testing import CliRunner

from models.errors import ConceptwireError
from pipeline.cli import app
from tests.conftest import ROOT, Site
from tests.promises.test_faults import HOLDING

LATER = "2028-08-31T20:00Z"


def told(site: Site, *arguments: str, code: int = 0) -> str:
    """What the program says, asked within this process: quicker than a call of its own."""
    clean = {key: None for key in os.environ if key.startswith("CONCEPTWIRE_")}
    done = CliRunner(env=clean).invoke(app, ["--config", str(site.folder), *arguments])
    error = done.exception
    if isinstance(error, ConceptwireError):
        assert error.exit_code == code
        return str(error)
    assert done.exit_code == code, done.output
    return done.output


def answered(site: Site, *arguments: str) -> Any:
    return json.loads(told(site, *arguments, "--json"))


def test_pruned_articles_stay_away_and_the_record_of_change_names_what_went(ran: Site):
    (shown,) = ran.rows("SELECT count(*) FROM concept_links")[0]
    status = ran.rows("SELECT glossary_digest, epoch, last_successful_run_at FROM status")
    dry = answered(ran, "prune", "--article-days", "365", "--dry-run", "--now", LATER)
    assert (dry["articles"], dry["links"], ran.rows("SELECT count(*) FROM article")) == (73, shown, [(73,)])
    done = answered(ran, "prune", "--article-days", "365", "--now", LATER)
    assert done == dry | {"dry_run": False}
    assert ran.rows("SELECT count(*) FROM concept_links") == [(0,)]
    assert ran.rows("SELECT count(*) FROM link_changes WHERE change = 'removed' AND reason = 'gone'") == [(shown,)]
    assert ran.rows("SELECT glossary_digest, epoch, last_successful_run_at FROM status") == status
    assert answered(ran, "check")["sound"]
    again = json.loads(ran.call("run", "--json", "--now", LATER, "--replay", str(ran.recording)).stdout)
    assert "New" not in again["outcomes"]
    assert ran.rows("SELECT * FROM unplaced") == []
    assert ran.rows("SELECT count(*) FROM article") == [(0,)]


def test_pruned_texts_leave_the_links_as_they_are_and_the_file_smaller(ran: Site):
    before = ran.links()
    assert "pruned: 73 texts, 0 articles, 0 links" in told(ran, "prune", "--text-days", "30", "--now", LATER)
    assert ran.rows("SELECT DISTINCT text FROM article") == [("",)]
    done = answered(ran, "vacuum")
    assert done["bytes_after"] < done["bytes_before"]
    assert ran.links() == before
    assert "is sound" in told(ran, "check")
    assert "pruned: 0 texts" in told(ran, "prune", "--text-days", "30", "--now", LATER)


def test_where_all_is_kept_for_ever_the_settings_are_named(ran: Site):
    said = told(ran, "prune")
    assert "nothing is to be pruned" in said
    assert "text_days" in said
    assert "article_days" in said


def test_pruning_beside_a_run_waits_then_says_who_writes(ran: Site):
    arguments = ("prune", "--text-days", "30", "--now", LATER, "--wait", "0.2")
    holder = subprocess.Popen([sys.executable, "-c", HOLDING, str(ran.database)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        polite = ran.call(*arguments, "--json")
        assert "waiting for a test" in polite.stderr
        assert "is being written by a test" in polite.stderr
        assert "a test" in json.loads(polite.stdout)["locked"]
        assert "is being written by a test" in told(ran, *arguments, "--fail-if-locked", code=75)
        assert "is being written by a test" in told(ran, "vacuum", "--wait", "0", code=75)
        assert "is sound" in told(ran, "check")
        assert "MB, sound" in told(ran, "backup", str(ran.folder / "copy.db"))
    finally:
        holder.kill()
        holder.communicate()


def test_what_is_wrong_with_a_database_is_told_with_a_remedy_and_exit_code_1(ran: Site):
    with closing(sqlite3.connect(ran.database)) as connection:
        connection.execute("UPDATE link SET position = position + 1 WHERE concept_slug = 'foundation-model'")
        connection.commit()
    done = ran.call("check", check=False)
    assert done.returncode == 1
    assert "the positions of foundation-model are 2, 3, 4, 5, 6, not 1 to 5\n  Try: conceptwire" in done.stderr
    found = json.loads(told(ran, "check", "--json", code=1))
    assert (found["sound"], [fault["wrong"][:13] for fault in found["faults"]]) == (False, ["the positions"])


def test_a_backup_put_in_the_databases_place_is_the_database(ran: Site):
    before = ran.links()
    told = answered(ran, "backup", str(ran.folder / "copy.db"))
    assert told["bytes"] == (ran.folder / "copy.db").stat().st_size
    answered(ran, "prune", "--article-days", "365", "--now", LATER)
    for path in ran.folder.glob("conceptwire.db*"):
        path.unlink()
    shutil.move(ran.folder / "copy.db", ran.database)
    assert ran.links() == before
    assert answered(ran, "check")["sound"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("backup", "none/copy.db"), "mkdir -p"),
        (("backup", "conceptwire.db"), "belongs to the database itself"),
        (("backup", "concepts"), "is no file"),
        (("prune", "--text-days", "-1"), "--text-days"),
        (("prune", "--article-days", "many"), "--article-days"),
        (("prune", "--text-days", "9", "--now", "noon"), "--now"),
    ],
)
def test_wrong_arguments_are_told_in_a_sentence(ran: Site, arguments: tuple[str, ...], said: str):
    given = [str(ran.folder / one) if arguments[0] == "backup" and one != "backup" else one for one in arguments]
    assert said in told(ran, *given, code=2)


def test_where_there_is_no_database_none_is_made(site: Site):
    for arguments in (("prune",), ("vacuum",), ("check",), ("backup", str(site.folder / "copy.db"))):
        assert "is not there yet\n  Try: conceptwire run" in told(site, *arguments, code=2)
    assert not site.database.exists()
