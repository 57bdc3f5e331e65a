"""A place: an element that rules look at, and what they do there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ibroker.core.rules.broken import Broken, ListBroken, Values

__all__ = ["Combinations", "Judge", "ListRule", "Plaats", "Read", "Record", "Rule"]

Record = dict[str, str | None]
"""The values of one element by the name of the field."""

Read = Callable[[Record], Values]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table for a record. `order` is its place in the table."""

    id: str
    order: int
    velden: tuple[str, ...]
    check: Callable[..., Broken]
    parameters: Mapping[str, Any]


Combinations = set[tuple[str | None, ...]]

Judge = Callable[[Record, Combinations], Sequence[tuple[Rule, Broken]]]
"""What a record breaks. It keeps the combinations of values that break nothing."""


@dataclass(frozen=True, slots=True)
class ListRule:
    """One row of the table for a list with at least so many members.

    `lijstvelden` are those of the list itself, `velden` those of each member.
    """

    id: str
    order: int
    least: int
    lijstvelden: tuple[str, ...]
    velden: tuple[str, ...]
    read_lijst: Read
    read: Read
    check: Callable[..., ListBroken]


@dataclass(frozen=True, slots=True, eq=False)
class Plaats:
    """What happens at an element that rules look at.

    Its record starts as `blank`; `keeps` are fields that later records see too, with
    the name by which they do; `judge` checks the record. `lists` are the rules of the
    list that starts here; `member_of` names the lists that the record joins.
    """

    name: str
    blank: Mapping[str, None]
    keeps: tuple[tuple[str, str], ...]
    judge: Judge | None
    member_of: tuple[str, ...]
    lists: tuple[ListRule, ...]
