"""What came in: who sends, and under which reference, by the headers of its record."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ibroker.core.record import Headers

__all__ = ["Aanlevering", "Reden", "is_code", "read_aanlevering"]

_KENMERK: Final = re.compile(rb"[!-~]{1,64}")
_CODE: Final = re.compile(r"[0-9]{4}|[0-9]{8}|CAK|SVB|CIZ")


class Reden(StrEnum):
    """Why something could be neither delivered nor answered."""

    ZENDER_ONTBREEKT = "ZENDER_ONTBREEKT"
    """It does not say who sends it."""
    ZENDER_DUBBEL = "ZENDER_DUBBEL"
    """It names a sender more than once."""
    ZENDER_CODERING = "ZENDER_CODERING"
    """Its sender is not UTF-8."""
    ZENDER_ONBEKEND = "ZENDER_ONBEKEND"
    """No party has that code."""
    ZENDER_NIET_GELDIG = "ZENDER_NIET_GELDIG"
    """The party does not exist on that day, and no other took its place."""
    ONLEESBAAR = "ONLEESBAAR"
    """No one can decode the record."""
    TE_GROOT = "TE_GROOT"
    """The log takes no record that holds it."""


@dataclass(frozen=True, slots=True)
class Aanlevering:
    """The headers of an input.

    `zender` is the code that it names, whether or not there is such a party, or why it
    names none. `kenmerk` is None where there is none, or where it is not
    `kenmerk_goed`: then it is not repeated anywhere.
    """

    zender: str | Reden
    kenmerk: str | None
    kenmerk_goed: bool


def read_aanlevering(headers: Headers) -> Aanlevering:
    """Read the headers of an input. Others than ours are left alone."""
    zenders = [value for name, value in headers if name == "zender"]
    kenmerken = [value for name, value in headers if name == "kenmerk"]
    match kenmerken:
        case []:
            kenmerk, kenmerk_goed = None, True
        case [bytes() as value] if _KENMERK.fullmatch(value):
            kenmerk, kenmerk_goed = value.decode("ascii"), True
        case _:
            kenmerk, kenmerk_goed = None, False
    return Aanlevering(_read_zender(zenders), kenmerk, kenmerk_goed)


def is_code(zender: str) -> bool:
    """Whether it has the form of a code: CBS, AGB or one of the fixed parties.

    Of a sender that is no party no other text is shown to anyone: it may be anything,
    also the number of a client.
    """
    return _CODE.fullmatch(zender) is not None


def _read_zender(zenders: list[bytes | None]) -> str | Reden:
    match zenders:
        case [None] | [b""] | []:
            return Reden.ZENDER_ONTBREEKT
        case [bytes() as zender]:
            try:
                return zender.decode()
            except UnicodeDecodeError:
                return Reden.ZENDER_CODERING
        case _:
            return Reden.ZENDER_DUBBEL
