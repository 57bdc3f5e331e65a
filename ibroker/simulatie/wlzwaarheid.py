"""The truth of the Wlz stream: which signals must stand at the end, per person.

A calculation of its own, on what was sent, in the order of its decisions; the stream
itself has no part in it. It holds where a gemeente hears of an indicatie at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ibroker.simulatie.levensloop import Post
from ibroker.simulatie.sjabloon import Sjabloon
from ibroker.simulatie.tabel import Feitsoort

__all__ = ["Mensen", "Profielen", "Signaalstand", "stand_of"]

_LAST = "9999-12-31"
_NO = "Nee"


@dataclass(frozen=True, slots=True)
class Profielen:
    """What an indicatie means by its zorgprofiel; `zonder` where it names none."""

    statussen: Mapping[str, str]
    ander: str
    zonder: str


@dataclass(frozen=True, slots=True)
class Mensen:
    """The people that a truth is about: so many from a number on."""

    eerste: int
    personen: int


@dataclass(frozen=True, slots=True, order=True)
class Signaalstand:
    """The signal that stands on a person with a gemeente; days are ISO texts.

    `persoon` is his number in the simulation: it shows nobody.
    """

    persoon: int
    gemeente: str
    status: str
    afgifte: str
    ingang: str
    einde: str | None
    nummers: tuple[int, ...]


@dataclass(slots=True)
class _Voorziening:
    """A provision: its newest decision so far, and the stops that count."""

    gemeente: str
    besloten: str = ""
    ingang: str = ""
    einde: str = ""
    is_ingetrokken: bool = False
    stops: set[tuple[str, str]] = field(default_factory=set)
    removed: set[tuple[str, str]] = field(default_factory=set)

    def take(self, post: Post, feit: Feitsoort) -> None:
        """Take in what a bericht tells; a stop that was removed never was."""
        waarden = post.waarden
        match feit:
            case Feitsoort.GESTOPT:
                self.stops.add((waarden["stop"], waarden["reden"]))
            case Feitsoort.GESTOPT_VERWIJDERD:
                self.removed.add((waarden["stop"], waarden["reden"]))
            case Feitsoort.TOEGEWEZEN | Feitsoort.INGETROKKEN:
                besloten = f"{waarden['dagtekening']}T{waarden['tijd']}"
                withdrawn = feit is Feitsoort.INGETROKKEN
                # The newest counts; at one moment a withdrawal.
                if (besloten, withdrawn) > (self.besloten, self.is_ingetrokken):
                    self.besloten, self.is_ingetrokken = besloten, withdrawn
                    self.ingang, self.einde = waarden["ingang"], waarden["einde"]
            case Feitsoort.GEINDICEERD:
                pass

    def is_concerned(self, ingang: str, einde: str) -> bool:
        """Whether it runs on a day on which the indicatie does."""
        if not self.besloten or self.is_ingetrokken:
            return False
        stops = (stop for stop, _ in self.stops - self.removed)
        last = min(self.einde, max(stops, default=_LAST))
        runs = self.ingang <= last and ingang <= einde
        return runs and ingang <= last and self.ingang <= einde


def stand_of(
    persoon: int,
    posts: Iterable[Post],
    sjablonen: Mapping[str, Sjabloon],
    profielen: Profielen,
) -> list[Signaalstand]:
    """Say what must stand on a person once all of this was delivered, by gemeente."""
    voorzieningen: dict[int, _Voorziening] = {}
    indicaties: list[_Indicatie] = []
    for post in posts:
        if post.feit is Feitsoort.GEINDICEERD:
            sjabloon = sjablonen[post.sjabloon]
            indicaties.append(_indicatie(post.waarden, sjabloon, profielen))
        elif post.feit is not None:
            nummer = int(post.waarden["nummer"])
            known = voorzieningen.setdefault(
                nummer, _Voorziening(post.waarden["gemeente"])
            )
            known.take(post, post.feit)
    if not indicaties or max(indicaties)[1] == _NO:
        return []
    (afgifte, _), status, ingang, einde = max(indicaties)
    found: dict[str, list[int]] = {}
    for nummer, one in voorzieningen.items():
        if one.is_concerned(ingang, einde or _LAST):
            found.setdefault(one.gemeente, []).append(nummer)
    return [
        Signaalstand(
            *(persoon, gemeente, status, afgifte, ingang, einde or None),
            tuple(sorted(nummers)),
        )
        for gemeente, nummers in sorted(found.items())
    ]


_Indicatie = tuple[tuple[str, int], str, str, str]
"""By what decisions are ordered, the status, and the period; no end is ""."""


def _indicatie(
    waarden: Mapping[str, str], sjabloon: Sjabloon, profielen: Profielen
) -> _Indicatie:
    if "wlzstatus" in sjabloon.slots:
        status = waarden["wlzstatus"]
    elif "zzp" in sjabloon.slots:
        status = profielen.statussen.get(waarden["zzp"], profielen.ander)
    else:
        status = profielen.zonder
    einde = waarden["wlz_einde"] if "wlz_einde" in sjabloon.slots else ""
    order = waarden["afgifte"], int(waarden["besluitnummer"])
    return order, status, waarden["wlz_ingang"], einde
