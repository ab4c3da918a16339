"""What the search box finds, in which order. The script runs in node here; tests/promises/test_browser.py types."""

import json
import shutil
import subprocess
from importlib.resources import files

import pytest

ROWS = [
    ["ai-agent", "AI Agent", ["agents"], "Software that acts for a person, with large models."],
    ["cafe", "Café Model", [], "Named for its accent."],
    ["foundation-model", "Foundation Model", ["base model", "GPAI"], "Trained once on broad data, then adapted."],
    ["remodelling", "Remodelling", ["RM"], "Changing what is there."],
    ["model", "Model", [], "What training makes."],
    ["model-card", "Model Card", ["datasheet"], "What is said of it."],
    ["rm-test", "RM-Test", [], "Named after an alias."],
    ["token", "Token", ["GPU (unit) word"], "A piece of a word for a modeller."],
    ["arabic", "نموذج أساسي", [], "模型"],
]
QUERIES = {
    "model": ["model", "model-card", "cafe", "foundation-model", "remodelling", "ai-agent", "token"],
    "  MODEL   card ": ["model-card"],
    "base mod": ["foundation-model"],
    "cafe": ["cafe"],
    "CAFÉ": ["cafe"],
    "rm": ["rm-test", "remodelling"],
    "rm test": ["rm-test"],
    "rm‑test": ["rm-test"],
    "data broad": ["foundation-model"],
    "gpai": ["foundation-model"],
    "unit": ["token"],
    "نموذج": ["arabic"],
    "模型": ["arabic"],
    "": [],
    " - ": [],
    "zzz": [],
    "(.*[": [],
    "__proto__": [],
}
REPORT = """
const [rows, queries] = JSON.parse(process.argv[1]);
console.log(JSON.stringify(queries.map((one) => globalThis.conceptwireSearch(rows)(one))));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not here; tests/promises/test_browser.py has a browser search")
def test_names_come_before_aliases_and_aliases_before_definitions():
    script = files("pipeline.stages.showing").joinpath("assets", "search.js").read_text()
    told = json.dumps([ROWS, list(QUERIES)])
    ran = subprocess.run(["node", "-e", script + REPORT, told], capture_output=True, text=True, timeout=30, check=True)
    found = dict(zip(QUERIES, json.loads(ran.stdout), strict=True))
    assert {query: [one["slug"] for one in shown] for query, shown in found.items()} == QUERIES
    assert found["gpai"][0]["alias"] == "GPAI"  # why it was found
    assert {one["alias"] for one in found["model"]} == {""}
