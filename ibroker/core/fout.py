"""What is wrong with a bericht, as values that never hold a value of the bericht."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Fout", "Niveau", "Regel", "Routeregel", "Uitkomst"]


class Uitkomst(StrEnum):
    """The verdict on one bericht, in the words that users see."""

    GELDIG = "geldig"
    """Levels 1 and 2 passed."""
    AFGEKEURD = "afgekeurd"
    """Schema-valid, but a level 2 rule failed."""
    ONGELDIG = "ongeldig"
    """Read, but not valid for the XSD (level 1)."""
    GEWEIGERD = "geweigerd"
    """Not read at all (level 0)."""


class Niveau:
    """The control levels of the standard that are judged here (IV028).

    The first three a bericht alone decides; the last one needs earlier berichten, and
    of that only the router judges TR056.
    """

    LEZEN = 0
    XSD = 1
    REGELS = 2
    EERDER = 3


class Regel(StrEnum):
    """Why a bericht was refused at level 0, and the one name for level 1."""

    WELGEVORMD = "WELGEVORMD"
    GROOTTE = "GROOTTE"
    DOCTYPE = "DOCTYPE"
    CODERING = "CODERING"
    BOM = "BOM"
    COMMENTAAR = "COMMENTAAR"
    BERICHTTYPE = "BERICHTTYPE"
    XSD = "XSD"


class Routeregel(StrEnum):
    """Why a bericht is not delivered, whatever the standard says of its contents.

    The names for a receiver that is not known stand in partijen.toml: one for each
    kind of party.
    """

    KENMERK = "KENMERK"
    """The sender's own reference is not one value of 1 to 64 visible characters."""
    ZENDER_NIET_GELDIG = "ZENDER_NIET_GELDIG"
    """The sender does not exist on that day."""
    NIET_ACTIEF = "NIET_ACTIEF"
    """The type may not be sent on that day."""
    ZENDER_SOORT = "ZENDER_SOORT"
    """A party of that kind does not send this type."""
    GEEN_MACHTIGING = "GEEN_MACHTIGING"
    """The bericht names another sender, for whom this one may not send."""
    ONTVANGER_SOORT = "ONTVANGER_SOORT"
    """A party of that kind does not receive this type."""


@dataclass(frozen=True, slots=True)
class Fout:
    """One time that a rule is broken.

    `regel` is the rule's id (TR006, CS002, ...) or a `Regel`; `retourcode` the code
    that the answer carries (0001 in a retour, IB001 and so on in a Fo01); `locaties`
    are paths without prefixes, an index only where siblings share the name;
    `regelnummer` is the line of the first place, from 1. `tekst` is Dutch and says
    what to mend, without quoting.
    """

    regel: str
    retourcode: str
    locaties: tuple[str, ...]
    regelnummer: int | None
    tekst: str
