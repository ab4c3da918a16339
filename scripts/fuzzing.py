"""Fuzzing: what parses strangers' bytes gets bytes that nobody would write, until the time is over.

scripts/fuzz 60                                 feeds, pages and headers in turn, for an hour
scripts/fuzz 5 --target feeds --seed 17         one of them, from a seed that an earlier run has printed
scripts/fuzz 0 --again fuzzed/feeds-17.bin      a case that was found, once more
scripts/fuzz 10 --atheris                       guided by coverage, where atheris is installed

A found case is the smallest that hypothesis comes to; it is saved, and the fuzzing goes on. The laws are those of
tests/hostile.py: no exception, one outcome each, clean text, sound links, dates of the web's time.
"""

import argparse
import hashlib
import importlib.util
import logging
import sys
import time
import warnings
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the laws are the tests'
from pipeline.adapters.workers import guarded  # noqa: E402
from pipeline.ports import Lost  # noqa: E402
from tests.hostile import TARGETS, Broken, Target  # noqa: E402

_EXAMPLES = 300  # of one seed


def main() -> int:
    """Parse, fuzz, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", type=float, nargs="?", default=60.0, help="how long (60)")
    parser.add_argument("--target", choices=list(TARGETS), action="append", help="one of these only; may be given again")
    parser.add_argument("--seed", type=int, default=0, help="the first seed; each round takes the next")
    parser.add_argument("--found", type=Path, default=Path("fuzzed"), help="the folder for found cases")
    parser.add_argument("--again", type=Path, help="try a saved case")
    parser.add_argument("--atheris", action="store_true", help="guided by coverage")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)  # what libraries say of bad bytes
    warnings.simplefilter("ignore")
    if asked.again:
        return again(asked.again)
    if asked.atheris:
        return guided(asked.minutes, (asked.target or ["feeds"])[0], asked.found)
    return rounds(asked.minutes, asked.target or list(TARGETS), asked.seed, asked.found)


def rounds(minutes: float, names: list[str], number: int, folder: Path) -> int:
    """All targets with one seed, then with the next, until the time is over."""
    end, found, tried = time.monotonic() + 60 * minutes, 0, 0
    while time.monotonic() < end:
        for name in names:
            if time.monotonic() < end:
                said = attempt(TARGETS[name], number)
                tried += 1
                if said:
                    found += 1
                    save(folder, name, number, *said)
        print(f"seed {number}: {tried} rounds of {_EXAMPLES}, {found} found", flush=True)
        number += 1
    return 1 if found else 0


def attempt(target: Target, number: int) -> tuple[bytes, str] | None:
    """One round: the smallest case found that breaks a law, and which; None where none does."""
    last = b""

    @seed(number)
    @settings(max_examples=_EXAMPLES, deadline=None, database=None, print_blob=False, suppress_health_check=list(HealthCheck))
    @given(target.given)
    def law(said: bytes) -> None:
        nonlocal last
        last = said
        target.tried(said)

    try:
        law()
    except Broken as broken:  # hypothesis ends with the smallest
        return last, str(broken)
    return None


def save(folder: Path, name: str, number: int, case: bytes, broken: str) -> None:
    """Keep a case, and tell how to try it again."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name.replace(' ', '-')}-{number}.bin"
    path.write_bytes(case)
    print(f"FOUND {broken}\n      {case[:200]!r}\n      scripts/fuzz 0 --again {path}", flush=True)


def again(path: Path) -> int:
    """A saved case, once more."""
    name = path.stem.rpartition("-")[0].replace("-", " ")
    made = guarded(TARGETS[name].tried, path.read_bytes())
    print(f"{path}: {made.reason if isinstance(made, Lost) else 'fine'}")
    return 1 if isinstance(made, Lost) else 0


def guided(minutes: float, name: str, folder: Path) -> int:
    """The same laws, guided by coverage."""
    if not importlib.util.find_spec("atheris"):
        print("atheris is not installed: pip install atheris, or leave --atheris out")
        return 2
    import atheris

    begun = folder / f"seeds-{name.replace(' ', '-')}"
    begun.mkdir(parents=True, exist_ok=True)
    drawn(TARGETS[name], begun)
    atheris.instrument_all()
    options = [
        sys.argv[0],
        f"-max_total_time={int(60 * minutes)}",
        f"-artifact_prefix={folder}/{name.replace(' ', '-')}-",
        "-seed=1",
        "-max_len=20000",
        "-rss_limit_mb=4096",
        str(begun),
    ]
    atheris.Setup(options, TARGETS[name].tried)
    atheris.Fuzz()
    return 0


def drawn(target: Target, folder: Path) -> None:
    """What hypothesis would begin with, as files to begin with: bytes alone seldom come to be a feed."""

    @seed(0)
    @settings(max_examples=_EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(target.given)
    def keep(said: bytes) -> None:
        (folder / hashlib.sha1(said, usedforsecurity=False).hexdigest()).write_bytes(said)

    keep()


if __name__ == "__main__":
    sys.exit(main())
