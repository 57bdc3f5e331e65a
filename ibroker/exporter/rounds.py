"""Rounds over the cluster, one after the other, whatever the cluster does.

Nothing that it does makes them stop: they must say that it is away.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime
from typing import Final

import structlog

from ibroker.errors import LogError
from ibroker.exporter.freshness import Freshness
from ibroker.exporter.port import Watched
from ibroker.exporter.survey import Survey
from ibroker.metrics.exporter import ExporterMetrics

__all__ = ["Rounds"]

_ENDING: Final = 5.0  # s that a round may still take once it must end

_log = structlog.get_logger()


class Rounds:
    """Rounds that keep the metrics of the exporter up to date.

    `open_cluster` is called again after any failure, since others may lead by then.
    `expiries` gives when each kind of certificate ends, and may block.
    """

    def __init__(
        self,
        open_cluster: Callable[[], AbstractContextManager[Watched]],
        survey: Survey,
        expiries: Callable[[], Mapping[str, datetime]],
        metrics: ExporterMetrics,
        freshness: Freshness,
    ) -> None:
        self._open_cluster = open_cluster
        self._survey = survey
        self._expiries = expiries
        self._metrics = metrics
        self._freshness = freshness
        self._cluster: Watched | None = None
        self._opened = ExitStack()

    async def run(self, every: float) -> None:
        """Do a round each `every` seconds, until cancelled. Raises ConfigError.

        The thread of a round cannot be stopped, and what it uses must not be closed
        under it: it gets some seconds to end.
        """
        going = None
        try:
            while True:
                begun = time.monotonic()
                going = asyncio.create_task(asyncio.to_thread(self.do_one))
                await asyncio.shield(going)
                await asyncio.sleep(max(0.0, begun + every - time.monotonic()))
        finally:
            if going is None or await _ends(going):
                self._opened.close()

    def do_one(self) -> None:
        """Do one round. Raises ConfigError where the address is none."""
        self._metrics.show_certificates(
            {kind: end.timestamp() for kind, end in self._expiries().items()}
        )
        try:
            self._look()
        except LogError as error:
            _log.warning("round failed", reason=type(error).__name__)
            self._opened.close()
            self._cluster = None
            self._metrics.end_round(None)

    def _look(self) -> None:
        try:
            if self._cluster is None:
                self._cluster = self._opened.enter_context(self._open_cluster())
            condition = self._cluster.condition()
        except LogError:
            self._metrics.show_condition(None)
            raise
        self._metrics.show_condition(condition)
        self._metrics.end_round(self._survey.look(self._cluster, condition))
        self._freshness.end_round()


async def _ends(going: asyncio.Task[None]) -> bool:
    """Whether it ends soon, well or not."""
    await asyncio.wait({going}, timeout=_ENDING)
    if going.done() and not going.cancelled():
        going.exception()  # else asyncio tells at length that no one asked
    return going.done()
