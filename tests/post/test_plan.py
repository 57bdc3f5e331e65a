"""Which dead letters go back, and as whose."""

import pytest

from ibroker.core.aanlevering import Reden
from ibroker.core.record import Record
from ibroker.errors import ConfigError
from ibroker.post.deadletter import DeadLetter, Selection, read_dead_letter
from ibroker.post.plan import Plan, Request, Waarom, make_plan, plan_hash, read_plan
from tests.post.letters import SECRET, letter, letter_id

ALL = Request("dood", "in", Selection())


def read(number: int, reden: Reden, zender: str | None) -> DeadLetter:
    """A dead letter."""
    sent = letter("dood", number, reden=reden, zender=zender, kenmerk="week-48")
    return read_dead_letter(
        Record("dood", 0, number, 0, sent.key, sent.value, sent.headers)
    )


LETTERS = (
    read(0, Reden.ZENDER_ONBEKEND, "0344"),
    read(1, Reden.ZENDER_ONBEKEND, "9999"),
    read(2, Reden.ZENDER_ONTBREEKT, None),
    read(3, Reden.TE_GROOT, "0344"),
    read(4, Reden.ONLEESBAAR, None),
    read_dead_letter(Record("dood", 0, 5, 0, None, b"x", ())),
)


def plan(request: Request = ALL, restored: frozenset[str] = frozenset()) -> Plan:
    """A plan for all of them, of which the register knows 0344."""
    return make_plan(LETTERS, request, restored, lambda code: code == "0344")


def test_each_as_its_own_sender() -> None:
    """Only what a known party sent goes back by itself; of the rest it says why not."""
    made = plan()

    assert [(letter_id(0), "0344", "week-48", 0)] == [
        (one.id, one.zender, one.kenmerk, one.offset) for one in made.berichten
    ]
    assert [
        (letter_id(1), Waarom.ZENDER),
        (letter_id(2), Waarom.ZENDER),
        (letter_id(3), Waarom.ZONDER_BERICHT),
        (letter_id(4), Waarom.ZONDER_BERICHT),
        (None, Waarom.ZONDER_ID),
    ] == [(one.id, one.waarom) for one in made.overgeslagen]


def test_all_as_one_sender() -> None:
    """With a code all that is a bericht goes back as that party's."""
    made = plan(Request("dood", "in", Selection(), "0344"))

    assert ["0344"] * 3 == [one.zender for one in made.berichten]
    assert [letter_id(n) for n in range(3)] == [one.id for one in made.berichten]


def test_the_code_must_be_known() -> None:
    """A code that the register does not know puts nothing back."""
    assert () == plan(Request("dood", "in", Selection(), "9999")).berichten


def test_what_is_back_stays_out() -> None:
    """What was put back before is in the plan as such."""
    made = plan(restored=frozenset({letter_id(0)}))

    assert () == made.berichten
    assert Waarom.AL_TERUGGEZET is made.overgeslagen[0].waarom


def test_an_id_that_is_not_there() -> None:
    """Who asks for one that is not there reads that."""
    request = Request("dood", "in", Selection(ids=frozenset({letter_id(0), "nee"})))
    made = plan(request)

    assert [letter_id(0)] == [one.id for one in made.berichten]
    assert [("nee", Waarom.WEG)] == [(one.id, one.waarom) for one in made.overgeslagen]


def test_a_file_and_back() -> None:
    """What was written is read as it was; written again it is the same bytes."""
    made = plan()
    data = made.encode()

    assert made == read_plan(data, plan_hash(data))
    assert data == plan().encode()
    assert SECRET not in data.decode()


@pytest.mark.parametrize(
    "data,told",
    [
        (b"{}", "bron"),
        (b"", "geen plan"),
        (b'{"versie": 2}', "versie"),
        (plan().encode().replace(b'"zender"', b'"zendr"', 1), "zendr"),
    ],
)
def test_what_is_no_plan(data: bytes, told: str) -> None:
    """A file that is no plan is refused, and the field named."""
    with pytest.raises(ConfigError, match=told):
        read_plan(data, plan_hash(data))


def test_another_plan_is_refused() -> None:
    """A plan that was changed since someone read it is not applied."""
    data = plan().encode()

    with pytest.raises(ConfigError, match="andere hash"):
        read_plan(data.replace(b"0344", b"0363"), plan_hash(data))
