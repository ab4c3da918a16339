"""A certificate authority of the tests' own, made by the openssl program."""

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@dataclass(frozen=True)
class Authority:
    """Signs what it is asked to."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """What a client must trust."""
        return self.folder / "authority.pem"

    def server(self, name: str, days: int = 2) -> ssl.SSLContext:
        """What a server of that name ("DNS:...", "IP:...") proves itself with."""
        key, asked, signed = (self.folder / f"{name.replace(':', '_')}{days}.{end}" for end in ("key", "csr", "pem"))
        openssl("req", *_KEY, "-keyout", key, "-out", asked, "-subj", "/CN=site", "-addext", f"subjectAltName={name}")
        ours = ("-CA", self.certificate, "-CAkey", self.folder / "authority.key", "-copy_extensions", "copy")
        openssl("x509", "-req", "-in", asked, "-out", signed, *ours, "-days", str(days))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(signed, key)
        return context


def openssl(*words: str | Path) -> None:
    """Run the openssl program; skip the test where there is none that can do this."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("there is no openssl program")
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False, timeout=20)
    if done.returncode:
        pytest.skip(f"this openssl program cannot make certificates: {done.stderr[-300:]}")


def authority(folder: Path) -> Authority:
    """A new one."""
    made = Authority(folder)
    openssl(
        "req", "-x509", *_KEY, "-keyout", folder / "authority.key", "-out", made.certificate, "-subj", "/CN=tests", "-days", "2"
    )
    return made
