"""What follows from the stand: which gemeente must know what.

A gemeente must know of the indicatie that decides where at least one of its provisions
runs in an overlapping period. Periods that have passed count as well: who decides on
care with effect from last month must be told of care that was paid for last month. So
nothing stops being true because time passes: a signal gives the dates, and when these
are over, or when a provision ends on the day that the gemeente itself decided on, there
is nothing to tell. Only a fact takes back a signal. Time does one thing: with
`bij_ingang` an indicatie decides from its Ingangsdatum on.
"""

from collections.abc import Iterable
from datetime import date

from ibroker.core.wlz.feit import Wlzstatus
from ibroker.core.wlz.herindeling import join_voorzieningen
from ibroker.core.wlz.stand import (
    Indicatie,
    Inhoud,
    Levering,
    Stand,
    Toewijzing,
    Voorziening,
)
from ibroker.core.wlz.tabel import Signaalmoment, Wlztabel

__all__ = [
    "assigned",
    "deciding",
    "last_day_of",
    "next_moment",
    "status_of",
    "weigh",
]


def deciding(stand: Stand, tabel: Wlztabel) -> Indicatie | None:
    """Give the indicatie that decides: the newest, or the newest that has begun."""
    if tabel.moment is Signaalmoment.BIJ_INGANG:
        return stand.geldend
    return stand.nieuwste


def next_moment(stand: Stand, tabel: Wlztabel) -> date | None:
    """Give the first day on which time alone changes what stands, if there is one."""
    if tabel.moment is not Signaalmoment.BIJ_INGANG or not stand.komend:
        return None
    return stand.komend[-1].ingang


def status_of(indicatie: Indicatie, tabel: Wlztabel) -> Wlzstatus:
    """Give its status: what CIZ said, or what its profielen mean."""
    return indicatie.status or tabel.status_of(indicatie.profielen)


def weigh(stand: Stand, tabel: Wlztabel) -> dict[str, Inhoud]:
    """Give what each gemeente must know by now; the others must know nothing."""
    indicatie = deciding(stand, tabel)
    if indicatie is None:
        return {}
    status = status_of(indicatie, tabel)
    if status is Wlzstatus.NEE:
        return {}
    found: dict[str, list[int]] = {}
    for voorziening in assigned(stand, tabel):
        if _overlaps(voorziening, indicatie, tabel):
            found.setdefault(voorziening.gemeente, []).append(voorziening.nummer)
    return {
        gemeente: Inhoud(
            status,
            indicatie.afgifte,
            indicatie.ingang,
            indicatie.einde,
            tuple(nummers),
        )
        for gemeente, nummers in found.items()
    }


def assigned(stand: Stand, tabel: Wlztabel) -> Iterable[Voorziening]:
    """Give the provisions, each once, also where two gemeenten of a line know it.

    There may be among them what has no toewijzing, and what was removed.
    """
    if len({one.gemeente for one in stand.voorzieningen}) > 1:
        return join_voorzieningen(
            stand.voorzieningen, tabel.herindeling, tabel.verwijderd
        )
    return stand.voorzieningen


def _overlaps(voorziening: Voorziening, indicatie: Indicatie, tabel: Wlztabel) -> bool:
    """Whether a provision runs on a day of the indicatie; all days are inclusive."""
    toewijzing = voorziening.toewijzing
    if toewijzing is None or toewijzing.reden in tabel.verwijderd:
        return False
    last = last_day_of(toewijzing, voorziening.leveringen, tabel)
    first = max(toewijzing.ingang, indicatie.ingang)
    return first <= min(last, indicatie.einde or date.max)


def last_day_of(
    toewijzing: Toewijzing, leveringen: tuple[Levering, ...], tabel: Wlztabel
) -> date:
    """Give the last day of a toewijzing that was not removed; `date.max` has no end."""
    last = toewijzing.einde or date.max
    if not leveringen:
        return last
    return min(last, _stopped(leveringen, toewijzing.aanbieder, tabel))


def _stopped(
    leveringen: tuple[Levering, ...], aanbieder: str | None, tabel: Wlztabel
) -> date:
    """Give the last day of delivery, `date.max` while there is no definitive stop.

    A toewijzing may be delivered as several products: it is over when the last of them
    is. Of each the delivery that began last counts, for after a stop there may be a
    new start. Only who was assigned has a say in it.
    """
    begun: dict[tuple[str, str | None, str | None], date] = {}
    stops: dict[tuple[str, str | None, str | None], list[Levering]] = {}
    for one in leveringen:
        if one.is_weg or aanbieder not in {None, one.aanbieder}:
            continue
        line = (one.aanbieder, one.categorie, one.product)
        if one.datum is None or one.reden in tabel.tijdelijk:
            begun[line] = max(begun.get(line, date.min), one.begin)
        else:
            stops.setdefault(line, []).append(one)
    last = date.min
    for line in begun.keys() | stops.keys():
        since = begun.get(line, date.min)
        days = [
            one.datum
            for one in stops.get(line, ())
            if one.datum is not None and one.begin >= since
        ]
        if not days:
            return date.max
        last = max(last, *days)
    return last if stops else date.max
