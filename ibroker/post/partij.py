"""The party that someone at the command line acts as, and its consumer group."""

from ibroker.core.aanlevering import is_code
from ibroker.core.register import Partij, Register
from ibroker.errors import ConfigError

__all__ = ["consumer_group", "find_partij", "own_key"]


def find_partij(register: Register, code: str) -> Partij:
    """Give the party of a code that someone typed.

    Raises ConfigError where it has not the form of a code (interface.md) or the
    register does not know it. The code is not repeated: it may be a number that was
    pasted by mistake.
    """
    partij = register.partij(code) if is_code(code) else None
    if partij is None:
        raise ConfigError(
            "--as: het register kent deze code niet; verwacht de CBS-code van een"
            " gemeente (4 cijfers), een AGB-code (8 cijfers), CAK, SVB of CIZ"
        )
    return partij


def consumer_group(partij: Partij) -> str:
    """Name the consumer group of a party as interface.md does.

    That is `<soort>.<code>`, or the code in small letters for a kind of which there
    is one.
    """
    if partij.soort == partij.code:
        return partij.code.lower()
    return f"{partij.soort}.{partij.code}"


def own_key(partij: Partij) -> bytes | None:
    """Give the key by which a party's post is told from that of others.

    None where all on its topic is its own: there the key is the sender's.
    """
    return partij.code.encode() if partij.sleutel == "ontvanger" else None
