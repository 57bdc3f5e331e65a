"""What the tests of the facts have in common: samples, and the facts they give."""

from typing import Any

from ibroker.core.record import Outgoing
from ibroker.core.step import Outcome, step
from ibroker.core.wlz.feit import Feit, Hartslag, decode_feit
from tests.core.routed import event_of, record_of
from tests.core.wlz.keys import with_stream

__all__ = [
    "BSN",
    "FEITEN",
    "KNOWN",
    "OTHER",
    "feit_in",
    "feiten_of",
    "records_of",
    "routed",
]


BSN, OTHER = "999901102", "999909307"  # those of the samples
KNOWN = with_stream()
FEITEN = "ggk.intern.wlz.feiten"


def routed(data: bytes, zender: str | None, **others: Any) -> Outcome:  # noqa: ANN401
    """Route with the Wlz stream on."""
    return step(record_of(data, zender, **others), KNOWN)


def records_of(outcome: Outcome) -> tuple[Outgoing, ...]:
    """Give the records that are facts: all after a delivery to someone else."""
    is_for_us = outcome.gebeurtenis.ontvanger == "GGK"
    facts = outcome.outgoing if is_for_us else outcome.outgoing[1:]
    assert is_for_us == (FEITEN == outcome.outgoing[0].topic)
    assert {FEITEN} >= {one.topic for one in facts}
    return facts


def feit_in(record: Outgoing) -> Feit:
    """Give the fact of a person that a record holds."""
    feit = decode_feit(record.value)
    assert not isinstance(feit, Hartslag)
    return feit


def feiten_of(data: bytes, zender: str, **others: Any) -> list[Feit]:  # noqa: ANN401
    """Give the facts of a bericht that is delivered."""
    outcome = routed(data, zender, **others)
    assert "nl.ggk.bericht.bezorgd" == event_of(outcome)["type"]
    assert all(one.value is not None for one in outcome.outgoing)
    return [feit_in(one) for one in records_of(outcome)]
