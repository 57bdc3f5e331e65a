"""Makes blokken over processes, in order: their number changes only the time."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Final

from ibroker.settings import Settings
from ibroker.simulatie.blok import Blok, Opdracht, Simulatie, make_blok
from ibroker.simulatie.laden import load_simulatie
from ibroker.simulatie.uitvoer import write_waarheid

__all__ = ["Bestelling", "Pakket", "make_pakketten", "pack"]

_AHEAD: Final = 2  # blokken for each process that wait to be taken


@dataclass(frozen=True, slots=True)
class Bestelling:
    """What to make: `deel` and `delen` say how much is bad, see `build_foutkeuze`."""

    settings: Settings
    opdracht: Opdracht
    deel: float
    delen: Mapping[str, float]

    def load(self) -> Simulatie:
        """Load all that it is made of. Raises ConfigError."""
        return load_simulatie(
            self.settings, self.opdracht.periode, self.deel, self.delen
        )


@dataclass(frozen=True, slots=True)
class Pakket:
    """A blok in the form that goes from process to process at the least cost.

    `stukken` are (bestand, zender, kenmerk, bytes), in order; `waarheid` the lines of
    its truth; `uitkomsten` counts what must follow, with the Wlz signals that stand.
    """

    stukken: list[tuple[str, str, str, bytes]] = field(repr=False)
    waarheid: bytes = field(repr=False)
    uitkomsten: dict[str, int]
    signalen: int


def pack(blok: Blok) -> Pakket:
    """Pack a blok."""
    return Pakket(
        [
            (lot.verwacht.bestand, lot.vorm.zender, lot.vorm.kenmerk, lot.vorm.data)
            for lot in blok.loten
        ],
        write_waarheid(blok),
        Counter(lot.verwacht.gevolg.uitkomst for lot in blok.loten),
        len(blok.signalen),
    )


def make_pakketten(bestelling: Bestelling, jobs: int) -> Iterator[Pakket]:
    """Make all blokken, one by one, over so many processes; in this one where it is 1.

    Raises ConfigError where a table is not usable.
    """
    simulatie, opdracht = bestelling.load(), bestelling.opdracht
    if jobs == 1:
        for nummer in range(opdracht.blokken):
            yield pack(make_blok(simulatie, opdracht, nummer))
        return
    with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (bestelling,)) as pool:
        waiting: deque[Future[Pakket]] = deque()
        for nummer in range(opdracht.blokken):
            waiting.append(pool.submit(_make, nummer))
            if len(waiting) > jobs * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


_own: list[tuple[Simulatie, Opdracht]] = []
"""What a process of the pool works with."""


def _begin(bestelling: Bestelling) -> None:
    _own.append((bestelling.load(), bestelling.opdracht))


def _make(nummer: int) -> Pakket:
    simulatie, opdracht = _own[0]
    return pack(make_blok(simulatie, opdracht, nummer))
