"""Rules on what stands twice: keys and references."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, combinations

from lxml import etree

from ibroker.core.rules.values import is_filled, normalize
from ibroker.core.rules.veld import NIETS, Lid, Plaatsen, tekst

__all__ = ["tr101", "tr315", "tr316", "tr383", "tr416"]

_DEBET = "D"


def tr101(lijst: etree._Element, leden: Sequence[Lid]) -> Plaatsen:
    """TR101: within a list every logical key stands once; a group counts once.

    The fields of a member are its key, compared as text: 777 and 0777 differ.
    """
    groups: dict[tuple[str, ...], list[etree._Element]] = {}
    for lid, *sleutel in leden:
        groups.setdefault(tuple(map(tekst, sleutel)), []).append(lid)
    if len(groups) == len(leden):
        return NIETS
    return [tuple(group) for group in groups.values() if len(group) > 1]


def tr383(lijst: etree._Element, leden: Sequence[Lid]) -> Plaatsen:
    """TR383: every AangevraagdProduct has its own ReferentieAanbieder."""
    return ((first,) for first, _ in _pairs([referentie for _, referentie in leden]))


def tr315(declaratie: etree._Element, prestaties: Sequence[Lid]) -> Plaatsen:
    """TR315: a prestatie is taken back once: VorigReferentieNummer is unique."""
    vorige = [vorig for _, vorig in prestaties if vorig is not None]
    return _pairs(vorige) if vorige else NIETS


def _pairs(
    members: Sequence[etree._Element],
) -> Iterator[tuple[etree._Element, etree._Element]]:
    """Every two members of which the later one, normalized, is the earlier one.

    The sheet normalizes whitespace on one side only, so "R5" and then " R5 " are a
    pair, but " R5 " twice is none.
    """
    where: dict[str, list[int]] = defaultdict(list)
    for index, member in enumerate(members):
        where[normalize(member.text or "")].append(index)
    if len(where) == len(members):
        return
    for index, member in enumerate(members):
        for other in where.get(member.text or "", ()):
            if other > index:
                yield member, members[other]


def tr316(declaratie: etree._Element, prestaties: Sequence[Lid]) -> Plaatsen:
    """TR316: no debet is taken back in the same bericht.

    A ReferentieNummer of whitespace alone is reported as well: for the sheet it
    equals the VorigReferentieNummer that is not there.
    """
    vorige: dict[str, list[tuple[int, etree._Element]]] = {}
    for place, (_, _, vorig) in enumerate(prestaties):
        if vorig is not None:
            text = normalize(vorig.text or "")
            vorige.setdefault(text, []).append((place, vorig))
    hits = [
        (place, nummer)
        for place, (_, nummer, _) in enumerate(prestaties)
        if (nummer.text or "") in vorige or not is_filled(nummer.text or "")
    ]
    if not hits:
        return NIETS
    return (
        _in_order(place, nummer, vorige.get(nummer.text or "", []))
        for place, nummer in hits
    )


def _in_order(
    place: int, nummer: etree._Element, terug: Sequence[tuple[int, etree._Element]]
) -> tuple[etree._Element, ...]:
    """A nummer and what takes it back, in document order."""
    before = [vorig for at, vorig in terug if at < place]
    after = [vorig for at, vorig in terug if at >= place]
    return (*before, nummer, *after)


def tr416(lijst: etree._Element, prestaties: Sequence[Lid]) -> Plaatsen:
    """TR416: one debet per client for the same toewijzing, product and period.

    As in the sheet within one client, and every two that are equal are a pair.
    """
    groups: dict[tuple[str, ...], list[etree._Element]] = {}
    debets = 0
    for prestatie, dc, *sleutel in prestaties:
        if dc.text == _DEBET:
            debets += 1
            groups.setdefault(tuple(map(tekst, sleutel)), []).append(prestatie)
    if len(groups) == debets:
        return NIETS
    return chain.from_iterable(combinations(group, 2) for group in groups.values())
