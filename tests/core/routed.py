"""A router for tests: our own tables with a few parties more, and its outcomes read."""

import json
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ibroker.core.reading import Limits
from ibroker.core.record import Headers, Position, Record
from ibroker.core.register import Register, parse_register
from ibroker.core.step import Outcome, RouteTables, step
from ibroker.core.verdict import validate_bericht
from tests.loaded import standards

__all__ = [
    "AANBIEDER",
    "FOUT",
    "GEMEENTE",
    "GOED",
    "MOMENT",
    "ROOT",
    "TIJD",
    "event_of",
    "faults_of",
    "headers_of",
    "record_of",
    "register",
    "routed",
    "sample",
    "sender_of_sample",
    "tables",
]

ROOT = Path(__file__).parents[2]
GOED = sorted((ROOT / "tests" / "berichten" / "goed").glob("*.xml"))
FOUT = sorted((ROOT / "tests" / "berichten" / "fout").glob("*.xml"))

GEMEENTE, AANBIEDER = "0363", "98000011"  # those of the samples
MOMENT = 1_795_515_072_345  # milliseconds: 2026-11-24, 11:11:12.345 in the Netherlands
TIJD = "2026-11-24T10:11:12.345Z"

_GEMEENTEN = """
gemeente = [
  { code = "9992", tot = 2025-12-31, opvolger = "0363" },
  { code = "9993", tot = 2025-12-31 },
  { code = "9994", vanaf = 2030-01-01 },
]
"""
_MACHTIGINGEN = """
machtiging = [{ zender = "0344", voor = "0363", tot = 2026-12-31 }]
"""

_UITKOMSTEN = ("bezorgd", "retour", "fout", "dubbel", "onbestelbaar")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_TYPES = "|".join(f"nl.ggk.bericht.{name}" for name in _UITKOMSTEN)
_CODE = "[0-9]{4}|[0-9]{8}|CAK|SVB|CIZ|GGK"
# Of each field whether it may be null, and what it is else: a pattern, or a type.
_ENVELOPE: dict[str, tuple[bool, str | type]] = {
    "specversion": (False, "1.0"),
    "id": (False, _ID.pattern),
    "source": (False, "urn:.+"),
    "type": (False, _TYPES),
    "time": (False, "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}.[0-9]{3}Z"),
    "datacontenttype": (False, "application/json"),
    "data": (False, dict),
}
_DATA: dict[str, tuple[bool, str | type]] = {
    "berichttype": (True, "(WMO|JW)[345][0-9]{2}|IO31|WLZ[A-Z]+|HARTSLAG"),
    "zender": (True, _CODE),
    "ontvanger": (True, _CODE),
    "identificatie": (True, r"(?s).{1,12}"),
    "dagtekening": (True, r"-?[0-9]{4,}-[0-9]{2}-[0-9]{2}"),
    "kenmerk": (True, "[!-~]{1,64}"),
    "sha256": (True, "[0-9a-f]{64}"),
    "grootte": (True, int),
    "niveau": (True, int),
    "regels": (False, list),
    "topic": (True, "ggk[a-z0-9.]+"),
    "partition": (True, int),
    "offset": (True, int),
    "verwijzingen": (False, list),
}


@cache
def register() -> Register:
    """Build our register with gemeenten that are, were and are to come besides."""
    table = {
        name: tomllib.loads((ROOT / "schemas" / f"{name}.toml").read_text("utf-8"))
        for name in ("partijen", "gemeenten", "zorgaanbieders", "machtigingen")
    }
    table["gemeenten"]["gemeente"] += tomllib.loads(_GEMEENTEN)["gemeente"]
    table["machtigingen"] = tomllib.loads(_MACHTIGINGEN)
    return parse_register(**table)


@cache
def tables() -> RouteTables:
    """Give what the router of the tests knows."""
    return RouteTables(
        standards=standards(),
        register=register(),
        limits=Limits(),
        sleutel=b"a key for tests that is no secret",
        bron="urn:test:ggk",
        zone=ZoneInfo("Europe/Amsterdam"),
    )


