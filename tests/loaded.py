"""The standards as they ship, loaded once for all tests."""

from functools import cache

from ibroker.core.verdict import Standards
from ibroker.standards import load_standards

__all__ = ["standards"]


@cache
def standards() -> Standards:
    """Load the standards, once."""
    return load_standards()
