"""Rules on what stands twice: keys and references."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, combinations

from lxml import etree

from ibroker.core.rules.klasse import NIETS, Kader, Klasse, Plaatsen
from ibroker.core.rules.values import is_filled, normalize

__all__ = ["tr101", "tr315", "tr316", "tr383", "tr416"]

_DEBET = "D"
_TWO = 2


def tr101(lijst: Klasse, kader: Kader, *, sleutel: Sequence[str]) -> Plaatsen:
    """TR101: within a list every logical key stands once; a group counts once.

    `sleutel` are paths below the member. Keys are compared as text: 777 and 0777
    differ.
    """
    if len(lijst.element) < _TWO:
        return NIETS
    paths = [path.rpartition("/")[::2] for path in sleutel]
    groups: dict[tuple[str, ...], list[etree._Element]] = {}
    for lid in kader.leden(lijst.element):
        key = tuple([_value(lid, deel, name) for deel, name in paths])
        groups.setdefault(key, []).append(lid.element)
    if len(groups) == len(lijst.element):
        return NIETS
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _value(lid: Klasse, deel: str, name: str) -> str:
    if not deel:
        return lid.tekst(name)
    klasse = lid.deel(deel)
    return "" if klasse is None else klasse.tekst(name)


def _pairs(
    members: Sequence[tuple[str, etree._Element]],
) -> Iterator[tuple[etree._Element, etree._Element]]:
    """Every two members of which the later one, normalized, is the earlier one.

    The sheet normalizes whitespace on one side only, so "R5" and then " R5 " are a
    pair, but " R5 " twice is none.
    """
    where: dict[str, list[int]] = defaultdict(list)
    for index, (text, _) in enumerate(members):
        where[normalize(text)].append(index)
    if len(where) == len(members):
        return
    for index, (text, element) in enumerate(members):
        for other in where.get(text, ()):
            if other > index:
                yield element, members[other][1]


def tr383(lijst: Klasse, kader: Kader) -> Plaatsen:
    """TR383: every AangevraagdProduct has its own ReferentieAanbieder."""
    if len(lijst.element) < _TWO:
        return NIETS
    members = [
        (product.tekst("ReferentieAanbieder"), product.velden["ReferentieAanbieder"])
        for product in kader.leden(lijst.element)
    ]
    return ((first,) for first, _ in _pairs(members))


def tr315(declaratie: Klasse, kader: Kader) -> Plaatsen:
    """TR315: a prestatie is taken back once: VorigReferentieNummer is unique."""
    vorige = [(one.text or "", one) for one in _vorige(declaratie.element)]
    return _pairs(vorige) if vorige else NIETS


def tr316(declaratie: Klasse, kader: Kader) -> Plaatsen:
    """TR316: no debet is taken back in the same bericht.

    A ReferentieNummer of whitespace alone is reported as well: for the sheet it
    equals the VorigReferentieNummer that is not there.
    """
    nummers = list(_referentie_nummers(declaratie.element))
    vorige: dict[str, list[tuple[int, etree._Element]]] = defaultdict(list)
    for place, nummer in enumerate(nummers):
        vorig = nummer.getnext()
        if vorig is not None:
            vorige[normalize(vorig.text or "")].append((place, vorig))
    broken = []
    for place, nummer in enumerate(nummers):
        text = nummer.text or ""
        terug = vorige.get(text, ())
        if terug or not is_filled(text):
            before = [element for at, element in terug if at < place]
            after = [element for at, element in terug if at >= place]
            broken.append((*before, nummer, *after))
    return broken or NIETS


def _vorige(declaratie: etree._Element) -> Iterable[etree._Element]:
    return declaratie.iter("{*}VorigReferentieNummer")


def _referentie_nummers(declaratie: etree._Element) -> Iterable[etree._Element]:
    return declaratie.iter("{*}ReferentieNummer")


def tr416(prestaties: Klasse, kader: Kader) -> Plaatsen:
    """TR416: one debet per client for the same toewijzing, product and period.

    As in the sheet within one client, and every two that are equal are a pair.
    """
    if len(prestaties.element) < _TWO:
        return NIETS
    groups: dict[tuple[str, ...], list[etree._Element]] = {}
    debets = 0
    for prestatie in kader.leden(prestaties.element):
        bedrag = prestatie.deel("IngediendBedrag")
        periode = prestatie.deel("ProductPeriode")
        if bedrag is None or periode is None or bedrag.tekst("DebetCredit") != _DEBET:
            continue
        debets += 1
        key = (
            prestatie.tekst("ToewijzingNummer"),
            prestatie.tekst("ProductCategorie"),
            prestatie.tekst("ProductCode"),
            periode.tekst("Begindatum"),
            periode.tekst("Einddatum"),
        )
        groups.setdefault(key, []).append(prestatie.element)
    if len(groups) == debets:
        return NIETS
    return chain.from_iterable(combinations(group, 2) for group in groups.values())
