"""A real browser: Debian's Chromium, driven by Playwright, told to talk to nobody."""

import importlib.util
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import NOW, ROOT, Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
LEFT = "net::ERR_ABORTED"  # the reader went on before all was there
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip


def missing() -> str:
    """Why there is no browser; "" where there is one."""
    if importlib.util.find_spec("playwright") is None:
        return "Playwright is not installed"
    return "" if Path(CHROMIUM).is_file() else "Chromium is not installed (scripts/browser does it)"


NEEDS_BROWSER = pytest.mark.skipif(bool(missing()), reason=missing())


@contextmanager
def chromium() -> Iterator["Browser"]:
    """One browser; ends with the block."""
    if missing():
        pytest.skip(missing())
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def visiting(browser: "Browser", home: str, **context: Any) -> Iterator["Page"]:
    """A page of a fresh visitor. Whatever it complains of, asks the user, or wants from elsewhere than `home`, fails the test."""
    visitor = browser.new_context(**context)
    page, wrong = visitor.new_page(), []
    page.set_default_timeout(10_000)
    page.on("console", lambda said: wrong.append(f"{said.type}: {said.text}") if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda asked: None if asked.url.startswith(home) else wrong.append(f"request: {asked.url}"))
    page.on("requestfailed", lambda asked: None if asked.failure == LEFT else wrong.append(f"{asked.failure}: {asked.url}"))
    try:
        yield page
        assert not wrong, "\n".join(wrong)
    finally:
        visitor.close()


@contextmanager
def web(folder: Path) -> Iterator[str]:
    """The folder on a local web server: its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *said: object) -> None:
        """Nobody reads it."""


def built(site: Site, folder: Path, *, frozen: bool) -> Path:
    """The pages that the real program makes of a site."""
    site.call("site", str(folder), "--title", "Glossary of AI", *(("--now", NOW) if frozen else ()))
    return folder


def artefacts() -> Path:
    """Where screenshots go; git does not look there."""
    folder = Path(os.environ.get("CONCEPTWIRE_ARTEFACTS") or ROOT / "tests" / "artefacts")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n")
    return folder
