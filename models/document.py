"""A file that is made from what is stored."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """A file in a folder of ours."""

    path: str  # relative, with "/" between its parts; no "..", nothing hidden
    content: bytes
