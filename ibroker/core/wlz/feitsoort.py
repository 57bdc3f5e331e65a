"""The kinds of fact, and how each is made of the values of a schema-valid bericht.

An XSD lets a value be written in more ways than Python reads: spaces round a number or
a date, a year of five digits or before Christ, a time of 24:00:00. What no date can be
becomes the nearest one that can: for who compares periods that is the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from ibroker.core.wlz.feit import (
    Feit,
    Geindiceerd,
    Gestart,
    Gestopt,
    Gevraagd,
    Oorzaak,
    Persoon,
    Profiel,
    Toegewezen,
    Wlzstatus,
)

__all__ = ["SOORTEN", "Feitsoort", "Waarden", "read_datum", "read_moment"]

_Profielen = tuple[Profiel, ...]
Waarden = Mapping[str, str]

_XML_SPACE: Final = " \t\r\n"
_ISO: Final = 10  # characters of yyyy-mm-dd
_TIJD: Final = 8  # of hh:mm:ss
_LAST_YEAR: Final = 9999


@dataclass(frozen=True, slots=True)
class Feitsoort:
    """A kind of fact: the fields it must and may have, and how it is made of them.

    `profielen` says whether it also has a list of those.
    """

    moet: frozenset[str]
    mag: frozenset[str]
    make: Callable[[Oorzaak, Persoon, Waarden, _Profielen], Feit]
    profielen: bool = False


def read_datum(text: str) -> date:
    """Read an xs:date without a time zone, as the nearest date that Python has."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    text = text.strip(_XML_SPACE)
    year = int(text[: text.index("-", 1)])
    if not 1 <= year <= _LAST_YEAR:
        return date.min if year < 1 else date.max
    return date.fromisoformat(f"{year:04}{text[-6:]}")


def read_moment(datum: str, tijd: str) -> str:
    """Read a day and an xs:time as one moment that sorts as text: see `Toegewezen`."""
    if len(datum) == _ISO and len(tijd) == _TIJD and tijd < "24" and datum > "0001":
        return f"{datum}T{tijd}.000000"
    hours, minutes, seconds = tijd.strip(_XML_SPACE).split(":")
    whole, _, part = seconds.partition(".")
    begin = datetime.combine(read_datum(datum), time.min)
    since = timedelta(
        hours=int(hours),
        minutes=int(minutes),
        seconds=int(whole),
        microseconds=int(part[:6].ljust(6, "0")),
    )
    try:
        moment = begin + since
    except OverflowError:
        moment = datetime.combine(date.max, time.max)
    return moment.isoformat(timespec="microseconds")


def _open(text: str | None) -> date | None:
    return None if text is None else read_datum(text)


def _voorziening(
    oorzaak: Oorzaak, persoon: Persoon, waarden: Waarden, *, is_registratie: bool
) -> Feit:
    return Toegewezen(
        oorzaak,
        persoon,
        waarden["gemeente"],
        int(waarden["nummer"]),
        waarden.get("aanbieder"),
        waarden.get("categorie"),
        waarden.get("product"),
        read_datum(waarden["ingang"]),
        _open(waarden.get("einde")),
        read_moment(waarden["datum"], waarden["tijd"]),
        waarden.get("reden"),
        is_registratie,
    )


def _toegewezen(
    oorzaak: Oorzaak, persoon: Persoon, waarden: Waarden, _: _Profielen
) -> Feit:
    return _voorziening(oorzaak, persoon, waarden, is_registratie=False)


def _geregistreerd(
    oorzaak: Oorzaak, persoon: Persoon, waarden: Waarden, _: _Profielen
) -> Feit:
    return _voorziening(oorzaak, persoon, waarden, is_registratie=True)


def _levering(waarden: Waarden) -> tuple[str, str, int, str | None, str | None]:
    """Give of a start or stop what it is of, in the order of both kinds of fact."""
    return (
        waarden["gemeente"],
        waarden["aanbieder"],
        int(waarden["nummer"]),
        waarden.get("categorie"),
        waarden.get("product"),
    )


def _gestart(
    oorzaak: Oorzaak, persoon: Persoon, waarden: Waarden, _: _Profielen
) -> Feit:
    return Gestart(
        oorzaak,
        persoon,
        *_levering(waarden),
        read_datum(waarden["datum"]),
        waarden["status"],
    )


def _gestopt(
    oorzaak: Oorzaak, persoon: Persoon, waarden: Waarden, _: _Profielen
) -> Feit:
    return Gestopt(
        oorzaak,
        persoon,
        *_levering(waarden),
        read_datum(waarden["begin"]),
        read_datum(waarden["datum"]),
        waarden["reden"],
        waarden["status"],
    )


def _geindiceerd(
    oorzaak: Oorzaak, persoon: Persoon, waarden: Waarden, profielen: _Profielen
) -> Feit:
    status = waarden.get("status")
    return Geindiceerd(
        oorzaak,
        persoon,
        int(waarden["besluitnummer"]),
        read_datum(waarden["afgifte"]),
        read_datum(waarden["ingang"]),
        _open(waarden.get("einde")),
        profielen,
        None if status is None else Wlzstatus(status),
    )


def _gevraagd(
    oorzaak: Oorzaak, persoon: Persoon, waarden: Waarden, _: _Profielen
) -> Feit:
    return Gevraagd(
        oorzaak,
        persoon,
        waarden["gemeente"],
        waarden.get("kenmerk"),
        waarden["identificatie"],
    )


_PRODUCT: Final = frozenset({"categorie", "product"})
_PLAN: Final = frozenset({"gemeente", "nummer", "datum", "tijd", "ingang"})
_LEVERING: Final = frozenset({"gemeente", "aanbieder", "nummer", "datum", "status"})

SOORTEN: Final[Mapping[str, Feitsoort]] = MappingProxyType(
    {
        "toegewezen": Feitsoort(
            _PLAN | {"aanbieder"}, _PRODUCT | {"einde", "reden"}, _toegewezen
        ),
        "geregistreerd": Feitsoort(
            _PLAN, _PRODUCT | {"einde", "reden"}, _geregistreerd
        ),
        "gestart": Feitsoort(_LEVERING, _PRODUCT, _gestart),
        "gestopt": Feitsoort(_LEVERING | {"begin", "reden"}, _PRODUCT, _gestopt),
        "geindiceerd": Feitsoort(
            frozenset({"besluitnummer", "afgifte", "ingang"}),
            frozenset({"einde", "status"}),
            _geindiceerd,
            profielen=True,
        ),
        "gevraagd": Feitsoort(
            frozenset({"gemeente", "identificatie"}),
            frozenset({"kenmerk"}),
            _gevraagd,
        ),
    }
)
"""The kinds of fact by the name that schemas/feiten.toml uses.

`kenmerk` is no value of a bericht: who delivers it gives it.
"""
