"""What tests call warm (tests/warm.py) is the program: it says and does what one says and does that starts cold."""

import signal
from pathlib import Path

import pytest

from tests import warm
from tests.conftest import Site, clean

CALLS = [("links", "foundation-model", "--json"), ("links", "no-such-concept"), ("--help",), ("judge", "token", "--depth", "1")]


@pytest.mark.parametrize("arguments", CALLS, ids=" ".join)
def test_a_warm_call_says_and_ends_as_a_cold_one(arguments: tuple[str, ...], ran: Site):
    found = [ran.call(*arguments, said="s\nq\n", cold=cold, check=False) for cold in (False, True)]
    assert len({(done.returncode, done.stdout, done.stderr) for done in found}) == 1


def test_every_call_has_an_environment_a_folder_a_keyboard_and_an_end_of_its_own(tmp_path: Path):
    script = tmp_path / "script.py"
    script.write_text(
        "import os, sys; print(os.getcwd(), os.environ.get('SAID'), input(), sys.argv[1:]); sys.exit(int(sys.argv[1]))"
    )
    for number in (3, 0):
        done = warm.call([str(number)], clean() | {"SAID": str(number)}, f"line {number}\n", tmp_path, script)
        assert (done.returncode, done.stdout) == (number, f"{tmp_path} {number} line {number} ['{number}']\n")


def test_a_call_that_fails_or_is_killed_ends_as_its_interpreter_would_have(tmp_path: Path):
    script = tmp_path / "script.py"
    for code, ended, said in (
        ("import sys; sys.exit('in words')", 1, "in words\n"),
        ("raise ValueError('wrong')", 1, "ValueError: wrong\n"),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL, ""),
        ("import atexit; atexit.register(print, 'at the end')", 0, ""),
    ):
        script.write_text(code)
        done = warm.call([], clean(), script=script)
        assert done.returncode == ended
        assert done.stderr.endswith(said)
        assert done.stdout == ("at the end\n" if "atexit" in code else "")
