"""Logs: one line for each event, for people on a terminal and as JSON elsewhere.

An event has a name and numbers: topic, partition, offset, message id, rule. Nothing of
a bericht, and of a fault its kind, since its text may quote what it choked on.
"""

import logging
import sys
from typing import TextIO

import structlog

__all__ = ["configure_log"]


def configure_log(stream: TextIO | None = None) -> None:
    """Log to `stream`, stderr by default; the libraries' warnings in the same form."""
    out = sys.stderr if stream is None else stream
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
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
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
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
