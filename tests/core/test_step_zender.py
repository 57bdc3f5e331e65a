"""The step of the router: who may send what, and what is laid aside."""

import hashlib
from dataclasses import replace

import pytest

from ibroker.core.aanlevering import Reden
from ibroker.core.catalogue import Berichttype
from ibroker.core.record import Headers, Unreadable
from ibroker.core.step import set_aside, step
from tests.core.routed import (
    AANBIEDER,
    GEMEENTE,
    MOMENT,
    TIJD,
    event_of,
    headers_of,
    record_of,
    routed,
    sample,
    tables,
)
from tests.core.stepped import (
    ALL_TYPES,
    DIVIDED,
    FOUT_TYPE,
    ID,
    ONBESTELBAAR,
    TO_COME,
    TYPES,
    by_type,
    fo01_code,
    what_became,
)

ANOTHER = {"gemeente": "0599", "zorgaanbieder": "98000012"}


@pytest.mark.parametrize("zender", [GEMEENTE, AANBIEDER, "CAK", "SVB", "CIZ", "GGK"])
@pytest.mark.parametrize(
    "berichttype", [one for one in ALL_TYPES if one.van == "GGK"], ids=by_type
)
def test_what_ibroker_sends_comes_in_from_nobody(
    berichttype: Berichttype, zender: str
) -> None:
    """Nobody hands in a signal or an answer, nor in the name of ibroker."""
    kind, _, regels = what_became(routed(sample(berichttype.type), zender))

    expected = (FOUT_TYPE, ["ZENDER_SOORT"])
    if zender == "GGK":
        expected = (ONBESTELBAAR, ["ZENDER_ONBEKEND"])
    assert expected == (kind, regels)


@pytest.mark.parametrize("berichttype", TYPES, ids=by_type)
def test_another_kind_of_party_may_not_send_a_type(berichttype: Berichttype) -> None:
    """A type comes from the kind of party that its direction demands, or is refused.

    Also where the header names this very party, as on a retour it does.
    """
    wrong = AANBIEDER if berichttype.van == "gemeente" else GEMEENTE

    outcome = routed(sample(berichttype.type), wrong)

    topic = "ggk.zorgaanbieder" if wrong == AANBIEDER else "ggk.gemeente.0363"
    assert (FOUT_TYPE, topic, ["ZENDER_SOORT"]) == what_became(outcome)
    assert "IB007" == fo01_code(outcome)


@pytest.mark.parametrize(
    "berichttype", [one for one in TYPES if one.van_element is not None], ids=by_type
)
def test_nobody_sends_in_the_name_of_another(berichttype: Berichttype) -> None:
    """A party of the right kind whom the bericht does not name is refused."""
    outcome = routed(sample(berichttype.type), ANOTHER[berichttype.van])

    assert (FOUT_TYPE, ["GEEN_MACHTIGING"]) == what_became(outcome)[::2]
    assert ANOTHER[berichttype.van] == headers_of(outcome)["ce_ontvanger"]


UNKNOWN = [
    (None, (), Reden.ZENDER_ONTBREEKT, None),
    (None, (("zender", None),), Reden.ZENDER_ONTBREEKT, None),
    (None, (("zender", b""),), Reden.ZENDER_ONTBREEKT, None),
    (None, (("Zender", b"0363"),), Reden.ZENDER_ONTBREEKT, None),
    ("0363", (("zender", b"0363"),), Reden.ZENDER_DUBBEL, None),
    ("0363", (("zender", None),), Reden.ZENDER_DUBBEL, None),
    (None, (("zender", b"\xff991"),), Reden.ZENDER_CODERING, None),
    ("0001", (), Reden.ZENDER_ONBEKEND, "0001"),
    ("999988001", (), Reden.ZENDER_ONBEKEND, None),
    ("0363 ", (), Reden.ZENDER_ONBEKEND, None),
    ("９９９１", (), Reden.ZENDER_ONBEKEND, None),
    ("cak", (), Reden.ZENDER_ONBEKEND, None),
    ("GGK", (), Reden.ZENDER_ONBEKEND, "GGK"),
    (DIVIDED, (), Reden.ZENDER_NIET_GELDIG, DIVIDED),
    (TO_COME, (), Reden.ZENDER_NIET_GELDIG, TO_COME),
]


