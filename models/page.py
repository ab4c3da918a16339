"""One HTTP exchange: what is asked, what came of it."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

# What Accept and Accept-Encoding say. Raise it where they change: validators of other content are not sent back then.
HANDLING = 2


class Leave(Protocol):
    """What redirects may do; asked on another thread, of what is in memory."""

    def __call__(self, url: str) -> str:
        """Why one may not be followed to an address; "" where it may."""

    def interval(self, url: str) -> float:
        """Seconds between two requests to the host of an address that one may be followed to, where that is more than usual."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask for. Validators go out verbatim."""

    url: str
    kind: Literal["feed", "page"] = "page"
    etag: str = ""
    last_modified: str = ""
    key: int = 0  # whatever the asker wants back with the answer
    validators_url: str = ""  # the only address of a chain of redirects that validators go to: theirs; "": any
    interval: float = 0.0  # seconds between two requests to the host, where that is more than usual
    enough: int = 0  # bytes of a larger body that will do; 0: nothing but all of it
    may: Leave | None = field(default=None, compare=False, repr=False)  # None: redirects may lead anywhere


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
    sent: int = 0  # bytes of the body as they came, compressed; 0: not known
    requests: int = field(default=0, compare=False)  # that servers saw, those that were redirected too; 0: it was at hand

    @property
    def size(self) -> int:
        """Bytes of the body as they were sent, where that is known."""
        return self.sent or len(self.body)

    @property
    def moved_to(self) -> str:
        """Where permanent redirects (301, 308) from the very start lead, never from https to http; "" where the first is none."""
        target = ""
        for hop in self.hops:
            if hop.status not in {301, 308} or (hop.url.startswith("https:") and not hop.location.startswith("https:")):
                break
            target = hop.location
        return target


@dataclass(frozen=True, slots=True)
class Failed:
    """An exchange that gave no page."""

    request: Request
    reason: str  # short and stable, fit for counting: "host not found", "timeout", "too large"
    retry_after: str = ""  # seconds, where the host asked to be left alone for so long
    at: str = field(default="", compare=False)  # where on its way it failed, if that is not the address that was asked for
    hops: tuple[Hop, ...] = field(default=(), compare=False)  # redirects on the way there
    requests: int = field(default=0, compare=False)  # that servers saw before it failed
    size: int = field(default=0, compare=False)  # bytes of the body that came, as they were sent
