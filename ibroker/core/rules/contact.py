"""Rules on where a person is reached: contact, adres."""

import re

from ibroker.core.rules.klasse import NIETS, Kader, Klasse, Plaatsen

__all__ = ["cd005", "cd009", "cd025", "cd034", "cs089", "tr006", "tr061"]

_POSTCODE_NL = re.compile(r"[1-9][0-9]{3}[A-Za-z]{2}")
_TIJDELIJK = "04"


def cd005(adres: Klasse, kader: Kader) -> Plaatsen:
    """CD005: Postcode and LandCode come together."""
    postcode, land = adres.velden.get("Postcode"), adres.velden.get("LandCode")
    if postcode is not None and land is None:
        return ((postcode,),)
    if land is not None and postcode is None:
        return ((land,),)
    return NIETS


def cd025(adres: Klasse, kader: Kader) -> Plaatsen:
    """CD025: an address in the Netherlands has a Huis."""
    if adres.tekst("LandCode") == "NL" and "Huis" not in adres.velden:
        return ((adres.velden["LandCode"],),)
    return NIETS


def cs089(adres: Klasse, kader: Kader) -> Plaatsen:
    """CS089: a Dutch postcode is 1000 to 9999 and two letters, without a space."""
    if adres.tekst("LandCode") != "NL":
        return NIETS
    postcode = adres.velden.get("Postcode")
    if postcode is None:
        return ((adres.velden["LandCode"],),)
    if _POSTCODE_NL.fullmatch(postcode.text or ""):
        return NIETS
    return ((postcode, adres.velden["LandCode"]),)


def cd009(contact: Klasse, kader: Kader) -> Plaatsen:
    """CD009: only a temporary address has a Periode."""
    periode = contact.velden.get("Periode")
    if periode is None or contact.tekst("Soort") == _TIJDELIJK:
        return NIETS
    return ((contact.velden["Soort"], periode),)


def cd034(contact: Klasse, kader: Kader) -> Plaatsen:
    """CD034: a BRP-adres or verblijfadres has a Postcode."""
    if contact.tekst("Soort") not in ("01", "03"):
        return NIETS
    adres = contact.deel("Adres")
    if adres is not None and "Postcode" in adres.velden:
        return NIETS
    return ((contact.velden["Soort"],),)


def tr006(contact: Klasse, kader: Kader) -> Plaatsen:
    """TR006: a Telefoon, or Huis and Postcode; each that is missing is reported."""
    if "Telefoon" in contact.velden:
        return NIETS
    adres = contact.deel("Adres")
    present = () if adres is None else adres.velden
    return [(contact.element,) for need in ("Huis", "Postcode") if need not in present]


def tr061(contactgegevens: Klasse, kader: Kader) -> Plaatsen:
    """TR061: one contact of the client is a BRP-, correspondentie- or verblijfadres."""
    contacten = tuple(contactgegevens.element)
    for contact in contacten:
        if contact[0].text in ("01", "02", "03"):
            return NIETS
    return (contacten,)
