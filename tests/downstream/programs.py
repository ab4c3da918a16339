"""Other people's programs, run as they run them, and the published copy that they may read."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.conftest import ROOT, Site

HERE = ROOT / "tests" / "downstream"
ELEVENTY = HERE / "eleventy"
BUILT = ELEVENTY / "node_modules" / "better-sqlite3" / "build" / "Release" / "better_sqlite3.node"


def needs_node() -> str:
    """Why a Node program cannot run here; "" where it can."""
    if shutil.which("node") is None:
        return "Node is not installed"
    return "" if BUILT.is_file() else "npm ci was not run in tests/downstream/eleventy (scripts/browser does it)"


def said(*command: str | Path, **environment: str) -> str:
    """What a program prints; it must end well."""
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | environment,
        timeout=60,
        check=False,
        cwd=HERE,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def published(site: Site, path: Path) -> Path:
    """The published copy of a site that ran before; the site stays as it is."""
    site.call("publish", str(path))
    return path
