"""The meter of Prometheus and its twin behind one face, so one suite holds for both."""

from collections.abc import Sequence
from typing import Protocol

from ibroker.core.bestemming import Bestemmingen
from ibroker.core.record import Handled, Outgoing, Record
from ibroker.kafka.memory_meter import MemoryMeter
from ibroker.kafka.meter import Committed, Meter
from ibroker.metrics import Kinds, PrometheusMeter
from tests.kafka.relay import Carried

NOW = 2_000_000_000.0  # s; later than any record of a test
_TYPE = "BERICHT"
# The buckets of each histogram that tests look at.
_JUDGED, _ENDED = (0.001, 1.0), (60.0, 3600.0)
_ASKED = {*(f"judged {n}" for n in _JUDGED), *(f"ended {n}" for n in _ENDED)}


def record(offset: int, timestamp: int = 0) -> Record:
    """A record that came in; the time is in milliseconds."""
    return Record("in", 0, offset, timestamp, b"k", b"v")


def done(
    partition: int,
    handled: Sequence[Handled] = (),
    seconds: float = 0.1,
    *,
    ages: Sequence[float] = (),
    judged: Sequence[float] | None = None,
) -> Committed:
    """A batch that is committed; by default each took a millisecond and is a day old.

    What is written is `outgoing` of each alone.
    """
    ages = ages or [86_400.0] * len(handled)
    return Committed(
        partition,
        [record(n, int((NOW - age) * 1000)) for n, age in enumerate(ages)],
        handled,
        [0.001] * len(handled) if judged is None else judged,
        [out for one in handled for out in one.outgoing],
        seconds,
    )


def kind_of(handled: Handled) -> tuple[str, str]:
    """By the topic that the relay carried it to."""
    topic = handled.outgoing[0].topic.rpartition(".")[2]
    return topic, _TYPE


def word(topic: str) -> str:
    """The word for a topic of the relay, whatever it begins with."""
    return topic.rpartition(".")[2]


def carried(count: int, topic: str = "uit") -> list[Carried]:
    """What the relay makes of records."""
    out = Outgoing(topic, b"k", b"v")
    return [Carried((out,), "notes", offset) for offset in range(count)]


class Words(Bestemmingen):
    """The words for topics of a test."""

    @property
    def words(self) -> tuple[str, ...]:
        """None beforehand."""
        return ()

    def word_for(self, topic: str) -> str:
        """See `word`."""
        return word(topic)


def buckets(
    name: str, values: Sequence[float], bounds: Sequence[float]
) -> dict[str, float]:
    """How many values are no more than each bound."""
    return {
        f"{name} {bound}": sum(value <= bound for value in values) for bound in bounds
    }


class MeterUnderTest(Protocol):
    """What a test reads of a meter."""

    @property
    def meter(self) -> Meter:
        """The meter itself."""
        ...

    def numbers(self) -> dict[str, float]:
        """All that is not zero, by a name of ours."""
        ...


class MemoryUnderTest:
    """The twin."""

    def __init__(self) -> None:
        self.meter = MemoryMeter(kind_of)

    def numbers(self) -> dict[str, float]:
        meter = self.meter
        found: dict[str, float] = {
            **{f"outcome {kind[0]}": n for kind, n in meter.outcomes.items()},
            **{f"transactions {end}": n for end, n in meter.transactions.items()},
            **{f"out {word(topic)}": n for topic, n in meter.written.items()},
            **{
                f"total {partition} {kind[0]}": n
                for partition, totals in meter.totals.items()
                for kind, n in totals.items()
            },
            **buckets("judged", meter.judged, _JUDGED),
            **buckets("ended", [NOW - ms / 1000 for ms in meter.ended], _ENDED),
            "due": meter.due,
            "state bytes": meter.size(),
            "restored": meter.restored,
            "restoring": len(meter.restoring),
            "remaining": sum(one.end - one.offset for one in meter.restoring.values()),
            "records": sum(meter.batches),
            "batches": len(meter.batches),
            "restarts": meter.restarts,
            "assignments": meter.assignments,
            "partitions": len(meter.partitions),
            "in progress": sum(meter.in_progress.values()),
        }
        if meter.oldest:
            found["age"] = NOW - min(meter.oldest.values()) / 1000
        return {name: value for name, value in found.items() if value}


class PrometheusUnderTest:
    """The real one, read as Prometheus would."""

    def __init__(self) -> None:
        kinds = Kinds(kind_of, ("uit", "apart"), {_TYPE: "1.0"}, Words())
        self.meter = PrometheusMeter("test", kinds, lambda: NOW)

    def numbers(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for family in self.meter.registry.collect():
            for sample in family.samples:
                name, *labels = NAMES.get(sample.name, ("",))
                full = " ".join([name, *(sample.labels[one] for one in labels)])
                if name and ("le" not in labels or full in _ASKED):
                    found[full] = found.get(full, 0.0) + sample.value
        return {name: value for name, value in found.items() if value}


# What we call a metric, and its labels that count for a test.
NAMES = {
    "ibroker_outcomes_total": ("outcome", "uitkomst"),
    "ibroker_outcomes_kept_total": ("total", "partition", "uitkomst"),
    "ibroker_outcomes_due_total": ("due",),
    "ibroker_records_out_total": ("out", "bestemming"),
    "ibroker_transactions_total": ("transactions", "result"),
    "ibroker_verdict_seconds_bucket": ("judged", "le"),
    "ibroker_end_to_end_seconds_bucket": ("ended", "le"),
    "ibroker_records_in_total": ("records",),
    "ibroker_batch_records_count": ("batches",),
    "ibroker_lane_restarts_total": ("restarts",),
    "ibroker_assignments_total": ("assignments",),
    "ibroker_partitions_assigned": ("partitions",),
    "ibroker_records_in_progress": ("in progress",),
    "ibroker_oldest_unprocessed_age_seconds": ("age",),
    "ibroker_state_disk_bytes": ("state bytes",),
    "ibroker_restore_records_total": ("restored",),
    "ibroker_restoring_partitions": ("restoring",),
    "ibroker_restore_remaining_records": ("remaining",),
}
