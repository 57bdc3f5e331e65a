"""What goes out and what is kept: explained without showing whom it is about."""

import json
from uuid import UUID

import pytest

from ibroker.core.record import Position
from ibroker.core.wlz.signaal import signaal_event
from ibroker.core.wlz.standvorm import decode_stand, encode_stand
from ibroker.errors import FeitError
from ibroker.feiten import load_wlztabel
from tests.core.wlz.verhaal import (
    PERSOON,
    Verhaal,
    indicatie,
    start,
    stop,
    toewijzing,
)

TABEL = load_wlztabel()
TOPIC = "ggk.wlz.signalen"


def told() -> Verhaal:
    """Give someone of whom all is known that there can be."""
    verhaal = Verhaal(TABEL)
    for feit in (
        toewijzing(0, 300, nummer=71117, bericht="b-301"),
        start(0, nummer=71117),
        stop(0, 9, "20", nummer=71117),
        stop(0, 9, nummer=81118),
        indicatie(10, 300, "755", "750", afgifte=2, bericht="b-io31"),
        indicatie(99, None, "755", afgifte=3, bericht="b-io31-2"),
    ):
        verhaal.hear(feit)
    return verhaal


def test_an_event_explains_a_signal() -> None:
    """It names both causes, what it recalls and the rules; its key is its id."""
    given, changed = told().signalen

    record = signaal_event(
        changed,
        tijd="2026-11-24T10:11:12.345Z",
        bron="urn:x",
        topic=TOPIC,
        position=Position("ggk.gemeente.0344", 0, 7),
    )

    assert (TOPIC, changed.id.encode()) == (record.topic, record.key)
    assert 5 == UUID(changed.id).version
    assert {
        "specversion": "1.0",
        "id": changed.id,
        "source": "urn:x/wlz/signalen",
        "type": "nl.ggk.wlzsignaal",
        "time": "2026-11-24T10:11:12.345Z",
        "datacontenttype": "application/json",
        "data": {
            "gemeente": "0344",
            "status": "Ja",
            "reden": "gewijzigd",
            "herroept": given.id,
            "voorzieningen": 1,
            "oorzaken": ["b-io31-2", "b-301"],
            "aanleiding": "b-io31-2",
            "regelversie": TABEL.versie,
            "topic": "ggk.gemeente.0344",
            "partition": 0,
            "offset": 7,
        },
    } == json.loads(record.value)


def test_an_event_shows_nobody() -> None:
    """No pseudoniem, number of a client or date of care is in key, value or header."""
    (signaal, _) = told().signalen
    record = signaal_event(signaal, tijd="t", bron="b", topic=TOPIC, position=None)
    data = repr(record.headers).encode() + record.key + record.value

    for secret in (b"71117", b"2026-03", PERSOON.pseudoniem.hex().encode(), b"AAEC"):
        assert secret not in data


def test_a_stand_comes_back_as_it_was() -> None:
    """What is read from the bytes of a stand equals it, and has the same bytes."""
    stand = told().stand
    assert stand is not None
    data = encode_stand(stand)

    assert stand == decode_stand(data)
    assert data == encode_stand(decode_stand(data))


def test_the_text_of_a_stand_shows_no_value() -> None:
    """A traceback that holds a stand or a signal shows nothing of the person."""
    verhaal = told()
    text = repr(verhaal.stand) + repr(verhaal.signalen)

    for secret in ("71117", "81118", "98000011", "2026, 3", "'Ja'", "755"):
        assert secret not in text
    assert "b-301" in text


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"[1,2]", b'[1,"x","AA==","AA==",0,[],[],[]]']
)
def test_what_is_no_stand_is_said(data: bytes) -> None:
    """Bytes that are no stand are a fault of ours."""
    with pytest.raises(FeitError):
        decode_stand(data)


def test_another_version_of_a_stand_is_said() -> None:
    """A stand of a later form is not taken for one of ours."""
    stand = told().stand
    assert stand is not None

    with pytest.raises(FeitError, match="andere versie"):
        decode_stand(encode_stand(stand).replace(b"[1,", b"[2,", 1))
