"""Two runs, a serve and a backfill started together on one new database: nothing is lost, and nobody hears of a locked database."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Site
from tests.servers import Answer, allowing, serving

WORDS = "The foundation model was trained once on broad data, and a small team fine-tuned it for the clinic's own letters. "
LISTED, IN_FEED = 40, 12


def page(number: int) -> bytes:
    return f"<html><body><article><h1>Foundation model {number}</h1><p>{f'Clinic {number} agrees. {WORDS}' * 8}</p></article></body></html>".encode()


def history(path: Path) -> Path:
    lines = [
        {
            "url": f"https://archive.example/2026/07/{number}",
            "title": f"Foundation model of week {number}",
            "text": f"In week {number} it was tried. {WORDS}" * 8,
            "published": f"2026-07-{1 + number % 28:02}T08:00:00Z",
        }
        for number in range(LISTED)
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


@pytest.mark.slow
def test_nothing_is_lost_and_no_database_is_locked(tmp_path):
    folder = tmp_path / "site"
    shutil.copytree(ROOT / "config" / "concepts", folder / "concepts")
    (folder / "settings.toml").write_text("host_interval_seconds = 0.0\nworkers = 1\n")
    with serving({}) as host:
        items = "".join(
            f"<item><title>Foundation model {n}</title><link>{host.url(f'/{n}')}</link><pubDate>Mon, 31 Aug 2026 10:{n:02}:00 GMT</pubDate></item>"
            for n in range(IN_FEED)
        )
        host.routes["/feed"] = Answer(body=f"<rss version='2.0'><channel><title>Wire</title>{items}</channel></rss>".encode())
        for n in range(IN_FEED):
            host.routes[f"/{n}"] = Answer(body=page(n), headers={"Content-Type": "text/html"}, seconds=0.05)
        feed = f'slug = "wire"\nname = "Wire"\nhomepage = "https://wire.example/"\nfeeds = ["{host.url("/feed")}"]\n'
        (folder / "sources.toml").write_text(f"[[sources]]\n{feed}")
        site = Site(folder)
        commands = (["serve"], ["run"], ["run", "--json"], ["backfill", str(history(tmp_path / "history.jsonl"))])
        environment = dict(os.environ) | allowing()
        pipes: dict[str, Any] = {"cwd": ROOT, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        told = [subprocess.Popen(site.command(*command), env=environment, **pipes) for command in commands]
        serve, *others = told
        said = [process.communicate(timeout=90) for process in others]
        until = time.monotonic() + 60
        while time.monotonic() < until and site.rows("SELECT count(*) FROM article") != [(LISTED + IN_FEED,)]:
            time.sleep(0.5)
        serve.send_signal(signal.SIGTERM)
        said.append(serve.communicate(timeout=30))
    words = "\n".join(part for both in said for part in both)
    assert [process.returncode for process in told] == [0, 0, 0, 0], words
    assert "Traceback" not in words
    assert "is locked" not in words
    assert site.rows("SELECT count(*) FROM article") == [(LISTED + IN_FEED,)]
    assert site.rows("SELECT count(*) FROM entry WHERE state != 'done'") == [(0,)]
    site.call("rescore")  # settles what whoever came last may have left
    assert site.rows("SELECT count(*) FROM article WHERE settled = 0") == [(0,)]
    assert len(site.rows("SELECT 1 FROM link WHERE concept_slug = 'foundation-model'")) > IN_FEED
