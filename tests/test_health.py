"""When a process lives, and when it is ready."""

import asyncio
import time

import pytest

from ibroker.health import Health, HealthBounds
from ibroker.kafka.meter import (
    Assigned,
    Notice,
    Restarted,
    Revoked,
    Taken,
    Undone,
)
from tests.kafka.meters import done

BOUNDS = HealthBounds(beat=0.01, still=10, late=60)
OURS = Assigned(frozenset({0, 1}))


class Clock:
    """A clock that a test turns on, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def told(clock: Clock, *notices: Notice | float) -> Health:
    """A health that was told this, with seconds in between."""
    health = Health(BOUNDS, clock)
    for one in notices:
        if isinstance(one, float):
            clock.now += one
        else:
            health.tell(one)
    health._beat = clock.now
    return health


@pytest.mark.parametrize(
    "notices",
    [
        (OURS,),
        (Assigned(frozenset()),),
        (OURS, 900.0),
        (OURS, Taken(0, 5, 0), 59.0),
        (OURS, Taken(0, 5, 0), 59.0, done(0), 900.0),
        (OURS, Taken(0, 5, 0), Taken(1, 5, 0), 59.0, done(0), 59.0),
        (OURS, 900.0, Taken(0, 5, 0), 59.0),
        (OURS, Taken(0, 5, 0), 900.0, Revoked(), OURS),
    ],
)
def test_ready(notices: tuple[Notice | float, ...]) -> None:
    """With its share, and with work that does not wait too long, a process is ready.

    Its share may be no partition at all: then it stands by.
    """
    assert () == told(Clock(), *notices).why_not_ready()


@pytest.mark.parametrize(
    "notices,reason",
    [
        ((), "geen partities"),
        ((OURS, Revoked()), "geen partities"),
        ((OURS, Taken(0, 5, 0), 61.0), "al 61 s is niets vastgelegd"),
        (
            (OURS, Taken(0, 5, 0), 30.0, Undone(0, fenced=False), Restarted(0), 31.0),
            "al 61 s",
        ),
        (
            (OURS, Taken(0, 5, 0), 40.0, Restarted(0), Taken(0, 5, 0), 40.0),
            "al 80 s",
        ),
        (
            (OURS, Taken(0, 5, 0), done(0), Taken(0, 5, 0), 70.0),
            "al 70 s",
        ),
    ],
)
def test_not_ready(notices: tuple[Notice | float, ...], reason: str) -> None:
    """It says why it is not: it has no share, or work waits for too long."""
    [why] = told(Clock(), *notices).why_not_ready()

    assert reason in why


def test_a_clock_that_turns_without_a_heartbeat() -> None:
    """After the bound without a heartbeat a process neither lives nor is ready."""
    clock = Clock()
    health = told(clock, OURS)
    clock.now += 10
    assert () == health.why_not_alive()

    clock.now += 1

    assert "11 s stil" in health.why_not_alive()[0]
    assert health.why_not_alive() == health.why_not_ready()


async def test_a_loop_that_hangs_does_not_live() -> None:
    """While something holds up the event loop another thread sees it; then no more."""
    health = Health(HealthBounds(beat=0.01, still=0.2))
    beat = asyncio.create_task(health.beat())
    await asyncio.sleep(0.3)
    turning = await asyncio.to_thread(health.why_not_alive)
    seen = asyncio.create_task(asyncio.to_thread(look_later, health))
    await asyncio.sleep(0.05)
    time.sleep(0.8)  # noqa: ASYNC251 - it is to hang
    hanging = await seen
    await asyncio.sleep(0.05)
    after = await asyncio.to_thread(health.why_not_alive)
    beat.cancel()

    assert () == turning == after
    assert hanging


def look_later(health: Health) -> tuple[str, ...]:
    """What a probe says in the middle of the time in which the loop hangs."""
    time.sleep(0.5)
    return health.why_not_alive()
