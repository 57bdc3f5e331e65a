"""The stand: what is known of one person, and what each gemeente was last told.

It holds facts, not messages: of each provision the newest toewijzing, of each start and
stop that there is one or that it was removed, of the indicaties those that count or may
yet. So it is bounded by the ToewijzingNummers that gemeenten gave to one person, and by
the deliveries that aanbieders report on these; not by how often any of it is corrected,
sent again, or asked about. What was withdrawn or removed is kept: the bericht that it
undoes may still come. Two stands of the same facts hold the same ones, whatever the
order; only what was told on the way, and which bericht said a thing first, may differ.
"""

from dataclasses import dataclass, field
from datetime import date

from ibroker.core.wlz.feit import Persoon, Wlzstatus

__all__ = [
    "Indicatie",
    "Inhoud",
    "Levering",
    "Staand",
    "Stand",
    "Toewijzing",
    "Voorziening",
]


@dataclass(frozen=True, slots=True)
class Indicatie:
    """A decision of CIZ. `profielen` are its distinct ZZP codes, in order."""

    afgifte: date = field(repr=False)
    besluitnummer: int = field(repr=False)
    ingang: date = field(repr=False)
    einde: date | None = field(repr=False)
    profielen: tuple[str, ...] = field(repr=False)
    status: Wlzstatus | None = field(repr=False)
    bericht: str


@dataclass(frozen=True, slots=True)
class Toewijzing:
    """The newest that a gemeente decided on a provision; `reden` is RedenWijziging."""

    besloten: str = field(repr=False)
    ingang: date = field(repr=False)
    einde: date | None = field(repr=False)
    reden: str | None = field(repr=False)
    aanbieder: str | None = field(repr=False)
    bericht: str


@dataclass(frozen=True, slots=True)
class Levering:
    """A start of a delivery, or a stop where `datum` and `reden` are given.

    `is_weg` says that it was removed, which is for good: who corrects a start or stop
    sends another with another key.
    """

    aanbieder: str = field(repr=False)
    categorie: str | None = field(repr=False)
    product: str | None = field(repr=False)
    begin: date = field(repr=False)
    datum: date | None = field(repr=False)
    reden: str | None = field(repr=False)
    is_weg: bool

    @property
    def sleutel(self) -> tuple[str, str, str, date, date, str]:
        """The logical key, which also puts them in order."""
        return (
            *(self.aanbieder, self.categorie or "", self.product or "", self.begin),
            *(self.datum or date.min, self.reden or ""),
        )


@dataclass(frozen=True, slots=True)
class Voorziening:
    """A provision: a ToewijzingNummer of a gemeente.

    `toewijzing` is None while only starts and stops have come in. `leveringen` are in
    the order of their keys.
    """

    gemeente: str
    nummer: int = field(repr=False)
    toewijzing: Toewijzing | None
    leveringen: tuple[Levering, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Inhoud:
    """What a gemeente is told: the status with the dates of the decision.

    `nummers` are the ToewijzingNummers that it concerns, in order.
    """

    status: Wlzstatus = field(repr=False)
    afgifte: date = field(repr=False)
    ingang: date = field(repr=False)
    einde: date | None = field(repr=False)
    nummers: tuple[int, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Staand:
    """The one signal that stands with a gemeente, and its id."""

    gemeente: str
    id: str
    inhoud: Inhoud = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stand:
    """All of one person.

    `volgnummer` counts the signals that were given. `geldend` is the newest indicatie
    that has begun; `komend` are those that are newer and have not, the newest first,
    and each begins before the one that is newer. `voorzieningen` are in order of
    gemeente and nummer, `staand` in order of gemeente.
    """

    persoon: Persoon
    volgnummer: int = 0
    geldend: Indicatie | None = None
    komend: tuple[Indicatie, ...] = ()
    voorzieningen: tuple[Voorziening, ...] = ()
    staand: tuple[Staand, ...] = ()

    @property
    def nieuwste(self) -> Indicatie | None:
        """The newest indicatie, whether it has begun or not."""
        return self.komend[0] if self.komend else self.geldend

    # By name: nearly each fact makes one, and this is thrice as fast as `replace`.

    def with_indicaties(
        self, geldend: Indicatie | None, komend: tuple[Indicatie, ...]
    ) -> "Stand":
        """Give the same stand with these indicaties."""
        return Stand(
            self.persoon,
            self.volgnummer,
            geldend,
            komend,
            self.voorzieningen,
            self.staand,
        )

    def with_voorzieningen(self, voorzieningen: tuple[Voorziening, ...]) -> "Stand":
        """Give the same stand with these provisions."""
        return Stand(
            self.persoon,
            self.volgnummer,
            self.geldend,
            self.komend,
            voorzieningen,
            self.staand,
        )

    def with_staand(self, volgnummer: int, staand: tuple[Staand, ...]) -> "Stand":
        """Give the same stand after more was told."""
        return Stand(
            self.persoon,
            volgnummer,
            self.geldend,
            self.komend,
            self.voorzieningen,
            staand,
        )
