"""What it costs the router to know again what it accepted, and to derive facts.

A million entries are put in stores like those of twelve partitions; and records are
routed without state, with it, and with facts for the Wlz stream too, in turns.
"""

import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any, Final

from bare_join import Memory
from traffic import Post
from usage import memory_now

from ibroker.core.dubbel import day_of, make_kenteken, remember, seen_before
from ibroker.core.record import Record
from ibroker.core.step import RouteTables, step
from ibroker.kafka.rocks import RocksStore
from ibroker.kafka.store import Mark

__all__ = ["measure_entries", "measure_steps", "size_of"]

PARTITIONS: Final = 12
BATCH: Final = 1000
NOW: Final = 1_795_515_072_345  # ms: 2026-11-24
DAY_MS: Final = 86_400_000
WINDOW: Final = 400  # days
WARMING: Final = 2000  # records that are not timed
SLEUTEL: Final = bytes(32)


def measure_entries(count: int) -> dict[str, Any]:
    """Remember so many berichten, spread over the window; give what that takes."""
    before = memory_now()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stores = []
        for partition in range(PARTITIONS):
            place = folder / str(partition)
            place.mkdir()
            stores.append(RocksStore(place))
        began = time.process_time()
        for start in range(0, count, BATCH):
            changes = {}
            for number in range(start, min(start + BATCH, count)):
                for change in remember(_kenteken(number, count)):
                    changes[change.key] = change.value
            store = stores[start // BATCH % PARTITIONS]
            store.write(changes, Mark("bench", start, NOW))
        writing = time.process_time() - began
        looked = range(0, count, max(1, count // 100_000))
        began = time.process_time()
        for number in looked:
            store = stores[number // BATCH % PARTITIONS]
            seen_before(_kenteken(number, count), store, WINDOW)
        looking = time.process_time() - began
        memory = memory_now() - before
        for store in stores:
            store.close()
        disk = size_of(folder)
    return {
        "entries": count,
        "disk_bytes_each": round(disk / count, 1),
        "memory_mb": round(memory / 1e6),
        "us_to_write_each": round(writing / count * 1e6, 2),
        "us_to_look_up_each": round(looking / len(looked) * 1e6, 2),
    }


def _kenteken(number: int, count: int) -> Any:  # noqa: ANN401 - as it gives it
    moment = NOW - (count - number) * WINDOW * DAY_MS // count
    assert day_of(moment) >= 0  # noqa: S101 - a typo would measure nothing
    digest = sha256(b"%d" % number).digest()
    return make_kenteken(("0363", "bericht"), f"{number:012}", digest, SLEUTEL, moment)


def measure_steps(
    posts: Sequence[Post], tables: RouteTables, rounds: int
) -> dict[str, Any]:
    """Route all of it in each way; the medians, in µs of CPU for each record."""
    records = [
        Record(
            *("ggk.aanlevering", 0, offset, NOW, post.zender.encode(), post.value),
            headers=(("zender", post.zender.encode()),),
        )
        for offset, post in enumerate(posts)
    ]
    bare = replace(tables, afleiding=None)
    ways = {
        "stateless": (bare, False),
        "state": (bare, True),
        "state and facts": (tables, True),
    }
    for record in records[:WARMING]:
        step(record, tables)  # compiles the XSDs and the rules of each type
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (known, has_state) in ways.items():
            state = Memory() if has_state else None
            began = time.process_time()
            for record in records:
                outcome = step(record, known, state)
                if state is not None:
                    for change in outcome.changes:
                        state.entries[change.key] = change.value
            took = time.process_time() - began
            found[name].append(took / len(records) * 1e6)
    each = {name: round(median(runs), 1) for name, runs in found.items()}
    return {
        "records": len(records),
        "us_each": each,
        "ratios": {
            f"{name} / stateless": round(each[name] / each["stateless"], 2)
            for name in ("state", "state and facts")
        },
    }


def size_of(folder: Path) -> int:
    """The bytes of all files in a folder, as they take room on the disk."""
    found = 0
    for one in folder.rglob("*"):
        with suppress(FileNotFoundError):  # a store throws away what it compacted
            if one.is_file():
                found += one.stat().st_blocks * 512
    return found
