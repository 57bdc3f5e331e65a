"""What all tests share: no settings of ours, and the hypothesis profiles."""

import os

import pytest
from hypothesis import HealthCheck, settings

# Before our settings go: it reads which cluster they name.
from tests.kafka.broker_address import kafka, topic
from tests.kafka.proxied import broker, proxy

__all__ = ["broker", "kafka", "proxy", "topic"]

for name in [name for name in os.environ if name.startswith("IBROKER_")]:
    del os.environ[name]

# A shared machine may pause a test for longer than any deadline.
settings.register_profile("default", deadline=None)
settings.register_profile(
    "fuzz",
    deadline=None,
    max_examples=10_000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("default")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the command line say how many mutants there are, and which."""
    parser.addoption("--mutants", type=int, default=4_000, help="berichten to mangle")
    parser.addoption("--seed", type=int, default=1, help="of the mutants")
