"""Small tables of parties, to be spoiled, and a register of them."""

from datetime import date
from typing import Any

from ibroker.core.register import Partij, Register, parse_register

__all__ = ["known", "register_of", "tables"]


def tables() -> dict[str, Any]:
    """Give the four tables: a chain, a division, one to come, one machtiging."""
    return {
        "partijen": {
            "topics": {
                "aanlevering": "in",
                "onbestelbaar": "dood",
                "gebeurtenissen": "e",
                "hartslag": "h",
            },
            "soort": [
                {
                    "soort": "gemeente",
                    "patroon": "[0-9]{4}",
                    "lijst": True,
                    "topic": "g.{code}",
                    "sleutel": "zender",
                    "onbekend": "GEMEENTE_ONBEKEND",
                },
                {
                    "soort": "zorgaanbieder",
                    "patroon": "[0-9]{8}",
                    "topic": "z",
                    "sleutel": "ontvanger",
                    "onbekend": "ZORGAANBIEDER_ONBEKEND",
                },
                {"soort": "CAK", "code": "CAK", "topic": "cak", "sleutel": "zender"},
            ],
        },
        "gemeenten": {
            "gemeente": [
                {"code": "0001", "naam": "Blijft"},
                {"code": "0002", "tot": date(2019, 12, 31), "opvolger": "0003"},
                {
                    "code": "0003",
                    "vanaf": date(2020, 1, 1),
                    "tot": date(2022, 12, 31),
                    "opvolger": "0004",
                },
                {"code": "0004", "vanaf": date(2023, 1, 1)},
                {"code": "0005", "tot": date(2022, 12, 31)},
                {"code": "0006", "vanaf": date(2030, 1, 1)},
                {
                    "code": "0007",
                    "vanaf": date(2020, 1, 1),
                    "tot": date(2022, 12, 31),
                    "opvolger": "0001",
                },
            ]
        },
        "zorgaanbieders": {"zorgaanbieder": []},
        "machtigingen": {
            "machtiging": [
                {"zender": "0001", "voor": "0004", "tot": date(2026, 6, 30)},
            ]
        },
    }


def register_of(given: dict[str, Any]) -> Register:
    """Build the register of four tables."""
    return parse_register(**given)


def known(register: Register, code: str) -> Partij:
    """Give a party that the register knows."""
    partij = register.partij(code)
    assert partij is not None
    return partij
