"""The process of the watch: how it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.errors import UnknownMemberIdError

from ibroker.errors import LogError
from ibroker.watch.mended import MendedApp
from ibroker.watch.proces import _stop


@pytest.mark.parametrize("is_quick", [True, False])
async def test_it_waits_no_longer_than_it_says(is_quick: bool) -> None:  # noqa: FBT001
    """Where brokers are gone Faust waits for them for ever."""
    gone = asyncio.Event()
    if is_quick:
        gone.set()

    async def stop() -> None:
        for _child in range(2):
            with suppress(asyncio.CancelledError):  # as Faust does
                await gone.wait()

    async with asyncio.timeout(5):
        fault = await _stop(stopped_by(stop), 0.05)
    gone.set()

    assert is_quick == (fault is None)
    assert is_quick or isinstance(fault, LogError)


async def test_what_goes_wrong_in_a_stop_is_said() -> None:
    """As where what is left to write is for another by now: it is no crash of ours."""

    async def stop() -> None:
        raise UnknownMemberIdError

    fault = await _stop(stopped_by(stop), 5)

    assert isinstance(fault, UnknownMemberIdError)


def stopped_by(stop: Callable[[], Awaitable[None]]) -> MendedApp:
    """An app that stops so."""
    app: Any = SimpleNamespace(stop=stop)
    return cast("MendedApp", app)
