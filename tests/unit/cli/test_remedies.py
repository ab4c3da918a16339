"""What people are told they can do: one remedy for a reason, wherever it was said."""

import ssl
from types import SimpleNamespace

import aiohttp
import pytest

from models.outcome import Failed
from pipeline.adapters.decoding import TooLarge
from pipeline.adapters.http.reasons import reason
from pipeline.cli.remedies import counted, hints
from pipeline.stages.feeds import parse

URL = "https://paper.example/feed"
NOWHERE = SimpleNamespace(host="paper.example", port=443, ssl=True, is_ssl=True)


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("private address", "--allow-private HOST"),
        ("port not allowed", "--allow-private HOST:PORT"),
        (reason(aiohttp.ClientConnectorCertificateError(NOWHERE, ssl.SSLCertVerificationError())), "SSL_CERT_FILE="),
        (reason(aiohttp.ClientConnectorDNSError(NOWHERE, OSError())), "another spelling"),
        (reason(TooLarge()), "largest_download"),
        ("headers too large", "largest_headers"),
        (parse(b"<html><body>News</body></html>", URL).problem, '<link rel="alternate"'),
        (parse(b"<html><body>Please log in</body></html>", URL).problem, "open to all"),
        ("parse-timeout", "parse_seconds"),
        ("parse-memory", "parse_megabytes"),
    ],
)
def test_a_reason_has_its_remedy_by_itself_in_an_outcome_and_in_a_walks_problem(said: str, remedy: str):
    for text in (
        said,
        str(Failed(URL, said)),
        f"{URL} {said}",
        f"{URL} {said} (and 2 more)",
        f"failing since 2026-08-31: {said}",
    ):
        (hint,) = hints([text])
        assert hint.startswith(f"{said}\n  Try: "), text
        assert remedy in hint


def test_a_feed_that_is_gone_has_another_remedy_than_a_page():
    for text in ("HTTP 410", "gone: HTTP 410 since 2026-08-30"):
        assert "take it out of sources.toml" in hints([text], feeds=True)[0]
        assert hints([text]) == []


def test_each_reason_is_told_once_and_one_without_a_remedy_not_at_all():
    said = [
        "parse-memory",
        "host not found",
        "Failed(host not found)",
        "timeout",
        "New",
        "https://private-address.example/ HTTP 500",
    ]
    assert [hint.partition("\n")[0] for hint in hints(said)] == ["host not found", "parse-memory"]


def test_the_most_frequent_reason_comes_first():
    assert counted({"private address": 1, "HTTP 500": 1, "timeout": 8}) == "8 timeout, 1 HTTP 500, 1 private address"
