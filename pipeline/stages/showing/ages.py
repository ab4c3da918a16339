"""How long ago, as readers see it. assets/ages.js is the same for browsers; a test holds them together."""

from datetime import datetime

_UNITS = (
    ("m", 60, 60),
    ("h", 3600, 24),
    ("d", 86400, 14),
    ("w", 604800, 9),
    ("mo", 2629800, 12),
)  # name, seconds, how many at most
_DAY = 86400
_YEAR = 31557600


def age(published: datetime, now: datetime, precision: str = "minute") -> str:
    """5m ago, 3h ago, 3d ago, then weeks, months, years; "today" where only the day is known, and it is not over."""
    seconds = max(0.0, (now - published).total_seconds())
    if precision == "day" and seconds < _DAY:
        return "today"
    for unit, size, until in _UNITS:
        if seconds / size < until:
            return f"{int(seconds / size)}{unit} ago"
    return f"{int(seconds / _YEAR)}y ago"
