"""What all tests share: no settings of ours, and the hypothesis profiles."""

import os

from hypothesis import HealthCheck, settings

for name in [name for name in os.environ if name.startswith("IBROKER_")]:
    del os.environ[name]

# A shared machine may pause a test for longer than any deadline.
settings.register_profile("default", deadline=None)
settings.register_profile(
    "fuzz",
    deadline=None,
    max_examples=100_000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("default")
