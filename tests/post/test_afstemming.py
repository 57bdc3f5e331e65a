"""Reconciling, on Kafka and on the twins: what was told beside what the facts ask."""

import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from ibroker.core.record import Outgoing, Record
from ibroker.core.wlz.afstemming import Soort, Verschil
from ibroker.core.wlz.feit import Feit, Hartslag, Oorzaak, encode_feit
from ibroker.core.wlz.standvorm import decode_stand, encode_stand
from ibroker.errors import LogError
from ibroker.kafka.changelog import Portion
from ibroker.post.afstemming import Afstemming, Bronnen, Telling
from ibroker.post.kladblok import Kladblok
from tests.core.wlz.stroom import Stroom, fact, message_of, tables_of
from tests.core.wlz.test_wlz_step import DURING
from tests.core.wlz.verhaal import day, indicatie, toewijzing, vraag
from tests.post.logs import BRONNEN, PostUnderTest

GROUP = "wlz"
HEAVY = "755"
PEOPLE = ("999988001", "999988013", "999988025")
GEMEENTEN = ("0344", "0363", "0344")
FACTS = 2  # of each person


@dataclass
class Verleden:
    """What there was: facts by partition, and a stream that heard them."""

    stroom: Stroom = field(default_factory=Stroom)
    facts: list[tuple[int, bytes]] = field(default_factory=list)

    def hear(self, feit: Feit, person: int) -> None:
        """Let a fact come in, and the stream handle it."""
        self.put_only(feit, person)
        self.stroom.hear(self.facts[-1][1])

    def put_only(self, feit: Feit, person: int) -> None:
        """Let a fact come in."""
        self.facts.append((person % 2, fact(feit, PEOPLE[person])))


@dataclass(frozen=True)
class _Moving:
    """A stream that handles the second partition while its past is read."""

    post: PostUnderTest
    bronnen: Bronnen

    async def committed(self) -> Mapping[int, int]:
        return await self.bronnen.committed()

    def feiten(self) -> AsyncGenerator[Record, None]:
        return self.bronnen.feiten()

    def signalen(self) -> AsyncGenerator[Record, None]:
        return self.bronnen.signalen()

    async def stand(self) -> AsyncGenerator[Portion, None]:
        async with aclosing(self.bronnen.stand()) as portions:
            async for portion in portions:
                yield portion
        await commit_all(self.post)


@pytest.fixture
def pad(tmp_path: Path) -> Iterator[Kladblok]:
    """A scratch pad."""
    with Kladblok.open(tmp_path) as empty:
        yield empty


def past() -> Verleden:
    """Three people with a provision and an indicatie, of two gemeenten; and a vraag."""
    verleden = Verleden()
    for person, gemeente in enumerate(GEMEENTEN):
        verleden.hear(toewijzing(0, gemeente=gemeente), person)
        verleden.hear(indicatie(0, None, HEAVY, bericht=f"i{person}"), person)
    verleden.hear(vraag(), 0)
    return verleden


async def write(post: PostUnderTest, verleden: Verleden) -> None:
    """Put all of it in the log, as the stream does."""
    for topic in BRONNEN:
        await post.make(topic, 2, None)
    await write_made(post, verleden)


async def write_made(post: PostUnderTest, verleden: Verleden) -> None:
    """Put all of it in topics that are there."""
    feiten, stand, signalen = (post.name(topic) for topic in BRONNEN)
    await put(
        post,
        [Outgoing(feiten, b"k", value, (), number) for number, value in verleden.facts],
    )
    entries = verleden.stroom.state.entries.items()
    # A stand may have been another before; what counts is the last.
    await put(post, [Outgoing(stand, key, b"?", (), 1) for key, _ in entries])
    await put(post, [Outgoing(stand, key, value, (), 1) for key, value in entries])
    await put(post, [replace(one, topic=signalen) for one in verleden.stroom.events])


async def put(post: PostUnderTest, outgoing: list[Outgoing]) -> None:
    """Write, where there is something to write."""
    if outgoing:
        await post.put(outgoing)