@pytest.mark.parametrize("zender,headers,reden,shown", UNKNOWN)
def test_who_is_not_known_cannot_be_answered(
    zender: str | None, headers: Headers, reden: Reden, shown: str | None
) -> None:
    """What has no sender is laid aside as it came, with the reason in its headers."""
    record = replace(
        record_of(sample("WMO301"), zender, kenmerk=b"abc-1", headers=headers),
        key=b"\x00any key",
    )

    outcome = step(record, tables())

    assert (ONBESTELBAAR, "ggk.onbestelbaar", [reden]) == what_became(outcome)
    (outgoing,) = outcome.outgoing
    assert (record.key, record.value) == (outgoing.key, outgoing.value)
    expected = {
        "ce_specversion": "1.0",
        "ce_id": str(ID),
        "ce_source": "urn:test:ggk",
        "ce_type": ONBESTELBAAR,
        "ce_time": TIJD,
        "ce_sha256": hashlib.sha256(sample("WMO301")).hexdigest(),
        "reden": str(reden),
        "bron": "ggk.aanlevering/3/41",
    }
    expected |= {} if shown is None else {"zender": shown}
    assert {**expected, "kenmerk": "abc-1"} == headers_of(outcome)
    data = event_of(outcome)["data"]
    assert (shown, "abc-1", None) == (
        data["zender"],
        data["kenmerk"],
        data["ontvanger"],
    )


def test_every_reden_has_a_case() -> None:
    """No reason to lay something aside is without a test."""
    lost = {Reden.ONLEESBAAR, Reden.TE_GROOT}

    assert set(Reden) == {reden for _, _, reden, _ in UNKNOWN} | lost


@pytest.mark.parametrize("raw,value", [(b"batch \xff", b"batch \xff"), (None, b"")])
def test_what_no_one_can_decode_is_laid_aside(raw: bytes | None, value: bytes) -> None:
    """The batch is kept where it is at hand; each offset has an event of its own."""
    lost = Unreadable("ggk.aanlevering", 3, 41, MOMENT, raw)

    outcome = set_aside(lost, Reden.ONLEESBAAR, tables())

    assert (ONBESTELBAAR, "ggk.onbestelbaar", ["ONLEESBAAR"]) == what_became(outcome)
    assert (b"", value) == (outcome.outgoing[0].key, outcome.outgoing[0].value)
    headers = headers_of(outcome)
    assert ("ggk.aanlevering/3/41", hashlib.sha256(value).hexdigest()) == (
        headers["bron"],
        headers["ce_sha256"],
    )
    data = event_of(outcome)["data"]
    assert [None] * 4 == [data[f] for f in ("zender", "kenmerk", "sha256", "grootte")]


@pytest.mark.parametrize(
    "key,expected", [(b"0363", b"0363"), (None, b""), (b"9" * 1_001, b"")]
)
def test_what_the_log_refuses_leaves_its_value_behind(
    key: bytes | None, expected: bytes
) -> None:
    """Too large is laid aside without what makes it so; it says where that stands."""
    data = sample("WMO301")
    record = replace(record_of(data, GEMEENTE, kenmerk=b"abc-1"), key=key)

    outcome = set_aside(record, Reden.TE_GROOT, tables())

    assert (ONBESTELBAAR, "ggk.onbestelbaar", ["TE_GROOT"]) == what_became(outcome)
    assert (expected, b"") == (outcome.outgoing[0].key, outcome.outgoing[0].value)
    headers = headers_of(outcome)
    assert (GEMEENTE, "abc-1", "ggk.aanlevering/3/41") == (
        headers["zender"],
        headers["kenmerk"],
        headers["bron"],
    )
    told = event_of(outcome)["data"]
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (
        told["sha256"],
        told["grootte"],
    )
