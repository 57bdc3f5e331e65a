"""One command's work with the cluster: it shows results as they come, and ends well."""

import asyncio
import logging
import signal
from collections.abc import AsyncGenerator, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

import typer

__all__ = ["Errand"]

_T = TypeVar("_T")

_BY_SIGNAL = 128  # what a shell adds to the number of a signal
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Errand:
    """Runs asynchronous work for a command; use it as a context.

    The first Ctrl-C or SIGTERM only sets `signal`: the work sees `is_stopping`,
    finishes what is under way and returns. The second Ctrl-C stops it there and then.
    """

    def __init__(self) -> None:
        self.signal: int | None = None
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        # What the client logs is not for a person at a prompt; all of it has values.
        client = logging.getLogger("aiokafka")
        client.addHandler(logging.NullHandler())
        client.propagate = False
        self._runner.__enter__()
        loop = self._runner.get_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._end, number)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runner.__exit__(kind, error, trace)

    def is_stopping(self) -> bool:
        """Whether someone wants it to end."""
        return self.signal is not None

    def check_signal(self) -> None:
        """End the command with the exit code of the signal that stopped it, if any."""
        if self.signal is not None:
            raise typer.Exit(_BY_SIGNAL + self.signal)

    def each(self, stream: AsyncGenerator[_T, None]) -> Iterator[_T]:
        """Do work that gives many results, each as soon as it is there.

        Nothing goes on while the caller shows one, so that must not take long.
        """
        end = object()

        async def following() -> object:
            return await anext(stream, end)

        try:
            while (result := self._runner.run(following())) is not end:
                yield result  # type: ignore[misc] # of the stream, as it is not `end`
        finally:
            self._runner.run(_close(stream))

    def _end(self, number: int) -> None:
        if self.signal is not None:
            raise KeyboardInterrupt
        self.signal = number


async def _close(stream: AsyncGenerator[Any, None]) -> None:
    await stream.aclose()
