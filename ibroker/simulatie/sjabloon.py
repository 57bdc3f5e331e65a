"""A sjabloon: a bericht with slots, made ready to be filled in many times."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ibroker.errors import ConfigError

__all__ = ["Sjabloon", "parse_sjabloon"]

_SLOT: Final = re.compile(r"\{([a-z_]+)\}")
_BETWEEN: Final = re.compile(r">\s+<")
_PROLOG: Final = "?>"


@dataclass(frozen=True, slots=True)
class Sjabloon:
    """A bericht with slots.

    `slots` are the names of those that must be filled. `text` is the bericht in the
    form that the % operator takes: nothing fills in as fast.
    """

    naam: str
    slots: frozenset[str]
    text: str = field(repr=False)

    def fill(self, waarden: Mapping[str, str]) -> bytes:
        """Give the bericht with these values, as UTF-8; they are not escaped.

        Raises KeyError where a slot has no value.
        """
        return (self.text % waarden).encode()


def parse_sjabloon(naam: str, source: str) -> Sjabloon:
    """Make a sjabloon of the text of a bericht in which `{name}` is a slot.

    White space between elements goes: that is how systems send. Raises ConfigError
    where it has no XML declaration on a line of its own, or nothing to fill in.
    """
    prolog, mark, body = source.partition(_PROLOG)
    slots = frozenset(_SLOT.findall(body))
    if not mark or not slots:
        raise ConfigError(f"sjabloon {naam}: geen XML-declaratie, of geen {{slot}}")
    close = _BETWEEN.sub("><", body.strip()).replace("%", "%%")
    text = _SLOT.sub(r"%(\1)s", close)
    return Sjabloon(naam, slots, f"{prolog}{mark}\n{text}\n")
