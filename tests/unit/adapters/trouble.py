"""What worker processes are given in tests: importable by name."""

import os
import threading
import time


def turned(item: object) -> object:
    """What the item says: a number is doubled; some are trouble."""
    match item:
        case "hang":
            time.sleep(60)
        case "die":
            os._exit(7)
        case "bug":
            raise ValueError("a stranger's bytes")
        case "unpicklable":
            return threading.Lock()
        case ("slow", number):
            time.sleep(0.2)
            return number
        case int():
            return item * 2
    return item
