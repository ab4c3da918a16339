"""What an exchange may cost: time however it is dripped away, memory however it is packed, bytes whatever they say of themselves."""

import gzip
import lzma
import subprocess
import sys
import time
import zlib
from pathlib import Path
from types import SimpleNamespace

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters import decoding
from pipeline.adapters.decoding import Body, TooLarge, Undecodable, UnknownEncoding
from tests.conftest import ROOT
from tests.servers import Answer, Raw, serving
from tests.unit.adapters.test_http import failure_at, page_at

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GIB, MIB = 1 << 30, 1 << 20
MEASURE = """
import gc, pathlib, sys
from models.page import Failed, Request
from pipeline.adapters.http import Limits, Live
def megabytes(name):
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024
def begin():  # getrusage would not do: its peak is that of the parent, too, which this one was made from
    gc.collect()
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    return megabytes("VmRSS:")
before = begin()
len(sys.argv[0] * 25_000_000)  # "-c"
print("control", round(megabytes("VmHWM:") - before))
host, *paths = sys.argv[1:]
fetch = Live(Limits("Test", 30.0, 10_000_000, 5, 4, 0.0, allow_private=frozenset({host})))
list(fetch([Request(f"http://{host}/small")]))
for path in paths:
    before = begin()
    answer, = fetch([Request(f"http://{host}/{path}")])
    print(path, answer.reason if isinstance(answer, Failed) else len(answer.body), round(megabytes("VmHWM:") - before))
"""


