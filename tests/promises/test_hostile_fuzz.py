"""A short fuzzing, the same in every run; scripts/fuzz does it for hours."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests import hostile

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", hostile.TARGETS)
def test_nothing_that_is_sent_makes_an_exception_leave_a_stage_or_breaks_a_promise(name):
    target = hostile.TARGETS[name]

    @settings(max_examples=40, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(target.given)
    def law(said: bytes) -> None:
        target.tried(said)

    law()


def test_a_case_that_breaks_a_law_is_told_saved_and_can_be_tried_again(tmp_path):
    script = (
        "import sys; sys.path[:0] = ['scripts', '.']\n"
        "import fuzzing\nfrom tests import hostile\n"
        "def broken(said):\n    hostile.law(len(said) < 5, 'too long for a test', said)\n"
        "fuzzing.TARGETS['feeds'] = hostile.Target(hostile.TARGETS['feeds'].given, broken)\n"
        "sys.exit(fuzzing.main())\n"
    )

    def fuzzed(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", script, *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    found = fuzzed("0.0005", "--target", "feeds", "--seed", "17", "--found", str(tmp_path))
    assert found.returncode == 1, found.stderr
    assert "FOUND too long for a test" in found.stdout
    assert "seed 17" in found.stdout
    (case,) = tmp_path.iterdir()
    assert len(case.read_bytes()) == 5
    assert "Broken" in fuzzed("0", "--again", str(case)).stdout
