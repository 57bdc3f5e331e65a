"""The question to a broker, against what answers wrongly or not at all.

What a real broker answers is seen in test_cluster.py.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ibroker.broker.ports import free_ports, is_taken
from ibroker.broker.probe import any_answer, brokers_seen_by


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """Something that says this to the first who connects; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(100)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def framed(body: bytes) -> bytes:
    """An answer with its length before it."""
    return struct.pack(">i", len(body)) + body


def broker(number: int, host: bytes, rack: bytes | None) -> bytes:
    """One broker as the answer names it."""
    end = struct.pack(">h", -1) if rack is None else struct.pack(">h", len(rack)) + rack
    return struct.pack(">ih", number, len(host)) + host + struct.pack(">i", 1) + end


def test_brokers_with_and_without_a_rack() -> None:
    """All numbers are read, whatever the length of hosts and racks."""
    body = (
        struct.pack(">ii", 1, 2) + broker(7, b"een.nl", b"r1") + broker(12, b"", None)
    )

    with answering(framed(body)) as address:
        assert frozenset({7, 12}) == brokers_seen_by(address)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        struct.pack(">i", -1),
        framed(b""),
        framed(struct.pack(">ii", 2, 0)),
        framed(struct.pack(">ii", 1, 2) + broker(1, b"h", None)),
        framed(struct.pack(">ii", 1, 1) + struct.pack(">ih", 1, 30_000)),
        struct.pack(">i", 100) + b"short",
    ],
    ids=[
        "nothing",
        "http",
        "negative length",
        "empty",
        "another question",
        "too few brokers",
        "a host beyond the end",
        "breaks off",
    ],
)
def test_what_is_no_kafka(answer: bytes) -> None:
    """What does not answer as a broker counts as no answer."""
    with answering(answer) as address:
        assert None is brokers_seen_by(address)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.0.0.1:x", ":", "127.0.0.1:99999"]
)
def test_what_is_no_address(address: str) -> None:
    """An address that is none gives no answer, and no exception."""
    assert None is brokers_seen_by(address)


def test_one_that_answers_is_enough() -> None:
    """One of several addresses must answer, and know of a broker that is up."""
    [free] = free_ports(1)
    nobody = f"127.0.0.1:{free}"
    one = struct.pack(">ii", 1, 1) + broker(1, b"h", None)

    with answering(framed(one)) as address:
        assert any_answer([nobody, address])
    with answering(framed(struct.pack(">ii", 1, 0))) as address:
        assert not any_answer([nobody, address])


def test_ports() -> None:
    """Free ports differ and are free, and one on which somebody listens is taken."""
    ports = free_ports(20)

    assert 20 == len(set(ports))
    assert [False] * 20 == [is_taken(port) for port in ports]
    with socket.create_server(("127.0.0.1", ports[0])):
        assert is_taken(ports[0])
