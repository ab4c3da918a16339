"""robots.txt as RFC 9309 has it: which pages of an origin may be fetched, and how fast.

Feeds are published to be fetched, and are; this is about the pages behind them. An answer 2xx is parsed, 4xx allows
everything, anything else (5xx, 429, no answer) forbids everything until it was asked for again an hour later, unless a copy
of the last 30 days is at hand; after 30 days without an answer everything is allowed. Of one that is longer than anybody
need read, what comes first counts, up to its last whole line.

The groups are picked here, by the whole product token, and only ours reach Protego: with 20,000 agents over 20,000 rules,
which fit into 512 KiB, it would make 400 million. It parses the rules and tells which one counts.
"""

import math
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from models.host import Robots
from models.page import Failed, Page

TOKEN = "conceptwire"  # noqa: S105 - a product token is no secret
FORBIDDEN = "robots.txt"  # the reason of a Failed that nobody was asked for
LARGEST = 524_288  # bytes that are looked at
ENOUGH = LARGEST + 131_072  # bytes to ask for: where a body is cut, the end of what came may be lost
_MOST_RULES = 20_000  # of one agent: a second to parse
_KEPT = timedelta(days=1)
_TRIED_AGAIN = timedelta(hours=1)
_UNDEFINED = timedelta(days=30)
_NO_FILE = {"too many redirects", "redirect loop", "redirect from https to http", "redirect to no web address"}
_AGENT = re.compile(r"user[ -]?agent\s*:?\s*(?P<who>[^#]*)", re.IGNORECASE)
_RULE = re.compile(r"(?:allow|dis+al+[ao]w|diasllow|crawl[ -]delay)(?=[\s:])\s*:?(?P<said>[^#]*)", re.IGNORECASE)
_NAME = re.compile(r"[a-z_-]+")


def address(origin: str) -> str:
    """Where an origin's robots.txt is."""
    return f"{origin}/robots.txt"


def rules(body: bytes) -> str:
    """The lines of a robots.txt that are meant for us: of all groups with our name, else of all for anybody."""
    head = body[:LARGEST]
    if len(body) > LARGEST:
        head = head[: max(head.rfind(b"\n"), head.rfind(b"\r")) + 1]  # half a rule is another one
    ours: list[str] = []
    anybodys: list[str] = []
    named, groups, beginning = False, set[str](), True
    for line in re.split(r"[\r\n]+", head.decode("utf-8-sig", "replace")):
        text = line.strip()
        if agent := _AGENT.match(text):
            groups = {_token(agent["who"])} | (groups if beginning else set())
            beginning, named = True, named or TOKEN in groups
        elif (rule := _RULE.match(text)) is not None:
            beginning = False
            if rule["said"].strip() and "*" in groups:
                anybodys.append(" ".join(text.split()))
            if rule["said"].strip() and TOKEN in groups:
                ours.append(" ".join(text.split()))
    return "\n".join(list(dict.fromkeys(ours if named else anybodys))[:_MOST_RULES])


def _token(who: str) -> str:
    who = who.strip().lower()
    found = _NAME.match(who)
    return "*" if who == "*" else found[0] if found else ""


def learned(answer: Page | Failed, origin: str, before: Robots | None, now: datetime) -> Robots:
    """What is remembered of an origin after its robots.txt was asked for."""
    rests_until = before.rests_until if before else None
    if isinstance(answer, Page) and 200 <= answer.status < 300:
        return Robots(origin, now, now + _KEPT, rules(answer.body), copied_at=now, rests_until=rests_until)
    if _is_none(answer):
        return Robots(origin, now, now + _KEPT, rests_until=rests_until)
    problem = answer.reason if isinstance(answer, Failed) else f"robots.txt HTTP {answer.status}"
    since = before.failing_since if before and before.failing_since else now
    known = before or Robots(origin, now, now)
    if known.copied_at and now - known.copied_at > _UNDEFINED:
        known = replace(known, rules="", copied_at=None)
    return replace(known, asked_at=now, until=now + _TRIED_AGAIN, problem=problem, failing_since=since)


def _is_none(answer: Page | Failed) -> bool:
    """Whether there surely is no robots.txt."""
    if isinstance(answer, Failed):
        return answer.reason in _NO_FILE
    return 300 <= answer.status < 500 and answer.status != 429


def trouble(robots: Robots, now: datetime) -> str:
    """Why nothing of an origin may be fetched for now; "" where its rules, or the lack of any, count."""
    undefined = robots.failing_since is not None and now - robots.failing_since > _UNDEFINED
    return "" if robots.copied_at or undefined else robots.problem


@dataclass(frozen=True, slots=True)
class Rules:
    """What an origin's robots.txt says to us."""

    parsed: Any = None  # a Protego; None: nothing

    def allows(self, url: str) -> bool:
        """Whether a page may be fetched."""
        return self.parsed is None or bool(self.parsed.can_fetch(_sound(url), "*"))

    @property
    def delay(self) -> float:
        """Seconds that it asks for between two requests; 0: it does not."""
        said = self.parsed.crawl_delay("*") if self.parsed is not None else None
        return float(said) if said and math.isfinite(said) else 0.0


def parsed(lines: str) -> Rules:
    """Rules of the lines that are meant for us."""
    if not lines:
        return Rules()
    from protego import Protego

    made = Protego.parse("User-agent: *\n" + lines)
    made.can_fetch("/", "*")  # it makes an index when it is first asked; from then on any thread may ask
    return Rules(made)


def _sound(url: str) -> str:
    """Without lone surrogates, which cannot be encoded."""
    return url.encode("utf-8", "replace").decode()
