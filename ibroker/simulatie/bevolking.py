"""Who there are: invented people, real gemeenten by their size, aanbieders by Zipf."""

from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import Final

from ibroker.errors import ConfigError

__all__ = ["MENSEN", "Bevolking", "build_bevolking", "make_bsn"]

_TEST: Final = "9999"  # what numbers begin with that nobody has
_WEIGHTS: Final = range(9, 1, -1)
_ELEVEN: Final = 11


def _all_bsns() -> tuple[str, ...]:
    found = []
    for number in range(10_000):
        digits = f"{_TEST}{number:04d}"
        last = sum(w * int(d) for w, d in zip(_WEIGHTS, digits, strict=True)) % _ELEVEN
        if last < _ELEVEN - 1:  # one digit
            found.append(f"{digits}{last}")
    return tuple(found)


_BSNS: Final = _all_bsns()
MENSEN: Final = len(_BSNS)
"""How many invented people there can be: so many numbers pass the 11-proef."""


def make_bsn(persoon: int) -> str:
    """Give the number of a person, from 0 to MENSEN - 1."""
    return _BSNS[persoon]


@dataclass(frozen=True, slots=True)
class Bevolking:
    """The parties, and how often each is the one.

    `oplopend` are weights, added up. `vast` are the parties that are the only one of
    their kind, by that kind.
    """

    gemeenten: tuple[str, ...]
    gemeenten_oplopend: tuple[float, ...] = field(repr=False)
    aanbieders: tuple[str, ...] = field(repr=False)
    aanbieders_oplopend: tuple[float, ...] = field(repr=False)
    vast: Mapping[str, str]

    def draw_gemeente(self, draw: Random) -> str:
        """Draw one by its size."""
        return _draw(self.gemeenten, self.gemeenten_oplopend, draw)

    def draw_aanbieder(self, draw: Random) -> str:
        """Draw one by Zipf: the first is met most."""
        return _draw(self.aanbieders, self.aanbieders_oplopend, draw)


def build_bevolking(
    gemeenten: Sequence[str],
    inwoners: Mapping[str, float],
    anders: float,
    aanbieders: Sequence[str],
    vast: Mapping[str, str],
) -> Bevolking:
    """Give gemeenten their size: that of `inwoners`, or else `anders`.

    Raises ConfigError where there is no gemeente or no aanbieder.
    """
    if not gemeenten or not aanbieders:
        raise ConfigError("het register kent geen gemeente, of geen zorgaanbieder")
    sizes = (inwoners.get(code, anders) for code in gemeenten)
    ranks = (1 / (rank + 1) for rank in range(len(aanbieders)))
    return Bevolking(
        gemeenten=tuple(gemeenten),
        gemeenten_oplopend=tuple(accumulate(sizes)),
        aanbieders=tuple(aanbieders),
        aanbieders_oplopend=tuple(accumulate(ranks)),
        vast=dict(vast),
    )


def _draw(codes: Sequence[str], oplopend: Sequence[float], draw: Random) -> str:
    place = bisect(oplopend, draw.random() * oplopend[-1])
    return codes[min(place, len(codes) - 1)]
