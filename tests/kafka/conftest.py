"""The log of the relay, straight and through the proxy."""

import pytest

from tests.kafka.logs import KafkaUnderTest
from tests.kafka.poison import make
from tests.kafka.proxied import Broker
from tests.kafka.proxy import Proxy


@pytest.fixture
async def log(broker: Broker) -> KafkaUnderTest:
    """The log without the proxy, with the topics of the relay."""
    log = KafkaUnderTest(broker.address)
    await make(log)
    return log


@pytest.fixture
def via(broker: Broker, log: KafkaUnderTest, proxy: Proxy) -> KafkaUnderTest:
    """The same topics and groups through the proxy."""
    via = KafkaUnderTest(broker.proxied)
    via.prefix = log.prefix
    return via
