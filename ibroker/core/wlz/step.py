"""The step of the Wlz stream: a fact in; signals, an answer and what is then known out.

It is a function of the record and of the state of its partition. Time is a cause too:
`find_due` says what a day brings, and looks at every stand again in each month, and
where the table, or the key that hides people, is another than the last time. What is
over for so long that it need not be kept goes then.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from ibroker.core.delivery import moment_of
from ibroker.core.record import Record
from ibroker.core.state import Change, State
from ibroker.core.wlz.feit import Hartslag, decode_feit
from ibroker.core.wlz.gevolg import Gevolg, WlzTables, build_gevolg, pass_hartslag
from ibroker.core.wlz.kennis import (
    due_on,
    find_bekend,
    list_due,
    list_standen,
    read_stand,
)
from ibroker.core.wlz.persoon import rehide
from ibroker.core.wlz.reductie import reduce_feit, wake
from ibroker.core.wlz.weging import next_moment

__all__ = ["Gevolg", "WlzTables", "find_due", "take_fact"]

_SWEEP: Final = b"v"
_MONTH: Final = 7  # characters of an ISO date


def take_fact(record: Record, state: State, tables: WlzTables) -> Gevolg:
    """Take a fact in, and say what must be said; a question is answered to its asker.

    A heartbeat goes on to where those end, and leaves nothing here. Raises FeitError or
    SleutelError: facts are our own, so one that cannot be read is a fault of ours.
    """
    value = record.value or b""
    feit = decode_feit(value)
    moment = moment_of(record.timestamp)
    herkomst = (record.topic, record.partition, record.offset), moment
    if isinstance(feit, Hartslag):
        return pass_hartslag(feit, value, herkomst, tables)
    bekend = find_bekend(feit.persoon, tables.sleutels, state)
    persoon = rehide(feit.persoon, tables.sleutels)
    if persoon is not feit.persoon:
        feit = replace(feit, persoon=persoon)
    today = _today(moment, tables)
    uitkomst = reduce_feit(bekend.stand, feit, tables.tabel, today)
    changes = bekend.follow(uitkomst.stand, tables.tabel)
    return build_gevolg(uitkomst, changes, herkomst, today, tables)


def find_due(state: State, timestamp: int, tables: WlzTables) -> Iterator[Gevolg]:
    """Say what must be said because of the time; `timestamp` is in ms since 1970.

    Raises as `take_fact`.
    """
    moment = moment_of(timestamp)
    today = _today(moment, tables)
    for key, done in list_due(today, state):
        gevolg = _wake(key, state, moment, tables)
        yield replace(gevolg, changes=(done, *gevolg.changes))
    ronde = _ronde(tables, today)
    known, _, reached = (state.get(_SWEEP) or b"").rpartition(b" ")
    if known == ronde and not reached:
        return
    after = bytes.fromhex(reached.decode()) if known == ronde else b""
    for key in list_standen(after, state):
        gevolg = _wake(key, state, moment, tables)
        # With each, so that a turn of any size comes further than the one before.
        yield replace(gevolg, changes=(*gevolg.changes, _reach(ronde, key)))
    yield Gevolg(changes=(_reach(ronde, b""),))


def _wake(key: bytes, state: State, moment: datetime, tables: WlzTables) -> Gevolg:
    """Look at a stand again, which may have gone meanwhile."""
    stand = read_stand(key, state)
    if stand is None:
        return Gevolg()
    bekend = find_bekend(stand.persoon, tables.sleutels, state)
    if bekend.stand is None:
        return Gevolg()
    today = _today(moment, tables)
    uitkomst = wake(bekend.stand, tables.tabel, today)
    changes = bekend.follow(uitkomst.stand, tables.tabel)
    if uitkomst.stand is not None:
        # By the former table there may have been no such day.
        changes += due_on(bekend.key, next_moment(uitkomst.stand, tables.tabel))
    return build_gevolg(uitkomst, changes, (("", 0, 0), moment), today, tables)


def _ronde(tables: WlzTables, today: date) -> bytes:
    """Name a round along all stands: by what they are looked at, and in which month."""
    return tables.stempel + b"/" + today.isoformat()[:_MONTH].encode()


def _reach(ronde: bytes, key: bytes) -> Change:
    """Remember that the round came up to this stand; without one, to its end."""
    return Change(_SWEEP, ronde + b" " + key.hex().encode())


def _today(moment: datetime, tables: WlzTables) -> date:
    return moment.astimezone(tables.zone).date()
