"""What the tests of the step have in common: kinds of outcome, and samples changed."""

from lxml import etree

from ibroker.core.catalogue import Berichttype
from ibroker.core.delivery import message_id
from ibroker.core.step import Outcome
from tests.core.routed import event_of, faults_of, sample
from tests.loaded import standards

__all__ = [
    "ALL_TYPES",
    "BEZORGD",
    "DIVIDED",
    "ENDED",
    "FOUT_TYPE",
    "ID",
    "ONBESTELBAAR",
    "RETOUR",
    "TOPICS",
    "TO_COME",
    "TYPES",
    "by_type",
    "fo01_code",
    "renamed",
    "what_became",
]


BEZORGD, RETOUR = "nl.ggk.bericht.bezorgd", "nl.ggk.bericht.retour"
FOUT_TYPE, ONBESTELBAAR = "nl.ggk.bericht.fout", "nl.ggk.bericht.onbestelbaar"
ID = message_id("ggk.aanlevering", 3, 41)
ALL_TYPES = sorted(standards().catalogue.by_type.values(), key=lambda b: b.type)
TYPES = [  # that anyone may hand in for another
    one for one in ALL_TYPES if "GGK" not in (one.van, one.naar)
]
TOPICS = {
    "gemeente": "ggk.gemeente.0363",
    "zorgaanbieder": "ggk.zorgaanbieder",
    "CAK": "ggk.cak",
    "SVB": "ggk.svb",
    "CIZ": "ggk.ciz",
}
ENDED, DIVIDED, TO_COME = "9992", "9993", "9994"


def by_type(berichttype: Berichttype) -> str:
    """Name a parameter after its type."""
    return berichttype.type


def what_became(outcome: Outcome) -> tuple[str, str, list[str]]:
    """Give the type of the event, the topic of the delivery, and the rules."""
    event = event_of(outcome)
    assert [] == faults_of(event)
    (outgoing,) = outcome.outgoing
    return event["type"], outgoing.topic, event["data"]["regels"]


def fo01_code(outcome: Outcome) -> str | None:
    """Give the code of the Fo01 that is delivered."""
    root = etree.fromstring(outcome.outgoing[0].value)
    return root.findtext(".//{*}body/{*}code")


def renamed(name: str, *changes: tuple[bytes, bytes]) -> bytes:
    """Change a sample: texts in it that must be there."""
    data = sample(name)
    for old, new in changes:
        assert old in data
        data = data.replace(old, new)
    return data
