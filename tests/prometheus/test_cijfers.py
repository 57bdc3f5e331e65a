"""No figure is forgotten where figures are held beside what stands on the topics."""

import re

from tests.prometheus.cijfers import FIGURES, OTHER
from tests.prometheus.test_metrics_exist import told


def bare(name: str) -> str:
    """A name without what its kind of metric adds."""
    return re.sub(r"(_total)+$|_sum$|_count$", "", name)


def test_each_metric_is_compared_or_counts_no_message() -> None:
    """A new one must be held beside the topics, or say what it counts instead."""
    compared = {bare(name) for _, name in FIGURES}

    assert {bare(name) for name in told()} == compared | OTHER.keys()
    assert not compared & OTHER.keys()
