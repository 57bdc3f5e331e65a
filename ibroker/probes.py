"""What operators ask a process over HTTP: /metrics, /livez and /readyz.

It is served in threads of its own, so that it answers also where the event loop hangs.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any, Protocol
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog

from ibroker.errors import ConfigError
from ibroker.health import Health
from ibroker.kafka.meter import SILENT, Meter, Notice
from ibroker.metrics import Kinds, PrometheusMeter

__all__ = ["ProbeApp", "Probes", "Vitals", "serve_app", "serve_probes"]

_PATIENCE = 10.0  # s that a client may take to say what it wants
_LOOK = 0.1  # s; how soon it sees that it must stop

_log = structlog.get_logger()


class Vitals(Protocol):
    """What a process knows of its own health."""

    async def beat(self) -> None:
        """Set the heartbeat as long as the event loop turns; for a task of its own."""
        ...

    def why_not_alive(self) -> tuple[str, ...]:
        """Why this process must be started anew; nothing where it lives."""
        ...

    def why_not_ready(self) -> tuple[str, ...]:
        """Why this process cannot do its work; nothing where it can."""
        ...

    def figures(self) -> Mapping[str, object]:
        """What else /readyz says."""
        ...


class ProbeApp:
    """The WSGI application of one process; `metrics` is that of its metrics."""

    def __init__(self, metrics: Callable[..., Any], vitals: Vitals) -> None:
        self._metrics_app = metrics
        self._vitals = vitals

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request."""
        vitals = self._vitals
        match environ["PATH_INFO"]:
            case "/metrics":
                answer: Iterable[bytes] = self._metrics_app(environ, start_response)
                return answer
            case "/livez":
                status, body = _verdict(vitals.why_not_alive())
            case "/readyz":
                status, body = _verdict(vitals.why_not_ready())
                body |= vitals.figures()
            case _:
                status, body = (
                    HTTPStatus.NOT_FOUND,
                    {"wel": ["/metrics", "/livez", "/readyz"]},
                )
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            status, body = HTTPStatus.METHOD_NOT_ALLOWED, {"wel": ["GET", "HEAD"]}
        data = json.dumps(body).encode() + b"\n"
        start_response(
            f"{status.value} {status.phrase}",
            [
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(data))),
                ("Cache-Control", "no-store"),
            ],
        )
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [data]


class Probes(ProbeApp):
    """That of a process with a log; as a `Meter` it tells what it serves."""

    def __init__(self, metrics: PrometheusMeter, health: Health) -> None:
        super().__init__(metrics.app, health)
        self._metrics = metrics
        self._health = health

    def tell(self, notice: Notice) -> None:
        """See `Meter.tell`."""
        self._metrics.tell(notice)
        self._health.tell(notice)


@asynccontextmanager
async def serve_probes(
    address: str | None, process: str, kinds: Kinds, health: Health | None = None
) -> AsyncIterator[Meter]:
    """Serve at `address`, host:port, what the meter that this gives is told.

    Without an address nothing is served, and the meter counts nothing. Raises as
    `serve_app` does.
    """
    if address is None:
        yield SILENT
        return
    health = Health() if health is None else health
    probes = Probes(PrometheusMeter(process, kinds), health)
    async with serve_app(address, probes, health):
        yield probes


@asynccontextmanager
async def serve_app(address: str, app: ProbeApp, vitals: Vitals) -> AsyncIterator[None]:
    """Serve an application at `address`, host:port, and keep its heart beating.

    Port 0 takes a free one; the log says which. Raises ConfigError where the address is
    no good.
    """
    server = _listen(address, app)
    host, port = server.server_address[:2]
    _log.info("metrics", host=host, port=port)
    beat = asyncio.create_task(vitals.beat(), name="heartbeat")
    Thread(
        target=server.serve_forever, args=(_LOOK,), name="probes", daemon=True
    ).start()
    try:
        yield
    finally:
        beat.cancel()
        with suppress(asyncio.CancelledError):
            await beat
        await asyncio.to_thread(server.shutdown)
        server.server_close()


def _verdict(reasons: tuple[str, ...]) -> tuple[HTTPStatus, dict[str, Any]]:
    status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
    return status, {"goed": not reasons, "redenen": list(reasons)}


def _listen(address: str, app: Callable[..., Any]) -> "_Server":
    host, port = _host_and_port(address)
    kind = _ServerIPv6 if ":" in host else _Server
    try:
        return make_server(host, port, app, kind, _Handler)
    except OSError as error:
        raise ConfigError(f"IBROKER_METRICS: {address}: {error.strerror}") from error


def _host_and_port(address: str) -> tuple[str, int]:
    with suppress(ValueError):
        parts = urlsplit(f"//{address}")
        host, port = parts.hostname, parts.port
        is_all = parts.netloc == address and parts.username is None
        if host is not None and port is not None and is_all:
            return host, port
    raise ConfigError(f"IBROKER_METRICS: {address} is geen host:poort")


class _Server(ThreadingMixIn, WSGIServer):
    """A thread for each request, so that a slow client holds up no other."""

    daemon_threads = True


class _ServerIPv6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    """Logs no requests: there is one every few seconds."""

    timeout = _PATIENCE

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Log nothing."""
