"""Rules on a declaratie and its answer (323, 325): prestaties and sums."""

from collections.abc import Iterable

from lxml import etree

from ibroker.core.rules.klasse import NIETS, Kader, Klasse, Plaatsen
from ibroker.core.rules.values import (
    dag,
    getal,
    is_filled,
    is_later,
    months_before,
    normalize,
)

__all__ = [
    "cd060",
    "cd087",
    "cs325",
    "cs339",
    "tr319",
    "tr335",
    "tr342",
    "tr358",
]

_CREDIT = "C"
_EURO = "83"
_FIVE_YEARS = 60  # months
_TOEGEWEZEN = frozenset({"0200", "8001"})


def cd060(prestatie: Klasse, kader: Kader) -> Plaatsen:
    """CD060: a credit names the debet that it takes back, and only a credit does."""
    referentie = prestatie.deel("ProductReferentie")
    bedrag = prestatie.deel("IngediendBedrag")
    if referentie is None or bedrag is None:
        return NIETS
    vorig = referentie.velden.get("VorigReferentieNummer")
    filled = vorig is not None and is_filled(vorig.text or "")
    dc = bedrag.velden["DebetCredit"]
    if filled == (dc.text == _CREDIT):
        return NIETS
    return ((dc,) if vorig is None else (vorig, dc),)


def cd087(prestatie: Klasse, kader: Kader) -> Plaatsen:
    """CD087: there is a ProductTarief, but not where the eenheid is euro."""
    eenheid = prestatie.velden["Eenheid"]
    tarief = prestatie.velden.get("ProductTarief")
    if (tarief is None) == (eenheid.text == _EURO):
        return NIETS
    return ((eenheid,) if tarief is None else (eenheid, tarief),)


def cs325(bedrag: Klasse, kader: Kader) -> Plaatsen:
    """CS325: an amount of nothing is a debet."""
    dc = bedrag.velden["DebetCredit"]
    if dc.text != _CREDIT:
        return NIETS
    waarde = bedrag.element[0]
    return ((waarde, dc),) if getal(waarde.text or "") == 0 else NIETS


def cs339(prestatie: Klasse, kader: Kader) -> Plaatsen:
    """CS339: in euro's the amount is the volume."""
    bedrag = prestatie.deel("IngediendBedrag")
    if bedrag is None or prestatie.tekst("Eenheid") != _EURO:
        return NIETS
    volume = getal(prestatie.velden["GeleverdVolume"].text or "")
    ingediend = getal(bedrag.tekst("Bedrag"))
    if volume is None or ingediend is None or volume == ingediend:
        return NIETS
    return ((prestatie.velden["GeleverdVolume"], bedrag.velden["Bedrag"]),)


def tr319(periode: Klasse, kader: Kader) -> Plaatsen:
    """TR319: no prestatie after the DeclaratiePeriode; begin and end each count."""
    laatste = kader.datum("Declaratie/DeclaratiePeriode/Einddatum")
    begin, einde = periode.velden["Begindatum"], periode.velden["Einddatum"]
    last = laatste.tekst
    if not is_later(begin.text or "", last) and not is_later(einde.text or "", last):
        return NIETS
    return [
        (laatste.element, datum)
        for datum in (begin, einde)
        if is_later(datum.text or "", last)
    ]


def tr335(periode: Klasse, kader: Kader) -> Plaatsen:
    """TR335: a prestatie ended at most five years before the DeclaratieDagtekening."""
    dagtekening = kader.datum("Declaratie/DeclaratieDagtekening")
    einde = periode.velden["Einddatum"]
    last, today = dag(einde.text or ""), dagtekening.dag
    if last is None or today is None or last >= months_before(today, _FIVE_YEARS):
        return NIETS
    return ((dagtekening.element, einde),)


def tr358(declaratie: Klasse, kader: Kader) -> Plaatsen:
    """TR358: the total is the sum of all prestaties, credits taken off.

    The sheet writes the sum and compares it with TotaalBedrag as text.
    """
    totaal, dc = declaratie.velden["TotaalIngediendBedrag"]
    bedragen = _ingediend(declaratie.element)
    som = _sum(bedragen)
    if (
        som is not None
        and str(abs(som)) == normalize(totaal.text or "")
        and (som == 0 or (som < 0) == (dc.text == _CREDIT))
    ):
        return NIETS
    return ((totaal, dc, *_ingediend(declaratie.element)),)


def tr342(antwoord: Klasse, kader: Kader) -> Plaatsen:
    """TR342: what is not granted is the sum of the rejected prestaties.

    Where the DeclaratieAntwoord itself is rejected nothing is granted.
    """
    ingediend = antwoord.velden["TotaalIngediendBedrag"]
    toegekend = antwoord.velden["TotaalToegekendBedrag"]
    granted = _signed(toegekend)
    codes = {code.text for code in antwoord.velden["RetourCodes"]}
    if not codes <= _TOEGEWEZEN:
        return NIETS if granted == 0 else ((toegekend,),)
    asked = _signed(ingediend)
    rest = None if asked is None or granted is None else asked - granted
    if rest == _sum(_ingediend(antwoord.element)):
        return NIETS
    return ((ingediend, toegekend),)


def _ingediend(klasse: etree._Element) -> Iterable[etree._Element]:
    tag = klasse.tag.rpartition("}")[0] + "}IngediendBedrag"
    return klasse.iter(tag)


def _signed(bedrag: etree._Element) -> int | None:
    """An amount in cents, negative for a credit; None where the sheet reads NaN."""
    number = getal(bedrag[0].text or "")
    return number if number is None or bedrag[1].text != _CREDIT else -number


def _sum(bedragen: Iterable[etree._Element]) -> int | None:
    """The sum in cents; None as soon as one amount is none."""
    total = 0
    for bedrag in bedragen:
        number = _signed(bedrag)
        if number is None:
            return None
        total += number
    return total
