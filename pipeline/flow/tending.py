"""tend: look again at the articles that readers are shown, a few a pass; those that are gone will leave their boxes."""

from collections.abc import Callable, Iterator
from datetime import datetime

from models.look import Look
from pipeline import ports
from pipeline.flow.parts import Parts
from pipeline.stages import tending


def tend(parts: Parts, now: datetime, stopping: Callable[[], bool] = lambda: False) -> Iterator[Look]:
    """One Look for each article whose turn it is, each kept before it is given. Needs to be settled afterwards.

    Nothing is asked for where nothing is due, or `stopping()` says so.
    """
    settings = parts.settings
    if parts.tending is None or not settings.look_again_days or stopping():
        return
    due = {one.id: one for one in parts.tending.to_look_at(now, settings.look_again_days, settings.look_again_at_once)}
    if not due:
        return
    heavy = []
    for answer in parts.fetch(tending.request(one) for one in due.values()):
        if stopping():
            return
        task = tending.Task(due[answer.request.key], answer)
        if tending.is_light(task):
            yield _kept(parts.tending, task, tending.look(task), now)
        else:
            heavy.append(task)  # as many as a pass looks at
    for task, made in parts.map(tending.look, heavy):
        yield _kept(parts.tending, task, made, now)


def _kept(stored: ports.Tending, task: tending.Task, look: Look | ports.Lost, now: datetime) -> Look:
    if isinstance(look, ports.Lost):
        look = Look("failed", look.reason)
    stored.looked(task.shown, look, now)
    return look
