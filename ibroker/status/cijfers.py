"""The figures of the three dashboards, computed from what the processes said; pure.

None is what nobody tells: no process that knows it answered. Rates and percentiles are
of the time between two looks. At the first look rates are unknown; and percentiles are
since the processes began where nothing was done in between.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ibroker.status.histogram import add_up, quantile, since
from ibroker.status.meting import Meting

__all__ = [
    "Antwoorden",
    "Broker",
    "Cijfers",
    "Keten",
    "Postvak",
    "Proces",
    "make_cijfers",
]

_END_TO_END = "ibroker_end_to_end_seconds"
_RECORDS_IN, _OUTCOMES = "ibroker_records_in_total", "ibroker_outcomes_total"
_BUILD = "ibroker_build_info"
_MOST = 10  # postvakken that are shown


@dataclass(frozen=True, slots=True)
class Proces:
    """A process that was asked; `waarom` says why it did not answer."""

    naam: str
    adres: str
    soort: str | None
    versie: str | None
    waarom: str | None


@dataclass(frozen=True, slots=True)
class Keten:
    """One process of the chain, all of its kind together; times in seconds."""

    proces: str
    in_per_seconde: float | None
    in_totaal: float | None
    uitkomsten: Mapping[str, float]
    p50: float | None
    p99: float | None
    oudste: float | None
    in_bewerking: float | None
    herstarts: float | None
    achterstand: float | None
    waarschuwingen: float | None


@dataclass(frozen=True, slots=True)
class Broker:
    """The cluster; `vrij` is the least that a broker has left, as a share of 1."""

    brokers: float | None
    controller: bool | None
    zonder_leider: float | None
    te_weinig_kopieen: float | None
    onder_minimum: float | None
    vrij: float | None
    onbestelbaar: float | None


@dataclass(frozen=True, slots=True)
class Antwoorden:
    """Open answers by kind, signals, and how old the newest heartbeat is (seconds)."""

    open: Mapping[str, float]
    te_laat: Mapping[str, float]
    signalen: float | None
    hartslag: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Postvak:
    """What a party has not fetched yet; `oudste` in seconds."""

    ontvanger: str
    diepte: float
    oudste: float | None


@dataclass(frozen=True, slots=True)
class Cijfers:
    """All of it at one moment, in seconds since 1970."""

    moment: float
    processen: tuple[Proces, ...]
    keten: tuple[Keten, ...]
    broker: Broker
    antwoorden: Antwoorden
    postvakken: tuple[Postvak, ...]


def make_cijfers(
    metingen: Sequence[Meting],
    before: Sequence[Meting],
    moment: float,
    hartslag: str,
) -> Cijfers:
    """Compute the figures of `metingen`, with those of an earlier look beside it.

    `before` is empty at the first look. `hartslag` is the type of heartbeats, which are
    no post.
    """
    metingen = [_without(one, hartslag) for one in metingen]
    before = [_without(one, hartslag) for one in before]
    return Cijfers(
        moment=moment,
        processen=tuple(map(_proces, metingen)),
        keten=tuple([_keten(soort, metingen, before) for soort in _soorten(metingen)]),
        broker=_broker(metingen),
        antwoorden=_antwoorden(metingen),
        postvakken=_postvakken(metingen),
    )


def _without(meting: Meting, berichttype: str) -> Meting:
    """Leave a type out, of the outcomes and of the records in: each has one outcome."""
    left_out = list(meting.of(_OUTCOMES, berichttype=berichttype))
    number = sum(one.value for one in left_out)
    samples = [
        replace(one, value=one.value - number) if one.name == _RECORDS_IN else one
        for one in meting.samples
        if one not in left_out
    ]
    return replace(meting, samples=tuple(samples))


def _proces(meting: Meting) -> Proces:
    build = next(iter(meting.of(_BUILD)), None)
    labels: Mapping[str, str] = {} if build is None else build.labels
    waarom = meting.waarom
    if waarom is None and build is None:
        waarom = "is geen proces van ibroker"
    return Proces(
        meting.naam, meting.adres, labels.get("process"), labels.get("version"), waarom
    )


def _soort(meting: Meting) -> str | None:
    return _proces(meting).soort


def _soorten(metingen: Iterable[Meting]) -> list[str]:
    """The kinds of process that take records in, in the order they were asked."""
    return list(
        dict.fromkeys(
            soort
            for one in metingen
            if (soort := _soort(one)) and one.total(_RECORDS_IN) is not None
        )
    )


def _keten(soort: str, metingen: Sequence[Meting], before: Sequence[Meting]) -> Keten:
    ours = [one for one in metingen if _soort(one) == soort]
    earlier = [one for one in before if _soort(one) == soort]
    buckets = add_up(ours, _END_TO_END)
    recent = since(buckets, add_up(earlier, _END_TO_END))
    seconds = recent if any(recent.values()) else buckets
    return Keten(
        proces=soort,
        in_per_seconde=_rate(_RECORDS_IN, ours, earlier),
        in_totaal=_sum(_RECORDS_IN, ours),
        uitkomsten=_by("uitkomst", _OUTCOMES, ours),
        p50=quantile(0.50, seconds),
        p99=quantile(0.99, seconds),
        oudste=_most("ibroker_oldest_unprocessed_age_seconds", ours),
        in_bewerking=_sum("ibroker_records_in_progress", ours),
        herstarts=_sum("ibroker_lane_restarts_total", ours),
        achterstand=_sum(
            "ibroker_group_lag_records", metingen, group=f"ibroker.{soort}"
        ),
        waarschuwingen=_sum("ibroker_warnings_total", ours),
    )


def _broker(metingen: Sequence[Meting]) -> Broker:
    controller = _most("ibroker_controller_known", metingen)
    free = [
        usable.value / total.value
        for one in metingen
        for total in one.of("ibroker_broker_disk_total_bytes")
        for usable in one.of(
            "ibroker_broker_disk_usable_bytes", broker=total.labels["broker"]
        )
        if total.value > 0
    ]
    return Broker(
        brokers=_most("ibroker_brokers_online", metingen),
        controller=None if controller is None else controller > 0,
        zonder_leider=_most("ibroker_partitions_offline", metingen),
        te_weinig_kopieen=_most("ibroker_partitions_under_replicated", metingen),
        onder_minimum=_most("ibroker_partitions_under_min_isr", metingen),
        vrij=min(free, default=None),
        onbestelbaar=_most("ibroker_deadletters_records", metingen),
    )


def _antwoorden(metingen: Sequence[Meting]) -> Antwoorden:
    wlz = [one for one in metingen if _soort(one) == "wlz"]
    return Antwoorden(
        open=_by("antwoord", "ibroker_answers_open", metingen),
        te_laat=_by("antwoord", "ibroker_answers_overdue", metingen),
        signalen=_sum(_OUTCOMES, wlz, uitkomst="signaal"),
        hartslag={
            sample.labels["stage"]: sample.value
            for one in metingen
            for sample in one.of("ibroker_heartbeat_age_seconds")
        },
    )


def _postvakken(metingen: Sequence[Meting]) -> tuple[Postvak, ...]:
    """Those with most waiting, the fullest first."""
    found = [
        Postvak(
            ontvanger=depth.labels["ontvanger"],
            diepte=depth.value,
            oudste=one.total(
                "ibroker_postvak_oldest_age_seconds",
                ontvanger=depth.labels["ontvanger"],
            ),
        )
        for one in metingen
        for depth in one.of("ibroker_postvak_depth_records")
        if depth.value > 0
    ]
    return tuple(sorted(found, key=lambda one: (-one.diepte, one.ontvanger))[:_MOST])


def _sum(name: str, metingen: Iterable[Meting], **labels: str) -> float | None:
    found = [one.total(name, **labels) for one in metingen]
    known = [one for one in found if one is not None]
    return sum(known) if known else None


def _most(name: str, metingen: Iterable[Meting]) -> float | None:
    return max((one.value for each in metingen for one in each.of(name)), default=None)


def _by(label: str, name: str, metingen: Iterable[Meting]) -> dict[str, float]:
    found: dict[str, float] = {}
    for meting in metingen:
        for one in meting.of(name):
            key = one.labels[label]
            found[key] = found.get(key, 0.0) + one.value
    return found


def _rate(name: str, now: Iterable[Meting], before: Iterable[Meting]) -> float | None:
    """How much a counter grew a second, over the processes that were there before.

    One that began anew counts from zero, as with Prometheus.
    """
    earlier = {(one.naam, one.adres): one for one in before}
    rates = []
    for one in now:
        last = earlier.get((one.naam, one.adres))
        value = one.total(name)
        was = None if last is None else last.total(name)
        if last is None or value is None or was is None:
            continue
        seconds = one.moment - last.moment
        grown = value - was if value >= was else value
        if seconds > 0:
            rates.append(grown / seconds)
    return sum(rates) if rates else None
