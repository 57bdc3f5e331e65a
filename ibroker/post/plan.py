"""The plan of a replay: which dead letters go back, and as whose."""

import hashlib
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ibroker.errors import ConfigError
from ibroker.post.deadletter import DeadLetter, Selection

__all__ = [
    "Herstel",
    "Overgeslagen",
    "Plan",
    "Request",
    "Waarom",
    "make_plan",
    "plan_hash",
    "read_plan",
]


class Waarom(StrEnum):
    """Why something that was selected does not go back, in the words of the user."""

    ZONDER_ID = "heeft geen bericht-id van ibroker"
    AL_TERUGGEZET = "is al teruggezet"
    ZONDER_BERICHT = "het oorspronkelijke bericht staat hier niet"
    ZENDER = "de zender is niet bekend: geef met --as een code die dat wel is"
    WEG = "staat niet in het topic"


@dataclass(frozen=True, slots=True)
class Request:
    """What someone wants to put back, from which topic to which.

    `zender_als` is the code to send all of it as; None for each its own zender.
    """

    bron: str
    doel: str
    selection: Selection
    zender_als: str | None = None


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Herstel(_Frozen):
    """One dead letter that goes back: where it is, and how it is to be sent."""

    id: str
    partition: int
    offset: int
    sha256: str
    grootte: int
    reden: str | None
    zender: str
    kenmerk: str | None


class Overgeslagen(_Frozen):
    """One that was selected and does not go back."""

    id: str | None
    waarom: Waarom


class Plan(_Frozen):
    """What `replay apply` will do, and nothing else; a file that people read first."""

    versie: Literal[1] = 1
    bron: str
    doel: str
    berichten: tuple[Herstel, ...]
    overgeslagen: tuple[Overgeslagen, ...]

    def encode(self) -> bytes:
        """Write the file. The same plan gives the same bytes."""
        return self.model_dump_json(indent=2).encode() + b"\n"


def make_plan(
    letters: Iterable[DeadLetter],
    request: Request,
    restored: Container[str],
    is_known: Callable[[str], bool],
) -> Plan:
    """Plan the replay of the letters that someone selected.

    Args:
        letters: all that there are.
        request: which of them, and as whose.
        restored: the ids that were put back before.
        is_known: tells whether the register knows a code.
    """
    berichten: list[Herstel] = []
    overgeslagen: list[Overgeslagen] = []
    missing = set(request.selection.ids)
    for letter in letters:
        if not request.selection.takes(letter):
            continue
        missing.discard(letter.id or "")
        zender = request.zender_als or letter.zender
        if letter.id is None:
            waarom = Waarom.ZONDER_ID
        elif letter.id in restored:
            waarom = Waarom.AL_TERUGGEZET
        elif not letter.is_whole:
            waarom = Waarom.ZONDER_BERICHT
        elif zender is None or not is_known(zender):
            waarom = Waarom.ZENDER
        else:
            berichten.append(
                Herstel(
                    id=letter.id,
                    partition=letter.place.partition,
                    offset=letter.place.offset,
                    sha256=letter.sha256,
                    grootte=letter.grootte,
                    reden=letter.reden,
                    zender=zender,
                    kenmerk=letter.kenmerk,
                )
            )
            continue
        overgeslagen.append(Overgeslagen(id=letter.id, waarom=waarom))
    overgeslagen += [
        Overgeslagen(id=identity, waarom=Waarom.WEG) for identity in sorted(missing)
    ]
    return Plan(
        bron=request.bron,
        doel=request.doel,
        berichten=tuple(berichten),
        overgeslagen=tuple(overgeslagen),
    )


def plan_hash(data: bytes) -> str:
    """Give the hash by which a person says which plan was read."""
    return hashlib.sha256(data).hexdigest()


def read_plan(data: bytes, expected_hash: str) -> Plan:
    """Read a plan. Raises ConfigError where it is not the one of that hash."""
    if plan_hash(data) != expected_hash.strip().lower():
        raise ConfigError("dit plan heeft een andere hash: lees het, en neem zijn hash")
    try:
        return Plan.model_validate_json(data)
    except ValidationError as error:
        places = sorted({".".join(map(str, one["loc"])) for one in error.errors()})
        raise ConfigError(f"geen plan: {', '.join(places)}") from error
