"""Addresses: absolute http(s) or nothing; the same article under one name."""

import re
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from courlan.clean import TRACKERS_RE

LONGEST_URL = 2000  # characters; what browsers and caches take
# Beyond courlan's list: seen in the known sources' feeds (New Scientist, BBC, Mailchimp, Piano, Substack).
_TRACKING = re.compile(r"^(?:at_|piwik_|hsa_|cmpid$|cmp$|ito$|ns_|smid$|sref$|ocid$|taid$|triedRedirect$|amp$|outputType$)")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # controls, lone surrogates
_AMP_PATH = re.compile(r"/(?:amp|index\.amp\.html|amp\.html)/?$|(?<=/)amp/(?=.)|\.amp(?=\.html$|$)")
_MOBILE_HOST = re.compile(r"^(?:m|mobile|amp)\.(?=[^.]+\.[^.]+)")


def web_address(url: str, base: str = "") -> str:
    """`url` as an absolute http(s) address without credentials and fragment; "" where it cannot be one."""
    if _UNFIT.search(url.strip()):
        return ""
    try:
        parts = urlsplit(urljoin(base, url.strip()) if base else url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host or " " in host or len(url) > LONGEST_URL:
        return ""
    shown = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    netloc = shown if port in {None, default} else f"{shown}:{port}"
    return urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, ""))


def canonical(url: str, base: str = "") -> str:
    """The address without tracking parameters, AMP and mobile forms; "" where `web_address` gives none."""
    address = web_address(url, base)
    if not address:
        return ""
    parts = urlsplit(address)
    pairs = [pair for pair in parts.query.split("&") if pair and not _tracks(pair)]
    path = quote(re.sub(r"/{2,}", "/", parts.path), safe="/%:@!$&'()*+,;=~-._")
    while (shorter := _AMP_PATH.sub("", path) or "/") != path:
        path = shorter
    netloc = parts.netloc
    while (bare := _MOBILE_HOST.sub("www.", netloc)) != netloc:
        netloc = bare
    query = quote("&".join(pairs), safe="%=&:@!$'()*+,;/?~-._[]")
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def _tracks(pair: str) -> bool:
    """Whether a name=value pair is there to follow readers, not to name a page."""
    key = pair.partition("=")[0]
    return bool(_TRACKING.match(key) or TRACKERS_RE.search(key.lower()))


def identity(canonical_url: str) -> str:
    """What makes two canonical addresses one article: scheme, www., trailing slash and parameter order do not count."""
    parts = urlsplit(canonical_url)
    query = "&".join(sorted(parts.query.split("&")))
    host = parts.netloc.removeprefix("www.")
    return host + (parts.path.rstrip("/") or "/") + (f"?{query}" if query else "")


def host(url: str) -> str:
    """The host of an address, without www., in lower case."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def same_site(one: str, other: str) -> bool:
    """Whether a page at `one` may speak for `other`: equal hosts, or one below the other."""
    first, second = host(one), host(other)
    return bool(first and second) and (first == second or first.endswith("." + second) or second.endswith("." + first))
