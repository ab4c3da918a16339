"""conceptwire serve, the real program: told by signals, by edited files, and by who else writes to the database."""

import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters.lock import held
from tests.conftest import ROOT
from tests.conftest import Site as Configured
from tests.servers import Answer, Site, allowing, serving

pytestmark = pytest.mark.slow
WORDS = "The foundation model was trained once on broad data, and a small team fine-tuned it for the clinic's own letters. "
QUICK = {"CONCEPTWIRE_HOST_INTERVAL_SECONDS": "0", "CONCEPTWIRE_WORKERS": "1"}


class Serving:
    """A serve under way: what it says, and what it answers."""

    def __init__(self, site: Configured, **settings: str) -> None:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("CONCEPTWIRE_")}
        self.process = subprocess.Popen(
            site.command("serve", "--listen", "127.0.0.1:0"),
            cwd=ROOT,
            env=clean | allowing() | QUICK | {f"CONCEPTWIRE_{key.upper()}": value for key, value in settings.items()},
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self.reader = threading.Thread(target=lambda: self.lines.extend(iter(self.process.stderr.readline, "")))
        self.reader.start()

    def until(self, pattern: str, seconds: float = 20.0) -> str:
        """The first line that `pattern` is found in."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = [line for line in self.lines if re.search(pattern, line)]
            if found:
                return found[0]
            time.sleep(0.05)
        raise AssertionError(f"{pattern!r} is not in\n{''.join(self.lines)}")

    def ask(self, path: str) -> tuple[int, str]:
        address = self.until("answer at http").rpartition(" at ")[2].strip()
        try:
            with urllib.request.urlopen(address + path, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def job(self, name: str) -> dict[str, Any]:
        return json.loads(self.ask("/healthz")[1])["jobs"][name]

    def end(self, number: int = signal.SIGTERM) -> float:
        """Send a signal; the seconds until it has ended, with 0 and without a traceback."""
        began = time.monotonic()
        self.process.send_signal(number)
        assert self.process.wait(20) == 0, self.lines
        took = time.monotonic() - began
        self.reader.join(5)
        assert "Traceback" not in "".join(self.lines), "".join(self.lines)
        return took

    def close(self) -> None:
        """Leave nothing behind, whatever the test found."""
        self.process.kill()
        self.process.wait()
        self.reader.join(5)
        self.process.stderr.close()


class World:
    """A feed with its pages, a site that follows it, and what serves it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.stack = stack
        self.host: Site = stack.enter_context(serving({}))
        self.site = Configured(folder)
        shutil.copytree(ROOT / "config" / "concepts", folder / "concepts")
        (folder / "settings.toml").write_text('check_at = "20 3 * * *"\n')
        (folder / "sources.toml").write_text(
            '[[sources]]\nslug = "wire"\nname = "Wire"\nhomepage = "https://wire.example/"\n'
            f'feeds = ["{self.host.url("/feed")}"]\n'
        )

    def publish(self, count: int, seconds: float = 0.0, of_last: float = 0.0) -> None:
        """So many articles, whose pages take so long."""
        names = [f"model-{number}" for number in range(count)]
        items = "".join(
            f"<item><title>Foundation model {name}</title><link>{self.host.url('/' + name)}</link></item>" for name in names
        )
        channel = f"<rss version='2.0'><channel><title>Wire</title><link>{self.host.url()}</link>{items}</channel></rss>"
        self.host.routes["/feed"] = Answer(body=channel.encode(), headers={"Content-Type": "application/rss+xml"})
        for number, name in enumerate(names):
            text = (
                f"<html><body><article><h1>Foundation model {name}</h1><p>{name} {number} {WORDS * 8}</p></article></body></html>"
            )
            wait = of_last if of_last and number == count - 1 else seconds
            self.host.routes[f"/{name}"] = Answer(body=text.encode(), headers={"Content-Type": "text/html"}, seconds=wait)

    def serve(self, **settings: str) -> Serving:
        made = Serving(self.site, **settings)
        self.stack.callback(made.close)
        return made

    def count(self, query: str) -> int:
        return int(self.site.rows(f"SELECT count(*) FROM {query}")[0][0])

    def asked(self, number: int) -> None:
        """Wait until so many pages were asked for."""
        within(20, lambda: sum("model" in target for target in self.host.targets()) >= number)

    def stored(self, number: int) -> None:
        """Wait until so many articles are stored."""
        within(20, lambda: self.count("article") >= number)


def within(seconds: float, reached: Callable[[], object]) -> None:
    """Wait for something to come true."""
    until = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        (tmp_path / "site").mkdir()
        yield World(tmp_path / "site", stack)


def test_sigterm_in_the_middle_of_a_pass_lets_it_finish_what_is_in_hand_and_loses_nothing(world: World):
    world.publish(12, seconds=0.4)
    serve = world.serve()
    world.asked(3)
    assert serve.end() < 10
    assert "news: feeds: 1 read" in serve.until("stopped")
    stored, queued = world.count("article"), world.count("entry WHERE state = 'queued'")
    assert 1 <= stored < 12
    assert stored + queued == 12
    world.publish(12)
    world.site.call("run", environment=QUICK)
    assert world.count("article") == 12


def test_a_page_that_hangs_does_not_keep_serve_from_ending_within_ten_seconds_of_ctrl_c(world: World):
    world.publish(3, of_last=60.0)
    serve = world.serve(stalled_seconds="30")  # longer than serve waits for a job: else the page is given up before
    world.asked(3)
    world.stored(2)
    assert 7 < serve.end(signal.SIGINT) < 10
    assert "news: killed" in serve.until("stopped")
    assert (world.count("article"), world.count("entry WHERE state = 'queued'")) == (2, 1)


def test_what_a_killed_serve_was_doing_ends_too_and_its_locks_are_free(world: World):
    world.publish(20, seconds=0.5)
    serve = world.serve()
    world.asked(2)
    polite = world.site.call("run", environment=QUICK)
    assert re.search(r"is being written by conceptwire run \(process \d+\) since 20\d\d-", polite.stderr)
    assert world.site.call("run", "--fail-if-locked", environment=QUICK, check=False).returncode == 75
    second = world.site.call("serve", check=False)
    assert second.returncode == 75
    assert f"by conceptwire serve (process {serve.process.pid}) since 20" in second.stderr
    serve.process.kill()
    now = datetime.now(UTC)
    with held(world.site.database, "a test", now, patience=8.0):  # its child has ended
        third = world.serve()
        assert "is being written by a test (process" in third.until("news: locked: ")
    third.end()


def test_sighup_reads_the_configuration_anew_and_a_wrong_one_changes_nothing(world: World):
    serve = world.serve()
    serve.until("news: failed")  # there is no feed yet
    before = serve.job("news")
    assert (before["exit"], before["result"], before["failures_in_a_row"]) == (1, "failed", 1)
    assert serve.job("check")["next"].endswith("T03:20:00Z")
    world.publish(1)
    settings = world.site.folder / "settings.toml"
    settings.write_text('check_at = "40 4 * * *"\n')
    serve.process.send_signal(signal.SIGHUP)
    serve.until("asked to reload: read anew")
    assert serve.job("check")["next"].endswith("T04:40:00Z")
    settings.write_text('check_at = "40 25 * * *"\n')
    serve.process.send_signal(signal.SIGHUP)
    serve.until(r"asked to reload, but it cannot be used; the old schedule goes on: .*settings.toml:1: check_at is '40 25")
    assert serve.job("check")["next"].endswith("T04:40:00Z")
    serve.end()


def test_an_edited_glossary_is_noticed_and_settled_at_once(world: World):
    world.publish(2)
    serve = world.serve()
    serve.until("news: feeds: 1 read")
    (old,) = world.site.rows("SELECT glossary_digest FROM status")
    page = world.site.folder / "concepts" / "token.md"
    page.write_text(page.read_text().replace("name: Token", "name: Tokens of text", 1))
    serve.until("the configuration changed: read anew")
    serve.until("news: feeds: .*no new entries")
    (new,) = world.site.rows("SELECT glossary_digest FROM status")
    assert old != new
    status, body = serve.ask("/healthz")
    assert (status, json.loads(body)["wrong"]) == (200, [])
    metrics = serve.ask("/metrics")[1].splitlines()
    assert 'conceptwire_jobs_total{job="news",result="ok"} 2.0' in metrics
    assert 'conceptwire_outcomes_total{outcome="New"} 2.0' in metrics
    serve.end()


def test_the_calendars_commands_are_real_ones(world: World):
    world.publish(1)
    serve = world.serve(prune_at="1s", check_at="1s", vacuum_at="1s")
    for pattern in ("news: feeds: 1 read", "prune: .*; [0-9.]+ s", "check: sound", "vacuum: bytes before"):
        serve.until(pattern)
    assert serve.job("vacuum")["result"] == "ok"
    serve.end()


def test_a_configuration_that_cannot_be_used_is_said_at_once(world: World):
    done = world.site.call("serve", environment={"CONCEPTWIRE_CHECK_AT": "0 25 * * *"}, check=False)
    assert done.returncode == 2
    assert "CONCEPTWIRE_CHECK_AT: check_at is '0 25 * * *'" in done.stderr