def sample(name: str) -> bytes:
    """Read a sample by its name, such as WMO301 or ongeldig-JW315-XSD."""
    folder = "fout" if "-" in name else "goed"
    return (ROOT / "tests" / "berichten" / folder / f"{name}.xml").read_bytes()


def sender_of_sample(data: bytes) -> str:
    """Give the party that sends a bericht of that type, of those in the samples.

    For what only ibroker sends that is a gemeente, which may not.
    """
    berichttype = validate_bericht(data, standards()).berichttype
    van = "gemeente" if berichttype is None else berichttype.van
    van = "gemeente" if van == "GGK" else van
    return {"gemeente": GEMEENTE, "zorgaanbieder": AANBIEDER}.get(van, van)


def record_of(  # noqa: PLR0913 - each argument is one thing that a test may vary
    value: bytes | None,
    zender: str | None,
    *,
    kenmerk: bytes | None = None,
    headers: Headers = (),
    offset: int = 41,
    timestamp: int = MOMENT,
) -> Record:
    """Make a record of ggk.aanlevering as the edge writes it, with headers besides."""
    own: Headers = () if zender is None else (("zender", zender.encode()),)
    if kenmerk is not None:
        own += (("kenmerk", kenmerk),)
    key = None if zender is None else zender.encode()
    return Record("ggk.aanlevering", 3, offset, timestamp, key, value, own + headers)


def routed(value: bytes | None, zender: str | None, **others: Any) -> Outcome:  # noqa: ANN401
    """Route a bericht of a sender; `others` are those of `record_of`."""
    return step(record_of(value, zender, **others), tables())


def headers_of(outcome: Outcome) -> dict[str, str]:
    """Give the headers of what is delivered; none of them stands twice."""
    (outgoing,) = outcome.outgoing
    names = [name for name, _ in outgoing.headers]
    assert len(names) == len(set(names))
    return {name: (value or b"").decode("ascii") for name, value in outgoing.headers}


def event_of(outcome: Outcome, offset: int = 7) -> dict[str, Any]:
    """Give the one event of an outcome, once its delivery stands at that offset."""
    places = [
        Position(outgoing.topic, 2, offset + number)
        for number, outgoing in enumerate(outcome.outgoing)
    ]
    (event,) = outcome.follow_up(places)
    found: dict[str, Any] = json.loads(event.value)
    return found


def faults_of(event: dict[str, Any]) -> list[str]:
    """Say what is wrong with an event: a field too many, missing or of the wrong form.

    The fields are those of CloudEvents 1.0 and, in `data`, those that were promised.
    """
    found = [*_wrong(event, _ENVELOPE), *_wrong(event["data"], _DATA)]
    data = event["data"]
    for verwijzing in data["verwijzingen"]:
        fields = {"soort": (False, "[A-Z][A-Za-z]+"), "waarde": (False, "[0-9a-f]{16}")}
        found += _wrong(verwijzing, fields)
    if not all(re.fullmatch("[A-Z0-9_]+", str(regel)) for regel in data["regels"]):
        found.append("regels holds what is no name of a rule")
    if data.get("niveau") not in (None, 0, 1, 2, 3):
        found.append(f"niveau {data['niveau']}")
    if data.get("niveau") in (0, 1) and (data["identificatie"] or data["verwijzingen"]):
        found.append("tells of a header that is not what it should be")
    return found


def _wrong(
    found: Mapping[str, Any], fields: Mapping[str, tuple[bool, str | type]]
) -> list[str]:
    wrong = []
    if list(found) != list(fields):
        wrong.append(f"the fields are {list(found)}")
    for name, (nullable, form) in fields.items():
        value = found.get(name)
        if value is None:
            good = nullable
        elif isinstance(form, str):
            good = isinstance(value, str) and bool(re.fullmatch(form, value))
        else:
            good = type(value) is form
        if not good:
            wrong.append(f"{name} is {value!r}")
    return wrong
