"""What the watch must come to, whatever happened to it: what one run comes to.

Both are by partition and key, so that what stands in the wrong place differs too.
"""

from collections.abc import Callable, Iterable, Iterator

from aiokafka.partitioner import DefaultPartitioner

from ibroker.metrics.watch import WatchMeter
from ibroker.watch.stand import read_stand
from ibroker.watch.tabellen import WatchTables
from ibroker.watch.werk import Kanalen, Werk
from tests.watch.events import PARTITIONS

__all__ = ["Kept", "Table", "find_kept", "uninterrupted"]

Kept = dict[tuple[int, bytes], bytes]
"""What a table of the watch holds."""


class Table:
    """A table of the watch, in memory."""

    def __init__(self) -> None:
        self.kept: Kept = {}

    def get(self, partition: int, key: bytes) -> bytes | None:
        return self.kept.get((partition, key))

    def put(self, partition: int, key: bytes, value: bytes | None) -> None:
        if value is None:
            self.kept.pop((partition, key), None)
        else:
            self.kept[partition, key] = value

    def scan(self, partition: int) -> Iterator[tuple[bytes, bytes]]:
        return iter([(key, v) for (at, key), v in self.kept.items() if at == partition])


def uninterrupted(
    events: Iterable[tuple[int, int, bytes]],
    tables: WatchTables,
    clock: Callable[[], float],
    partitions: int = PARTITIONS,
) -> tuple[Kept, Kept]:
    """The draden and the weken of one run over events: partition, offset and value."""
    draden, weken, sent = Table(), Table(), list[tuple[bytes, bytes]]()
    kanalen = Kanalen(draden, weken, lambda key, value: sent.append((key, value)))
    werk = Werk(tables, kanalen, WatchMeter([], [], []), clock)
    for partition, offset, value in events:
        werk.lees(partition, offset, value)
    places, choose = list(range(partitions)), DefaultPartitioner()
    for key, value in sent:
        werk.volg(choose(key, places, places), key, value)
    werk.schrijf()
    return draden.kept, weken.kept


async def find_kept(
    address: str, tables: WatchTables, partitions: int = PARTITIONS
) -> tuple[Kept, Kept]:
    """The draden and the weken that the changelogs hold."""
    topics = tables.topics
    connection = {"bootstrap_servers": address.split(",")}
    draden, weken = [
        await read_stand(connection, topic, topics.gebeurtenissen, partitions)
        for topic in (topics.stand, topics.week)
    ]
    return draden, weken
