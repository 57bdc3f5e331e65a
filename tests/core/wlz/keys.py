"""Keys and derivation for tests: no secrets, the tables as they ship."""

import tomllib
from dataclasses import replace
from functools import cache
from typing import Any

from ibroker.core.step import RouteTables
from ibroker.core.wlz.afleiding import Afleiding, parse_afleiding
from ibroker.core.wlz.persoon import Persoonssleutels, build_sleutel, build_sleutels
from tests.core.routed import ROOT, tables
from tests.loaded import standards

__all__ = ["afleiding", "feiten_table", "keys", "with_stream"]


@cache
def keys() -> Persoonssleutels:
    """Give keys that are no secret."""
    huidig = build_sleutel("t1", b"a secret for tests, 32 bytes long")
    return build_sleutels(huidig, (), b"another one for the distribution")


def feiten_table() -> dict[str, Any]:
    """Give feiten.toml, to be spoiled."""
    return tomllib.loads((ROOT / "schemas" / "feiten.toml").read_text("utf-8"))


@cache
def afleiding() -> Afleiding:
    """Build the derivation that ships."""
    known = standards()
    return parse_afleiding(feiten_table(), known.catalogue, known.schemas, keys())


@cache
def with_stream() -> RouteTables:
    """Give what a router knows where the Wlz stream is on."""
    return replace(tables(), afleiding=afleiding())
