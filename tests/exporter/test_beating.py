"""Heartbeats go through the chain, and show where they stay."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from ibroker.core.record import Headers, Outgoing, Record
from ibroker.exporter.beating import Beat, Beating
from ibroker.exporter.heartbeats import STAGES, Heartbeats, partition_of
from ibroker.exporter.memory import MemoryPulse

BEGIN = 1_795_000_020.0
ROUTE, WLZ = STAGES
WITHIN = 10.0  # s; it takes some hundredths


class Clock:
    """A clock of the test: each look at it takes a step."""

    def __init__(self, step: float) -> None:
        self.now = BEGIN
        self._step = step

    def __call__(self) -> float:
        self.now += self._step
        return self.now


def build(moment: datetime) -> bytes:
    """A bericht that is another at each moment."""
    assert UTC is moment.tzinfo
    return f"<hartslag>{moment.timestamp():.3f}</hartslag>".encode()


async def beat_until(
    pulse: MemoryPulse, is_enough: Callable[[Heartbeats], bool]
) -> Heartbeats:
    """Let it beat, a hundred times a second, until that is so."""
    heartbeats = Heartbeats(0.0)
    beat = Beat("ggk.aanlevering", build, every=0.01, again=0.01)
    beating = Beating(pulse, heartbeats, beat, Clock(0.01))
    tasks = [asyncio.create_task(one) for one in (beating.send(), beating.listen())]
    try:
        async with asyncio.timeout(WITHIN):
            while not is_enough(heartbeats):  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    return heartbeats


def moment_of(beat: Outgoing) -> float:
    """When a heartbeat says that it was sent."""
    kenmerk = dict(beat.headers)["kenmerk"] or b""
    return int(kenmerk.removeprefix(b"hartslag-")) / 1000


def arrived(moment: float, stage: str = ROUTE) -> Record:
    """A heartbeat that came out of a stage."""
    kind = b"nl.ggk.hartslag.wlz" if stage == WLZ else b"nl.ggk.hartslag"
    kenmerk = f"hartslag-{round(moment * 1000)}".encode()
    headers: Headers = (("ce_type", kind), ("kenmerk", kenmerk))
    return Record("hartslag", 0, 0, 0, b"", b"", headers)


async def test_all_partitions_in_turn() -> None:
    """One after the other, with the headers by which it is known."""
    pulse = MemoryPulse(3)

    await beat_until(pulse, lambda beats: beats.handed_in >= 6)

    partitions = [one.partition for one in pulse.sent[:6]]
    assert {0, 1, 2} == set(partitions[:3]) == set(partitions[3:])
    kenmerken = [dict(one.headers)["kenmerk"] for one in pulse.sent]
    assert len(set(kenmerken)) == len(pulse.sent)
    assert {(b"GGK", b"GGK")} == {
        (one.key, dict(one.headers)["zender"]) for one in pulse.sent
    }


async def test_what_comes_through_is_no_longer_waited_for() -> None:
    """While all is well nothing is outstanding for long, at either stage."""
    beats = await beat_until(
        MemoryPulse(2),
        lambda beats: (
            beats.handed_in >= 4
            and all(beats.age(stage, BEGIN + 1) < 2 for stage in STAGES)
        ),
    )

    assert 4 <= beats.handed_in


@pytest.mark.parametrize(
    "stuck,expected",
    [(ROUTE, {ROUTE: True, WLZ: True}), (WLZ, {ROUTE: False, WLZ: True})],
)
async def test_a_stage_that_stands_still(stuck: str, expected: dict[str, bool]) -> None:
    """What does not come through stays outstanding from when it was sent."""
    pulse = MemoryPulse(1)
    pulse.stuck.add(stuck)

    beats = await beat_until(pulse, lambda beats: beats.handed_in >= 5)
    first = min(map(moment_of, pulse.sent))

    assert expected == {
        stage: beats.outstanding(stage, first + 1000) == pytest.approx(1000, abs=0.01)
        for stage in STAGES
    }


async def test_a_cluster_that_is_away_gets_the_same_one_later() -> None:
    """It is outstanding from the first try on, and none is skipped."""
    pulse = MemoryPulse(1)
    pulse.is_away = True
    begun: list[float] = []

    def is_back(beats: Heartbeats) -> bool:
        if not begun and beats.outstanding(ROUTE, BEGIN + 1000):
            begun.append(BEGIN + 1000 - beats.outstanding(ROUTE, BEGIN + 1000))
            assert 0 == beats.handed_in
            pulse.is_away = False
        return beats.handed_in > 0

    await beat_until(pulse, is_back)

    assert begun == pytest.approx([moment_of(pulse.sent[0])], abs=0.0005)


def test_one_partition_that_stands_still() -> None:
    """What came through another partition does not hide it."""
    beats = Heartbeats(BEGIN)
    for minute in range(3):
        beats.begin(BEGIN + 60 * minute)
    beats.take([arrived(BEGIN + 60), arrived(BEGIN + 120)], 60, 3)

    assert 200 == beats.outstanding(ROUTE, BEGIN + 200)
    assert 80 == beats.age(ROUTE, BEGIN + 200)


def test_what_was_lost_is_not_waited_for_longer() -> None:
    """A later one of the same partition came through: the log never took this one."""
    beats = Heartbeats(BEGIN)
    beats.begin(BEGIN)
    beats.begin(BEGIN + 180)
    beats.take([arrived(BEGIN + 180)], 60, 3)

    assert 0 == beats.outstanding(ROUTE, BEGIN + 200)
    assert 200 == beats.outstanding(WLZ, BEGIN + 200)


def test_an_age_counts_from_the_begin() -> None:
    """As long as none came through; one of before that does not count."""
    beats = Heartbeats(BEGIN)
    beats.take([arrived(BEGIN - 1000, WLZ)], 60, 3)

    assert {ROUTE: 30, WLZ: 30} == {one: beats.age(one, BEGIN + 30) for one in STAGES}


def test_what_is_no_heartbeat_is_passed_over() -> None:
    """A record without a kenmerk of ours says nothing."""
    beats = Heartbeats(BEGIN)
    beats.begin(BEGIN)
    other: Headers = (("kenmerk", b"zaak-1"), ("ce_type", None))
    beats.take([Record("hartslag", 0, 0, 0, None, None, other)], 60, 1)

    assert 10 == beats.outstanding(ROUTE, BEGIN + 10)


def test_each_minute_is_the_turn_of_another() -> None:
    """Twelve minutes touch twelve partitions, also after a restart in between."""
    assert set(range(12)) == {
        partition_of(BEGIN + 60 * minute, 60, 12) for minute in range(12)
    }
