"""python -m pipeline.cli.supervised: the console script as a child of `conceptwire serve`; it ends when serve is gone."""

import os
import signal
import threading
import time

from pipeline.cli import main

_PATIENCE = 8  # seconds


def _end_with_parent() -> None:
    """Standard input is a pipe that serve holds and never writes to: its end is the end of serve, SIGKILL included."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_PATIENCE)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    main()
