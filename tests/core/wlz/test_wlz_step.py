"""The step of the Wlz stream: what is delivered, what is kept, and when it is woken."""

import json
from dataclasses import replace

import pytest

from ibroker.core.fout import Uitkomst
from ibroker.core.record import Outgoing
from ibroker.core.verdict import validate_bericht
from ibroker.core.wlz.feit import Feit, Oorzaak, Wlzstatus
from ibroker.core.wlz.persoon import (
    Persoonssleutels,
    build_sleutel,
    build_sleutels,
    hide_bsn,
)
from ibroker.core.wlz.step import find_due
from ibroker.core.wlz.tabel import Signaalmoment
from ibroker.errors import FeitError, SleutelError
from ibroker.feiten import load_wlztabel
from tests.core.wlz.stroom import BSN, Stroom, fact, message_of, tables_of
from tests.core.wlz.verhaal import indicatie, toewijzing, vraag
from tests.loaded import standards

TABEL = load_wlztabel()
BIJ_INGANG = replace(TABEL, moment=Signaalmoment.BIJ_INGANG, versie="ingang")
HEAVY = "755"
ORIGIN = Oorzaak("x", 0, "x")
VERDELING = b"another one for the distribution"
OLD = build_sleutel("t1", b"a secret for tests, 32 bytes long")
NEW = build_sleutel("t2", b"a newer secret for the tests, 32 bytes")
BEFORE = build_sleutels(OLD, (), VERDELING)
DURING = build_sleutels(NEW, (OLD,), VERDELING)
AFTER = build_sleutels(NEW, (), VERDELING)
OTHERS = [f"9999{number:05}" for number in range(30)]


def headers_of(one: Outgoing) -> dict[str, str]:
    """Give the headers of a record."""
    return {name: (value or b"").decode() for name, value in one.headers}


def told(*feiten: Feit, bsn: str = BSN, stroom: Stroom | None = None) -> Stroom:
    """Let these facts come in."""
    stroom = Stroom() if stroom is None else stroom
    for feit in feiten:
        stroom.hear(fact(feit, bsn))
    return stroom


def test_a_signal_is_delivered() -> None:
    """It goes to its gemeente with the headers of a delivery, and is valid XML."""
    stroom = told(toewijzing(0), indicatie(5, None, HEAVY, bericht="b-io31"))

    (one,) = stroom.written
    headers = headers_of(one)

    assert ("ggk.gemeente.0344", b"GGK") == (one.topic, one.key)
    assert {
        "ce_specversion": "1.0",
        "ce_id": headers["ce_id"],
        "ce_source": "urn:test:wlz",
        "ce_type": "nl.ggk.wlzsignaal",
        "ce_time": "2026-03-01T12:00:00.000Z",
        "ce_zender": "GGK",
        "ce_ontvanger": "0344",
        "ce_sha256": headers["ce_sha256"],
        "content-type": "application/xml",
        "ce_inreplyto": message_of("b-io31"),
    } == headers
    assert Uitkomst.GELDIG is validate_bericht(one.value, standards()).uitkomst
    assert f"<wlzsignaal:Bsn>{BSN}<".encode() in one.value


def test_a_signal_is_explained() -> None:
    """Its event names the place of the signal and both causes, and nobody."""
    stroom = told(
        toewijzing(0, bericht="b-301"), indicatie(5, None, HEAVY, bericht="b-io31")
    )

    (event,) = stroom.events
    (signal,) = stroom.written
    data = json.loads(event.value)["data"]

    assert "ggk.wlz.signalen" == event.topic
    assert headers_of(signal)["ce_id"].encode() == event.key
    assert ("ggk.gemeente.0344", 0, 0) == (
        *(data["topic"], data["partition"], data["offset"]),
    )
    assert [message_of("b-io31"), message_of("b-301")] == data["oorzaken"]
    assert message_of("b-io31") == data["aanleiding"]
    assert TABEL.versie == data["regelversie"]
    assert BSN.encode() not in event.value


def test_a_gemeente_that_was_divided() -> None:
    """The successor gets the signal; whose provision it is stands in it."""
    stroom = told(toewijzing(0, gemeente="9992"), indicatie(5, None, HEAVY))

    (one,) = stroom.written

    assert "ggk.gemeente.0363" == one.topic
    assert "0363" == headers_of(one)["ce_ontvanger"]
    assert b"<wlzsignaal:Ontvanger>9992<" in one.value


