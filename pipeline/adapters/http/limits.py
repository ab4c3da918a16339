"""What settings say of an exchange."""

from dataclasses import dataclass

from models.settings import Settings

PORTS = frozenset({80, 443, 8080, 8443})


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of an exchange, from settings."""

    user_agent: str
    exchange_seconds: float
    largest_body: int  # bytes, decompressed
    redirects: int
    parallel: int
    host_interval: float  # seconds
    stalled_seconds: float = 8.0  # without getting on
    largest_download: int = 10_000_000  # bytes of a body as they are sent, still compressed
    largest_headers: int = 65_536  # bytes, names and values together; a single one has a quarter of that
    most_headers: int = 200
    ports: frozenset[int] = PORTS
    allow_private: frozenset[str] = frozenset()  # "host" or "host:port", as in a URL: may have any address


def limits_of(settings: Settings, user_agent: str) -> Limits:
    """The bounds that settings set."""
    return Limits(
        user_agent=user_agent,
        exchange_seconds=settings.exchange_seconds,
        stalled_seconds=settings.stalled_seconds,
        largest_body=settings.largest_body,
        redirects=settings.redirects,
        parallel=settings.parallel_exchanges,
        host_interval=settings.host_interval_seconds,
        largest_download=settings.largest_download,
        largest_headers=settings.largest_headers,
        most_headers=settings.most_headers,
        ports=frozenset(settings.ports),
        allow_private=frozenset(settings.allow_private),
    )
