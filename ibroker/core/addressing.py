"""The addressing of a bericht: who gets it, and whether the sender may send it."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from ibroker.core.catalogue import Berichttype, Catalogue
from ibroker.core.fo01 import Foutcodes
from ibroker.core.fout import Routeregel
from ibroker.core.header import Header
from ibroker.core.register import Partij, Register
from ibroker.errors import CatalogueError, RegisterError

__all__ = ["Adres", "Adresfout", "address_bericht", "check_register"]


@dataclass(frozen=True, slots=True)
class Adres:
    """Who gets the bericht: where a gemeente ended, who took its place."""

    ontvanger: Partij


@dataclass(frozen=True, slots=True)
class Adresfout:
    """Why the bericht is not delivered: a rule that fo01.toml has a code for."""

    regel: str


def address_bericht(
    berichttype: Berichttype,
    header: Header,
    zender: Partij,
    register: Register,
    on: date,
) -> Adres | Adresfout:
    """Say to whom a bericht goes that came in on that day, or why to nobody.

    `zender` is who really sends, as the edge knows him. The catalogue says which
    element of the header names him and which the receiver: a retour keeps Afzender and
    Ontvanger of its heenbericht (IV028). The header is that of a schema-valid bericht.
    A code of a gemeente that ended is no fault as long as one took its place: also
    after a herindeling a bericht may bear the older code (TR378).
    """
    fout = _check_zender(berichttype, header, zender, register, on)
    if fout is not None:
        return fout
    code: str | None = berichttype.naar
    if berichttype.naar_element is not None:
        code = _element(header, berichttype.naar_element)
    genoemd = None if code is None else register.partij(code)
    if genoemd is not None and genoemd.soort != berichttype.naar:
        return _ONTVANGER_SOORT
    ontvanger = None if genoemd is None else register.opvolger(genoemd, on)
    if ontvanger is None:
        return Adresfout(register.onbekend(berichttype.naar))
    return Adres(ontvanger)


def check_register(
    register: Register, catalogue: Catalogue, foutcodes: Foutcodes
) -> None:
    """Refuse a register with which a bericht of the catalogue cannot be addressed.

    Raises RegisterError where a kind of party of the catalogue is not in it, a party
    that no header names is not known by its kind, or the rule for an unknown receiver
    has no code of its own in fo01.toml.
    """
    for berichttype in catalogue.by_type.values():
        for soort, element in (
            (berichttype.van, berichttype.van_element),
            (berichttype.naar, berichttype.naar_element),
        ):
            if soort not in register.soorten:
                raise RegisterError(f"partijen.toml: no soort {soort}")
            if element is None:
                partij = register.partij(soort)
                if partij is None or partij.soort != soort:
                    raise RegisterError(f"partijen.toml: {soort} has no code {soort}")
    for naam, rij in register.soorten.items():
        if rij.onbekend and rij.onbekend not in foutcodes.regels:
            raise RegisterError(
                f"partijen.toml: {naam}: fo01.toml lacks {rij.onbekend}"
            )


_ZENDER_NIET_GELDIG: Final = Adresfout(Routeregel.ZENDER_NIET_GELDIG)
_NIET_ACTIEF: Final = Adresfout(Routeregel.NIET_ACTIEF)
_ZENDER_SOORT: Final = Adresfout(Routeregel.ZENDER_SOORT)
_GEEN_MACHTIGING: Final = Adresfout(Routeregel.GEEN_MACHTIGING)
_ONTVANGER_SOORT: Final = Adresfout(Routeregel.ONTVANGER_SOORT)


def _check_zender(
    berichttype: Berichttype,
    header: Header,
    zender: Partij,
    register: Register,
    on: date,
) -> Adresfout | None:
    if not register.is_geldig(zender, on):
        return _ZENDER_NIET_GELDIG
    if not berichttype.is_active(on):
        return _NIET_ACTIEF
    if zender.soort != berichttype.van:
        return _ZENDER_SOORT
    if berichttype.van_element is None:
        return None
    voor = _element(header, berichttype.van_element)
    if voor is None or not register.mag_namens(zender, voor, on):
        return _GEEN_MACHTIGING
    return None


def _element(header: Header, name: str) -> str | None:
    match name:
        case "Afzender":
            return header.afzender
        case "Ontvanger":
            return header.ontvanger
        case _:
            raise CatalogueError(f"{name} is no element that names a party")