def test_a_gemeente_that_has_nobody() -> None:
    """A signal to one that was divided goes to nobody, and its event says so, once."""
    stroom = told(toewijzing(0, gemeente="9993"), indicatie(5, None, HEAVY))
    told(toewijzing(0), indicatie(6, None, HEAVY, besluit=2), stroom=stroom)

    gone, here, *_ = [json.loads(one.value)["data"] for one in stroom.events]

    assert ("9993", None, None) == (gone["gemeente"], gone["topic"], gone["offset"])
    assert ("0344", "ggk.gemeente.0344") == (here["gemeente"], here["topic"])
    assert {"ggk.gemeente.0344"} == {one.topic for one in stroom.written}


def test_a_gemeente_that_never_was() -> None:
    """A fact of one that is not in the register is a fault of ours."""
    stroom = told(toewijzing(0, gemeente="9995"))

    with pytest.raises(FeitError, match="gemeente die er niet is"):
        stroom.hear(fact(indicatie(5, None, HEAVY)))


def test_only_who_asks_is_answered() -> None:
    """The answer goes to the asker alone, and the question changes nothing."""
    stroom = told(toewijzing(0), indicatie(5, None, HEAVY))
    known = dict(stroom.state.entries)
    events = list(stroom.events)

    (answer,) = stroom.hear(fact(vraag("0363", "mijn-kenmerk")))
    headers = headers_of(answer)

    assert "ggk.gemeente.0363" == answer.topic
    assert "nl.ggk.wlzantwoord" == headers["ce_type"]
    assert message_of("vraag") == headers["ce_inreplyto"]
    assert headers["ce_id"] not in {message_of("vraag"), *map(repr, stroom.written)}
    assert "mijn-kenmerk" == headers["kenmerk"]
    assert Uitkomst.GELDIG is validate_bericht(answer.value, standards()).uitkomst
    assert b"<wlzantwoord:WlzStatus>Ja<" in answer.value
    assert known == stroom.state.entries
    assert events == stroom.events


def test_a_question_about_nobody() -> None:
    """Of whom nothing is known the answer is Nee, and he is not known afterwards."""
    stroom = Stroom()

    (answer,) = stroom.hear(fact(vraag("0363", None)))

    assert b"<wlzantwoord:WlzStatus>Nee<" in answer.value
    assert "kenmerk" not in headers_of(answer)
    assert {} == stroom.state.entries


def test_what_is_known_stands_under_a_pseudonym() -> None:
    """The state has one entry for a person, and his BSN is nowhere in it."""
    stroom = told(toewijzing(0), indicatie(5, None, HEAVY))

    ((key, value),) = stroom.state.entries.items()

    assert (b"p", 33) == (key[:1], len(key))
    assert BSN.encode() not in key + value


@pytest.mark.parametrize(
    "value", [b"", b"[]", b'[1,"Toegewezen"]', BSN.encode(), fact(vraag())[:-1]]
)
def test_an_unreadable_fact(value: bytes) -> None:
    """It is a fault of ours, said without what was in it."""
    with pytest.raises(FeitError) as error:
        Stroom().hear(value)

    assert BSN not in str(error.value)
    assert error.value.__cause__ is None


def test_a_fact_of_a_key_that_is_gone() -> None:
    """Nothing is made of it, and the text names the key and nobody."""
    stroom = Stroom(tables_of(sleutels=AFTER))

    with pytest.raises(SleutelError) as error:
        stroom.hear(fact(toewijzing(0), sleutels=BEFORE))

    assert "t1" in str(error.value)
    assert BSN not in str(error.value)


def test_a_replay_writes_the_same() -> None:
    """The same record again on the same state: the same bytes, headers and changes."""
    runs = [told(toewijzing(0), indicatie(5, None, HEAVY)) for _ in range(2)]

    assert runs[0].written == runs[1].written
    assert runs[0].events == runs[1].events
    assert runs[0].state == runs[1].state


