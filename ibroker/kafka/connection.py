"""How to reach the brokers: settings in, aiokafka's arguments out."""

import ssl
from asyncio import Future
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.commit import OffsetFetchRequest

from ibroker.errors import ConfigError
from ibroker.settings import Settings

__all__ = ["connection", "hear_group_errors", "name_no_topic"]


def connection(settings: Settings) -> dict[str, Any]:
    """The arguments that every aiokafka client takes to reach the cluster.

    TLS where any of the three PEM files is set; a certificate of our own (mTLS) needs
    its key. Raises ConfigError where such a file is not usable.
    """
    arguments: dict[str, Any] = {"bootstrap_servers": settings.kafka.split(",")}
    ca, cert, key = settings.tls_ca, settings.tls_cert, settings.tls_key
    if ca is None and cert is None and key is None:
        return arguments
    if (cert is None) != (key is None):
        raise ConfigError("IBROKER_TLS_CERT en IBROKER_TLS_KEY horen bij elkaar")
    try:
        context = ssl.create_default_context(cafile=ca)
        if cert is not None:
            context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"IBROKER_TLS_CA, _CERT of _KEY: {reason}") from error
    return arguments | {"security_protocol": "SSL", "ssl_context": context}


def name_no_topic(client: AIOKafkaClient) -> None:
    """Make a client ask for the metadata of all topics, and never for one by name.

    Kafka makes a topic that is asked for by name, unless its broker is told not to; and
    aiokafka does not say in its request that it should not.
    """

    def ask_for_all(_: object) -> Future[bool]:
        asked: Future[bool] = client.force_metadata_update()
        return asked

    client.set_topics = client.add_topic = ask_for_all


def hear_group_errors(client: AIOKafkaClient) -> None:
    """Make a client raise where the coordinator cannot say what a group committed.

    While it loads its log it answers with an error and no offsets at all. aiokafka 0.14
    does not look at that error, takes the answer for a group that never committed
    anything, and so goes back to the begin of the topic. Raised, the error makes it ask
    again.
    """
    send = client.send

    async def sending(node: int, request: object, **group: object) -> object:
        response = await send(node, request, **group)
        if isinstance(request, OffsetFetchRequest) and response.error_code:
            raise for_code(response.error_code)
        return response

    client.send = sending
