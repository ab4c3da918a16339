"""History ends with the same links however often its reading is killed; twice changes nothing; memory stays bounded."""

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from models.filling import Chosen
from pipeline import backfilling, wiring
from tests.conftest import NOW, ROOT, SAMPLE, Site, datetime_of, new_site
from tests.servers import Answer, serving

RECORDING = SAMPLE / "sample.warc.gz"
EVERYTHING = "SELECT canonical_url, title, text_from, published, published_from, first_seen, content_hash FROM article ORDER BY 1"


def filled(site: Site, *arguments: str) -> dict[str, object]:
    return dict(json.loads(site.call("backfill", "--json", "--now", NOW, *arguments).stdout))


def state(site: Site) -> list[tuple[object, ...]]:
    return [
        *site.links(),
        *site.rows(EVERYTHING),
        *site.rows("SELECT concept_slug, url, change, reason FROM change ORDER BY 1, 2, 3"),
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site after one undisturbed backfill. Read it only."""
    made = new_site(tmp_path_factory.mktemp("whole") / "site")
    filled(made, str(RECORDING))
    return made


def test_a_recording_gives_the_links_that_a_run_gave(whole: Site, unbroken: Site):
    assert whole.links() == unbroken.links()


def test_a_second_time_changes_nothing(whole: Site):
    before = state(whole)
    again = filled(whole, str(RECORDING))
    assert again["links"] == {"added": 0, "removed": 0, "moved": 0, "total": len(whole.rows("SELECT 1 FROM concept_links"))}
    assert state(whole) == before


def articles(path: Path, count: int) -> Path:
    with path.open("w", encoding="utf-8") as stream:
        for number in range(count):
            text = f"Report {number} of the foundation model that the lab trained on words of year {number % 97}. " * 4
            row = {"url": f"https://www.meridianscience.example/{number}", "title": f"Foundation model {number}", "text": text}
            stream.write(json.dumps(row | {"published": f"2026-0{number % 8 + 1}-01"}) + "\n")
    return path


def killed(site: Site, when: Callable[[], object], *arguments: str) -> None:
    """Kill a backfill when something has happened."""
    process = subprocess.Popen(
        site.command("-q", "backfill", "--now", NOW, *arguments), cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        while not when():
            assert process.poll() is None
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()


def after(seconds: float) -> Callable[[], bool]:
    """Something that happens after some seconds."""
    until = time.monotonic() + seconds
    return lambda: time.monotonic() >= until


def finished(site: Site, count: int) -> bool:
    """Whether so many items of a filling are finished."""
    try:
        return any(int(cursor.partition(" ")[0] or 0) >= count for (cursor,) in site.rows("SELECT cursor FROM filling"))
    except sqlite3.OperationalError:
        return False  # there is no database yet


@pytest.mark.slow
def test_killed_at_any_moment_and_resumed_it_ends_the_same(tmp_path: Path, whole: Site):
    site = new_site(tmp_path / "site")
    chance = random.Random(11)
    for _ in range(3):
        killed(site, after(chance.uniform(0.4, 2.5)), str(RECORDING))
    filled(site, str(RECORDING))
    assert state(site) == state(whole)
    assert site.rows("SELECT count(*) FROM entry WHERE state = 'queued'") == [(0,)]


@pytest.mark.slow
def test_a_list_killed_between_batches_goes_on_and_repeats_no_finished_item(tmp_path: Path):
    listed = str(articles(tmp_path / "a.jsonl", 250))
    site = new_site(tmp_path / "site")
    killed(site, lambda: finished(site, 200), listed)
    last = filled(site, listed)
    assert int(str(last["finished_before"])) >= 200
    assert int(str(last["finished_before"])) + int(str(last["entries"])) == 250
    assert site.rows("SELECT state, outcome, count(*) FROM entry GROUP BY 1, 2") == [("done", "New", 250)]


def test_a_dry_run_counts_by_source_and_month_and_writes_nothing(site: Site, tmp_path: Path):
    listed = articles(tmp_path / "a.jsonl", 16)
    planned = json.loads(site.call("backfill", "--dry-run", "--json", "--now", NOW, "--since", "2026-07-01", str(listed)).stdout)
    assert planned["items"] == 4
    assert planned["by_month"][0] == {"source_slug": "meridian-science", "month": "2026-07", "items": 2}
    assert planned["left_out"] == {"Skipped(before since)": 12}
    assert not site.database.exists()


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (("nowhere.jsonl",), "is not there"),
        (("empty",), "is empty"),
        (("bad.jsonl",), "no line that can be read"),
        (("b.csv",), "has no column url"),
        (("a.jsonl", "--kind", "book"), "is no kind"),
        (("a.jsonl", "--since", "yesterday"), "is not a date"),
        (("a.jsonl", "--since", "2026-02-01", "--until", "2026-01-01"), "is not after --since"),
        (("a.jsonl", "--source", "nobody"), "is no source"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(arguments: tuple[str, ...], wrong: str, site: Site, tmp_path: Path):
    articles(tmp_path / "a.jsonl", 1)
    (tmp_path / "empty").touch()
    (tmp_path / "bad.jsonl").write_text("{\n{\n")
    (tmp_path / "b.csv").write_text("title,link_text\nx,y\n")
    name, *rest = arguments
    done = site.call("backfill", str(tmp_path / name), *rest, check=False)
    assert (done.returncode, wrong in done.stderr) == (2, True), done.stderr


def test_a_sitemap_is_walked_and_its_pages_fetched_once(site: Site):
    pages = {f"/2026/07/0{n}/report": story(n) for n in range(1, 5)}
    with serving(pages) as web:
        listed = "".join(f"<url><loc>{web.url(path)}</loc></url>" for path in pages)
        namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
        web.routes["/sitemap.xml"] = Answer(body=f'<?xml version="1.0"?><urlset xmlns="{namespace}">{listed}</urlset>'.encode())
        web.routes["/gone"] = Answer(410)
        told = {"CONCEPTWIRE_HOST_INTERVAL_SECONDS": "0.01"}
        command = ("backfill", "--json", "--now", NOW, "--since", "2026-07-02", web.url("/sitemap.xml"))
        first = json.loads(site.call(*command, environment=told).stdout)
        asked = [path for path in web.targets() if path.endswith("report")]
        again = json.loads(site.call(*command, environment=told).stdout)
        assert first["outcomes"]["New"] == len(asked) == 3
        assert again["outcomes"]["Unchanged"] == 3
        assert [path for path in web.targets() if path.endswith("report")] == asked
        dead = site.call("backfill", web.url("/gone"), environment=told, check=False)
        assert (dead.returncode, "Failed(HTTP 410)" in dead.stderr, "Try" in dead.stderr) == (1, True, False)
    assert site.rows("SELECT published FROM article ORDER BY 1")[0] == ("2026-07-02T00:00:00Z",)


def story(number: int) -> Answer:
    text = f"<p>Report {number} tells what the laboratory of the north did with its language model in the year.</p>" * 6
    return Answer(
        body=f"<html><head><title>Report number {number} of the year</title></head><body><article>{text}</article></body></html>".encode()
    )


def test_it_waits_for_a_run_and_says_so_or_exits_75_if_asked(site: Site, tmp_path: Path):
    listed = str(articles(tmp_path / "a.jsonl", 1))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    with subprocess.Popen([sys.executable, "-c", HOLDING, str(site.database)], **pipes) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert site.call("backfill", listed, "--fail-if-locked", check=False).returncode == 75
        with subprocess.Popen(site.command("backfill", listed, "--now", NOW), stderr=subprocess.PIPE, **pipes) as waiting:
            assert waiting.stderr is not None
            assert "waiting for a test" in waiting.stderr.readline()
            holder.communicate()
            assert waiting.communicate()[0].startswith("1 items (1 New)")


HOLDING = """
import sys
from datetime import datetime
from pathlib import Path
from pipeline.adapters.lock import held
with held(Path(sys.argv[1]), "a test", datetime.fromisoformat("2026-08-31T20:00:00Z")):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_who_dies_while_settling_has_nothing_to_read_again(tmp_path: Path):
    made = new_site(tmp_path / "site")
    listed, now = str(articles(tmp_path / "a.jsonl", 30)), datetime_of(NOW)
    site = wiring.replaced(wiring.site(made.folder), workers=1)

    def dies(slug: str, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backfilling.one(site, [listed], Chosen(), clock=lambda: now, watcher=backfilling.Watcher(settled=dies))
    again = backfilling.one(site, [listed], Chosen(), clock=lambda: now)
    assert (again.gone_on, again.tally.entries) == (30, 0)
    assert made.rows("SELECT count(*) FROM article WHERE settled = 0") == [(0,)]
    assert made.rows("SELECT count(*) FROM filling WHERE finished_at IS NULL") == [(0,)]
