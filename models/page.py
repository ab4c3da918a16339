"""One HTTP exchange: what is asked, what came of it."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask for. Validators go out verbatim."""

    url: str
    kind: Literal["feed", "page"] = "page"
    etag: str = ""
    last_modified: str = ""
    key: int = 0  # whatever the asker wants back with the answer


@dataclass(frozen=True, slots=True)
class Hop:
    """A redirect on the way to a page."""

    url: str
    status: int
    location: str  # absolute


@dataclass(frozen=True, slots=True)
class Page:
    """What one HTTP exchange gave."""

    request: Request
    url: str  # after redirects; http(s) only
    status: int
    body: bytes = b""  # decompressed, still undecoded
    content_type: str = ""  # verbatim, charset included
    etag: str = ""  # verbatim; "" where the server sent none
    last_modified: str = ""
    retry_after: str = ""  # verbatim: seconds or an HTTP date
    hops: tuple[Hop, ...] = field(default=())
    cache_control: str = ""  # verbatim
    expires: str = ""  # verbatim: an HTTP date, or words that mean at once

    @property
    def moved_to(self) -> str:
        """Where permanent redirects (301, 308) from the very start lead; "" where the first hop is none."""
        target = ""
        for hop in self.hops:
            if hop.status not in {301, 308}:
                break
            target = hop.location
        return target


@dataclass(frozen=True, slots=True)
class Failed:
    """An exchange that gave no page."""

    request: Request
    reason: str  # short and stable, fit for counting: "host not found", "timeout", "too large"
