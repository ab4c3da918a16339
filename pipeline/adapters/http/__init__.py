"""Fetch over the live web.

    limits       what settings say
    locations    a URL as it is sent: no credentials, no fragment, one spelling a host; where redirects may lead
    addresses    which addresses are public, and sockets that go to no other
    pacing       when a host may be asked next
    hosts        one connection a host, for as long as somebody wants it
    decoding     gzip, deflate, br and zstd, in bounded steps
    slots        how many exchanges are under way; slow ones step aside
    exchanges    one request, its redirects and its answer
    reasons      names for what went wrong
    live         the port: requests in, answers out, a thread and a loop in between

aiohttp's exceptions become Failed in here and go no further.
"""

from pipeline.adapters.http.limits import Limits, limits_of
from pipeline.adapters.http.live import Live

__all__ = ["Limits", "Live", "limits_of"]
