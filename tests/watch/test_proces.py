"""The process of the watch: how it ends."""

import asyncio
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
    app: Any = SimpleNamespace(stop=gone.wait)

    assert is_quick == await _stops(cast("MendedApp", app), 0.05)
