"""Rules on what stands twice: keys and references."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, combinations

from ibroker.core.rules.broken import ELEMENT, NOTHING, ListBroken, Values
from ibroker.core.rules.values import is_filled, normalize

__all__ = ["tr101", "tr315", "tr316", "tr383", "tr416"]

_DEBET = "D"


def tr101(lijst: Values, leden: Sequence[Values]) -> ListBroken:
    """TR101: within a list every logical key stands once; a group counts once.

    The fields of a member are its key, compared as text: 777 and 0777 differ.
    """
    if len(set(leden)) == len(leden):
        return NOTHING
    groups: dict[Values, list[int]] = {}
    for place, sleutel in enumerate(leden):
        groups.setdefault(sleutel, []).append(place)
    return [
        tuple([(place, ELEMENT) for place in group])
        for group in groups.values()
        if len(group) > 1
    ]


def tr383(lijst: Values, leden: Sequence[Values]) -> ListBroken:
    """TR383: every AangevraagdProduct has its own ReferentieAanbieder."""
    texts = [(place, text or "") for place, (text,) in enumerate(leden)]
    return (((first, 0),) for first, _ in _pairs(texts))


def tr315(declaratie: Values, prestaties: Sequence[Values]) -> ListBroken:
    """TR315: a prestatie is taken back once: VorigReferentieNummer is unique."""
    vorige = [
        (place, vorig) for place, (vorig,) in enumerate(prestaties) if vorig is not None
    ]
    if not vorige:
        return NOTHING
    return (((first, 0), (second, 0)) for first, second in _pairs(vorige))


def _pairs(texts: Sequence[tuple[int, str]]) -> Iterator[tuple[int, int]]:
    """The places of every two of which the later one, normalized, is the earlier one.

    The sheet normalizes whitespace on one side only, so "R5" and then " R5 " are a
    pair, but " R5 " twice is none.
    """
    where: dict[str, list[int]] = defaultdict(list)
    for place, text in texts:
        where[normalize(text)].append(place)
    if len(where) == len(texts):
        return
    for place, text in texts:
        for other in where.get(text, ()):
            if other > place:
                yield place, other


def tr316(declaratie: Values, prestaties: Sequence[Values]) -> ListBroken:
    """TR316: no debet is taken back in the same bericht.

    A ReferentieNummer of whitespace alone is reported as well: for the sheet it
    equals the VorigReferentieNummer that is not there.
    """
    nummers, vorigen = zip(*prestaties, strict=True)
    if not any(vorigen) and all(map(str.strip, nummers)):
        return NOTHING
    vorige: dict[str, list[int]] = defaultdict(list)
    for place, (_, vorig) in enumerate(prestaties):
        if vorig is not None:
            vorige[normalize(vorig)].append(place)
    hits = [
        (place, nummer or "")
        for place, (nummer, _) in enumerate(prestaties)
        if nummer in vorige or not is_filled(nummer)
    ]
    if not hits:
        return NOTHING
    return (_in_order(place, vorige.get(nummer, ())) for place, nummer in hits)


def _in_order(place: int, terug: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """A nummer (0) and what takes it back (1), in document order."""
    return tuple(sorted([(place, 0), *[(other, 1) for other in terug]]))


def tr416(lijst: Values, prestaties: Sequence[Values]) -> ListBroken:
    """TR416: one debet per client for the same toewijzing, product and period.

    As in the sheet within one client, and every two that are equal are a pair.
    """
    if len(set(prestaties)) == len(prestaties):
        return NOTHING
    groups: dict[Values, list[int]] = {}
    debets = 0
    for place, (dc, *sleutel) in enumerate(prestaties):
        if dc == _DEBET:
            debets += 1
            groups.setdefault(tuple(sleutel), []).append(place)
    if len(groups) == debets:
        return NOTHING
    pairs = chain.from_iterable(combinations(group, 2) for group in groups.values())
    return (((first, ELEMENT), (second, ELEMENT)) for first, second in pairs)
