"""The event loop of our processes: uvloop, made to lose a connection as asyncio does.

What is written to a connection that is closed asyncio drops; whoever waits for an
answer hears that the connection is lost, as aiokafka counts on. uvloop raises a
RuntimeError at the write, which ends whatever task of a library was at it.
"""

import asyncio
from typing import Any, cast

import uvloop

__all__ = ["EventLoop"]


class _Transport:
    """A transport that drops what comes once it is closed."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - all else is as it was
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write, or drop it."""
        if not self._transport.is_closing():
            self._transport.write(data)


class EventLoop(uvloop.Loop):
    """A loop of uvloop on which connections are lost as on one of asyncio."""

    async def create_connection(self, *place: Any, **options: Any) -> Any:  # noqa: ANN401 - as uvloop has it
        """Connect; see `asyncio.loop.create_connection`."""
        transport, protocol = await super().create_connection(*place, **options)
        wrapped = _Transport(cast("asyncio.Transport", transport))
        return cast("asyncio.Transport", wrapped), protocol
