"""The event loop loses a connection as asyncio does."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, cast

import pytest

from ibroker.eventloop import EventLoop


class Drop(asyncio.Protocol):
    """A server that takes a connection and breaks it off."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Break it off."""
        cast("asyncio.Transport", transport).abort()


async def reset(writer: asyncio.StreamWriter) -> None:
    """Write until the other end says that it is gone."""
    while not writer.transport.is_closing():
        writer.write(b"x")
        await asyncio.sleep(0.01)


async def abort(writer: asyncio.StreamWriter) -> None:
    """Break it off at this end."""
    writer.transport.abort()
    await asyncio.sleep(0.01)


async def close(writer: asyncio.StreamWriter) -> None:
    """Close it, as a client does with one that was not in use for long."""
    writer.transport.close()
    await asyncio.sleep(0.01)


@pytest.mark.parametrize("make", [asyncio.new_event_loop, EventLoop])
@pytest.mark.parametrize("gone", [reset, abort, close])
def test_what_is_written_to_a_lost_connection_is_dropped(
    make: Callable[[], asyncio.AbstractEventLoop],
    gone: Callable[[asyncio.StreamWriter], Coroutine[Any, Any, None]],
) -> None:
    """It does not raise, and who reads hears that the connection is gone."""

    async def lose() -> None:
        server = await asyncio.get_running_loop().create_server(Drop, "127.0.0.1", 0)
        async with server:
            host, port = server.sockets[0].getsockname()
            reader, writer = await asyncio.open_connection(host, port)
            await gone(writer)
            writer.write(b"x")
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)

    with asyncio.Runner(loop_factory=make) as runner:
        runner.run(asyncio.wait_for(lose(), 10))


class Echo(asyncio.Protocol):
    """A server that sends back what it gets."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember by what."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Send it back."""
        self._transport.write(data)


def test_what_is_written_arrives() -> None:
    """Over a connection that is there."""

    async def ask() -> bytes:
        server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
        async with server:
            host, port = server.sockets[0].getsockname()
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"x" * 100_000)
            answer = await reader.readexactly(100_000)
            writer.close()
            await writer.wait_closed()
        return answer

    with asyncio.Runner(loop_factory=EventLoop) as runner:
        assert b"x" * 100_000 == runner.run(asyncio.wait_for(ask(), 10))
