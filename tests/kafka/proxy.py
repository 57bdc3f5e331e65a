"""A TCP proxy before a broker, that knows requests by their kind and can lose them."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto

# The kinds of request, as the protocol numbers them.
PRODUCE, FETCH, METADATA, OFFSET_FETCH = 0, 1, 3, 9
LEAVE_GROUP, INIT_PRODUCER_ID = 13, 22
ADD_PARTITIONS, ADD_OFFSETS, END_TXN, TXN_OFFSET_COMMIT = 24, 25, 26, 28

_SIZE = struct.Struct(">i")
_HEADER = struct.Struct(">hhi")
_NAME = struct.Struct(">h")
# Of the event loop, after which a connection that it accepted is known to us.
_TURNS = 3


@dataclass(frozen=True, slots=True)
class Request:
    """A request that passes."""

    api: int
    version: int
    correlation: int
    frame: bytes = field(repr=False)

    def items(self) -> int:
        """How many things it names, where its body begins with a list of them.

        The list comes after the header, which ends with the client's own name.
        """
        (name,) = _NAME.unpack_from(self.frame, _HEADER.size)
        at = _HEADER.size + _NAME.size + max(name, 0)
        return int(_SIZE.unpack_from(self.frame, at)[0])


class Cut(Enum):
    """When the connection of the client is cut."""

    BEFORE = auto()  # the broker never gets the request
    AFTER = auto()  # the broker gets it, the client gets no answer


@dataclass(slots=True)
class Late:
    """The client is cut off at once; the broker gets the request when it is released.

    `answer` is then the broker's, without its header.
    """

    released: asyncio.Event = field(default_factory=asyncio.Event)
    answer: asyncio.Future[bytes] = field(default_factory=asyncio.Future)


@dataclass(slots=True)
class Held:
    """The client waits, until the request is released."""

    released: asyncio.Event = field(default_factory=asyncio.Event)
    seen: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Answer:
    """The client gets this for an answer, and the broker never the request."""

    body: bytes


Fate = Cut | Late | Held | Answer | None
Decide = Callable[[Request], Fate]


class Proxy:
    """Passes on everything, but what `decide` has other plans for."""

    def __init__(self, broker: int) -> None:
        self._broker = broker
        self.decide: Decide = lambda _: None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    def __call__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one connection of a client, known from now on.

        It is closed whatever comes, also where serving it never began.
        """
        task = asyncio.create_task(self._serve(reader, writer))
        self._open[task] = writer
        task.add_done_callback(lambda done: self._open.pop(done).close())

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            there, to_broker = await asyncio.open_connection("127.0.0.1", self._broker)
        except OSError:
            return
        answers = asyncio.create_task(_pour(there, writer))
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._requests(reader, writer, there, to_broker, answers)
        finally:
            answers.cancel()
            to_broker.close()

    async def _requests(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        there: asyncio.StreamReader,
        to_broker: asyncio.StreamWriter,
        answers: asyncio.Task[None],
    ) -> None:
        while True:
            frame = await _frame(reader)
            api, version, correlation = _HEADER.unpack_from(frame)
            request = Request(api, version, correlation, frame)
            fate = self.decide(request)
            match fate:
                case Cut.BEFORE:
                    return
                case Answer():
                    body = _SIZE.pack(request.correlation) + fate.body
                    writer.write(_SIZE.pack(len(body)) + body)
                    continue
                case Held():
                    fate.seen.set()
                    await fate.released.wait()
                case Cut.AFTER | Late():
                    # What was asked before has its answer first, this has none.
                    await asyncio.sleep(0.05)
                    answers.cancel()
                    await asyncio.gather(answers, return_exceptions=True)
                    writer.close()
                    if isinstance(fate, Late):
                        await fate.released.wait()
                    to_broker.write(_SIZE.pack(len(frame)) + frame)
                    answer = await _answer_to(request, there)
                    if isinstance(fate, Late):
                        fate.answer.set_result(answer)
                    return
                case None:
                    pass
            to_broker.write(_SIZE.pack(len(frame)) + frame)
            await to_broker.drain()

    async def close(self) -> None:
        """End every connection."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        tasks = tuple(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)


class Once:
    """Decides on one request of a kind: the `number`th; later ones release it."""

    def __init__(self, api: int, fate: Fate, number: int = 3) -> None:
        self._api = api
        self._fate = fate
        self._left = number
        self.after: list[int] = []

    def __call__(self, request: Request) -> Fate:
        """The fate of a request."""
        if self._left == 0:
            self.after.append(request.api)
            self._release(request)
            return None
        if request.api == self._api:
            self._left -= 1
            if self._left == 0:
                return self._fate
        return None

    def _release(self, request: Request) -> None:
        """When the next transaction is under way the late request may arrive."""
        is_next = {PRODUCE, ADD_OFFSETS} <= set(self.after)
        if isinstance(self._fate, Late) and is_next and request.api != self._api:
            self._fate.released.set()


@asynccontextmanager
async def running(port: int, broker: int) -> AsyncIterator[Proxy]:
    """A proxy that listens on `port` and passes on to the broker at `broker`."""
    proxy = Proxy(broker)
    server = await asyncio.start_server(proxy, "127.0.0.1", port)
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
        await server.wait_closed()


async def _frame(reader: asyncio.StreamReader) -> bytes:
    (size,) = _SIZE.unpack(await reader.readexactly(_SIZE.size))
    return await reader.readexactly(size)


async def _answer_to(request: Request, there: asyncio.StreamReader) -> bytes:
    """The body of the answer to this request; those to earlier ones are passed over."""
    while True:
        frame = await _frame(there)
        if _SIZE.unpack_from(frame) == (request.correlation,):
            return frame[_SIZE.size :]


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes on until either side ends."""
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()
