"""Reads the tables of the Wlz stream from disk; apart, for `validate` needs none."""

from pathlib import Path

from ibroker.core.catalogue import Catalogue
from ibroker.core.register import Register
from ibroker.core.verdict import Standards
from ibroker.core.wlz.afleiding import Afleiding, parse_afleiding
from ibroker.core.wlz.bericht import Uitgaand, parse_uitgaand
from ibroker.core.wlz.persoon import Persoonssleutels
from ibroker.core.wlz.registertoets import Registertoets, parse_registertoets
from ibroker.core.wlz.tabel import Wlztabel, parse_wlztabel
from ibroker.standards import own_folder, read_toml

__all__ = [
    "load_afleiding",
    "load_feiten_topic",
    "load_registertoets",
    "load_uitgaand",
    "load_wlztabel",
]


def load_wlztabel(other: Path | None = None) -> Wlztabel:
    """Load the table of the Wlz stream: the file `other`, or ours.

    Raises ConfigError where it is missing or no TOML, WlzTableError where not usable.
    """
    return parse_wlztabel(read_toml(other or own_folder() / "wlz.toml"))


def load_afleiding(
    standards: Standards, register: Register, sleutels: Persoonssleutels
) -> Afleiding:
    """Load what derives facts from berichten; `sleutels` hide whom they are about.

    Each bericht to a party of `register` that gets facts alone must give one. Raises
    ConfigError.
    """
    afleiding = parse_afleiding(
        read_toml(own_folder() / "feiten.toml"),
        standards.catalogue,
        standards.schemas,
        sleutels,
    )
    altijd = frozenset(s.soort for s in register.soorten.values() if s.feiten)
    afleiding.check(standards.catalogue, altijd)
    return afleiding


def load_uitgaand(catalogue: Catalogue) -> Uitgaand:
    """Load which types the Wlz stream sends. Raises ConfigError."""
    return parse_uitgaand(read_toml(own_folder() / "feiten.toml"), catalogue)


def load_registertoets(catalogue: Catalogue) -> Registertoets:
    """Load which types ask and answer. Raises ConfigError."""
    return parse_registertoets(read_toml(own_folder() / "feiten.toml"), catalogue)


def load_feiten_topic() -> str:
    """Load where facts go. Raises ConfigError."""
    return str(read_toml(own_folder() / "feiten.toml").get("topic", ""))
