"""The rule that the same product is not given twice at one time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from ibroker.core.rules.broken import ELEMENT, ListBroken, Values
from ibroker.core.rules.values import dag

__all__ = ["overlap"]

_FOREVER = 10**12
_VERWIJDERD = ("01", "13")


@dataclass(frozen=True, slots=True)
class _Levering:
    """What the overlap of two products needs; `place` is its index in the list."""

    place: int
    categorie: str
    code: str
    begin: int
    einde: int


def overlap(
    lijst: Values, leden: Sequence[Values], *, hulpmiddelen: Sequence[str] = ()
) -> ListBroken:
    """TR302, TR386, TR410: the same product is not given twice at one time.

    A member is (categorie, code, begin, einde), in a toewijzing followed by its
    RedenWijziging. Without a Code it is the categorie that counts, without a Product
    everything. The categories in `hulpmiddelen` (iWmo 11 to 14) may overlap with all;
    so may a toewijzing that is removed (RedenWijziging 01 or 13, one day long).

    Walks the periods by their begin and keeps what still runs, so that a list
    without overlaps costs n log n however long it is.
    """
    running = _Running()
    leveringen = _leveringen(leden, hulpmiddelen)
    for levering in sorted(leveringen, key=lambda one: (one.begin, one.place)):
        for other in running.same_as(levering):
            first, second = sorted((levering.place, other.place))
            yield (first, ELEMENT), (second, ELEMENT)
        running.add(levering)


def _leveringen(
    leden: Sequence[Values], hulpmiddelen: Sequence[str]
) -> Iterator[_Levering]:
    for place, (categorie, code, begin, einde, *reden) in enumerate(leden):
        levering = _Levering(
            place,
            categorie=categorie or "",
            code=code or "",
            begin=dag(begin or "") or 0,
            einde=dag(einde or "") or _FOREVER,
        )
        one_day = levering.begin == levering.einde
        if (
            not (one_day and reden and reden[0] in _VERWIJDERD)
            and levering.categorie not in hulpmiddelen
            and levering.begin <= levering.einde
        ):
            yield levering


class _Running:
    """The leveringen that still run, by categorie and code, first end on top."""

    def __init__(self) -> None:
        self._heaps: dict[str, dict[str, list[tuple[int, int, _Levering]]]]
        self._heaps = defaultdict(lambda: defaultdict(list))

    def add(self, one: _Levering) -> None:
        heap = self._heaps[one.categorie][one.code]
        heappush(heap, (one.einde, one.place, one))

    def same_as(self, one: _Levering) -> Iterator[_Levering]:
        """What is the same product as `one` and runs on the day that `one` begins."""
        for heap in self._heaps_for(one):
            while heap and heap[0][0] < one.begin:
                heappop(heap)
            for _, _, other in heap:
                yield other

    def _heaps_for(self, one: _Levering) -> Iterable[list[tuple[int, int, _Levering]]]:
        if not one.categorie:
            for by_code in list(self._heaps.values()):
                yield from list(by_code.values())
            return
        by_code = self._heaps[one.categorie]
        if one.code:
            yield by_code[one.code]
            yield by_code[""]
        else:
            yield from list(by_code.values())
        yield self._heaps[""][""]
