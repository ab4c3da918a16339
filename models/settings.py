"""Every knob, with its default. settings.toml gives the reasons."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Settings:
    """What settings.toml and CONCEPTWIRE_... variables may say."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    database_url: str = "sqlite:///conceptwire.db"
    language: str = "en"  # ISO 639-1
    contact: str = ""  # a page or address that publishers may write to; part of the User-Agent
    first_run_entries: int = 200
    retry_minutes: int = 60  # doubled with every try
    exchange_seconds: float = 30.0
    stalled_seconds: float = 8.0  # of an exchange that does not get on
    largest_body: int = 10_000_000  # bytes, decompressed
    largest_download: int = 10_000_000  # bytes, as sent
    largest_headers: int = 65_536  # bytes
    most_headers: int = 200
    ports: tuple[int, ...] = (80, 443, 8080, 8443)
    allow_private: tuple[str, ...] = ()  # hosts as in a URL, a port with them or not: may have any address
    redirects: int = 15
    parallel_exchanges: int = 24
    host_interval_seconds: float = 1.0
    workers: int = 0  # processes; 0: one a core
    parse_seconds: float = 20.0
    parse_megabytes: int = 500
    entries_per_feed: int = 2000
    page_nodes: int = 15_000
    page_depth: int = 200
    text_characters: int = 200_000
    box_size: int = 5
    per_source: int = 1
    related_shown: int = 3
    epoch_growth: float = 0.05
    epoch_articles: int = 10_000
    pace_least_minutes: int = 15
    pace_most_minutes: int = 1440
    hints_most_hours: int = 168
    crawl_delay_most_seconds: int = 60
    look_again_days: int = 7  # 0: never
    look_again_at_once: int = 20
    text_days: int = 0  # 0: for ever
    article_days: int = 0  # 0: for ever
    serve_every_minutes: int = 5
    serve_cron: str = ""
    prune_at: str = "10 3 * * *"
    check_at: str = "20 3 * * *"
    vacuum_at: str = "30 3 * * sun"
    stuck_minutes: int = 60
    listen: str = ""
    timezone: str = "UTC"
    publish: str = ""  # where the published copy goes; "": nowhere
    site_title: str = "Glossary"
    site_url: str = ""  # where `site` and `export` will stand; "": not known
