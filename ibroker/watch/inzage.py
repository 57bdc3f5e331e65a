"""What the watch lets see of its state: a party its own clocks, an operator weeks."""

from collections.abc import Sequence

from ibroker.core.watch.draad import Klok, klokken
from ibroker.core.watch.vorm import decode_draad
from ibroker.core.watch.weekoverzicht import Weekstand, read_weekstand
from ibroker.kafka.connection import connection
from ibroker.post.partij import find_partij
from ibroker.register import load_register
from ibroker.settings import Settings
from ibroker.watch.proces import check_topics
from ibroker.watch.stand import read_stand
from ibroker.watch.tabellen import WatchTables

__all__ = ["codes_of", "read_klokken", "read_weken"]


def codes_of(settings: Settings, code: str) -> frozenset[str]:
    """Give the codes whose post is that of a party: its own, and of whom it succeeded.

    Raises ConfigError where the register does not know it.
    """
    register = load_register(settings.partijen)
    partij = find_partij(register, code)
    former = {one for one, after in register.opvolgers().items() if code in after}
    return frozenset({partij.code, *former})


async def read_klokken(
    settings: Settings, tables: WatchTables, codes: frozenset[str]
) -> Sequence[Klok]:
    """Give the clocks of which one of these codes asks or answers, and no others.

    Raises GebeurtenisError, and LogError where Kafka does not do what we need.
    """
    stand = await _read(settings, tables, tables.topics.stand)
    return [
        klok
        for _, value in stand
        for klok in klokken(decode_draad(value), tables.antwoorden, tables.kalender)
        if klok.vraag.zender in codes or klok.vraag.ontvanger in codes
    ]


async def read_weken(settings: Settings, tables: WatchTables) -> Weekstand:
    """Give what is known of weeks. Raises as `read_klokken`."""
    return read_weekstand(await _read(settings, tables, tables.topics.week))


async def _read(
    settings: Settings, tables: WatchTables, topic: str
) -> Sequence[tuple[bytes, bytes]]:
    """Give keys and values of a changelog."""
    count = await check_topics(settings, tables.topics)
    source = tables.topics.gebeurtenissen
    kept = await read_stand(connection(settings), topic, source, count)
    return [(key, value) for (_, key), value in kept.items()]
