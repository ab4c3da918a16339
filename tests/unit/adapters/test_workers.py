"""Map: order kept; a worker that hangs or dies, and a bug, cost one item each."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pipeline.adapters.workers import Processes, in_order
from pipeline.ports import Lost
from tests.unit.adapters.trouble import turned


@pytest.fixture(scope="module")
def processes():
    with Processes(2, 1.0, megabytes=100) as made:
        made.warm()
        yield made


@pytest.fixture(params=["in order", "processes"])
def each(request):
    return in_order if request.param == "in order" else request.getfixturevalue("processes")


def test_results_come_in_order_each_beside_its_item(each):
    assert list(each(turned, range(50))) == [(n, 2 * n) for n in range(50)]


def test_nothing_gives_nothing(each):
    assert list(each(turned, [])) == []


def test_an_exception_costs_one_item_and_names_its_place(each):
    assert list(each(turned, [1, "bug", 3])) == [(1, 2), ("bug", Lost("bug: ValueError at trouble.py:36")), (3, 6)]


def test_items_are_drawn_as_results_are_taken(each):
    drawn = []
    items = (drawn.append(n) or n for n in range(10_000))
    results = each(turned, items)
    assert drawn == []
    assert next(results) == (0, 0)
    assert len(drawn) < 100
    results.close()


def test_an_items_own_exception_is_not_swallowed(each):
    def broken():
        yield 1
        raise KeyError("a bug of the asker")

    with pytest.raises(KeyError):
        list(each(turned, broken()))


def test_a_slow_item_does_not_change_the_order(processes):
    assert [made for _, made in processes(turned, [("slow", 1), 1, 2, ("slow", 2), 3])] == [1, 2, 4, 2, 6]


def test_a_hanging_worker_costs_one_item(processes):
    began = time.monotonic()
    assert list(processes(turned, [1, "hang", 3, 4])) == [(1, 2), ("hang", Lost("parse-timeout")), (3, 6), (4, 8)]
    assert time.monotonic() - began < 10


def test_a_dying_worker_costs_one_item(processes):
    items = [1, "die", *range(20)]
    made = dict(processes(turned, items))
    assert made.pop("die") == Lost("worker died")
    assert made == {n: 2 * n for n in range(20)}


def test_trouble_after_trouble_costs_what_it_costs(processes):
    troubles = [made for _, made in processes(turned, ["die", "bug", "die", 5])]
    assert [str(made)[:18] for made in troubles] == ["Lost(reason='worke", "Lost(reason='bug: ", "Lost(reason='worke", "10"]


@pytest.mark.parametrize("trouble", ["unpicklable", "nest"])
def test_a_result_that_cannot_be_sent_back_costs_one_item_and_no_worker(processes, trouble):
    before = {said for _, said in processes(turned, ["pid"] * 20)}
    made = dict(processes(turned, [1, trouble, 3]))
    assert "the result cannot be sent" in made.pop(trouble).reason
    assert made == {1: 2, 3: 6}
    assert {said for _, said in processes(turned, ["pid"] * 20)} <= before


def test_no_worker_starts_before_the_first_item():
    before = multiprocessing.active_children()
    with Processes(2, 1.0) as made:
        assert list(made(turned, [])) == []
        assert multiprocessing.active_children() == before


def test_closing_ends_the_workers_and_what_they_do():
    began = time.monotonic()
    with Processes(1, 50.0) as made:
        results = made(turned, [1, "hang"])
        assert next(results) == (1, 2)
    assert time.monotonic() - began < 10
    assert "workers" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("trouble", ["break", "be killed", "end well", "leave"])
def test_however_a_worker_dies_it_costs_the_item_it_had_and_no_other(processes, trouble):
    items = [trouble, 1, 2, trouble, trouble, 3, ("slow", 4), 5, trouble, *range(6, 20)]
    made = list(processes(turned, items))
    assert [item for item, _ in made] == items
    assert [said for item, said in made if item == trouble] == [Lost("worker died")] * 4
    assert all(said == turned(item) for item, said in made if item != trouble)


def test_a_worker_that_swells_costs_one_item_named_for_it(processes):
    made = list(processes(turned, [1, "swell", 2, "swell", ("slow", 3), 4]))
    assert [said for _, said in made] == [2, Lost("parse-memory"), 4, Lost("parse-memory"), 3, 8]


def test_an_item_that_swells_and_thinks_better_of_it_is_made(processes):
    assert [said for _, said in processes(turned, ["swell and catch", 1])] == ["small again", 2]


def test_memory_is_counted_beyond_what_a_worker_has_loaded():
    with Processes(1, 20.0, preload=("numpy", "feedparser"), megabytes=40) as made:
        assert [said if said != turned("return much") else "all of it" for _, said in made(turned, ["return much", "swell"])] == [
            "all of it",
            Lost("parse-memory"),
        ]


def test_a_recursion_without_end_is_a_bug_of_one_item(processes):
    made = dict(processes(turned, ["recurse", 1]))
    assert made["recurse"].reason.startswith("bug: RecursionError")
    assert made[1] == 2


def test_a_loop_that_hears_no_signal_is_ended_in_time(processes):
    began = time.monotonic()
    assert list(processes(turned, ["hang in C", 1, 2])) == [("hang in C", Lost("parse-timeout")), (1, 2), (2, 4)]
    assert time.monotonic() - began < 5


def test_a_worker_killed_while_it_has_nothing_to_do_costs_nothing(processes):
    for pid in {said for _, said in processes(turned, ["pid"] * 20)}:
        os.kill(pid, signal.SIGKILL)
    assert list(processes(turned, range(10))) == [(n, 2 * n) for n in range(10)]


def test_results_that_nobody_wants_any_more_are_not_made():
    with Processes(1, 50.0) as made:
        results = made(turned, [1, *[("slow", n) for n in range(8)]])
        assert next(results) == (1, 2)
        results.close()
        began = time.monotonic()
        assert list(made(turned, [2])) == [(2, 4)]
        assert time.monotonic() - began < 1


def test_closed_workers_can_be_started_again():
    with Processes(1, 5.0) as made:
        assert list(made(turned, [1])) == [(1, 2)]
        made.close()
        assert list(made(turned, [2])) == [(2, 4)]


def test_workers_run_the_code_that_the_run_has_and_not_what_lies_in_the_current_folder(tmp_path):
    root = Path(__file__).parents[3]
    for name in ("feedparser", "pebble", "pipeline"):
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('a stranger called {name}')")
    script = tmp_path / "elsewhere" / "script.py"
    script.parent.mkdir()
    script.write_text(
        f"import sys\nsys.path.insert(0, {str(root)!r})\n"
        "from pipeline.adapters.workers import Processes\nfrom tests.unit.adapters.trouble import turned\n"
        "if __name__ == '__main__':\n    with Processes(1, 20.0, ('feedparser', 'pipeline.stages.feeds')) as made:\n"
        "        print([said for _, said in made(turned, ['pipeline', 2])])\n"
    )
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == f"[{str(root / 'pipeline' / '__init__.py')!r}, 4]", done.stderr


def test_workers_end_when_the_process_that_started_them_is_killed():
    script = (
        "from pipeline.adapters.workers import Processes\nfrom tests.unit.adapters.trouble import turned\n"
        "if __name__ == '__main__':\n    made = Processes(2, 60.0)\n"
        "    print(*{said for _, said in made(turned, ['pid'] * 9)}, flush=True)\n    import time; time.sleep(60)\n"
    )
    root = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", script], cwd=root, stdout=subprocess.PIPE, text=True) as run:
        pids = [int(pid) for pid in run.stdout.readline().split()]
        run.kill()
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}/cmdline").exists() for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert pids
    assert not [pid for pid in pids if Path(f"/proc/{pid}/cmdline").exists()]