async def commit_all(post: PostUnderTest) -> None:
    """Say that the stream has handled every fact, and the marker after them."""
    feiten = post.name(BRONNEN[0])
    ends = {0: 0, 1: 0}
    for one in await post.read(feiten):
        ends[one.partition] = one.offset + 1
    await post.commit(GROUP, feiten, ends)


async def compare(
    post: PostUnderTest, verleden: Verleden, pad: Kladblok
) -> tuple[list[Verschil], Telling]:
    """Compare all of it on the second day."""
    afstemming = Afstemming(post.bronnen(GROUP), verleden.stroom.tables, pad)
    await afstemming.read()
    return list(afstemming.differences(day(1))), afstemming.telling


def spoil(verleden: Verleden, person: int, *, nummers: tuple[int, ...] | None) -> str:
    """Let the stream believe that it told other numbers, or nothing; give the id."""
    entries = verleden.stroom.state.entries
    for key, data in entries.items():
        if key.startswith(b"p"):
            stand = decode_stand(data)
            signaal = stand.staand[0]
            if person == _person_of(verleden, signaal.id):
                inhoud = replace(signaal.inhoud, nummers=nummers or ())
                left = () if nummers is None else (replace(signaal, inhoud=inhoud),)
                changed = stand.with_staand(stand.volgnummer, left)
                entries[key] = encode_stand(changed)
                return signaal.id
    raise AssertionError("nobody like that")


def _person_of(verleden: Verleden, signaal: str) -> int:
    for event in map(_event, verleden.stroom.events):
        if event["id"] == signaal:
            return [message_of(f"i{one}") for one in range(3)].index(
                event["data"]["aanleiding"]
            )
    raise AssertionError("no such signal")


def _event(one: Outgoing) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(one.value)
    return event


async def test_what_was_told_is_what_the_facts_ask(
    post: PostUnderTest, pad: Kladblok
) -> None:
    """Nothing differs, and it says of how many that was seen; a heartbeat is nobody."""
    verleden = past()
    beat = Hartslag(Oorzaak(message_of("beat"), 0, "x"), "hartslag-1")
    verleden.facts.append((1, encode_feit(beat)))
    await write(post, verleden)
    await commit_all(post)

    differences, telling = await compare(post, verleden, pad)

    assert [] == differences
    assert Telling(feiten=7, personen=3, signalen=3) == telling


async def test_a_stand_that_forgot(post: PostUnderTest, pad: Kladblok) -> None:
    """The facts ask for a signal, and an event says that there was one."""
    verleden = past()
    signaal = spoil(verleden, 1, nummers=None)
    await write(post, verleden)
    await commit_all(post)

    differences, telling = await compare(post, verleden, pad)

    berichten = (message_of("i1"), message_of("toewijzing"))
    assert [
        Verschil(Soort.ONTBREEKT, "0363", berichten, None),
        Verschil(Soort.NIET_BIJGEHOUDEN, "0363", (), signaal),
    ] == differences
    assert (3, 2) == (telling.personen, telling.signalen)


async def test_a_stand_that_says_another(post: PostUnderTest, pad: Kladblok) -> None:
    """The signal stands with the gemeente, but not with those numbers."""
    verleden = past()
    signaal = spoil(verleden, 2, nummers=(8,))
    await write(post, verleden)
    await commit_all(post)

    differences, _ = await compare(post, verleden, pad)

    berichten = (message_of("i2"), message_of("toewijzing"))
    assert [Verschil(Soort.ANDERS, "0344", berichten, signaal)] == differences


