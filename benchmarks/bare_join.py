"""The join without Kafka: what a fact costs on one core, with state in both kinds.

`join` reads a fact and the stand of its person, reduces, and writes the stand: no
bericht is made. `step` is the whole step of the stream, signals in XML and all. The
state is a dict, or the store on disk as the loop keeps it: written every 2,000 facts.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any, Final

from ibroker.core.record import Record
from ibroker.core.state import Change, State
from ibroker.core.wlz.feit import Hartslag, decode_feit
from ibroker.core.wlz.gevolg import WlzTables
from ibroker.core.wlz.kennis import find_bekend
from ibroker.core.wlz.persoon import rehide
from ibroker.core.wlz.reductie import reduce_feit
from ibroker.core.wlz.step import take_fact
from ibroker.kafka.loop import Bounds
from ibroker.kafka.overlay import Overlay
from ibroker.kafka.rocks import RocksStore
from ibroker.kafka.store import Mark

__all__ = ["measure_bare"]

BATCH: Final = Bounds().records
TODAY: Final = date(2026, 11, 24)
NOW: Final = 1_795_515_072_345  # ms: that day

Work = Callable[[Record, State], Iterable[Change]]


@dataclass(slots=True)
class Memory:
    """A state in a dict, without an order."""

    entries: dict[bytes, bytes | None] = field(default_factory=dict)

    def get(self, key: bytes) -> bytes | None:
        """See `State.get`."""
        return self.entries.get(key)

    def scan(
        self, prefix: bytes, until: bytes | None = None
    ) -> Iterator[tuple[bytes, bytes]]:
        """See `State.scan`: facts do not ask for it."""
        raise NotImplementedError(prefix, until)


def measure_bare(
    facts: Sequence[bytes], tables: WlzTables, rounds: int
) -> dict[str, Any]:
    """Measure each, in turns; the medians, in facts a second of CPU time."""
    records = [
        Record("feiten", 0, offset, NOW, b"", fact) for offset, fact in enumerate(facts)
    ]
    works = {"join": _join(tables), "step": _step(tables)}
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, work in works.items():
            for store, run in (("dict", _in_dict), ("rocksdb", _on_disk)):
                seconds = run(records, work)
                found.setdefault(f"{name}, {store}", []).append(len(facts) / seconds)
    rates = {name: median(runs) for name, runs in found.items()}
    return {
        "facts": len(facts),
        "per_second": {name: round(rate) for name, rate in rates.items()},
        "us_each": {name: round(1e6 / rate, 1) for name, rate in rates.items()},
        "ratios": {
            f"{name}: rocksdb / dict": round(
                rates[f"{name}, rocksdb"] / rates[f"{name}, dict"], 2
            )
            for name in works
        },
    }


def _join(tables: WlzTables) -> Work:
    sleutels, tabel = tables.sleutels, tables.tabel

    def work(record: Record, state: State) -> Iterable[Change]:
        feit = decode_feit(record.value or b"")
        if isinstance(feit, Hartslag):
            return ()
        bekend = find_bekend(feit.persoon, sleutels, state)
        rehide(feit.persoon, sleutels)
        uitkomst = reduce_feit(bekend.stand, feit, tabel, TODAY)
        return bekend.follow(uitkomst.stand, tabel)

    return work


def _step(tables: WlzTables) -> Work:
    return lambda record, state: take_fact(record, state, tables).changes


def _in_dict(records: Sequence[Record], work: Work) -> float:
    state = Memory()
    entries = state.entries
    began = time.process_time()
    for record in records:
        for change in work(record, state):
            entries[change.key] = change.value
    return time.process_time() - began


def _on_disk(records: Sequence[Record], work: Work) -> float:
    """Time it, with what RocksDB does in its own threads."""
    with tempfile.TemporaryDirectory() as folder:
        store = RocksStore(Path(folder))
        overlay = Overlay(store)
        began = time.process_time()
        for offset, record in enumerate(records, 1):
            overlay.lay(work(record, overlay))
            if offset % BATCH == 0:
                store.write(overlay.changes, Mark("bench", offset, NOW))
                overlay.clear()
        took = time.process_time() - began
        store.close()
    return took
