"""Answers that are hardly HTTP: each is a Failed with a name, or the page that it can only be; the host's next request is well."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.page import Failed, Page, Request
from tests.servers import Answer, Raw, serving
from tests.unit.adapters.test_http import live

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HI = b"Content-Length: 2\r\n\r\nhi"


def answers(raw: bytes, *, after: bytes = b"", pause: float = 0.0) -> tuple[Page | Failed, Page | Failed]:
    """What comes of garbage, and of a sound request to the same host after it."""
    routes = {"/": Raw((raw, after) if after else (raw,), pause=pause), "/sound": Answer(200, b"sound")}
    with serving(routes) as site:
        first, second = live(exchange_seconds=2.0, host_interval=0.1 if after else 0.0)(
            [Request(site.url()), Request(site.url("/sound"))]
        )
    return first, second


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(OK + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde", "not HTTP", id="two lengths"),
        pytest.param(OK + b"Content-Length: 3, 5\r\n\r\nabcde", "not HTTP", id="a list of lengths"),
        pytest.param(OK + b"Content-Length: -3\r\n\r\nabc", "not HTTP", id="a length below nothing"),
        pytest.param(OK + b"Content-Length: 99999999999999999999999\r\n\r\nabc", "not HTTP", id="a length beyond numbers"),
        pytest.param(
            OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "not HTTP", id="a length and chunks"
        ),
        pytest.param(OK + b"Content-Length: 50\r\n\r\nabc", "answer broken off", id="less than its length"),
        pytest.param(CHUNKED + b"xyz\r\nabc", "not HTTP", id="a chunk without a size"),
        pytest.param(CHUNKED + b"-3\r\nabc\r\n0\r\n\r\n", "not HTTP", id="a chunk below nothing"),
        pytest.param(CHUNKED + b"ffffffffffffffffff\r\nabc", "not HTTP", id="a chunk beyond numbers"),
        pytest.param(CHUNKED + b"3\r\nabcdef\r\n0\r\n\r\n", "not HTTP", id="a chunk longer than its size"),
        pytest.param(CHUNKED + b"5\r\nabc", "answer broken off", id="a chunk that is cut"),
        pytest.param(CHUNKED + b"3\r\nabc\r\n", "answer broken off", id="no last chunk"),
        pytest.param(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "unknown encoding", id="chunks of something"),
        pytest.param(OK + b"Transfer-Encoding: junk\r\n\r\nabc", "unknown encoding", id="no chunks"),
        pytest.param(b"<html>hello</html>", "not HTTP", id="HTTP/0.9"),
        pytest.param(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nwords", "not HTTP", id="101"),
        pytest.param(b"HTTP/1.1 000 Zero\r\n" + HI, "not HTTP", id="status 0"),
        pytest.param(b"HTTP/1.1 1000 Much\r\n" + HI, "not HTTP", id="a long status"),
        pytest.param(OK + b"X\0A: b\r\n" + HI, "not HTTP", id="NUL in a name"),
        pytest.param(OK + b"X-A: b\0c\r\n" + HI, "not HTTP", id="NUL in a value"),
        pytest.param(OK + b"X-A: b\rX-B: c\r\n" + HI, "not HTTP", id="CR alone"),
        pytest.param(OK + b"X-A\r\n" + HI, "not HTTP", id="no colon"),
        pytest.param(OK + b"X-A : b\r\n" + HI, "not HTTP", id="a space before the colon"),
        pytest.param(b"", "answer broken off", id="nothing"),
        pytest.param(b"HTTP/1.1 200 " + b"O" * 100_000 + b"\r\n" + HI, "headers too large", id="a long first line"),
        pytest.param(OK + b"X: " + b"y" * 100_000 + b"\r\n" + HI, "headers too large", id="a long header"),
        pytest.param(OK + b"X" * 100_000 + b": y\r\n" + HI, "headers too large", id="a long name"),
        pytest.param(OK + b"X: y\r\n" * 1000 + HI, "headers too large", id="many headers"),
        pytest.param(OK + (b"X: " + b"y" * 9_000 + b"\r\n") * 9 + HI, "headers too large", id="much in all headers together"),
    ],
)
def test_an_answer_that_cannot_be_trusted_is_a_failure_with_a_name(raw, reason):
    first, second = answers(raw)
    assert isinstance(first, Failed), first
    assert first.reason == reason
    assert isinstance(second, Page)
    assert second.body == b"sound"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(OK + b"X-A: b\r\n c\r\n" + HI, id="a folded header"),
        pytest.param(OK + b"X-A: caf\xe9\r\n" + HI, id="a header of Latin-1"),
        pytest.param(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", id="LF alone"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\nhi", id="HTTP/1.0"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" * 50 + OK + HI, id="100 again and again"),
        pytest.param(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK + HI, id="103"),
        pytest.param(CHUNKED + b"1;a=b\r\nh\r\n1;c\r\ni\r\n0\r\nX-Trailer: t\r\n\r\n", id="chunk extensions and a trailer"),
        pytest.param(
            OK + b"Set-Cookie: \x01=\xe9;;=\r\nSet-Cookie: a=b; Domain=.; Expires=x\r\n" + HI, id="cookies that are none"
        ),
        pytest.param(
            OK + b"ETag: \xff\xfe\r\nLast-Modified: \xff\r\nRetry-After: \xff\r\nContent-Type: \xff\r\n" + HI,
            id="headers of bytes",
        ),
    ],
)
def test_an_answer_with_harmless_faults_is_a_page(raw):
    first, second = answers(raw)
    assert isinstance(first, Page), first
    assert (first.status, first.body, first.etag, first.last_modified) == (200, b"hi", "", "")
    assert isinstance(second, Page)
    assert second.body == b"sound"


@pytest.mark.parametrize("status", [b"304 Not Modified", b"204 No Content"])
@pytest.mark.parametrize("pause", [0.0, 0.05], ids=["at once", "later"])
def test_a_body_that_may_not_be_does_not_disturb_the_next_exchange(status, pause):
    head = b"HTTP/1.1 " + status + b"\r\nContent-Length: 20\r\nContent-Encoding: none\r\n\r\n"
    first, second = answers(head, after=b"<html>304</html>    ", pause=pause)
    assert first.reason == "not HTTP" if isinstance(first, Failed) else first.body == b""
    assert isinstance(second, Page)
    assert second.body == b"sound"


header = st.tuples(
    st.sampled_from(
        [b"Location", b"Set-Cookie", b"Content-Encoding", b"Retry-After", b"Date", b"ETag", b"Transfer-Encoding", b"X"]
    ),
    st.binary(max_size=30).map(lambda value: value.replace(b"\r", b"").replace(b"\n", b"")),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(
    raws=st.lists(
        st.tuples(st.sampled_from([200, 204, 301, 302, 304, 429, 503]), st.lists(header, max_size=5), st.binary(max_size=40)),
        min_size=8,
        max_size=8,
    )
)
def test_whatever_headers_say_no_exception_leaves(raws):
    parts = [
        b"HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n" % (status, b"".join(b"%s: %s\r\n" % one for one in said), len(body))
        + body
        for status, said, body in raws
    ]
    with serving({f"/{n}": Raw((part,)) for n, part in enumerate(parts)}) as site:
        found = list(live(exchange_seconds=2.0, ports=frozenset())([Request(site.url(f"/{n}")) for n in range(len(parts))]))
    assert len(found) == len(parts)
    assert not [one for one in found if isinstance(one, Failed) and one.reason.startswith(("bug", "connection failed"))]