def test_a_signal_on_its_day() -> None:
    """With `bij_ingang` it is given on the Ingangsdatum: not before, and once."""
    stroom = told(
        *(toewijzing(0), indicatie(3, None, HEAVY)),
        stroom=Stroom(tables_of(BIJ_INGANG)),
    )
    assert 1 == len(stroom.timers())

    days = [len(stroom.wake(number)) for number in range(7)]

    assert [0, 0, 0, 1, 0, 0, 0] == days
    assert set() == stroom.timers()
    assert "ce_inreplyto" not in headers_of(stroom.written[0])
    assert json.loads(stroom.events[0].value)["data"]["aanleiding"] is None
    assert "2026-03-04T12:00:00.000Z" == headers_of(stroom.written[0])["ce_time"]


def test_a_day_in_the_netherlands() -> None:
    """A day begins at midnight there, an hour before it does in UTC."""
    stroom = told(
        *(toewijzing(0), indicatie(3, None, HEAVY)),
        stroom=Stroom(tables_of(BIJ_INGANG)),
    )
    stroom.wake(0)
    midnight = 1_772_578_800_000  # 2026-03-04, 00:00 in Amsterdam
    before = list(find_due(stroom.state, midnight - 1, stroom.tables))
    after = list(find_due(stroom.state, midnight, stroom.tables))

    assert 0 == sum(len(one.outgoing) for one in before)
    assert 1 == sum(len(one.outgoing) for one in after)


def test_a_day_that_moves() -> None:
    """A newer decision that begins on another day takes the former one's place."""
    stroom = told(
        *(toewijzing(0), indicatie(5, None, HEAVY)),
        stroom=Stroom(tables_of(BIJ_INGANG)),
    )
    (first,) = stroom.timers()

    told(indicatie(4, None, HEAVY, afgifte=1), stroom=stroom)
    (second,) = stroom.timers()

    assert first[:11] == b"d2026-03-06"
    assert second[:11] == b"d2026-03-05"
    assert first[11:] == second[11:]


def test_a_fact_on_the_day_before_the_timer_goes_off() -> None:
    """What a fact already gave is not given again by the day, whose entry goes."""
    stroom = told(
        *(toewijzing(0), indicatie(3, None, HEAVY)),
        stroom=Stroom(tables_of(BIJ_INGANG)),
    )

    assert 1 == len(stroom.hear(fact(toewijzing(0, besloten=1)), 3))
    assert set() == stroom.timers()
    assert [] == stroom.wake(3)


def test_nothing_is_due() -> None:
    """Once all was gone through nothing is made of time at all."""
    stroom = told(toewijzing(0), indicatie(5, None, HEAVY))
    stroom.wake(0)

    assert [] == stroom.turn(0)
    assert 0 == stroom.turned


def test_who_waits_is_left_alone() -> None:
    """Before his day nothing at all is made of him, and an entry of nobody goes."""
    stroom = told(
        *(toewijzing(0), indicatie(3, None, HEAVY)),
        stroom=Stroom(tables_of(BIJ_INGANG)),
    )
    stroom.wake(0)
    stroom.state.entries[b"d2026-03-03" + bytes(32)] = b"1"
    stroom.turn(2)
    assert 1 == stroom.turned
    assert stroom.needed() == stroom.timers()

    stroom.turn(2)

    assert 0 == stroom.turned


@pytest.mark.parametrize("most", [1, 2, 7, 500])
def test_another_table_is_applied_to_all(most: int) -> None:
    """All stands are looked at again, in turns of any size, and each once signalled."""
    stroom = Stroom()
    for bsn in OTHERS:
        told(toewijzing(0), indicatie(5, None, HEAVY), bsn=bsn, stroom=stroom)
    stroom.wake(0)
    light = {**TABEL.profielen, HEAVY: Wlzstatus.ONBEKEND}
    stroom.tables = tables_of(replace(TABEL, profielen=light, versie="light"))

    found = stroom.wake(0, most)

    assert len(OTHERS) == len(found)
    assert all(b"<wlzsignaal:Reden>gewijzigd<" in one.value for one in found)
    assert [] == stroom.wake(0)
    for bsn in OTHERS:
        assert "Onbekend" == stroom.standing(bsn)[0][1]


