"""Logs: one line for each event, for people on a terminal and as JSON elsewhere.

An event has a name and numbers: topic, partition, offset, message id, rule. Nothing of
a bericht, and of a fault its kind, since its text may quote what it choked on. What a
library logs has the name `library`, and of its text what the library itself wrote; the
same again is a line once a minute, with how often it was said meanwhile.

Each warning is counted by its name, for the metrics of the process.
"""

import logging
import sys
from collections import Counter
from collections.abc import Mapping
from threading import Lock
from traceback import extract_tb
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor

__all__ = ["LIBRARY", "WARNINGS", "configure_log", "warnings_counted"]

LIBRARY: Final = "library"
"""The name of whatever a library warns of."""
WARNINGS: Final = (
    "dangling transaction committed",
    "dangling transaction undone",
    "fenced",
    "heartbeat not read",
    "heartbeat not sent",
    "lane anew",
    "lane ended",
    "lanes cut off",
    LIBRARY,
    "not warmed",
    "record refused",
    "round failed",
    "state is damaged",
    "state is in use",
)
"""The names of all warnings and errors, so that each counts from the start."""

_COUNTED: Final = frozenset({"warning", "error", "critical"})
_LONGEST: Final = 200  # characters of what a library says
_SELDOM: Final = 60.0  # s between two lines of a library that say the same

_lock = Lock()
_counts: dict[str, int] = dict.fromkeys(WARNINGS, 0)


def warnings_counted() -> Mapping[str, int]:
    """Give how often each warning was logged since this process began, by name."""
    with _lock:
        return dict(_counts)


def configure_log(stream: TextIO | None = None) -> None:
    """Log to `stream`, stderr by default; the libraries' warnings in the same form."""
    out = sys.stderr if stream is None else stream
    shared: list[Processor] = [
        _count,
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if out.isatty()
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, renderer],
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.addFilter(_Seldom())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_name_library, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    # Of a broker that is away it warns at each try, many times a second; what we do
    # about it we say ourselves.
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    logging.getLogger("kafka").setLevel(logging.CRITICAL)


class _Seldom(logging.Filter):
    """Lets what a library says again through once a minute; all of it is counted.

    Of a broker that is away aiokafka tells at each try, a hundred times a second. The
    same is what comes from the same line of the source, about the same kind of fault.
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: dict[tuple[str, int, str | None], float] = {}
        self._repeated: Counter[tuple[str, int, str | None]] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is shown; `repeated` is how often it was not before that."""
        said = record.pathname, record.lineno, _fault(record)
        with _lock:
            if 0 <= record.created - self._shown.get(said, -_SELDOM) < _SELDOM:
                self._repeated[said] += 1
                _counts[LIBRARY] += 1
                return False
            self._shown[said] = record.created
            record.repeated = self._repeated.pop(said, 0)
        return True


def _count(_logger: object, method: str, event: EventDict) -> EventDict:
    if method in _COUNTED:
        name = event["event"]
        with _lock:
            _counts[name] = _counts.get(name, 0) + 1
    return event


def _fault(record: logging.LogRecord) -> str | None:
    """The kind of fault that it is about."""
    kind = record.exc_info[0] if record.exc_info else None
    return None if kind is None else kind.__name__


def _name_library(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Keep what the library wrote in its source, without what it filled in.

    Of a fault that is its kind and where it arose, as its text may hold anything.
    """
    record: logging.LogRecord = event["_record"]
    first, _, _ = str(record.msg).partition("\n")
    kept = {
        "event": LIBRARY,
        "logger": record.name,
        "message": first[:_LONGEST],
        "_record": record,
        "_from_structlog": False,
    }
    fault = _fault(record)
    if record.exc_info and fault is not None:
        kept["fault"] = fault
        frames = extract_tb(record.exc_info[2])
        kept["at"] = [f"{frame.name}:{frame.lineno}" for frame in frames]
    repeated = getattr(record, "repeated", 0)
    if repeated:
        kept["repeated"] = repeated
    return kept
