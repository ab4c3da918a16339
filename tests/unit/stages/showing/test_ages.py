"""Ages: as Python says them, and that browsers say the same."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from pipeline.stages.showing.ages import age

NOW = datetime(2026, 8, 31, 20, tzinfo=UTC)
MINUTE, HOUR, DAY = 60, 3600, 86400
# A page of <time> elements, as little of one as the script needs.
PAGE = """
const times = JSON.parse(process.argv[1]).map(([datetime, precision]) => ({
  title: "", textContent: " Aug 29, 2026\\n", dataset: { precision }, getAttribute: () => datetime,
}));
globalThis.document = {
  readyState: "complete", documentElement: { dataset: { now: "2026-08-31T20:00Z" } },
  querySelectorAll: () => times, addEventListener: () => {},
};
globalThis.addEventListener = (name, show) => { if (name === "pageshow") show(); };
"""


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-HOUR, "0m ago"), (0, "0m ago"), (59, "0m ago"), (MINUTE, "1m ago"), (59 * MINUTE + 59, "59m ago"), (HOUR, "1h ago"), (23.9 * HOUR, "23h ago"),
        (DAY, "1d ago"), (13.9 * DAY, "13d ago"), (14 * DAY, "2w ago"), (62 * DAY, "8w ago"), (63 * DAY, "2mo ago"), (364 * DAY, "11mo ago"), (366 * DAY, "1y ago"),
        (3000 * DAY, "8y ago"),
    ],
)  # fmt: skip
def test_an_age(seconds, said):
    assert age(NOW - timedelta(seconds=seconds), NOW) == said


def test_a_day_is_today_until_it_is_over():
    assert [age(datetime(2026, 8, day, tzinfo=UTC), NOW, "day") for day in (31, 30, 29)] == ["today", "1d ago", "2d ago"]


@pytest.mark.skipif(
    shutil.which("node") is None, reason="node is not here; tests/promises/test_browser.py has a browser say them"
)
def test_browsers_say_the_same():
    steps = [
        0,
        1,
        59,
        60,
        61,
        3599,
        3600,
        86399,
        86400,
        86401,
        14 * DAY - 1,
        14 * DAY,
        63 * DAY - 1,
        63 * DAY,
        365 * DAY,
        366 * DAY,
        4000 * DAY,
    ]
    steps += [number * 7919 * 61 for number in range(300)] + [-5000]
    moments = [(NOW - timedelta(seconds=step), precision) for step in steps for precision in ("minute", "day")]
    stamps = [(f"{at:%Y-%m-%dT%H:%M:%SZ}", precision) for at, precision in moments]
    stamps += [("2026-08-31", "day"), ("2026-08-29", "day"), ("no date", "minute")]
    script = files("pipeline.stages.showing").joinpath("assets", "ages.js").read_text()
    report = "console.log(JSON.stringify(times.map((one) => [one.textContent, one.title])));"
    # The script comes twice, as where two fragments stand in a page.
    ran = subprocess.run(
        ["node", "-e", PAGE + script + script + report, json.dumps(stamps)],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    said = json.loads(ran.stdout)
    assert [text for text, _ in said[:-3]] == [age(at, NOW, precision) for at, precision in moments]
    assert [text for text, _ in said[-3:]] == ["today", "2d ago", " Aug 29, 2026\n"]
    assert {title for _, title in said[:-1]} == {"Aug 29, 2026"}  # the date is kept, where a pointer finds it
