"""Fetch over https: certificates are checked, old protocols refused, handshakes bounded, and nothing falls back to http."""

import socket
import ssl
import threading
import time
import warnings

import pytest

from models.page import Page
from tests.authority import authority
from tests.servers import Answer, redirect, serving
from tests.unit.adapters.test_http import failure_at, fetched, page_at


@pytest.fixture(scope="module")
def signing(tmp_path_factory):
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusted(signing, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(signing.certificate))
    return signing


def test_a_server_with_a_certificate_of_a_trusted_authority_is_read(trusted):
    with serving({"/": Answer(200, b"sealed")}, trusted.server("IP:127.0.0.1")) as site:
        assert page_at(site.url()).body == b"sealed"


def test_a_server_with_a_certificate_of_another_authority_is_not(signing):
    with serving({"/": Answer()}, signing.server("IP:127.0.0.1")) as site:
        assert failure_at(site.url()) == "bad certificate"
    assert site.seen == []


def test_a_server_with_a_certificate_of_another_name_is_not(trusted):
    with serving({"/": Answer()}, trusted.server("DNS:other.example")) as site:
        assert failure_at(site.url()) == "bad certificate"
    assert site.seen == []


def test_a_server_with_a_certificate_that_has_run_out_is_not(trusted):
    with serving({"/": Answer()}, trusted.server("IP:127.0.0.1", days=-1)) as site:
        assert failure_at(site.url()) == "bad certificate"
    assert site.seen == []


def test_protocols_older_than_tls_1_2_are_refused(trusted):
    context = trusted.server("IP:127.0.0.1")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with serving({"/": Answer()}, context) as site:
        assert failure_at(site.url()) == "no secure connection"
    assert site.seen == []


def test_a_server_that_speaks_no_tls_on_a_secure_port_is_a_failure(trusted):
    with serving({"/": Answer()}) as site:
        assert failure_at(site.url().replace("http:", "https:"), exchange_seconds=30.0) in {
            "no secure connection",
            "connection broken",
        }


def test_a_handshake_that_hangs_is_cut_off():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        assert failure_at(f"https://{place}/", exchange_seconds=0.3, allow_private=frozenset({place})) == "timeout"
        assert time.monotonic() - began < 2


def test_a_handshake_that_drips_is_cut_off():
    stop = threading.Event()

    def drip(listening):
        connection, _ = listening.accept()
        with connection:
            connection.sendall(b"\x16\x03\x03\x40\x00")  # a record of 16 KB
            while not stop.wait(0.05):
                connection.sendall(b"\x02")

    with socket.create_server(("127.0.0.1", 0)) as dripping:
        thread = threading.Thread(target=drip, args=(dripping,))
        thread.start()
        place = f"127.0.0.1:{dripping.getsockname()[1]}"
        try:
            assert failure_at(f"https://{place}/", exchange_seconds=0.3, allow_private=frozenset({place})) == "timeout"
        finally:
            stop.set()
            thread.join()


def test_https_never_falls_back_to_http_on_a_real_connection(trusted):
    with serving({"/": Answer()}) as plain, serving({"/": redirect(301, plain.url())}, trusted.server("IP:127.0.0.1")) as sealed:
        assert failure_at(sealed.url()) == "redirect from https to http"
    assert plain.seen == []


def test_http_may_become_https(trusted):
    with (
        serving({"/": Answer(200, b"sealed")}, trusted.server("IP:127.0.0.1")) as sealed,
        serving({"/": redirect(301, sealed.url())}) as plain,
    ):
        page = page_at(plain.url())
    assert (page.body, page.moved_to) == (b"sealed", sealed.url())


def test_one_handshake_serves_all_requests_of_a_host(trusted):
    made = []
    context = trusted.server("IP:127.0.0.1")
    context.sni_callback = lambda *given: made.append(given)
    with serving({"/": Answer()}, context) as site:
        assert all(isinstance(page, Page) for page in fetched(*[site.url(f"/?{n}") for n in range(5)]))
    assert len(made) == 1
