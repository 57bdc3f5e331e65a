"""Requests to whichever broker of a cluster answers, with kafka-python.

It is the one client for Python that has all that the administration needs: ACLs,
changes of single configs, and quotas, which librdkafka and aiokafka do not have. Its
requests are sent as they are: its own methods do not tell that a config was not to be
seen, stop at an operation that they do not know, and have nothing for quotas.
"""

import time
from collections.abc import Mapping
from typing import Any

from kafka import KafkaAdminClient  # type: ignore[import-untyped]
from kafka.errors import (  # type: ignore[import-untyped]
    AuthorizationError,
    KafkaError,
    NoError,
    RetriableError,
    for_code,
)
from kafka.protocol.api_message import ApiMessage  # type: ignore[import-untyped]

from ibroker.broker.probe import any_answer
from ibroker.errors import ClusterUnreachable, ConfigError, LogError

__all__ = ["Brokers", "reason_of"]

_WITHIN = 6.0  # s until a broker answers; someone is waiting at a prompt
_AGAIN = 0.2  # s
_REQUEST = 30_000  # ms for the answer of one


class Brokers:
    """The brokers of `connection`, as `ibroker.kafka.connection` gives it.

    `client_id` is how they know who asks. An answer may take `answer_ms`, and for
    `within` seconds what failed is tried again. Raises ClusterUnreachable where none
    answers, ConfigError for what is no address.
    """

    def __init__(
        self,
        connection: Mapping[str, Any],
        client_id: str = "ibroker-topics",
        answer_ms: int = _REQUEST,
        within: float = _WITHIN,
    ) -> None:
        self._within = within
        servers: list[str] = connection["bootstrap_servers"]
        self._where = ",".join(servers)
        for server in servers:
            _check_address(server)
        # The client leaves a thread and its sockets behind where it finds nobody.
        if not any_answer(servers, connection.get("ssl_context")):
            raise _unreachable(self._where, "geen antwoord")
        try:
            self._client = KafkaAdminClient(
                **connection,
                client_id=client_id,
                bootstrap_timeout_ms=within * 1000,
                request_timeout_ms=answer_ms,
            )
        except RetriableError as error:
            raise _unreachable(self._where, type(error).__name__) from error
        except KafkaError as error:
            raise LogError(f"{self._where}: {type(error).__name__}") from error

    def close(self) -> None:
        """Leave; nothing can be asked any more."""
        self._client.close()

    @property
    def version(self) -> tuple[int, ...]:
        """That of Kafka, such as (4, 3), by the requests that it knows."""
        manager = self._client._manager  # noqa: SLF001 - no public name for it
        return tuple(manager.broker_version_data.broker_version)

    def ask(self, request: ApiMessage, node: int | None = None) -> ApiMessage:
        """Send a request, and again where a broker fails: each can be sent twice.

        It goes to the broker of that number, or to any. What is asked of a controller
        a broker passes on to it. Raises ClusterUnreachable where no broker answers,
        LogError where it is refused.
        """
        manager = self._client._manager  # noqa: SLF001 - no public way for own requests
        until = time.monotonic() + self._within
        while True:
            try:
                return manager.run(manager.send, request, node)
            except RetriableError as error:
                if time.monotonic() > until:
                    reason = type(error).__name__
                    raise _unreachable(self._where, reason) from error
            except KafkaError as error:
                raise LogError(f"{self._where}: {type(error).__name__}") from error
            time.sleep(_AGAIN)


def reason_of(answer: ApiMessage) -> str | None:
    """Give the error of an answer, or of a part of one, by Kafka's name; or None."""
    error = for_code(answer.error_code)
    if error is NoError:
        return None
    # What is not allowed is told with the broker's inner state of the request.
    is_clear = not issubclass(error, AuthorizationError) and answer.error_message
    return f"{error.__name__}: {answer.error_message}" if is_clear else error.__name__


def _check_address(server: str) -> None:
    host, _, port = server.rpartition(":")
    if not host or not port.isdecimal():
        raise ConfigError(f"IBROKER_KAFKA: {server} is geen host:poort")


def _unreachable(where: str, reason: str) -> ClusterUnreachable:
    return ClusterUnreachable(
        f"Kafka antwoordt niet op {where} ({reason}):"
        " draait het cluster, en klopt IBROKER_KAFKA?"
    )
