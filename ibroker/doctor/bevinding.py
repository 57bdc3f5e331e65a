"""What was looked at and how it was found; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum

__all__ = ["Bevinding", "Gevolg", "Oordeel", "exit_code", "fout", "goed", "let_op"]


class Oordeel(StrEnum):
    """How something was found, in the words of the user."""

    GOED = "ok"
    LET_OP = "let op"
    """It works, and someone should know."""
    FOUT = "fout"


class Gevolg(Enum):
    """What an exit code says of a fault (the numbers are those of all commands)."""

    GEVONDEN = 1
    """It can be reached and read, and is not as it must be."""
    CONFIGURATIE = 2
    """A setting, a key or a file of ours is no good."""
    CLUSTER = 3
    """Kafka cannot be reached."""


@dataclass(frozen=True, slots=True)
class Bevinding:
    """One thing that was looked at: of which part, its name, how it was found.

    `tekst` is for people. It holds names and counts of the installation, and paths of
    its files, but never a key or anything of a bericht.
    """

    onderdeel: str
    naam: str
    oordeel: Oordeel
    tekst: str
    gevolg: Gevolg | None = None


def goed(onderdeel: str, naam: str, tekst: str) -> Bevinding:
    """Say that something is as it must be."""
    return Bevinding(onderdeel, naam, Oordeel.GOED, tekst)


def let_op(onderdeel: str, naam: str, tekst: str) -> Bevinding:
    """Say what someone should know."""
    return Bevinding(onderdeel, naam, Oordeel.LET_OP, tekst)


def fout(
    onderdeel: str, naam: str, tekst: str, gevolg: Gevolg = Gevolg.GEVONDEN
) -> Bevinding:
    """Say what is wrong."""
    return Bevinding(onderdeel, naam, Oordeel.FOUT, tekst, gevolg)


def exit_code(bevindingen: Iterable[Bevinding]) -> int:
    """Give the exit code of them all: 0 where none is wrong.

    Configuration comes first, since a cluster may be out of reach because of it, and
    what is found on a cluster comes last.
    """
    gevolgen = {one.gevolg for one in bevindingen}
    for gevolg in (Gevolg.CONFIGURATIE, Gevolg.CLUSTER, Gevolg.GEVONDEN):
        if gevolg in gevolgen:
            return int(gevolg.value)
    return 0
