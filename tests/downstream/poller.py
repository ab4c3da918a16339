"""A busy reader: python poller.py DATABASE SEED fresh|kept STOP polls boxes of random concepts until the file STOP is there.

Prints JSON: how often it read, what it saw (each state once), and what went wrong.
"""

import json
import os
import random
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

NEWS = "SELECT position, url, source_slug, title FROM concept_news WHERE concept_slug = ? ORDER BY position"
LINKS = "SELECT url FROM concept_links WHERE concept_slug = ? ORDER BY url"
RELATED = "SELECT position, related_slug, related_name FROM related_concepts WHERE concept_slug = ? ORDER BY position"
CHANGED = "SELECT coalesce(max(sequence), 0) FROM link_changes WHERE concept_slug = ?"


def opened(database: str) -> sqlite3.Connection:
    """A connection as the README shows it; transactions by hand."""
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None)


def seen(connection: sqlite3.Connection, concept: str) -> list[Any]:
    """Both boxes, all links and the last change of a concept, as of one moment."""
    connection.execute("BEGIN")
    found = [connection.execute(query, (concept,)).fetchall() for query in (CHANGED, NEWS, LINKS, RELATED)]
    connection.execute("COMMIT")
    return found


def main(database: str, seed: str, habit: str, stop: Path) -> None:
    os.nice(15)  # with few cores the writer is to come to its work at all
    chance, states, wrong, count = random.Random(seed), set(), [], 0
    kept = opened(database)
    concepts = [slug for (slug,) in kept.execute("SELECT slug FROM concepts ORDER BY slug")]
    while count % 20 or not stop.exists():
        concept = chance.choice(concepts)
        count += 1
        try:
            if habit == "fresh":
                with closing(opened(database)) as connection:
                    states.add(json.dumps([concept, *seen(connection, concept)]))
            else:
                states.add(json.dumps([concept, *seen(kept, concept)]))
        except sqlite3.Error as error:
            wrong.append(f"{type(error).__name__}: {error}")
            kept = opened(database)
    print(json.dumps({"count": count, "states": [json.loads(state) for state in sorted(states)], "wrong": wrong}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]))
