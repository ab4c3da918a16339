"""An article that readers are shown, looked at again."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Shown:
    """An article that stands in a box, or left it because its page was gone."""

    id: int
    url: str
    title: str
    words: str  # of its text, as in Features; "" where the text was not its page's
    etag: str = ""  # verbatim, of the last look at a page that was there
    last_modified: str = ""
    gone: bool = False  # its page was gone, or another one, at the last look
    missed: bool = False  # not found at the last look, there before


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at its page told."""

    verdict: Literal["there", "gone", "changed", "failed"]  # changed: its address shows something else
    reason: str = ""  # why it is not there: "HTTP 410", "sent to the front page", "timeout"
    etag: str = ""  # verbatim, where it is there
    last_modified: str = ""
    missed: bool = False  # not found for the first time: failed now, gone if the next look says so again
