"""Start-up is cheap: a subprocess tells what each command imports."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import NOW, ROOT, Site

HEAVY = {
    "sklearn",
    "scipy",
    "numpy",
    "trafilatura",
    "lxml",
    "feedparser",
    "alembic",
    "aiohttp",
    "py3langid",
    "pebble",
    "apscheduler",
}


def imported(*arguments: str) -> set[str]:
    """Top-level modules that a call of the program imports."""
    code = (
        "import sys, atexit; sys.argv = ['conceptwire', *sys.argv[1:]]\n"
        "atexit.register(lambda: sys.stderr.write('IMPORTED ' + ' '.join(sorted({name.split('.')[0] for name in sys.modules})) + '\\n'))\n"
        "from pipeline.cli import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("IMPORTED ")]
    return set(line.split()[1:])


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"], ["sources", "--help"]], ids=" ".join)
def test_help_imports_typer_alone(arguments):
    found = imported(*arguments)
    assert found & (HEAVY | {"sqlalchemy", "yaml"}) == set()
    assert "typer" in found


def test_a_run_in_which_every_feed_answers_304_imports_nothing_heavy(ran: Site):
    assert ran.rows("SELECT count(*) > 60 FROM article") == [(1,)]
    found = imported("--config", str(ran.folder), "-q", "run", "--now", NOW, "--replay", str(ran.recording))
    assert found & HEAVY == set()


def test_importing_the_wiring_connects_nothing(tmp_path: Path):
    code = "import sys, pipeline.wiring, pipeline.flow; print(sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert not any(f"'{name}'" in done.stdout for name in (*HEAVY, "sqlalchemy"))
