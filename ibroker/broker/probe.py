"""Asks a broker who is there, without a client library: one request, one answer."""

import socket
import ssl
import struct
from collections.abc import Iterable

__all__ = ["any_answer", "brokers_seen_by"]

_METADATA, _VERSION, _CORRELATION = 3, 1, 1
_LONGEST = 1_000_000  # bytes of an answer; a cluster of a thousand brokers needs 50,000
# Header: api, version, correlation, no client id. Body: the metadata of zero topics.
_REQUEST = struct.pack(">hhihi", _METADATA, _VERSION, _CORRELATION, -1, 0)


def brokers_seen_by(
    address: str, seconds: float = 2.0, tls: ssl.SSLContext | None = None
) -> frozenset[int] | None:
    """The numbers of the brokers that are up, as the broker at host:port sees it.

    None where nothing answers within `seconds` a read, or what answers is no Kafka.
    A broker answers only once it has caught up, and names itself once it takes part.
    """
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), seconds) as plain:
            plain.settimeout(seconds)
            if tls is None:
                return _parse(_exchange(plain))
            with tls.wrap_socket(plain, server_hostname=host.strip("[]")) as secured:
                return _parse(_exchange(secured))
    except (OSError, ValueError, OverflowError, struct.error):
        return None


def any_answer(addresses: Iterable[str], tls: ssl.SSLContext | None = None) -> bool:
    """Whether one of these addresses answers and knows of a broker that is up."""
    return any(brokers_seen_by(address, tls=tls) for address in addresses)


def _exchange(connection: socket.socket) -> bytes:
    connection.sendall(struct.pack(">i", len(_REQUEST)) + _REQUEST)
    (length,) = struct.unpack(">i", _read(connection, 4))
    if not 0 < length <= _LONGEST:
        raise ValueError("no answer of a Kafka")
    return _read(connection, length)


def _read(connection: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        part = connection.recv(length - len(parts))
        if not part:
            raise ValueError("the answer breaks off")
        parts += part
    return bytes(parts)


def _parse(answer: bytes) -> frozenset[int]:
    """Read the numbers of the brokers; after them comes what is not asked for.

    Each broker is its number, host, port, and a rack that may be null (length -1).
    """
    correlation, count = struct.unpack_from(">ii", answer)
    if correlation != _CORRELATION:
        raise ValueError("an answer to something else")
    place = 8
    numbers = []
    for _ in range(count):
        number, host = struct.unpack_from(">ih", answer, place)
        place += 6 + host + 4
        (rack,) = struct.unpack_from(">h", answer, place)
        place += 2 + max(rack, 0)
        numbers.append(number)
    return frozenset(numbers)