def test_another_table_halfway() -> None:
    """Where the table changes again before all was gone through it begins anew."""
    stroom = Stroom()
    for bsn in OTHERS:
        told(toewijzing(0), indicatie(5, None, HEAVY), bsn=bsn, stroom=stroom)
    light = {**TABEL.profielen, HEAVY: Wlzstatus.ONBEKEND}
    stroom.tables = tables_of(replace(TABEL, profielen=light, versie="light"))
    stroom.turn(0, 25)
    assert 0 < len(stroom.written) - len(OTHERS) < len(OTHERS)

    stroom.tables = tables_of()
    stroom.wake(0)

    for bsn in OTHERS:
        assert "Ja" == stroom.standing(bsn)[0][1]


def test_from_decision_to_begin() -> None:
    """A table that signals at the begin takes back what is too early, until then."""
    stroom = told(toewijzing(0), indicatie(5, None, HEAVY))
    stroom.wake(0)
    stroom.tables = tables_of(BIJ_INGANG)

    (taken,) = stroom.wake(0)
    assert b"<wlzsignaal:Reden>ingetrokken<" in taken.value
    assert stroom.needed() == stroom.timers()
    assert [] == stroom.wake(4)
    (given,) = stroom.wake(5)

    assert b"<wlzsignaal:Reden>gegeven<" in given.value
    assert set() == stroom.timers()


def stands_of(stroom: Stroom, sleutels: Persoonssleutels) -> list[str]:
    """Give for each person under which keys his stand is."""
    pseudonyms = {
        hide_bsn(bsn, ORIGIN, build_sleutels(one, (), VERDELING)).pseudoniem: (
            f"{bsn}/{one.id}"
        )
        for bsn in (BSN, *OTHERS)
        for one in sleutels.by_id.values()
    }
    return sorted(pseudonyms[key[1:]] for key, _ in stroom.state.scan(b"p"))


@pytest.mark.parametrize("by", [BEFORE, DURING], ids=["old fact", "new fact"])
def test_a_fact_moves_a_stand(by: Persoonssleutels) -> None:
    """Whichever key a fact bears, the stand comes under the current one, and its day.

    Nothing is told again.
    """
    stroom = Stroom(tables_of(BIJ_INGANG, BEFORE))
    told(toewijzing(0), indicatie(5, None, HEAVY), stroom=stroom)
    (timer,) = stroom.timers()
    stroom.tables = tables_of(BIJ_INGANG, DURING)

    assert () == stroom.hear(fact(toewijzing(0, nummer=2), sleutels=by))

    assert [f"{BSN}/t2"] == stands_of(stroom, DURING)
    assert stroom.needed() == stroom.timers()
    assert {timer} != stroom.timers()
    (given,) = stroom.wake(5)
    assert b"<wlzsignaal:ToewijzingNummer>2<" in given.value


@pytest.mark.parametrize("most", [1, 3, 500])
def test_all_stands_move(most: int) -> None:
    """After all was gone through no stand is under a former key, and that may go."""
    stroom = Stroom(tables_of(BIJ_INGANG, BEFORE))
    for bsn in OTHERS:
        told(toewijzing(0), indicatie(5, None, HEAVY), bsn=bsn, stroom=stroom)
    stroom.wake(0)
    stroom.tables = tables_of(BIJ_INGANG, DURING)

    assert [] == stroom.wake(0, most)
    assert [f"{bsn}/t2" for bsn in OTHERS] == stands_of(stroom, DURING)
    assert stroom.needed() == stroom.timers()
    stroom.tables = tables_of(BIJ_INGANG, AFTER)
    assert len(OTHERS) == len(stroom.wake(5))


def test_a_question_moves_a_stand() -> None:
    """Also what changes nothing finds the stand under a former key, and moves it."""
    stroom = Stroom(tables_of(sleutels=BEFORE))
    told(toewijzing(0), indicatie(5, None, HEAVY), stroom=stroom)
    stroom.tables = tables_of(sleutels=DURING)

    (answer,) = stroom.hear(fact(vraag(), sleutels=BEFORE))

    assert b"<wlzantwoord:WlzStatus>Ja<" in answer.value
    assert [f"{BSN}/t2"] == stands_of(stroom, DURING)
