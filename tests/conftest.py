"""What all tests share: no settings of ours, the hypothesis profiles, the workers."""

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

# Before our settings go: it reads which cluster they name.
from tests.kafka.broker_address import GIVEN, kafka, topic
from tests.kafka.proxied import broker, proxy

__all__ = ["broker", "kafka", "proxy", "topic"]

for name in [name for name in os.environ if name.startswith("IBROKER_")]:
    del os.environ[name]

# In the background of a shell SIGINT is ignored, and that is passed on to what tests
# start; but some of it must end by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A broker of a test lives for minutes: compiling it further costs more than it brings.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")

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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """How many workers there are, each with brokers of its own.

    None, so that tests run one after the other, where the one cluster is given.
    """
    return 0 if GIVEN else min(os.cpu_count() or 1, 4)


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Let workers begin with the files that take longest: those with a broker.

    The others fill what time is left, so that all end at about the same moment.
    """
    if hasattr(config, "workerinput"):
        slow = {
            item.path
            for item in items
            if any(item.get_closest_marker(name) for name in ("kafka", "wheel"))
        }
        items.sort(key=lambda item: item.path not in slow)
