"""Ports of this machine: which are taken, and some that are not."""

import secrets
import socket

from ibroker.broker.properties import HOST

__all__ = ["free_ports", "is_taken"]

# Below the range from which Linux gives ports to outgoing connections: else one of
# those might take the port of a node that a test has stopped for a moment.
_FIRST, _LAST = 15_000, 32_000


def is_taken(port: int) -> bool:
    """Whether something listens on this port, or it may not be used."""
    with socket.socket() as probe:
        # As Java does: what lingers of connections that were closed is no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return True
    return False


def free_ports(count: int) -> tuple[int, ...]:
    """Give `count` different ports that are free now, in no order.

    They are looked for at random, so that test runs beside each other do not meet.
    """
    found: set[int] = set()
    while len(found) < count:
        port = _FIRST + secrets.randbelow(_LAST - _FIRST)
        if port not in found and not is_taken(port):
            found.add(port)
    return tuple(found)
