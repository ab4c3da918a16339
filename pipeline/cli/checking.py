"""conceptwire sources check."""

import sys
from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import UsageError
from pipeline.cli import remedies
from pipeline.cli.context import Context, Json, Now, moment, print_json

if TYPE_CHECKING:
    from models.source import Source
    from pipeline.wiring import Site

_OURS = {"private address", "port not allowed", "bad address"}  # we ask nobody there, whatever a robots.txt would say
_Slugs = Annotated[list[str] | None, typer.Argument(metavar="SLUG", help="Of these sources only.", show_default=False)]


def check(context: typer.Context, slugs: _Slugs = None, now: Now = None, as_json: Json = False) -> None:
    """Say what publishers see of us, as stored: requests a day, the share answered 304, bytes, robots.txt, redirects.

    Nobody is asked. Of the last seven days; a feed is never asked more often than it, or its server, asks for: where that
    happened, it is a problem.

    Exit codes: 0 all sources are well; 1 one fails or is silent, and why; 2 no such source.

    Examples:

      conceptwire --config news sources check

      conceptwire --config news sources check nature --json
    """
    from pipeline import wiring

    told: Context = context.obj
    site = wiring.site(told.config)
    reports = _reports(site, _chosen(site, slugs or []), moment(now))
    if as_json:
        print_json(reports)
    else:
        width = max((len(one["slug"]) for one in reports), default=0)
        for one in reports:
            sys.stdout.write("".join(f"{line}\n" for line in _lines(one, width)))
        for last in () if told.quiet else _last(reports, site.settings.contact):
            sys.stdout.write(f"{last}\n")
    if any(one["problems"] for one in reports):
        raise typer.Exit(1)


def _chosen(site: "Site", slugs: list[str]) -> "list[Source]":
    known = {one.slug for one in site.sources}
    for slug in slugs:
        if slug not in known:
            raise UsageError(slug, "is no source", "conceptwire sources list")
    return [one for one in site.sources if not slugs or one.slug in slugs]


def _reports(site: "Site", sources: "list[Source]", now: datetime) -> list[dict[str, Any]]:
    from models.manners import Pages, Seen
    from pipeline import wiring
    from pipeline.stages import manners

    if not wiring.database_path(site).exists():
        new = {one.slug: [Seen(one.slug, url, url) for url in one.feeds] for one in sources}
        return [manners.report(one, new[one.slug], Pages(), {}, now) for one in sources]
    from pipeline.adapters.store import checking
    from pipeline.adapters.store.hosts import StoredHosts
    from pipeline.stages.hosts import origin

    with wiring.database(site) as database:
        waits = StoredHosts(database).waits(now)
        seen: defaultdict[str, list[Seen]] = defaultdict(list)
        for one in checking.feeds_seen(database, now):
            seen[one.source_slug].append(one)
        made = []
        for source in sources:
            urls = checking.pages_of(database, source.slug)
            pages = checking.with_robots(database, urls, {origin(url) for url in urls})
            made.append(manners.report(source, seen[source.slug], pages, waits, now))
        return made


def _last(reports: list[dict[str, Any]], contact: str) -> list[str]:
    """What can be done about it."""
    wrong = [one for one in reports if one["problems"]]
    said = (text for one in wrong for text in (*one["problems"], *(feed["last_status"] or "" for feed in one["feeds"])))
    hints = remedies.hints(said, feeds=True)
    return hints if contact else [*hints, "contact is not set: publishers cannot write to you (contact in settings.toml)"]


def _lines(one: dict[str, Any], width: int) -> list[str]:
    lines = []
    for feed in one["feeds"]:
        share = feed["not_modified_share"]
        unmodified = "-" if share is None else f"{share:.0%}"
        lines.append(
            f"{one['slug']:<{width}}  {feed['requests_per_day']:>5.1f} requests a day  {unmodified:>4} not modified"
            f"  {_bytes(feed['bytes_per_day']):>7} a day  {feed['last_status'] or 'not asked yet'}  {_turn(feed)}"
        )
        lines += [f"{'':<{width}}  {said}" for said in _of_feed(feed, one["problems"])]
    lines += [f"{'':<{width}}  {_of_robots(said)}" for said in one["robots"]]
    return lines + [f"{'':<{width}}  ! {said}" for said in one["problems"]]


def _turn(feed: dict[str, Any]) -> str:
    if feed["retired_at"]:
        return "retired"
    return f"next {_minute(feed['next_at'])}" if feed["next_at"] else "next run"


def _of_feed(feed: dict[str, Any], problems: list[str]) -> list[str]:
    said = []
    if feed["url"] != feed["feed"]:
        said.append(f"{feed['feed']} moved for good: asked at {feed['url']}")
    if feed["redirects_to"]:
        times = feed["redirected_times"]
        said.append(f"redirects to {feed['redirects_to']}, as if for good, {f'{times} times in a row' if times > 1 else 'once'}")
    if feed["failing_since"] and not any(f"failing since {feed['failing_since'][:10]}" in problem for problem in problems):
        said.append(f"failing since {_minute(feed['failing_since'])}")
    if feed["host_waits_until"]:
        said.append(f"its host asked not to be asked before {_minute(feed['host_waits_until'])}")
    return said


def _of_robots(said: dict[str, Any]) -> str:
    if said["problem"] in _OURS:
        return f"pages of {said['origin']} are not asked for: {said['problem']}"
    counted = f"{said['forbidden']} of the {said['pages']} newest pages"
    text = f"robots.txt of {said['origin']} forbids {counted if said['forbidden'] else 'none of the newest pages'}"
    text += f", asks for {said['crawl_delay']:g} s between two" if said["crawl_delay"] else ""
    return text + (f" ({said['problem']} when it was asked for last)" if said["problem"] else "")


def _minute(at: str) -> str:
    return f"{at[:10]} {at[11:16]}Z"


def _bytes(count: int) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count = round(count / 1000)
    return f"{count} GB"
