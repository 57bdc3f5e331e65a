"""Dead letters, made as the router makes them."""

from datetime import UTC, datetime

from ibroker.core.aanlevering import Reden
from ibroker.core.delivery import build_stempel
from ibroker.core.onbestelbaar import Onbestelbaar, lay_aside
from ibroker.core.record import Outgoing

__all__ = ["SECRET", "letter", "letter_id"]

SECRET = "999990019"  # noqa: S105 - not of ours
"""A number in key, value and headers that must not be seen anywhere."""


def letter(  # noqa: PLR0913 - what differs between dead letters
    topic: str,
    number: int,
    *,
    reden: Reden = Reden.ZENDER_ONBEKEND,
    zender: str | None = "9999",
    kenmerk: str | None = None,
    day: int = 24,
) -> Outgoing:
    """A dead letter of the `number`th input."""
    moment = datetime(2026, 11, day, 10, 0, tzinfo=UTC)
    value = f"<bericht>{SECRET} {number}</bericht>".encode()
    lost = Onbestelbaar(reden, SECRET.encode(), value, zender, kenmerk)
    return lay_aside(lost, build_stempel(("in", 0, number), moment, "urn:t"), topic)


def letter_id(number: int) -> str:
    """Its message id."""
    return str(build_stempel(("in", 0, number), datetime.now(UTC), "urn:t").id)
