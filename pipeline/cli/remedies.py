"""What people can do about what the world does wrong: one table, by the reasons that fetching and parsing give."""

import re
from collections.abc import Iterable, Mapping

_REMEDIES = {
    "private address": "if it is a host of yours: --allow-private HOST, or allow_private in settings.toml",
    "port not allowed": "if it is to be asked there: --allow-private HOST:PORT for a host of yours, or ports in settings.toml",
    "bad certificate": "SSL_CERT_FILE=authority.pem, if an authority of your own signed it; else its publisher has to mend it",
    "host not found": "another spelling of its address; are other hosts found from this machine?",
    "too large": "more largest_body (bytes, unpacked) or largest_download (as sent) in settings.toml, if it is worth the memory",
    "headers too large": "more largest_headers (bytes; a quarter for one alone) or most_headers in settings.toml",
    "a web page, not a feed": 'the address of its feed, which the page may name: <link rel="alternate" href="...">',
    "login or consent page": "an address of its feed that is open to all: nobody logs in or agrees here",
    "parse-timeout": "more parse_seconds in settings.toml, if it is worth the wait",
    "parse-memory": "more parse_megabytes in settings.toml, if this machine has them",
}
_OF_FEEDS = {  # of pages they are what happens to pages
    "HTTP 404": "the address that its feed has now, in sources.toml",
    "HTTP 410": "take it out of sources.toml; if it is back some day, put it in again after a run without it",
}


def hints(said: Iterable[str], *, feeds: bool = False) -> list[str]:
    """A reason and its remedy for each reason that stands in what was said: a reason, an outcome or a sentence.

    `feeds`: it was said of feeds of sources.toml.
    """
    known = _REMEDIES | _OF_FEEDS if feeds else _REMEDIES
    reason = re.compile(rf"(?:^|[ (])({'|'.join(map(re.escape, known))})(?=$|[ )])")
    found = {match[1] for text in said if (match := reason.search(text))}
    return [f"{one}\n  Try: {known[one]}" for one in sorted(found)]


def counted(reasons: Mapping[str, int]) -> str:
    """Reasons with their counts, the most frequent first: "8 timeout, 1 private address"."""
    return ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items(), key=lambda one: (-one[1], one[0])))
