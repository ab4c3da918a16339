"""Addresses: absolute http(s) or nothing; the same article under one name."""

import re
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

LONGEST_URL = 2000  # characters; what browsers and caches take
# Names that follow readers and never name a page: campaign systems, click numbers, and what the known sources' feeds add.
_TRACKING = re.compile(
    r"(?:utm|at|mc|pk|piwik|mtm|hsa|ns|oly|vero|itm)_.*|_ga|_gl|_hsenc|_hsmi|mkt_tok|fbclid|gclid|dclid|twclid|yclid|ysclid|msclkid|igshid|[gw]braid"
    r"|cmp|cmpid|ncid|ito|smid|sref|ocid|taid|xtor|triedRedirect|amp|outputType",
    re.IGNORECASE,
)
# Names that may name a page, and follow readers where their value is one of these.
_WHENCE = re.compile(
    r"(?:ref|ref_src|source|src|from|partner|mod|feature)=(?:rss|feed|atom|twitter|facebook|linkedin|email|newsletter|homepage)[\w-]*",
    re.IGNORECASE,
)
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # controls, lone surrogates
# What no address has in it: it would end an attribute, begin a tag, or make one read as another (bidi and unseen characters).
_UNSAFE = re.compile('[ <>"\\\\^`{|}\xa0\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]')
_PATH, _QUERY = "/%:@!$&'()*+,;=~-._", "%=&:@!$'()*+,;/?~-._[]"  # what is in them as it is
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9.])?|[0-9a-f:]*:[0-9a-f:.]*(?:%[\w.-]+)?", re.IGNORECASE)
_AMP_PATH = re.compile(r"/(?:amp|index\.amp\.html|amp\.html)/?$|^/amp(?=/.)|\.amp(?=\.html$|$)")
_MOBILE_HOST = re.compile(r"^(?:m|mobile|amp)\.(?=[^.]+\.[^.]+)")


def web_address(url: str, base: str = "") -> str:
    """`url` as an absolute http(s) address without credentials and fragment; "" where it cannot be one."""
    if _UNFIT.search(url.strip()):
        return ""
    try:
        parts = urlsplit(urljoin(base, url.strip()) if base else url.strip())
        host, port = _encoded(parts.hostname or ""), parts.port
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host) or len(url) > LONGEST_URL:
        return ""
    if len(quote(parts.path, _PATH, errors="replace")) + len(quote(parts.query, _QUERY, errors="replace")) > LONGEST_URL - len(
        parts.netloc
    ) - len("https:///?"):
        return ""  # as it is sent
    shown = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    netloc = shown if port in {None, default} else f"{shown}:{port}"
    path, query = (_UNSAFE.sub(lambda found: quote(found[0]), part) for part in (parts.path or "/", parts.query))
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def _encoded(host: str) -> str:
    """An international host name as resolvers know it."""
    return host if host.isascii() else host.encode("idna").decode()


def canonical(url: str, base: str = "") -> str:
    """The address without tracking parameters, AMP and mobile forms; "" where `web_address` gives none."""
    address = web_address(url, base)
    if not address:
        return ""
    parts = urlsplit(address)
    pairs = [pair for pair in parts.query.split("&") if pair and not _tracks(pair)]
    path = quote(re.sub(r"/{2,}", "/", parts.path), _PATH)
    while (shorter := _AMP_PATH.sub("", path) or "/") != path:
        path = shorter
    netloc = parts.netloc
    while (bare := _MOBILE_HOST.sub("www.", netloc)) != netloc:
        netloc = bare
    query = quote("&".join(pairs), _QUERY)
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def _tracks(pair: str) -> bool:
    """Whether a name=value pair is there to follow readers, not to name a page."""
    return bool(_TRACKING.fullmatch(pair.partition("=")[0]) or _WHENCE.fullmatch(pair))


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
