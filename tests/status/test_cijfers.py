"""The figures of `ibroker status`, from what processes say."""

from math import inf

import pytest

from ibroker.status.cijfers import make_cijfers
from ibroker.status.histogram import quantile, since
from ibroker.status.meting import Meting, parse_metrics

_ROUTE = """\
ibroker_build_info{process="route",version="0.1.0",python="3.11.7"} 1.0
ibroker_records_in_total %d
ibroker_outcomes_total{uitkomst="bezorgd",berichttype="WMO301",versie="3.2"} 40
ibroker_outcomes_total{uitkomst="fout",berichttype="onbekend",versie="onbekend"} 2
ibroker_outcomes_total{uitkomst="bezorgd",berichttype="HARTSLAG",versie="1.0"} 5
ibroker_end_to_end_seconds_bucket{le="0.1"} 30
ibroker_end_to_end_seconds_bucket{le="1.0"} 42
ibroker_end_to_end_seconds_bucket{le="+Inf"} 42
ibroker_lane_restarts_total 3
"""
_EXPORTER = """\
ibroker_build_info{process="exporter",version="0.1.0",python="3.11.7"} 1.0
ibroker_group_lag_records{group="ibroker.route"} 7
ibroker_postvak_depth_records{ontvanger="0344"} 12
ibroker_postvak_depth_records{ontvanger="0363"} 90
ibroker_postvak_oldest_age_seconds{ontvanger="0363"} 3600
ibroker_brokers_online 3
"""


def meting(naam: str, text: str, moment: float = 100.0) -> Meting:
    """Give what a process said."""
    return Meting(naam, "127.0.0.1:9464", moment, parse_metrics(text))


def test_figures_of_two_looks() -> None:
    """Rates are of the time in between; processes of one kind are added up.

    Heartbeats are no post, so that those are left out.
    """
    now = [
        meting("route1", _ROUTE % 47),
        meting("route2", _ROUTE % 47),
        meting("exporter", _EXPORTER),
    ]
    before = [
        meting("route1", _ROUTE % 27, 90.0),
        meting("route2", (_ROUTE % 36).replace("} 5\n", "} 4\n"), 90.0),
    ]

    cijfers = make_cijfers(now, before, 100.0, "HARTSLAG")

    [route] = cijfers.keten
    assert ("route", 84, 3.0) == (
        route.proces,
        route.in_totaal,
        route.in_per_seconde,
    )
    assert {"bezorgd": 80, "fout": 4} == route.uitkomsten
    assert (6, 7) == (route.herstarts, route.achterstand)
    assert 3 == cijfers.broker.brokers
    assert [("0363", 90, 3600), ("0344", 12, None)] == [
        (one.ontvanger, one.diepte, one.oudste) for one in cijfers.postvakken
    ]


def test_who_does_not_answer_is_shown() -> None:
    """With why; and so is what is no process of ours."""
    gone = Meting("wlz", "127.0.0.1:1", 1.0, waarom="Connection refused")
    other = meting("x", "up 1")

    processen = make_cijfers([gone, other], [], 1.0, "HARTSLAG").processen

    assert ["Connection refused", "is geen proces van ibroker"] == [
        one.waarom for one in processen
    ]


@pytest.mark.parametrize(
    "share,expected", [(0.0, 0.0), (0.5, 0.1), (0.75, 0.55), (0.99, 0.982), (1.0, 1.0)]
)
def test_quantiles(share: float, expected: float) -> None:
    """As Prometheus computes them."""
    found = quantile(share, {0.1: 50.0, 1.0: 100.0, inf: 100.0})

    assert expected == pytest.approx(found)


def test_a_process_that_began_anew() -> None:
    """Its counts are all since then; and without any there is no quantile."""
    assert {1.0: 2.0, inf: 3.0} == since({1.0: 2.0, inf: 3.0}, {1.0: 9.0, inf: 9.0})
    assert {1.0: 1.0, inf: 1.0} == since({1.0: 2.0, inf: 3.0}, {1.0: 1.0, inf: 2.0})
    assert None is quantile(0.5, {1.0: 0.0, inf: 0.0})
