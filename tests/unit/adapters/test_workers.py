"""Map: order kept; a worker that hangs or dies, and a bug, cost one item each."""

import multiprocessing
import threading
import time

import pytest

from pipeline.adapters.workers import Processes, in_order
from pipeline.ports import Lost
from tests.unit.adapters.trouble import turned


@pytest.fixture(scope="module")
def processes():
    with Processes(2, 1.0) as made:
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
    assert list(each(turned, [1, "bug", 3])) == [(1, 2), ("bug", Lost("bug: ValueError at trouble.py:16")), (3, 6)]


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


def test_a_result_that_cannot_be_sent_back_costs_one_item(processes):
    made = dict(processes(turned, [1, "unpicklable", 3]))
    assert isinstance(made.pop("unpicklable"), Lost)
    assert made == {1: 2, 3: 6}


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
