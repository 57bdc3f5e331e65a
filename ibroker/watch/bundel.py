"""Puts together what the watch tells itself of references.

A record of its own for each goes through all of Faust twice, out and in again: that was
half of what an event cost.
"""

from collections.abc import Callable
from typing import Final

from aiokafka.partitioner import DefaultPartitioner

from ibroker.core.watch.vorm import encode_bundel

__all__ = ["Bundels"]

_MOST: Final = 200  # facts: taking one in keeps nobody waiting for long


class Bundels:
    """The facts that wait to be sent, for each of so many partitions.

    They wait until there are 200 for a partition, or until `stuur_op`. A fact that
    waits twice does no harm, nor one that is lost before its event is committed.
    `stuur` gets a bundle and the partition that it is for. All of one reference goes to
    one partition, that which any client of Kafka chooses by its key.
    """

    def __init__(self, partitions: int, stuur: Callable[[int, bytes], None]) -> None:
        self._partitions = range(partitions)
        self._choose = DefaultPartitioner()
        self._stuur = stuur
        self._wachtend: dict[int, list[tuple[bytes, bytes]]] = {}

    def neem(self, key: bytes, post: bytes) -> bool:
        """Let a fact wait; True where none waited yet."""
        return self.leg(self._choose(key, self._partitions, ()), key, post)

    def leg(self, partition: int, key: bytes, post: bytes) -> bool:
        """The same for a partition that is known."""
        is_first = not self._wachtend
        bundel = self._wachtend.setdefault(partition, [])
        bundel.append((key, post))
        if len(bundel) == _MOST:
            self._stuur(partition, encode_bundel(self._wachtend.pop(partition)))
        return is_first

    def stuur_op(self) -> None:
        """Send all that waits."""
        wachtend, self._wachtend = self._wachtend, {}
        for partition, bundel in wachtend.items():
            self._stuur(partition, encode_bundel(bundel))
