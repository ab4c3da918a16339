"""A server on loopback and nowhere else."""

import socket
import urllib.error
import urllib.request

import pytest

from models.errors import ConfigError
from pipeline.schedule.listening import Address, Answer, address, listening
from pipeline.schedule.metrics import Metrics


@pytest.mark.parametrize(
    ("text", "host"),
    [("127.0.0.1:9464", "127.0.0.1"), ("127.9.9.9:9464", "127.9.9.9"), ("[::1]:9464", "::1"), ("LocalHost:9464", "127.0.0.1")],
)
def test_addresses_of_this_machine_alone_are_taken(text, host):
    assert address(text, "listen") == Address(host, 9464, "listen")


@pytest.mark.parametrize(
    "text",
    ["0.0.0.0:9464", "[::]:9464", "192.168.0.7:9464", "example.com:9464", ":9464", "9464", "127.0.0.1", "127.0.0.1:http",
     "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:٣"],
)  # fmt: skip
def test_others_are_refused_with_an_example(text):
    with pytest.raises(ConfigError) as caught:
        address(text, "listen")
    assert caught.value.remedy.startswith("127.0.0.1:9464")


def test_a_proxy_is_what_others_are_told_to_use():
    with pytest.raises(ConfigError, match="reverse proxy"):
        address("0.0.0.0:9464", "listen")


def test_nothing_is_nowhere():
    assert address("", "listen") is None


def ask(url: str, method: str = "GET") -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_paths_are_answered_and_strangers_bytes_do_no_harm(host):
    try:
        socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError:
        pytest.skip(f"this machine has no {host}")
    answers = {"/healthz": Answer(503, "application/json", b"{}")}
    with listening(Address(host, 0, "listen"), answers.get) as url:
        assert ask(f"{url}/healthz?a=b") == (503, "{}")
        assert ask(f"{url}/healthz", "HEAD") == (503, "")
        assert ask(f"{url}/other") == (404, "/healthz or /metrics\n")
        assert ask(f"{url}/healthz", "POST")[0] == 501
        with socket.create_connection((host, int(url.rpartition(":")[2]))) as stranger:
            stranger.sendall(b"\x16\x03\x01 no request at all\r\n\r\n")
            assert b"400" in stranger.recv(1000)
        assert ask(f"{url}/healthz")[0] == 503


def test_a_port_that_is_taken_is_said():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        place = Address("127.0.0.1", port, "--listen")
        with pytest.raises(ConfigError, match=f"--listen: 127.0.0.1:{port} cannot be listened on"), listening(place, {}.get):
            pass


def test_metrics_count_what_children_say(monkeypatch: pytest.MonkeyPatch):
    from datetime import UTC, datetime

    metrics = Metrics("listen")
    metrics.began("news")
    counts = {"links": {"total": 7}, "outcomes": {"New": 3}, "feeds": {"total": 2, "read": 1, "failed": 1}}
    for _ in range(2):
        metrics.ended("news", "ok", 1.5, datetime(2026, 8, 31, tzinfo=UTC))
        metrics.said("news", counts)
    metrics.ended("prune", "locked", 0.5, datetime(2026, 8, 31, tzinfo=UTC))
    metrics.said("prune", {"links": 5})
    metrics.said("news", {})
    kind, body = metrics.text()
    assert kind.startswith("text/plain")
    lines = body.decode().splitlines()
    for line in (
        'conceptwire_jobs_total{job="news",result="ok"} 2.0', 'conceptwire_jobs_total{job="prune",result="locked"} 1.0',
        'conceptwire_job_seconds{job="news"} 1.5', 'conceptwire_job_running{job="news"} 0.0', "conceptwire_links 7.0",
        'conceptwire_outcomes_total{outcome="New"} 6.0', 'conceptwire_polls_total{status="failed"} 2.0',
        "conceptwire_lock_held_by_others 1.0",
    ):  # fmt: skip
        assert line in lines
    assert not any('total"} ' in line and "polls" in line for line in lines)
    assert any(line.startswith('conceptwire_last_success_timestamp_seconds{job="news"} 1.788') for line in lines)


def test_a_missing_client_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "prometheus_client", None)
    with pytest.raises(ConfigError, match=r"pip install 'conceptwire\[metrics\]'"):
        Metrics("listen")
