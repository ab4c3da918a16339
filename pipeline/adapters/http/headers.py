"""Headers: what we say, and what is kept of what servers say."""

import re

import aiohttp

from models.page import Page, Request
from pipeline.adapters import decoding

ACCEPT = {
    "feed": "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
    "page": "text/html, application/xhtml+xml;q=0.9, */*;q=0.5",
}
_UNFIT = re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")


def sent(request: Request, user_agent: str) -> dict[str, str]:
    """Of a request, wherever it goes."""
    return {"User-Agent": user_agent, "Accept": ACCEPT[request.kind], "Accept-Encoding": decoding.ACCEPTED}


def conditions(request: Request, url: str) -> dict[str, str]:
    """Of a request, at an address on its way. Validators go to the one that they came from, verbatim or not at all."""
    if request.validators_url not in {"", url}:
        return {}
    validators = {"If-None-Match": fit(request.etag), "If-Modified-Since": fit(request.last_modified)}
    return {name: validator for name, validator in validators.items() if validator}


def page(answer: aiohttp.ClientResponse, request: Request, url: str) -> Page:
    """What the headers say of an answer that came from `url`; without its body."""
    return Page(
        request,
        url,
        answer.status,
        content_type=said(answer, "Content-Type"),
        etag=said(answer, "ETag"),
        last_modified=said(answer, "Last-Modified"),
        retry_after=said(answer, "Retry-After"),
        cache_control=listed(answer, "Cache-Control"),
        expires=said(answer, "Expires"),
    )


def said(answer: aiohttp.ClientResponse, name: str) -> str:
    """A header, verbatim; "" where its bytes are no UTF-8 or control something: what cannot be stored, or sent back."""
    return fit(answer.headers.get(name, ""))


def listed(answer: aiohttp.ClientResponse, name: str) -> str:
    """A header that is a list, and may be given in several lines (RFC 9110, 5.3)."""
    return fit(", ".join(answer.headers.getall(name, [])))


def fit(header: str) -> str:
    """A header that can be stored and sent, or nothing."""
    return "" if _UNFIT.search(header) else header
