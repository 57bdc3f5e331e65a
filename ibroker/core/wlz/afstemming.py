"""Holds what gemeenten were told beside what the facts say that they must know.

It takes another way than the stream: of all facts of a person at once, without what was
told on the way. What must stand is a function of the facts, the table and the day.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from ibroker.core.wlz.bewaring import is_voorbij
from ibroker.core.wlz.opname import begin_indicaties
from ibroker.core.wlz.stand import Inhoud, Staand, Stand
from ibroker.core.wlz.tabel import Wlztabel
from ibroker.core.wlz.weging import deciding, weigh

__all__ = ["Soort", "Verschil", "compare"]


class Soort(StrEnum):
    """How what was told differs from what must be, in the words of the user."""

    ONTBREEKT = "ontbreekt"
    """The facts ask for a signal, and none stands with the gemeente."""
    TE_VEEL = "te veel"
    """A signal stands, and the facts ask for none."""
    ANDERS = "anders"
    """A signal stands, and it says something else."""
    NOOIT_VERTELD = "nooit verteld"
    """The stream believes that a signal stands, of which there is no event."""
    NIET_BIJGEHOUDEN = "niet bijgehouden"
    """There is an event of a signal that stands, and the stream does not know it."""


@dataclass(frozen=True, slots=True)
class Verschil:
    """One difference: with which gemeente, and which berichten and signal it is about.

    `berichten` are message ids of the causes. It says of nobody who he is.
    """

    soort: Soort
    gemeente: str
    berichten: tuple[str, ...]
    signaal: str | None


@dataclass(frozen=True, slots=True)
class _Plicht:
    inhoud: Inhoud = field(repr=False)
    berichten: tuple[str, ...]


def compare(
    known: Stand | None, told: tuple[Staand, ...], tabel: Wlztabel, moment: date
) -> Iterator[Verschil]:
    """Give where what stands with gemeenten is not what the facts of a person ask.

    `known` is what his facts say, None where there are none; `told` is what the stream
    believes to stand; `moment` is the day. What is over for so long that it need not
    be kept may be gone or not.
    """
    if known is not None and is_voorbij(known, tabel, moment):
        return
    duty = {} if known is None else _duties(known, tabel, moment)
    stands = {one.gemeente: one for one in told}
    for gemeente in sorted(duty.keys() | stands.keys()):
        wanted, one = duty.get(gemeente), stands.get(gemeente)
        berichten = () if wanted is None else wanted.berichten
        signaal = None if one is None else one.id
        if one is None:
            soort = Soort.ONTBREEKT
        elif wanted is None:
            soort = Soort.TE_VEEL
        elif wanted.inhoud != one.inhoud:
            soort = Soort.ANDERS
        else:
            continue
        yield Verschil(soort, gemeente, berichten, signaal)


def _duties(stand: Stand, tabel: Wlztabel, moment: date) -> dict[str, _Plicht]:
    begun = begin_indicaties(stand, moment)
    indicatie = deciding(begun, tabel)
    if indicatie is None:
        return {}
    return {
        gemeente: _Plicht(
            inhoud, (indicatie.bericht, *_assigned(begun, gemeente, inhoud))
        )
        for gemeente, inhoud in weigh(begun, tabel).items()
    }


def _assigned(stand: Stand, gemeente: str, inhoud: Inhoud) -> Iterator[str]:
    for one in stand.voorzieningen:
        is_meant = one.gemeente == gemeente and one.nummer in inhoud.nummers
        if is_meant and one.toewijzing is not None:
            yield one.toewijzing.bericht
