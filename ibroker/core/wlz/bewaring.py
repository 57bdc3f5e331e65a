"""How long a stand is kept: until all that it knows is over for so many years.

What still runs, or has no end that anyone gave, stays however old it is. What is over
can be of use to nobody after these years, and who is in it may expect that it goes
(AVG, article 5, 1 e). A fact that comes later still begins a stand anew.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from ibroker.core.wlz.feit import Wlzstatus
from ibroker.core.wlz.stand import Indicatie, Levering, Stand, Toewijzing
from ibroker.core.wlz.tabel import Wlztabel
from ibroker.core.wlz.weging import assigned, last_day_of, status_of

__all__ = ["is_voorbij"]

_DAY: Final = 10  # characters of an ISO date


def is_voorbij(stand: Stand, tabel: Wlztabel, moment: date) -> bool:
    """Whether nothing of a stand need be kept on that day."""
    last = max(_last_days(stand, tabel), default=date.min)
    if last == date.max:
        return False
    # As numbers: 29 February is no day of each year.
    kept_until = (last.year + tabel.bewaren_jaren, last.month, last.day)
    return kept_until < (moment.year, moment.month, moment.day)


def _last_days(stand: Stand, tabel: Wlztabel) -> Iterator[date]:
    """Give the last day on which each part says something; `date.max` has no end."""
    if stand.geldend is not None:
        yield _end_of_indicatie(stand.geldend, tabel)
    for indicatie in stand.komend:
        yield _end_of_indicatie(indicatie, tabel)
    for voorziening in stand.voorzieningen:
        if voorziening.toewijzing is None:  # of these nothing runs
            yield max(one.datum or one.begin for one in voorziening.leveringen)
    for voorziening in assigned(stand, tabel):
        if voorziening.toewijzing is not None:
            yield _end_of_toewijzing(
                voorziening.toewijzing, voorziening.leveringen, tabel
            )


def _end_of_indicatie(indicatie: Indicatie, tabel: Wlztabel) -> date:
    if status_of(indicatie, tabel) is Wlzstatus.NEE:
        return max(indicatie.afgifte, indicatie.ingang)
    return max(indicatie.afgifte, indicatie.einde or date.max)


def _end_of_toewijzing(
    toewijzing: Toewijzing, leveringen: tuple[Levering, ...], tabel: Wlztabel
) -> date:
    """Give when it ended, or when that was decided if that is later."""
    besloten = date.fromisoformat(toewijzing.besloten[:_DAY])
    if toewijzing.reden in tabel.verwijderd:
        return max(besloten, toewijzing.ingang)
    return max(besloten, last_day_of(toewijzing, leveringen, tabel))
