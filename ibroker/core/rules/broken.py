"""What a rule gives: which of its fields are to blame, each time that it is broken."""

from collections.abc import Iterable

__all__ = [
    "BOTH",
    "ELEMENT",
    "FIRST",
    "LIJST",
    "NOTHING",
    "SECOND",
    "Broken",
    "ListBroken",
    "Values",
]

Values = tuple[str | None, ...]
"""The fields of a record as they stand in the bericht; None where one is absent."""

Broken = Iterable[tuple[int, ...]]
"""For each time the rule is broken the fields it names: their place among the arguments
(from 0), in document order."""

ListBroken = Iterable[tuple[tuple[int, int], ...]]
"""The same for a rule over a list: pairs of a member (its index) and its field."""

ELEMENT = -1
"""As a field: the element itself."""
LIJST = -1
"""As a member: the list itself."""

NOTHING: tuple[()] = ()
FIRST: Broken = ((0,),)
SECOND: Broken = ((1,),)
BOTH: Broken = ((0, 1),)
