"""The clocks of one reference: any order, and however often each event comes."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.gebeurtenis import Uitkomsttype
from ibroker.core.watch.draad import Draad, Draadfeit, Klok, Stand, klokken, neem, snoei
from ibroker.core.watch.melding import Melding, draadfeiten
from ibroker.core.watch.vorm import decode_draad, encode_draad
from ibroker.settings import Settings
from ibroker.watch.tabellen import load_watch_tables

TABLES = load_watch_tables(Settings())
DAY = 86_400_000  # ms
MONDAY = 1_795_424_400_000  # 23 November 2026, 09:00 in the Netherlands

MOMENTS = st.integers(0, 30).map(lambda hours: MONDAY + hours * DAY // 3)
IDS = st.integers(0, 6).map(lambda number: UUID(int=number).bytes)


def melding(
    berichttype: str,
    days: float = 0,
    name: int = 1,
    uitkomst: Uitkomsttype = Uitkomsttype.BEZORGD,
    soort: str = "Heenbericht",
) -> Melding:
    """Give an event about one reference."""
    return Melding(
        id=UUID(int=name).bytes,
        tijd=MONDAY + round(days * DAY),
        uitkomst=uitkomst,
        berichttype=berichttype,
        zender="12345678",
        ontvanger="0344",
        verwijzingen=((soort, "ab"),),
    )


def clocks(*meldingen: Melding) -> tuple[Klok, ...]:
    """Give the clocks after these events."""
    draad = Draad()
    for one in meldingen:
        for _, feit in draadfeiten(one, TABLES.antwoorden):
            draad = neem(draad, feit)
    return klokken(draad, TABLES.antwoorden, TABLES.kalender)


@pytest.mark.parametrize(
    "vraag,antwoord,soort,days,late",
    [
        ("WMO305", "WMO306", "Heenbericht", 3, 4),
        ("JW307", "JW308", "Heenbericht", 3, 4),
        ("WMO315", "WMO301", "ReferentieAanbieder", 7, 8),
        ("WMO317", "WMO319", "ReferentieAanbieder", 7, 8),
        ("JW323", "JW325", "DeclaratieIdentificatie", 14, 15),
    ],
)
def test_in_time_or_late(
    vraag: str, antwoord: str, soort: str, days: int, late: int
) -> None:
    """Until the end of the last day it is in time, and after that it is not."""
    asked = melding(vraag, soort=soort)
    for when, stand in ((days, Stand.OP_TIJD), (late, Stand.TE_LAAT)):
        answered = melding(antwoord, when, name=2, soort=soort)

        assert [stand] == [one.stand for one in clocks(asked, answered)]
        assert [stand] == [one.stand for one in clocks(answered, asked, asked)]
    assert [Stand.OPEN] == [one.stand for one in clocks(asked)]


@pytest.mark.parametrize(
    "uitkomst", [one for one in Uitkomsttype if one is not Uitkomsttype.BEZORGD]
)
def test_what_was_not_delivered_asks_nothing(uitkomst: Uitkomsttype) -> None:
    """Nobody has it who could answer."""
    assert () == clocks(melding("WMO305", uitkomst=uitkomst))


def test_an_answer_of_another_soort_is_none() -> None:
    """A reference of a declaratie says nothing of a heenbericht."""
    asked = melding("WMO305")
    other = melding("WMO306", 1, name=2, soort="DeclaratieIdentificatie")

    assert [Stand.OPEN] == [one.stand for one in clocks(asked, other)]


MELDINGEN = st.builds(
    lambda kind, tijd, name: Melding(
        id=name,
        tijd=tijd,
        uitkomst=Uitkomsttype.BEZORGD,
        berichttype=kind,
        zender="12345678",
        ontvanger="0344",
        verwijzingen=(("Heenbericht", "ab"),),
    ),
    st.sampled_from(["WMO305", "WMO306", "WMO315", "WMO316"]),
    MOMENTS,
    IDS,
)


@given(data=st.data(), meldingen=st.lists(MELDINGEN, min_size=1, max_size=8))
def test_order_and_number_do_not_count(
    data: st.DataObject, meldingen: list[Melding]
) -> None:
    """The same events in any order, some of them again, give the same draad."""
    feiten: list[Draadfeit] = [
        feit for one in meldingen for _, feit in draadfeiten(one, TABLES.antwoorden)
    ]
    again = data.draw(st.lists(st.sampled_from(feiten)))
    one, other = Draad(), Draad()
    for feit in feiten:
        one = neem(one, feit)
    for feit in data.draw(st.permutations([*feiten, *again])):
        other = neem(other, feit)

    assert one == other == decode_draad(encode_draad(one))
    assert one == neem(other, feiten[0])


def test_what_is_old_is_forgotten() -> None:
    """What came in before a moment goes, and of nothing nothing is left."""
    draad = Draad()
    for one in (melding("WMO305"), melding("WMO305", 2, name=3)):
        for _, feit in draadfeiten(one, TABLES.antwoorden):
            draad = neem(draad, feit)

    kept = snoei(draad, MONDAY + DAY)

    assert kept is not None
    assert [UUID(int=3).bytes] == [one.id for one in kept.vragen]
    assert draad == snoei(draad, MONDAY)
    assert None is snoei(draad, MONDAY + 3 * DAY)
