"""What worker processes make of feeds and pages in tests that are about trouble: importable by name."""

import os
import time

from models.entry import Entry
from pipeline.stages import polls, reading


def read(task: polls.Task | reading.Task) -> polls.Read | reading.Read:
    """Hang, die or swell where the body says so; else what a feed with a line for each item has, or a page without text."""
    body = getattr(task.answer, "body", b"")
    if body == b"hang":
        time.sleep(60)
    if body == b"die":
        os._exit(7)
    if body == b"swell":
        return polls.Read(problem=str(len([b"x" * 2**20 for _ in range(4000)])))
    if isinstance(task, reading.Task):
        return reading.Read(skipped="no text")
    links = body.decode().split()
    return polls.Read(tuple(Entry(link, link, link.partition("://")[2], "A title", digest="1") for link in links))