@pytest.mark.parametrize(
    ("name", "start", "drip"),
    [
        ("the first line", b"", b"H"), ("headers", OK, b"X-A: b\r\n"), ("one header", OK + b"X: ", b"y"), ("nothing at all", b"", b""),
        ("a body", OK + b"Content-Length: 1000\r\n\r\n", b"x"), ("a body without a length", OK + b"\r\n", b"x"),
        ("a compressed body", OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"x")[:10], b"\0\0\0\xff\xff"),
        ("a chunk", CHUNKED + b"fff\r\n", b"x"), ("chunk extensions", CHUNKED + b"5;", b"a"), ("chunk sizes", CHUNKED, b"0"),
        ("trailers", CHUNKED + b"0\r\n", b"X-A: b\r\n"), ("interim answers", b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        ("the end", CHUNKED + b"1\r\nx\r\n0\r\n", b""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_server_that_drips_is_cut_off_wherever_it_does(name, start, drip):
    with serving({"/": Raw((start, *[drip] * 100), pause=0.02)}) as site:
        began = time.monotonic()
        assert failure_at(site.url(), exchange_seconds=0.15) in {"timeout", "not HTTP"}, name
        assert time.monotonic() - began < 1.5


@pytest.mark.parametrize("start", [b"", OK, OK + b"Content-Length: 100000\r\n\r\n"], ids=["nothing", "headers", "a body"])
def test_a_server_that_does_not_get_on_is_cut_off_long_before_its_time_is_over(start):
    with serving({"/": Raw((start, *[b"x" if start else b""] * 200), pause=0.02)}) as site:
        began = time.monotonic()
        assert failure_at(site.url(), exchange_seconds=60.0, stalled_seconds=0.15) == "timeout"
        assert time.monotonic() - began < 1.5


def test_a_slow_server_that_gets_on_may_take_all_of_its_time():
    parts = (OK + b"Content-Length: 20000\r\n\r\n", *[b"x" * 1000] * 20)
    with serving({"/": Raw(parts, pause=0.03)}) as site:
        assert len(page_at(site.url(), exchange_seconds=60.0, stalled_seconds=0.3).body) == 20_000


def test_an_endless_flood_of_interim_answers_is_cut_off():
    flood = b"HTTP/1.1 102 Processing\r\n\r\n" * 2000
    with serving({"/": Raw((flood,) * 100_000)}) as site:
        assert failure_at(site.url(), exchange_seconds=0.4) == "timeout"


def test_a_slow_chain_of_redirects_is_one_exchange():
    routes = {f"/{n}": Answer(302, headers={"Location": f"/{n + 1}"}, seconds=0.06) for n in range(15)}
    with serving(routes) as site:
        assert failure_at(site.url("/0"), exchange_seconds=0.3) == "timeout"


def test_waiting_for_the_pace_of_a_host_is_no_part_of_the_exchange():
    with serving({"/": Answer(302, headers={"Location": "/there"}), "/there": Answer(200, b"there")}) as site:
        assert page_at(site.url(), exchange_seconds=0.3, host_interval=0.4).body == b"there"


def test_a_body_that_says_it_is_too_large_is_not_waited_for():
    with serving({"/": Raw((OK + b"Content-Length: 100001\r\n\r\n",), pause=1)}) as site:
        began = time.monotonic()
        assert failure_at(site.url()) == "too large"
        assert time.monotonic() - began < 0.9


def test_the_download_is_bounded_though_little_comes_of_it():
    with serving({"/": Answer(200, gzip.compress(b"", mtime=0) * 600, {"Content-Encoding": "gzip"})}) as site:
        assert page_at(site.url()).body == b""
        assert failure_at(site.url(), largest_download=5_000) == "too large"
        raw = Raw((OK + b"Content-Encoding: gzip\r\n\r\n", *[gzip.compress(b"", mtime=0) * 10] * 60))
        site.routes["/"] = raw  # without saying how long it is
        assert failure_at(site.url(), largest_download=5_000) == "too large"


def test_a_thousand_members_are_enough():
    with serving({"/": Answer(200, gzip.compress(b"", mtime=0) * 1001, {"Content-Encoding": "gzip"})}) as site:
        assert failure_at(site.url()) == "answer broken off"


def test_headers_are_bounded_by_settings():
    with serving({"/": Answer(headers={f"X-{n}": "y" * 90 for n in range(20)})}) as site:
        assert page_at(site.url()).status == 200
        assert failure_at(site.url(), largest_headers=1_500) == "headers too large"
        assert failure_at(site.url(), most_headers=10) == "headers too large"


@pytest.mark.parametrize("encoding", ["compress", "none", "utf-8", "lzma", "gzip, gzip, gzip", "br, br", "gzip;q=1"])
def test_an_encoding_that_nobody_asked_for_is_named(encoding):
    with serving({"/": Answer(200, b"whatever", {"Content-Encoding": encoding})}) as site:
        assert failure_at(site.url()) == "unknown encoding"


def test_what_is_asked_for_is_what_can_be_undone():
    with serving({"/": Answer()}) as site:
        page_at(site.url())
    asked = site.seen[0].headers["Accept-Encoding"]
    assert asked in {"gzip, br", "gzip, br, zstd"}
    for name in asked.split(", "):
        Body(name, 1)


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


PACKERS = {
    "gzip": gzip.compress, "X-GZIP": gzip.compress, "deflate": zlib.compress, "Deflate": raw_deflate, "br": brotli.compress,
    "identity": bytes, "": bytes, "gzip, gzip": lambda body: gzip.compress(gzip.compress(body)),
    "gzip, br": lambda body: brotli.compress(gzip.compress(body)), "br, deflate": lambda body: zlib.compress(brotli.compress(body)),
}  # fmt: skip


@pytest.mark.parametrize("encoding", PACKERS)
@given(body=st.binary(max_size=300), repeated=st.sampled_from([1, 1000]), step=st.integers(1, 5000))
def test_a_body_is_undone_as_it_was_made_whatever_the_pieces(encoding, body, repeated, step):
    packed, made = PACKERS[encoding](body * repeated), Body(encoding, 300_000)
    for start in range(0, len(packed), step):
        made.feed(packed[start : start + step])
    assert made.end() == body * repeated


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "Deflate", "br", "gzip, gzip", "gzip, br"])
@given(body=st.binary(min_size=1, max_size=200), cut=st.integers(1, 30))
def test_what_is_not_all_of_it_is_broken_off(encoding, body, cut):
    packed, made = PACKERS[encoding](body), Body(encoding, 1000)
    made.feed(packed[: max(1, len(packed) - cut)])
    with pytest.raises(Undecodable):
        made.end()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, gzip", "br, gzip"])
@given(junk=st.binary(max_size=200))
def test_junk_is_a_body_or_undecodable(encoding, junk):
    made = Body(encoding, 1000)
    try:
        made.feed(junk)
        made.end()
    except (Undecodable, TooLarge):
        return


def test_several_members_are_one_body_and_padding_is_none():
    members = gzip.compress(b"one ") + gzip.compress(b"two")
    for padding in (b"\0" * 100 + b"\0more", b"\x1fmore", b"more"):
        for size in (1, len(members), len(members) + 1, 1000):
            made, sent = Body("gzip", 1000), members + padding
            for start in range(0, len(sent), size):
                made.feed(sent[start : start + size])
            assert made.end() == b"one two"


def test_a_member_of_which_only_the_beginning_came_is_broken_off():
    for cut in (1, 2, 20):
        made = Body("gzip", 1000)
        made.feed(gzip.compress(b"one "))
        made.feed(gzip.compress(b"two")[:cut])
        with pytest.raises(Undecodable):
            made.end()


def bomb(wbits: int, block: bytes, count: int = GIB // MIB) -> bytes:
    """A block again and again, as cheaply as it is read: after a full flush the packed bytes may be repeated."""
    packer = zlib.compressobj(9, wbits=-15)
    part = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    head = {31: gzip.compress(b"", mtime=0)[:10], 15: b"\x78\xda", -15: b""}[wbits]
    return head + part * count


def brotli_bomb() -> bytes:
    packer = brotli.Compressor(quality=1, lgwin=24)
    return (
        packer.process(b"\0" * MIB) + b"".join(packer.flush() + packer.process(b"\0" * MIB) for _ in range(63)) + packer.flush()
    )


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peaks of memory are read from /proc")
def test_a_gibibyte_in_any_encoding_costs_less_than_30_megabytes():
    gzipped = bomb(31, b"\0" * MIB)
    bombs = {
        "gzip": gzipped, "deflate": bomb(15, b"\0" * MIB), "Deflate": bomb(-15, b"\0" * MIB), "gzip, gzip": gzip.compress(gzipped),
        "gzip, br": brotli.compress(gzipped, quality=3), "br": brotli_bomb(), "br, gzip": gzip.compress(brotli_bomb()),
    }  # fmt: skip
    if "zstd" in decoding.ACCEPTED:
        bombs["zstd"] = decoding.zstd.compress(b"\0" * MIB) * 1000
    paths = {f"/{n}": Answer(200, body, {"Content-Encoding": name}) for n, (name, body) in enumerate(bombs.items())}
    with serving({**paths, "/small": Answer(200, b"small")}) as site:
        command = [sys.executable, "-c", MEASURE, site.host, *(path[1:] for path in paths)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    control, *lines = [line.rsplit(" ", 1) for line in done.stdout.splitlines()]
    assert 45 < int(control[1]) < 60  # it is memory that is measured
    assert [words for words, _ in lines] == [f"{n} too large" for n in range(len(bombs))]
    assert max(int(megabytes) for _, megabytes in lines) < 30, done.stdout


def zstd_frame(window: int, body: bytes) -> bytes:
    """A frame of one block that is stored as it is, and that says it needs a window of 2 ** window bytes."""
    return b"\x28\xb5\x2f\xfd\0" + bytes([(window - 10) << 3]) + (len(body) << 3 | 1).to_bytes(3, "little") + body


@pytest.mark.skipif(decoding.zstd is None, reason="there is no zstd library")
def test_a_zstd_window_larger_than_the_web_allows_is_refused():
    made = Body("zstd", 10_000)
    made.feed(zstd_frame(23, b"abc") + zstd_frame(20, b"def"))
    assert made.end() == b"abcdef"
    with pytest.raises(Undecodable):
        Body("zstd", 10_000).feed(zstd_frame(24, b"abc"))


@given(
    parts=st.lists(st.binary(max_size=200), min_size=1, max_size=4), step=st.integers(1, 300), repeated=st.sampled_from([1, 2000])
)
def test_frames_are_undone_step_by_step(parts, step, repeated):
    """Python's lzma has the interface of its zstd, and is always there."""
    fake = SimpleNamespace(
        DecompressionParameter=SimpleNamespace(window_log_max=0), ZstdDecompressor=lambda options: lzma.LZMADecompressor()
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(decoding, "zstd", fake)
        made, bounded = Body("zstd", 2_000_000), Body("zstd", 1000)
        packed = b"".join(lzma.compress(part * repeated) for part in parts)
        for start in range(0, len(packed), step):
            made.feed(packed[start : start + step])
        whole = b"".join(part * repeated for part in parts)
        assert made.end() == whole
        if len(whole) > 1000:
            with pytest.raises(TooLarge):
                bounded.feed(packed)


@pytest.mark.parametrize("encodings", ["br, br", "br, zstd", "gzip, deflate, gzip"])
def test_more_layers_than_anybody_needs_are_refused(encodings):
    with pytest.raises(UnknownEncoding):
        Body(encodings, 1000)
