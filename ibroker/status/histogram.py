"""What a histogram of Prometheus tells: counts by upper bound, added up; pure."""

from collections.abc import Iterable, Mapping
from math import inf

from ibroker.status.meting import Meting

__all__ = ["add_up", "quantile", "since"]


def add_up(metingen: Iterable[Meting], name: str) -> dict[float, float]:
    """Add the buckets of a histogram up over processes: count by upper bound."""
    found: dict[float, float] = {}
    for meting in metingen:
        for one in meting.of(f"{name}_bucket"):
            bound = float(one.labels["le"])
            found[bound] = found.get(bound, 0.0) + one.value
    return dict(sorted(found.items()))


def since(
    now: Mapping[float, float], before: Mapping[float, float]
) -> dict[float, float]:
    """Give what came since an earlier look; all of it where a process began anew."""
    grown = {bound: count - before.get(bound, 0.0) for bound, count in now.items()}
    return dict(now) if any(one < 0 for one in grown.values()) else grown


def quantile(share: float, buckets: Mapping[float, float]) -> float | None:
    """Give the value that a share of what was counted stays below; None without any.

    Between two bounds it takes a straight line, and for what is above the last bound
    that bound, as histogram_quantile of Prometheus does.
    """
    total = buckets.get(inf, 0.0)
    if total <= 0:
        return None
    rank = share * total
    low, below = 0.0, 0.0
    for bound, count in buckets.items():
        if count >= rank and count > below:
            if bound == inf:
                return low
            return low + (bound - low) * (rank - below) / (count - below)
        low, below = (bound, count) if bound != inf else (low, below)
    return low
