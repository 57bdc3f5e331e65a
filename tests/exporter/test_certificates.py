"""Until when certificates are good is seen in files, and at what brokers show."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from ibroker.exporter.certificates import find_expiries
from ibroker.settings import Settings
from tests.topics.guarded import Authority, make_authority

GONE = "127.0.0.1:1"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs for two days."""
    return make_authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def server(authority: Authority) -> Iterator[str]:
    """Something that shows a certificate, and wants one it does not get."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.issue("broker"))
    context.load_verify_locations(authority.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                plain, _ = listening.accept()
            except OSError:
                return
            try:
                context.wrap_socket(plain, server_side=True).close()
            except OSError:
                plain.close()

    thread = Thread(target=serve, daemon=True)
    thread.start()
    yield f"127.0.0.1:{listening.getsockname()[1]}"
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(10)


def days(end: datetime) -> float:
    """How many days there are left."""
    return (end - datetime.now(UTC)) / timedelta(days=1)


def test_all_kinds(authority: Authority, server: str) -> None:
    """Each kind ends in two days here; a broker that is away hides no other."""
    certificate, key = authority.issue("ggk-exporter")
    found = find_expiries(
        Settings(
            kafka=f"{GONE},{server}",
            tls_ca=authority.certificate,
            tls_cert=certificate,
            tls_key=key,
        )
    )

    assert {"ca", "client", "broker"} == set(found)
    assert all(1.9 < days(end) <= 2 for end in found.values())


def test_nothing_without_tls(server: str) -> None:
    """Then there is none to end."""
    assert {} == find_expiries(Settings(kafka=server))


def test_what_is_not_there_is_not_shown(tmp_path: Path, authority: Authority) -> None:
    """A file that cannot be read, and brokers that are away: no figure."""
    found = find_expiries(
        Settings(kafka=GONE, tls_ca=authority.certificate, tls_cert=tmp_path / "none")
    )

    assert {"ca"} == set(found)
