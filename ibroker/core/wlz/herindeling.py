"""A herindeling: one provision that is known under the codes of two gemeenten.

Who takes the place of a gemeente takes over its provisions with their numbers. What
was assigned under the old code may be stopped, or decided on again, under the new one.
So what bears one ToewijzingNummer under both is one provision: the newest decision of
either counts, and all that was delivered on it. Two gemeenten that went into the same
one are not each other's: equal numbers of theirs stay two provisions.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from ibroker.core.wlz.stand import Levering, Toewijzing, Voorziening

__all__ = [
    "GEEN",
    "Herindeling",
    "build_herindeling",
    "join_voorzieningen",
    "rank_toewijzing",
]

_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class Herindeling:
    """Who took the place of each gemeente that ended, the first of them first.

    `build_herindeling` makes one. By its `kenmerk` it is known from another.
    """

    opvolgers: Mapping[str, tuple[str, ...]]
    kenmerk: str

    def is_verwant(self, one: str, other: str) -> bool:
        """Whether either took the place of the other."""
        return self.is_opvolger(one, other) or self.is_opvolger(other, one)

    def is_opvolger(self, one: str, of: str) -> bool:
        """Whether `one` took the place of `of`, or of who had taken that."""
        return one in self.opvolgers.get(of, ())


def build_herindeling(opvolgers: Mapping[str, tuple[str, ...]]) -> Herindeling:
    """Make one of the codes that took over from each code, one after the other."""
    text = repr(sorted(opvolgers.items()))
    kenmerk = sha256(text.encode()).hexdigest()[:_DIGITS]
    return Herindeling(MappingProxyType(dict(opvolgers)), kenmerk)


GEEN: Final = build_herindeling({})
"""Nobody took anybody's place."""


def rank_toewijzing(one: Toewijzing, verwijderd: Collection[str]) -> tuple[object, ...]:
    """Put decisions on one provision in order, the newest last (OP080).

    `verwijderd` are the codes of RedenWijziging that undo a toewijzing.
    """
    return (
        *(one.besloten, one.reden in verwijderd, one.reden or "", one.ingang),
        *(one.einde or one.ingang.max, one.einde is None, one.aanbieder or ""),
    )


def join_voorzieningen(
    voorzieningen: tuple[Voorziening, ...],
    herindeling: Herindeling,
    verwijderd: Collection[str],
) -> Iterator[Voorziening]:
    """Give the provisions that were assigned, each once, with all its deliveries.

    One that another gemeente of its line decided on last is not given for this one.
    """
    for one in voorzieningen:
        if one.toewijzing is None:
            continue
        others = [
            other
            for other in voorzieningen
            if other.nummer == one.nummer
            and herindeling.is_verwant(one.gemeente, other.gemeente)
        ]
        if not others:
            yield one
        elif not any(
            _is_newer(other, one, herindeling, verwijderd) for other in others
        ):
            yield Voorziening(
                one.gemeente, one.nummer, one.toewijzing, _join_leveringen(one, others)
            )


def _is_newer(
    other: Voorziening,
    one: Voorziening,
    herindeling: Herindeling,
    verwijderd: Collection[str],
) -> bool:
    """Whether the other decided later; of the same the one who took over counts."""
    if other.toewijzing is None or one.toewijzing is None:
        return False
    theirs = rank_toewijzing(other.toewijzing, verwijderd)
    ours = rank_toewijzing(one.toewijzing, verwijderd)
    if theirs != ours:
        return theirs > ours
    return herindeling.is_opvolger(other.gemeente, one.gemeente)


def _join_leveringen(
    one: Voorziening, others: list[Voorziening]
) -> tuple[Levering, ...]:
    """Give what was delivered under any of the codes, but what was removed."""
    found = [levering for part in (one, *others) for levering in part.leveringen]
    weg = {levering.sleutel for levering in found if levering.is_weg}
    return tuple([levering for levering in found if levering.sleutel not in weg])
