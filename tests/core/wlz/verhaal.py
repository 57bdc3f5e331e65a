"""Facts for tests, short to write, and a gemeente that keeps what it is told.

Days are numbers from 1 March 2026; `None` is open.
"""

from datetime import date, timedelta

from ibroker.core.wlz.feit import (
    Feit,
    Geindiceerd,
    Gestart,
    Gestopt,
    Gevraagd,
    Oorzaak,
    Persoon,
    Toegewezen,
    Wlzstatus,
)
from ibroker.core.wlz.reductie import reduce_feit, wake
from ibroker.core.wlz.signaal import Antwoord, Reden, Signaal
from ibroker.core.wlz.stand import Stand
from ibroker.core.wlz.standvorm import decode_stand, encode_stand
from ibroker.core.wlz.tabel import Wlztabel
from tests.core.wlz.orakel import Staat

__all__ = [
    "AANBIEDER",
    "PERSOON",
    "Verhaal",
    "day",
    "indicatie",
    "start",
    "stop",
    "toewijzing",
    "vraag",
]

PERSOON = Persoon("2026-1", bytes(range(32)), bytes(range(37)))
AANBIEDER = "98000011"
_FIRST = date(2026, 3, 1)


def day(number: int) -> date:
    """Give the day of that number."""
    return _FIRST + timedelta(days=number)


def _open(number: int | None) -> date | None:
    return None if number is None else day(number)


def _oorzaak(bericht: str) -> Oorzaak:
    return Oorzaak(bericht, 0, "2026-11-24T10:11:12.345Z")


def toewijzing(  # noqa: PLR0913 - the fields of a toewijzing
    ingang: int,
    einde: int | None = None,
    *,
    besloten: int = 0,
    gemeente: str = "0344",
    nummer: int = 1,
    reden: str | None = None,
    aanbieder: str | None = AANBIEDER,
    bericht: str = "toewijzing",
) -> Toegewezen:
    """Give a toewijzing; `besloten` is a second of one day."""
    return Toegewezen(
        *(_oorzaak(bericht), PERSOON, gemeente, nummer, aanbieder, "72", None),
        *(day(ingang), _open(einde), f"2026-02-14T15:16:{besloten:02}.000000"),
        *(reden, aanbieder is None),
    )


def start(  # noqa: PLR0913 - the fields of a start
    begin: int,
    *,
    status: str = "1",
    gemeente: str = "0344",
    nummer: int = 1,
    product: str | None = None,
    aanbieder: str = AANBIEDER,
    bericht: str = "start",
) -> Gestart:
    """Give a start."""
    return Gestart(
        *(_oorzaak(bericht), PERSOON, gemeente, aanbieder, nummer, "72", product),
        *(day(begin), status),
    )


def stop(  # noqa: PLR0913 - the fields of a stop
    begin: int,
    datum: int,
    reden: str = "19",
    *,
    status: str = "1",
    gemeente: str = "0344",
    nummer: int = 1,
    product: str | None = None,
    aanbieder: str = AANBIEDER,
    bericht: str = "stop",
) -> Gestopt:
    """Give a stop."""
    return Gestopt(
        *(_oorzaak(bericht), PERSOON, gemeente, aanbieder, nummer, "72", product),
        *(day(begin), day(datum), reden, status),
    )


def indicatie(  # noqa: PLR0913 - the fields of an indicatie
    ingang: int,
    einde: int | None = None,
    *codes: str,
    afgifte: int = 0,
    besluit: int = 1,
    status: Wlzstatus | None = None,
    bericht: str = "indicatie",
) -> Geindiceerd:
    """Give an indicatie, with these ZZP codes or with this status."""
    profielen = tuple([(code, day(ingang), _open(einde)) for code in codes])
    return Geindiceerd(
        *(_oorzaak(bericht), PERSOON, besluit, day(afgifte), day(ingang)),
        *(_open(einde), profielen, status),
    )


def vraag(gemeente: str = "0344", kenmerk: str | None = "k") -> Gevraagd:
    """Give a question."""
    return Gevraagd(_oorzaak("vraag"), PERSOON, gemeente, kenmerk, "V1")


def _told(one: Signaal) -> tuple[object, ...]:
    """Give what a gemeente reads in a signal: that it is a recall, or what it says."""
    return (
        *(one.gemeente, one.reden is Reden.INGETROKKEN, one.status, one.afgifte),
        *(one.ingang, one.einde, one.nummers),
    )


class Verhaal:
    """One person and what the gemeenten were told of him, fact by fact.

    A gemeente keeps signals by their id, and drops what a later one herroept: it knows
    nothing else of the rules.
    """

    def __init__(self, tabel: Wlztabel) -> None:
        self.tabel = tabel
        self.stand: Stand | None = None
        self.signalen: list[Signaal] = []
        self.antwoorden: list[Antwoord] = []
        self._kept: dict[str, Signaal] = {}

    def hear(self, feit: Feit, on: int = 0) -> tuple[Signaal, ...]:
        """Let a fact come in on that day; give the signals that it makes."""
        known = self.stand and decode_stand(encode_stand(self.stand))
        uitkomst = reduce_feit(known, feit, self.tabel, day(on))
        self.antwoorden += uitkomst.antwoorden
        return self._keep(uitkomst.stand, uitkomst.signalen)

    def wake(self, on: int) -> tuple[Signaal, ...]:
        """Let it be that day."""
        if self.stand is None:
            return ()
        uitkomst = wake(self.stand, self.tabel, day(on))
        return self._keep(uitkomst.stand, uitkomst.signalen)

    def _keep(
        self, stand: Stand | None, signalen: tuple[Signaal, ...]
    ) -> tuple[Signaal, ...]:
        self.stand = stand
        for one in signalen:
            told = {other.id for other in self.signalen}
            assert one.id not in told, "a signal was given twice"
            if one.herroept is not None:
                former = self._kept.pop(one.herroept)
                assert _told(former) != _told(one), "nothing is new in a signal"
            if one.reden is not Reden.INGETROKKEN:
                self._kept[one.id] = one
            self.signalen.append(one)
        return signalen

    def standing(self) -> list[Staat]:
        """Give what stands with each gemeente, as it has it."""
        return sorted(
            (
                *(one.gemeente, one.status.value, one.afgifte.isoformat()),
                one.ingang.isoformat(),
                None if one.einde is None else one.einde.isoformat(),
                one.nummers,
            )
            for one in self._kept.values()
        )
