"""The tables of parties as values: each row is read, and checked by itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Literal, Protocol, TypeVar, get_args

from ibroker.errors import RegisterError

__all__ = ["Inschrijving", "Machtiging", "Sleutel", "Soort", "Topics", "read_rows"]

Sleutel = Literal["zender", "ontvanger"]

_CODE = "{code}"
# What Kafka allows, with room for a code where `{code}` stands.
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,200}")


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics that belong to no party."""

    aanlevering: str
    onbestelbaar: str
    gebeurtenissen: str
    hartslag: str

    def problem(self) -> str | None:
        """Say what is wrong with the row, if anything."""
        names = [getattr(self, one.name) for one in fields(self)]
        wrong = [name for name in names if not _TOPIC.fullmatch(name)]
        return f"{wrong[0]!r} is no name of a topic" if wrong else None


@dataclass(frozen=True, slots=True)
class Soort:
    """A kind of party.

    Either it is the one party with that `code`, or it is all whose code matches
    `patroon`: with `lijst` those only that a table lists. Where `topic` holds
    `{code}`, each party has a topic of its own; a kind without a topic gets `feiten`:
    of what is addressed to it the facts alone are kept. `sleutel` says whose code is
    the key of a record there; `onbekend` is the rule that a bericht breaks whose
    receiver of this kind is not known.
    """

    soort: str
    topic: str = ""
    feiten: bool = False
    sleutel: Sleutel = "zender"
    code: str = ""
    patroon: str = ""
    lijst: bool = False
    onbekend: str = ""

    @property
    def has_own_topics(self) -> bool:
        """Whether each party of this kind has a topic of its own."""
        return _CODE in self.topic

    def topic_of(self, code: str) -> str:
        """Give the topic where the post of that party goes."""
        return self.topic.replace(_CODE, code)

    def problem(self) -> str | None:
        """Say what is wrong with the row, if anything."""
        problems = {
            "sleutel is neither zender nor ontvanger": (
                self.sleutel not in get_args(Sleutel)
            ),
            "it needs either a topic or feiten": bool(self.topic) == self.feiten,
            "topic is no name that Kafka allows": (
                bool(self.topic) and not _TOPIC.fullmatch(self.topic_of("0"))
            ),
            "it needs either a code or a patroon": (
                bool(self.code) == bool(self.patroon)
            ),
            "a patroon needs onbekend": bool(self.patroon) and not self.onbekend,
            "a topic for each party needs a lijst": self.has_own_topics > self.lijst,
            "patroon is no regular expression": not _is_pattern(self.patroon),
        }
        return next((text for text, is_so in problems.items() if is_so), None)


@dataclass(frozen=True, slots=True)
class Inschrijving:
    """A party as a table lists it; both dates are inclusive, open where not given.

    `naam` is for whoever reads the table. `opvolger` is the code of who took its place.
    """

    code: str
    naam: str = ""
    vanaf: date = date.min
    tot: date = date.max
    opvolger: str = ""

    def is_geldig(self, on: date) -> bool:
        """Whether the party exists on that day."""
        return self.vanaf <= on <= self.tot

    def problem(self) -> str | None:
        """Say what is wrong with the row, if anything."""
        if self.tot < self.vanaf:
            return "tot is before vanaf"
        if self.opvolger and self.tot == date.max:
            return "an opvolger needs a tot"
        return None


@dataclass(frozen=True, slots=True)
class Machtiging:
    """That `zender` may send as `voor`, until and including `tot`."""

    zender: str
    voor: str
    tot: date

    def problem(self) -> str | None:
        """Say what is wrong with the row, if anything."""
        return "zender and voor are the same" if self.zender == self.voor else None


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


class _Row(Protocol):
    def problem(self) -> str | None: ...


_R = TypeVar("_R", bound=_Row)


def read_rows(kind: type[_R], rows: object, where: str) -> Mapping[str, _R]:
    """Read the rows of a table, each by the words that say which row it is.

    `where` names the file and the table. Raises RegisterError for the first row that
    is incomplete, has an unknown or wrong value, or contradicts itself.
    """
    if not isinstance(rows, list):
        raise RegisterError(f"{where} is not a list of rows")
    places = (f"{where}, row {number}" for number in range(1, len(rows) + 1))
    return {
        place: _read_row(kind, row, place)
        for place, row in zip(places, rows, strict=True)
    }


def _read_row(kind: type[_R], row: object, place: str) -> _R:
    if not isinstance(row, Mapping):
        raise RegisterError(f"{place} is not a table")
    try:
        made = kind(**row)
    except TypeError as error:
        raise RegisterError(f"{place}: {error}") from error
    for one in fields(made):  # type: ignore[arg-type] # each kind is a dataclass
        value = getattr(made, one.name)
        wanted = str if one.type is Sleutel else one.type
        # A datetime is a date too, and would not compare with one.
        if not isinstance(value, wanted) or isinstance(value, datetime):  # type: ignore[arg-type]
            raise RegisterError(f"{place}: {one.name} has a wrong value")
    problem = made.problem()
    if problem is not None:
        raise RegisterError(f"{place}: {problem}")
    return made
