"""A ploeg: processes that take turns, each with a pipe of its own to who reads them.

No thread passes on what they make, as in a pool of `concurrent.futures`: that has two,
which take 6 of every 50 µs that a bericht costs and wait for the interpreter besides.
"""

from collections.abc import Callable, Generator
from contextlib import suppress
from fcntl import F_SETPIPE_SZ, fcntl
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from signal import SIG_IGN, SIGINT, signal
from typing import Final, TypeVar

from ibroker.errors import IbrokerError

__all__ = ["take_turns"]

_T = TypeVar("_T")
_ROOM: Final = 1 << 20  # bytes of a pipe: a process goes on while another is read


def take_turns(
    begin: Callable[[], Callable[[int], _T]], count: int, jobs: int
) -> Generator[_T]:
    """Give what is made of 0, 1 and so on, `count` in all and in that order.

    Each of `jobs` processes calls `begin`, which gives what makes one of a number. None
    of them runs far ahead. Raises what that raises of ours, and EOFError where a
    process ended otherwise.
    """
    context = get_context("spawn")
    pipes: list[Connection] = []
    processes: list[BaseProcess] = []
    try:
        for first in range(jobs):
            reader, writer = context.Pipe(duplex=False)
            pipes.append(reader)
            with suppress(OSError):  # someone who may not have so much has less
                fcntl(writer.fileno(), F_SETPIPE_SZ, _ROOM)
            numbers = range(first, count, jobs)
            arguments = (begin, numbers, writer)
            process = context.Process(target=_work, args=arguments, daemon=True)
            process.start()
            processes.append(process)
            writer.close()  # else the end of the process is not seen
        for number in range(count):
            made: _T | IbrokerError = pipes[number % jobs].recv()
            if isinstance(made, IbrokerError):
                raise made
            yield made
    finally:
        for reader in pipes:
            reader.close()
        for one in processes:
            one.terminate()
            one.join()


def _work(
    begin: Callable[[], Callable[[int], _T]], numbers: range, writer: Connection
) -> None:
    """Make what has these numbers, until nobody reads it any more."""
    signal(SIGINT, SIG_IGN)  # Ctrl-C is for who reads: that ends this process
    with suppress(BrokenPipeError), writer:
        try:
            make = begin()
            for number in numbers:
                writer.send(make(number))
        except IbrokerError as error:
            writer.send(error)
