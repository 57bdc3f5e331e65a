"""The reducer: a stand and a fact in, the next stand and what must be said out.

What stands with each gemeente afterwards is a function of the set of facts, the table
and the day alone. It is held beside what must stand, and every difference is a signal:
so what changes nothing is never said again, and no change goes unsaid.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from ibroker.core.wlz.bewaring import is_voorbij
from ibroker.core.wlz.feit import Feit, Gevraagd, Persoon, Wlzstatus
from ibroker.core.wlz.opname import begin_indicaties, take_in
from ibroker.core.wlz.persoon import Persoonssleutels, rehide, stand_keys
from ibroker.core.wlz.signaal import Antwoord, Reden, Signaal, signaal_id
from ibroker.core.wlz.stand import Inhoud, Staand, Stand
from ibroker.core.wlz.standvorm import decode_stand
from ibroker.core.wlz.tabel import Wlztabel
from ibroker.core.wlz.weging import deciding, status_of, weigh
from ibroker.errors import FeitError

__all__ = ["Changes", "Uitkomst", "find_stand", "reduce_feit", "wake"]

Changes = tuple[tuple[bytes, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class Uitkomst:
    """What a fact, or a day, comes to.

    `stand` is None where nothing is known of the person, or need be any more; it is the
    very stand that was given where nothing changed.
    """

    stand: Stand | None
    signalen: tuple[Signaal, ...] = ()
    antwoorden: tuple[Antwoord, ...] = ()


def find_stand(
    persoon: Persoon, sleutels: Persoonssleutels, get: Callable[[bytes], bytes | None]
) -> tuple[bytes, Stand | None, Changes]:
    """Look up the stand of a person, whatever key it was kept under.

    Gives the key that it belongs under, the stand or None, and what must be deleted
    because it stood under a former key: together with writing it, changed or not.
    `get` reads the state. Raises SleutelError, or FeitError for an unreadable stand.
    """
    here, *others = stand_keys(persoon, sleutels)
    data = get(here)
    if data is not None:
        return here, decode_stand(data), ()
    for key in others:
        data = get(key)
        if data is not None:
            stand = decode_stand(data)
            moved = replace(stand, persoon=rehide(stand.persoon, sleutels))
            return here, moved, ((key, None),)
    return here, None, ()


def reduce_feit(
    stand: Stand | None, feit: Feit, tabel: Wlztabel, moment: date
) -> Uitkomst:
    """Take a fact into the stand of its person, and say what must be said.

    `moment` is the day on which it came in. The person of the fact is as `rehide`
    gives him. Raises FeitError where the stand is of another.
    """
    if stand is not None and stand.persoon.pseudoniem != feit.persoon.pseudoniem:
        raise FeitError("een feit kwam bij de stand van een ander")
    if isinstance(feit, Gevraagd):
        return Uitkomst(stand, antwoorden=(_answer(stand, feit, tabel, moment),))
    known = take_in(stand or Stand(feit.persoon), feit, tabel)
    return _tell(known, tabel, moment, feit.oorzaak.bericht)


def wake(stand: Stand, tabel: Wlztabel, moment: date) -> Uitkomst:
    """Say what must be said because it is that day; see `weging.next_moment`.

    Of what need not be kept any more nothing is said, and it goes.
    """
    if is_voorbij(stand, tabel, moment):
        return Uitkomst(None)
    return _tell(stand, tabel, moment, None)


def _tell(
    stand: Stand, tabel: Wlztabel, moment: date, aanleiding: str | None
) -> Uitkomst:
    stand = begin_indicaties(stand, moment)
    wanted = weigh(stand, tabel)
    if not wanted and not stand.staand:
        return Uitkomst(stand)
    told = {one.gemeente: one.inhoud for one in stand.staand}
    if wanted == told:
        return Uitkomst(stand)
    signalen = tuple(_signals(stand, wanted, tabel, aanleiding))
    fresh = {
        signaal.gemeente: Staand(signaal.gemeente, signaal.id, wanted[signaal.gemeente])
        for signaal in signalen
        if signaal.gemeente in wanted
    }
    kept = {one.gemeente: one for one in stand.staand if one.gemeente in wanted}
    staand = tuple([one for _, one in sorted((kept | fresh).items())])
    number = stand.volgnummer + len(signalen)
    return Uitkomst(stand.with_staand(number, staand), signalen)


def _signals(
    stand: Stand, wanted: dict[str, Inhoud], tabel: Wlztabel, aanleiding: str | None
) -> Iterator[Signaal]:
    """Give a signal for each gemeente where something else must stand, in order."""
    told = {one.gemeente: one for one in stand.staand}
    number = stand.volgnummer
    for gemeente in sorted(told.keys() | wanted.keys()):
        old, new = told.get(gemeente), wanted.get(gemeente)
        if new is None and old is not None:
            reden, inhoud = Reden.INGETROKKEN, _recalled(old.inhoud, stand, tabel)
        elif new is not None and (old is None or old.inhoud != new):
            reden = Reden.GEGEVEN if old is None else Reden.GEWIJZIGD
            inhoud = new
        else:
            continue
        number += 1
        yield Signaal(
            id=signaal_id(stand.persoon, gemeente, reden, inhoud, number),
            gemeente=gemeente,
            persoon=stand.persoon,
            status=inhoud.status,
            afgifte=inhoud.afgifte,
            ingang=inhoud.ingang,
            einde=inhoud.einde,
            nummers=inhoud.nummers,
            reden=reden,
            herroept=None if old is None else old.id,
            oorzaken=_causes(stand, gemeente, inhoud, tabel),
            aanleiding=aanleiding,
            regelversie=tabel.versie,
        )


def _recalled(old: Inhoud, stand: Stand, tabel: Wlztabel) -> Inhoud:
    """Give what a recall says: Nee if that is decided, else what it takes back."""
    indicatie = deciding(stand, tabel)
    if indicatie is None or status_of(indicatie, tabel) is not Wlzstatus.NEE:
        return old
    return Inhoud(
        Wlzstatus.NEE,
        indicatie.afgifte,
        indicatie.ingang,
        indicatie.einde,
        old.nummers,
    )


def _causes(
    stand: Stand, gemeente: str, inhoud: Inhoud, tabel: Wlztabel
) -> tuple[str, ...]:
    indicatie = deciding(stand, tabel)
    concerned = [
        one.toewijzing.bericht
        for one in stand.voorzieningen
        if one.gemeente == gemeente
        and one.nummer in inhoud.nummers
        and one.toewijzing is not None
    ]
    return (*(() if indicatie is None else (indicatie.bericht,)), *concerned)


def _answer(
    stand: Stand | None, vraag: Gevraagd, tabel: Wlztabel, moment: date
) -> Antwoord:
    """Answer by the newest decision, begun or not; by then what has ended is Nee."""
    indicatie = None if stand is None else stand.nieuwste
    status = Wlzstatus.NEE
    dates: tuple[date | None, ...] = (None, None, None)
    if indicatie is not None:
        dates = (indicatie.afgifte, indicatie.ingang, indicatie.einde)
        if moment <= (indicatie.einde or date.max):
            status = status_of(indicatie, tabel)
    afgifte, ingang, einde = dates
    return Antwoord(
        vraag=vraag.oorzaak.bericht,
        gemeente=vraag.gemeente,
        persoon=vraag.persoon,
        kenmerk=vraag.kenmerk,
        identificatie=vraag.identificatie,
        status=status,
        afgifte=afgifte,
        ingang=ingang,
        einde=einde,
        regelversie=tabel.versie,
    )
