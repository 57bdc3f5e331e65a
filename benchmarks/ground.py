"""A cluster of a certain shape: so many brokers, partitions and gemeenten."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cluster import cluster

from ibroker.topics.reading import own_topics_file

__all__ = ["GEMEENTEN", "Ground", "changed"]

PARTITIONS: Final = 12  # of what topics.yaml spreads widest
GEMEENTEN: Final = 342  # of 1 January 2026
MOST: Final = 9_998  # codes of four digits, but for 0000 and that of nobody


@dataclass(frozen=True, slots=True)
class Ground:
    """How many brokers there are, partitions of the widest topics, and gemeenten.

    The gemeenten are those of today, or invented where another number is asked.
    """

    brokers: int = 1
    partitions: int = PARTITIONS
    gemeenten: int = GEMEENTEN

    @contextmanager
    def laid(self, folder: Path) -> Iterator[None]:
        """Start such a cluster in a folder, and say so in the environment."""
        folder.mkdir()
        topics = folder / "topics.yaml"
        own = own_topics_file().read_text(encoding="utf-8")
        wide = f"partitions: {PARTITIONS}\n"
        if wide not in own:
            raise SystemExit(f"no topic of topics.yaml has {PARTITIONS} partitions")
        topics.write_text(own.replace(wide, f"partitions: {self.partitions}\n"))
        environment = {"IBROKER_TOPICS": str(topics)}
        if self.gemeenten != GEMEENTEN:
            partijen = folder / "partijen"
            partijen.mkdir()
            (partijen / "gemeenten.toml").write_text(_invent(self.gemeenten))
            environment["IBROKER_PARTIJEN"] = str(partijen)
        with changed(environment), cluster(folder / "kafka", nodes=self.brokers):
            yield


@contextmanager
def changed(environment: Mapping[str, str]) -> Iterator[None]:
    """Have these variables, for this process and those that it starts."""
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _invent(count: int) -> str:
    if count > MOST:
        raise SystemExit(f"there are no codes for {count} gemeenten")
    rows = (
        f'  {{ code = "{number:04}", naam = "Gemeente {number}" }},\n'
        for number in range(1, count + 1)
    )
    return "gemeente = [\n" + "".join(rows) + "]\n"