async def test_a_signal_that_no_fact_asks(post: PostUnderTest, pad: Kladblok) -> None:
    """One stands of someone of whom there is no fact."""
    verleden = past()
    verleden.facts = [one for at, one in enumerate(verleden.facts) if at // FACTS != 1]
    await write(post, verleden)
    await commit_all(post)

    differences, telling = await compare(post, verleden, pad)

    assert [(Soort.TE_VEEL, "0363")] == [
        (one.soort, one.gemeente) for one in differences
    ]
    assert 3 == telling.personen


async def test_a_signal_without_an_event(post: PostUnderTest, pad: Kladblok) -> None:
    """Nobody can say why it was given."""
    verleden = past()
    del verleden.stroom.events[1]
    await write(post, verleden)
    await commit_all(post)

    differences, _ = await compare(post, verleden, pad)

    assert [Soort.NOOIT_VERTELD] == [one.soort for one in differences]
    assert ["0363"] == [one.gemeente for one in differences]


async def test_a_signal_that_was_taken_back(post: PostUnderTest, pad: Kladblok) -> None:
    """What was recalled no longer stands, and that is as it must be."""
    verleden = past()
    verleden.hear(toewijzing(0, besloten=1, reden="13", gemeente="0363"), 1)
    await write(post, verleden)
    await commit_all(post)

    differences, telling = await compare(post, verleden, pad)

    assert ([], 2) == (differences, telling.signalen)


async def test_what_is_not_handled_yet_does_not_count(
    post: PostUnderTest, pad: Kladblok
) -> None:
    """The fact where the stream goes on is counted, and nothing is asked of it."""
    verleden = past()
    verleden.put_only(indicatie(0, None, HEAVY, afgifte=9, besluit=9), 0)
    await write(post, verleden)
    await commit_all(post)
    feiten = post.name(BRONNEN[0])
    last = max(one.offset for one in await post.read(feiten) if one.partition == 0)
    await post.commit(GROUP, feiten, {0: last})

    differences, telling = await compare(post, verleden, pad)

    assert ([], 1, 7) == (differences, telling.achterstand, telling.feiten)


async def test_whom_it_is_at_work_on_is_left_out(
    post: PostUnderTest, pad: Kladblok
) -> None:
    """A fact that it handles in between may count or not: nothing is said of him."""
    verleden = past()
    spoil(verleden, 1, nummers=None)
    await write(post, verleden)
    await commit_all(post)
    await post.commit(GROUP, post.name(BRONNEN[0]), {1: 0})
    bronnen = post.bronnen(GROUP)
    afstemming = Afstemming(_Moving(post, bronnen), verleden.stroom.tables, pad)

    await afstemming.read()
    differences = list(afstemming.differences(day(1)))

    assert [] == differences
    telling = afstemming.telling
    assert (1, 2, 0) == (telling.in_beweging, telling.personen, telling.achterstand)


async def test_a_log_without_its_begin(post: PostUnderTest, pad: Kladblok) -> None:
    """Of whom the first facts may be gone nothing is said but that he is too old."""
    verleden = past()
    verleden.facts = [one for one in verleden.facts if one[0] == 0]
    for topic in BRONNEN:
        await post.make(topic, 2, None)
    lost = Outgoing(post.name(BRONNEN[0]), b"k", b"", (), 0)
    await post.put([lost], commit=False)
    await write_made(post, verleden)
    await commit_all(post)

    differences, telling = await compare(post, verleden, pad)

    assert ([], 1, 2) == (differences, telling.te_oud, telling.personen)


async def test_people_under_a_former_key(post: PostUnderTest, pad: Kladblok) -> None:
    """They are compared all the same, and counted: the key is still needed."""
    verleden = past()
    await write(post, verleden)
    await commit_all(post)
    verleden.stroom.tables = tables_of(sleutels=DURING)

    differences, telling = await compare(post, verleden, pad)

    assert ([], 3, 3) == (differences, telling.personen, telling.oude_sleutel)


async def test_another_number_of_partitions(post: PostUnderTest, pad: Kladblok) -> None:
    """A changelog that does not fit the facts is no changelog of these."""
    await post.make(BRONNEN[0], 2, None)
    await post.make(BRONNEN[1], 1, None)
    await post.make(BRONNEN[2], 1, None)

    with pytest.raises(LogError, match="partitions"):
        await compare(post, Verleden(), pad)
