"""Makes blokken over processes, in order: their number changes only the time."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ibroker.simulatie.blok import Blok, Opdracht, make_blok
from ibroker.simulatie.laden import Tabellen, load_simulatie
from ibroker.simulatie.ploeg import take_turns
from ibroker.simulatie.uitvoer import write_waarheid

__all__ = ["Bestelling", "Pakket", "make_pakketten", "pack"]


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


@dataclass(frozen=True, slots=True)
class Bestelling:
    """What to make: `deel` and `delen` say how much is bad, see `build_foutkeuze`."""

    tabellen: Tabellen
    opdracht: Opdracht
    deel: float
    delen: Mapping[str, float]

    def begin(self) -> Callable[[int], Pakket]:
        """Load all that it is made of; gives what makes a blok. Raises ConfigError."""
        opdracht = self.opdracht
        simulatie = load_simulatie(
            self.tabellen, opdracht.periode, self.deel, self.delen
        )
        return lambda nummer: pack(make_blok(simulatie, opdracht, nummer))


def make_pakketten(bestelling: Bestelling, jobs: int) -> Iterator[Pakket]:
    """Make all blokken, one by one, over so many processes; in this one where it is 1.

    Raises ConfigError where a table is not usable.
    """
    blokken = bestelling.opdracht.blokken
    if jobs == 1:
        return map(bestelling.begin(), range(blokken))
    return take_turns(bestelling.begin, blokken, jobs)
