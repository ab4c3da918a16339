"""What worker processes are given in tests: importable by name."""

import os
import signal
import sys
import threading
import time


def turned(item: object) -> object:  # noqa: PLR0911, PLR0912 - a list
    """What the item says: a number is doubled; some are trouble."""
    match item:
        case "hang":
            time.sleep(60)
        case "hang in C":
            sum(range(10**12))
        case "die":
            os._exit(7)
        case "end well":
            os._exit(0)
        case "break":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "be killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "leave":
            sys.exit()
        case "swell":
            return len([b"x" * 2**20 for _ in range(4000)])
        case "swell and catch":
            return _swallowed()
        case "return much":
            return b"x" * 2**24
        case "recurse":
            return _recursed(0)
        case "bug":
            raise ValueError("a stranger's bytes")
        case "unpicklable":
            return threading.Lock()
        case "nest":
            return _nested()
        case "pid":
            return os.getpid()
        case "pipeline":
            return sys.modules["pipeline"].__file__
        case ("slow", number):
            time.sleep(0.2)
            return number
        case int():
            return item * 2
    return item


def _swallowed() -> str:
    held = []
    try:
        while True:
            held.append(bytearray(2**20))
    except MemoryError:
        held.clear()
    return "small again"


def _recursed(depth: int) -> int:
    return _recursed(depth + 1) + 1


def _nested() -> list:
    made: list = []
    for _ in range(100_000):
        made = [made]
    return made


def parsed(task):
    """A feed as walks have it parsed; one with a word of `turned` in brackets is that trouble."""
    from pipeline.flow.walking import parsing

    for word in ("hang", "die", "swell", "bug"):
        if f"[{word}]".encode() in task.body:
            return turned(word)
    return parsing.read(task)
