"""The type of the fixture `run`."""

import subprocess
from collections.abc import Callable

__all__ = ["Run"]

Run = Callable[..., subprocess.CompletedProcess[bytes]]
