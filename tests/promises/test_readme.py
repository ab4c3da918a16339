"""Every command and example of the README works as printed."""

import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests import warm
from tests.conftest import NOW, ROOT, SAMPLE, clean
from tests.servers import Answer, serving

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
SCRIPTS = tuple(f"./scripts/{name}" for name in ("demo", "test", "check", "bench", "quality", "backfill", "fuzz"))

ANSWERS = "2\n0\nq\n"  # what a person says where a command asks
# The program of the README, in a world that is the recording: `run` without --replay reads the sample.
SHIM = """#!{python}
import os, sys
sys.path.insert(0, {root!r})
from pipeline.cli import main
sys.argv = ["conceptwire", *sys.argv[1:]]
if "run" in sys.argv and "--replay" not in sys.argv:
    sys.argv += ["--now", {now!r}, "--replay", {recording!r}]
if __name__ == "__main__":
    main()
"""


def blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCKS if kind == language]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `conceptwire init news` has been run and the sample's sources put in."""
    folder = tmp_path_factory.mktemp("readme")
    shim = folder / "bin" / "conceptwire"
    shim.parent.mkdir()
    shim.write_text(SHIM.format(python=sys.executable, root=str(ROOT), now=NOW, recording=str(SAMPLE / "sample.warc.gz")))
    shim.chmod(0o755)
    call(folder, "conceptwire init news")
    shutil.copy(SAMPLE / "sources.toml", folder / "news" / "sources.toml")
    call(folder, "conceptwire --config news run")
    (folder / "judged").symlink_to(ROOT / "tests" / "data" / "judged")
    (folder / "demo").mkdir()
    (folder / "demo" / "site").symlink_to(folder / "news")
    return folder


def call(folder: Path, line: str) -> str:
    environment = clean() | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    if PLAIN.fullmatch(line) and line not in FIRST.values() and not warm.COLD:
        done = warm.call(shlex.split(line)[1:], environment, ANSWERS, folder, folder / "bin" / "conceptwire")
    else:
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            input=ANSWERS,
        )
    fine = {0, 1} if line.endswith("sources check") else {0}  # 1: by the day of the test the sample's sources are silent
    assert done.returncode in fine, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


LINES = [line for block in blocks("sh") for line in block.splitlines() if line not in SCRIPTS and " init " not in line]
COMMANDS = list(dict.fromkeys(LINES))
PLAIN = re.compile(r"""conceptwire( [\w./:-]+| "[^"$`\\]*")+""")  # means the same without a shell


def command(line: str) -> str:
    """The command of a line: `run`, `sources add`."""
    words = re.sub(r"^conceptwire( --config \S+)? ", "", line).split()
    return " ".join(words[: 2 if words[0] in {"sources", "concepts"} else 1])


FIRST = {command(line): line for line in reversed(COMMANDS)}  # what starts cold


def test_the_readme_has_commands():
    assert len(COMMANDS) >= 10


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_readme_works(line: str, place: Path):
    if "day.warc.gz" in line and "--record" not in line:
        shutil.copy(SAMPLE / "sample.warc.gz", place / "day.warc.gz")
    item = "<item><title>A foundation model</title><link>{}</link><pubDate>Mon, 31 Aug 2026 10:00:00 GMT</pubDate></item>"
    with serving({}) as host:
        page = f"<html><body><article><h1>A foundation model</h1><p>{'It was trained on broad data. ' * 40}</p></article></body></html>"
        host.routes["/a"] = Answer(body=page.encode(), headers={"Content-Type": "text/html"})
        host.routes["/feed/"] = Answer(body=f"<rss version='2.0'><channel>{item.format(host.url('/a'))}</channel></rss>".encode())
        call(place, line.replace("https://example.org/feed/ --since", f"{host.url('/feed/')} --since"))


def test_the_scripts_of_the_readme_are_there():
    for name in SCRIPTS:
        assert os.access(ROOT / name, os.X_OK), name
        assert name in README


def test_the_crontab_line_and_the_unit_and_the_container_run_the_program(place: Path):
    (cron,) = blocks("crontab")
    fields = cron.split(None, 5)
    assert all(re.fullmatch(r"[\d*/,-]+", field) for field in fields[:5])
    started = [line for unit in blocks("ini") for line in re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)]
    (container,) = blocks("dockerfile")
    assert len(started) == 2
    for line in (fields[5].strip(), *started):
        asked = f"{line} --help" if " serve" in line else line  # serving is tested in test_serve.py
        call(place, asked.replace("/srv/news", str(place / "news")))
    words = json.loads(container.partition("CMD ")[2].partition("\n")[0])
    call(place, shlex.join([*words, "--help"]).replace("/srv/news", str(place / "news")))


def test_the_sql_of_the_readme_gives_rows(place: Path):
    connection = sqlite3.connect(place / "news" / "conceptwire.db")
    for statement in blocks("sql")[0].strip().split(";\n"):
        assert connection.execute(statement).fetchall()
    connection.close()


def test_the_python_of_the_readme_prints_the_box(place: Path):
    for code in blocks("python"):
        (place / "read.py").write_text(code)
        assert "foundation model" in call(place, f"PYTHONPATH={ROOT} {sys.executable} read.py").lower()


@pytest.mark.parametrize("package", ["node:sqlite", "better-sqlite3"])
def test_the_javascript_of_the_readme_prints_the_box(package: str, place: Path):
    node, modules = shutil.which("node"), ROOT / "tests" / "downstream" / "eleventy" / "node_modules"
    environment = f"NODE_PATH={modules}"
    (code,) = (block for block in blocks("js") if package in block)
    (place / "read.js").write_text(code)
    if (
        node is None
        or subprocess.run(
            ["sh", "-c", f"{environment} {node} -e \"require('{package}')\""], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip(f"there is no Node with {package} (scripts/browser installs the one, Node 22 has the other)")
    assert "foundation model" in call(place, f"{environment} {node} read.js").lower()


def test_the_php_of_the_readme_prints_the_box(place: Path):
    php = shutil.which("php")
    if php is None or "pdo_sqlite" not in subprocess.run([php, "-m"], capture_output=True, text=True, check=False).stdout:
        pytest.skip("there is no PHP with pdo_sqlite")
    (code,) = blocks("php")
    (place / "read.php").write_text(code)
    assert "foundation model" in call(place, f"{php} read.php").lower()


def test_the_concept_of_the_readme_is_one(place: Path):
    (text,) = blocks("markdown")
    from config.glossary import glossary

    folder = place / "one"
    (folder / "concepts").mkdir(parents=True)
    (folder / "concepts" / "foundation-model.md").write_text(text.replace("related: [fine-tuning, rlhf, transformer]\n", ""))
    assert glossary(folder, "en").concepts[0].name == "Foundation Model"


def test_every_view_and_column_stands_in_the_readme(place: Path):
    connection = sqlite3.connect(place / "news" / "conceptwire.db")
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'view' OR name = 'news_search'").fetchall():
        assert f"`{name}`" in README
        for column in connection.execute(f"SELECT * FROM {name} LIMIT 0").description:
            assert f"`{column[0]}`" in README, f"{name}.{column[0]}"
    connection.close()
