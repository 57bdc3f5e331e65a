"""The process of the watch: how it ends."""

import asyncio
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ibroker.watch.mended import MendedApp
from ibroker.watch.proces import _stops


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

    app: Any = SimpleNamespace(stop=stop)

    async with asyncio.timeout(5):
        assert is_quick == await _stops(cast("MendedApp", app), 0.05)
    gone.set()
