"""Re-scoring a large store: a new epoch, an edited concept, a new one. Part of scripts/bench --store.

Each is a whole process, `conceptwire rescore`; memory is that of all its processes (PSS, sampled).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import relevance_bench

from models.concept import Concept
from pipeline import evaluating, wiring
from pipeline.evaluating import Judged

_SAMPLED = 0.3  # seconds
_NEW = Concept(
    "speculative-decoding", "Speculative Decoding", "A small model drafts tokens, and a large one checks them in one step.",
    relevance_bench.NOW.date(), aliases=("draft model", "speculative sampling"),
)  # fmt: skip


def options(parser: argparse.ArgumentParser) -> None:
    """What scripts/bench takes for --store."""
    parser.add_argument("--store", type=int, metavar="N", help="re-scoring N stored articles (100000 takes some minutes to fill)")


def compare(glossary: Path, articles: Path, qrels: Path, count: int) -> None:
    """Fill a store, and print what each re-scoring takes."""
    judged = evaluating.read(glossary, articles, qrels, "en")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begin(folder, judged)
        with wiring.database(wiring.site(folder)) as database:
            relevance_bench.fill(database, judged, count, texts=True)
        print(f"{count} articles, {len(judged.glossary.concepts)} concepts, {len(os.sched_getaffinity(0))} cores")
        print(f"  first epoch, all scores, and the index on words   {timed(folder)}")
        print(f"  a new epoch and all scores                        {timed(folder, '--all')}")
        for concept in (judged.glossary.concepts[0], judged.glossary.concepts[len(judged.glossary.concepts) // 2]):
            write(folder, concept, f"{concept.definition} As engineers use it.")
            print(f"  {concept.slug + ' edited':<49} {timed(folder)}")
        write(folder, _NEW, _NEW.definition)
        print(f"  {'a new concept':<49} {timed(folder)}")


def begin(folder: Path, judged: Judged) -> None:
    """A configuration with the judged glossary."""
    (folder / "concepts").mkdir()
    (folder / "settings.toml").write_text("")
    source = 'slug = "paper"\nname = "Paper"\nhomepage = "https://paper.example/"\nfeeds = ["https://paper.example/feed"]\n'
    (folder / "sources.toml").write_text(f"[[sources]]\n{source}")
    for concept in judged.glossary.concepts:
        write(folder, concept, concept.definition)


def write(folder: Path, concept: Concept, definition: str) -> None:
    """A concept's file."""
    said = {"name": concept.name, "aliases": list(concept.aliases), "definition": definition}
    front = "".join(f"{key}: {json.dumps(value)}\n" for key, value in said.items())
    sections = {"Analogy": concept.analogy, "Real-world example": concept.example, "Why it matters": concept.why_it_matters}
    texts = [concept.body, *(f"## {heading}\n\n{text}" for heading, text in sections.items() if text)]
    body = "\n\n".join(texts)
    (folder / "concepts" / f"{concept.slug}.md").write_text(f"---\n{front}added: 2026-05-17\n---\n{body}\n")


def timed(folder: Path, *more: str) -> str:
    """Wall time and memory of one `conceptwire rescore`."""
    start, peak = time.monotonic(), 0
    command = [sys.executable, "-m", "pipeline.cli", "--config", str(folder), "--quiet", "rescore", "--json", *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            peak = max(peak, sum(map(_memory, _family(process.pid))))
            time.sleep(_SAMPLED)
        counts = json.loads(process.stdout.read()) if process.stdout else {}
    links = counts.get("links", {})
    return f"{time.monotonic() - start:6.1f} s, {peak / 1024:5.0f} MB; links {links}"


def _family(parent: int) -> set[int]:
    """The process and all below it."""
    above: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                above[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it has ended
    found = {parent}
    while more := {child for child, mother in above.items() if mother in found} - found:
        found |= more
    return found


def _memory(process: int) -> int:
    """KiB of a process, what it shares divided among those that share it."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
