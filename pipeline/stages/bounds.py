"""What one feed or page may hold, so that no parser works on more than it can do in its time."""

from dataclasses import dataclass

from models.settings import Settings

# What feedparser, lxml and trafilatura raise on some bytes: their bugs, of which the bytes' sender gets the bill. MemoryError
# is not among them: it is the worker's end.
BREAKS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    StopIteration,
    SyntaxError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Beyond them a feed or page is cut, not refused. Their reasons are in settings.toml."""

    entries: int = 2_000  # of a feed
    nodes: int = 15_000  # elements of a page
    depth: int = 200  # of a page: an element's ancestors
    text: int = 200_000  # characters of an article


USUAL = Bounds()


def bounds(settings: Settings) -> Bounds:
    """The bounds that settings.toml sets."""
    return Bounds(settings.entries_per_feed, settings.page_nodes, settings.page_depth, settings.text_characters)
