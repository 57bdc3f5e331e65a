"""The post of a day: berichten are handed in and fetched all the time, easily."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ibroker.broker.layout import read_cluster
from ibroker.demo.verkeer import Zending, read_verkeer, rename

__all__ = ["GEMEENTE", "DailyPost", "Place"]

GEMEENTE: Final = "0363"
_VERKEER: Final = Path(__file__).parents[1] / "tests" / "berichten" / "verkeer.toml"
_EVERY: Final = 10.0  # s between two deliveries
_FETCH: Final = 6  # deliveries between two rounds of those who fetch
_FLOOD: Final = 40  # berichten with each delivery, while there is a flood


@dataclass(frozen=True)
class Place:
    """Where it all runs: the folder of a chain with a Kafka of its own."""

    folder: Path

    def run(self, *words: str | Path) -> str:
        """Run a command of ibroker, and give what it prints."""
        done = self.attempt(*words)
        if done.returncode != 0:
            raise SystemExit(f"ibroker {words}: {done.stdout}{done.stderr}")
        return done.stdout

    def attempt(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command of ibroker, that may fail."""
        return subprocess.run(
            [sys.executable, "-m", "ibroker", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env={**os.environ, **self._environment()},
            text=True,
        )

    def _environment(self) -> Mapping[str, str]:
        cluster = read_cluster(self.folder / "kafka")
        address = {} if cluster is None else {"IBROKER_KAFKA": cluster.address}
        return {"IBROKER_DATA": str(self.folder), **address}


class DailyPost:
    """Who hands in what, and who fetches; both can be changed while it goes on."""

    def __init__(self, place: Place) -> None:
        self._place = place
        rows = read_verkeer(_VERKEER)
        self._good = [one for one in rows if one.uitkomst == "bezorgd"]
        # One zorgaanbieder with a new release of his software: it fails the XSD.
        self._bad = next(one for one in rows if "ongeldig-JW315" in one.bestand)
        self.fetchers = {GEMEENTE, "CAK", "SVB", "CIZ"}
        self.is_flood = False
        self.handed_in = self.refused = 0

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Hand in and fetch, in a thread of its own, until the end of the block."""
        stop = threading.Event()

        def work() -> None:
            number = 0
            while not stop.wait(_EVERY):
                self._hand_in([self._good[number % len(self._good)]], f"{number}")
                if self.is_flood:
                    self._hand_in([self._bad] * _FLOOD, f"flood{number}")
                if number % _FETCH == 0:
                    self._fetch()
                number += 1

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _hand_in(self, berichten: list[Zending], name: str) -> None:
        out = self._place.folder / "handed-in" / name
        out.mkdir(parents=True)
        for number, one in enumerate(berichten):
            data = rename(one.read(), f"{name}/{number}")
            (out / f"{number}.xml").write_bytes(data)
        done = self._place.attempt("publish", out, "--as", berichten[0].zender)
        if done.returncode == 0:
            self.handed_in += len(berichten)
        else:
            self.refused += len(berichten)

    def _fetch(self) -> None:
        for code in sorted(self.fetchers):
            out = self._place.folder / "post" / code
            self._place.attempt("consume", "--as", code, "--out", out)
