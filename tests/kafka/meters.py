"""The meter of Prometheus and its twin behind one face, so one suite holds for both."""

from typing import Protocol

from ibroker.core.record import Handled
from ibroker.kafka.meter import MemoryMeter, Meter
from ibroker.metrics import Kinds, PrometheusMeter

NOW = 2_000_000_000.0  # s; later than any record of a test
_TYPE = "BERICHT"


def kind_of(handled: Handled) -> tuple[str, str]:
    """By the topic that the relay carried it to."""
    topic = handled.outgoing[0].topic.rpartition(".")[2]
    return topic, _TYPE


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
        kinds = Kinds(kind_of, ("uit", "apart"), {_TYPE: "1.0"})
        self.meter = PrometheusMeter("test", kinds, lambda: NOW)

    def numbers(self) -> dict[str, float]:
        names = {
            "ibroker_records_in_total": "records",
            "ibroker_batch_records_count": "batches",
            "ibroker_lane_restarts_total": "restarts",
            "ibroker_assignments_total": "assignments",
            "ibroker_partitions_assigned": "partitions",
            "ibroker_records_in_progress": "in progress",
            "ibroker_oldest_unprocessed_age_seconds": "age",
        }
        found: dict[str, float] = {}
        for family in self.meter.registry.collect():
            for sample in family.samples:
                if sample.name == "ibroker_outcomes_total":
                    assert sample.labels["berichttype"] == _TYPE or not sample.value
                    name = f"outcome {sample.labels['uitkomst']}"
                    found[name] = found.get(name, 0) + sample.value
                elif sample.name == "ibroker_transactions_total":
                    found[f"transactions {sample.labels['result']}"] = sample.value
                elif sample.name in names:
                    found[names[sample.name]] = sample.value
        return {name: value for name, value in found.items() if value}
