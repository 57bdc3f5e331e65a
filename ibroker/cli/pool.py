"""Judges many sources in processes of their own; what comes out keeps the order."""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import FrameType

from ibroker.cli.judge import Assignment, Judge, Oordeel, Task
from ibroker.cli.source import STDIN, Unreadable
from ibroker.errors import IbrokerError

__all__ = ["jobs_for", "judge_all"]

_Result = Oordeel | Unreadable

# A process takes over a second to start, in which one judges thousands alone.
_MANY = 10_000
_MUCH = 40_000_000  # bytes
_CHUNK = 64  # sources
_CHUNK_BYTES = 4_000_000
_AHEAD = 3  # chunks for each process that may wait for their turn to be shown

_judge: Judge | None = None


def jobs_for(tasks: Sequence[Task]) -> int:
    """How many processes are worth their start for these tasks."""
    if len(tasks) < _MANY and sum(task.source.size for task in tasks) < _MUCH:
        return 1
    return os.cpu_count() or 1


def judge_all(
    tasks: Iterable[Task], assignment: Assignment, jobs: int
) -> Iterator[_Result]:
    """Judge all tasks, in order; no more than a few chunks are held at once.

    Raises IbrokerError where the standards are not usable, an answer cannot be
    written, or a process dies.
    """
    with _interrupts_kept():
        if jobs == 1:
            yield from _alone(tasks, assignment)
        else:
            yield from _together(tasks, assignment, jobs)


def _alone(tasks: Iterable[Task], assignment: Assignment) -> Iterator[_Result]:
    judge = Judge(assignment)
    try:
        for task in tasks:
            yield judge.judge(task)
    finally:
        judge.close()


def _together(
    tasks: Iterable[Task], assignment: Assignment, jobs: int
) -> Iterator[_Result]:
    # What is wrong with the standards is said once, before any process starts.
    judge = Judge(assignment)
    pool = ProcessPoolExecutor(
        jobs,
        # Not fork: the progress bar has a thread, and a fork would copy its locks.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(assignment,),
    )
    try:
        waiting: deque[Future[list[_Result]] | list[_Result]] = deque()
        for chunk in _chunks(tasks):
            if chunk[0].source.path == STDIN:
                # A process of its own has no stdin.
                waiting.append([judge.judge(task) for task in chunk])
            else:
                with _interrupts_held():
                    waiting.append(pool.submit(_judge_chunk, chunk))
            if len(waiting) >= jobs * _AHEAD:
                yield from _result(waiting.popleft())
        while waiting:
            yield from _result(waiting.popleft())
    except BrokenProcessPool as error:
        raise IbrokerError("een van de processen is onverwacht gestopt") from error
    finally:
        pool.shutdown(cancel_futures=True)
        judge.close()


def _result(done: Future[list[_Result]] | list[_Result]) -> list[_Result]:
    return done if isinstance(done, list) else done.result()


def _chunks(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    """Cut the tasks in chunks of some sources and some bytes; stdin stands alone."""
    chunk: list[Task] = []
    size = 0
    for task in tasks:
        stdin = task.source.path == STDIN
        if chunk and (stdin or len(chunk) >= _CHUNK or size >= _CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(task)
        size += task.source.size
        if stdin:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


@contextmanager
def _interrupts_kept() -> Iterator[None]:
    """Have Ctrl-C end what runs also where lxml drops it.

    While it compiles an XSD libxml2 asks us for each import. lxml drops what is raised
    there, Ctrl-C too, and the XSD is said not to compile.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:
        yield
        return
    pressed = False

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, press)
    try:
        yield
    except IbrokerError as error:
        if pressed:
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back, so that processes started meanwhile never get it.

    They would print a traceback each. The one who asked for them ends them.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(assignment: Assignment) -> None:
    global _judge  # noqa: PLW0603 - a process of the pool has one judge, for all chunks
    _judge = Judge(assignment)


def _judge_chunk(chunk: list[Task]) -> list[_Result]:
    if _judge is None:
        raise IbrokerError("een proces is niet gestart")
    return [_judge.judge(task) for task in chunk]
