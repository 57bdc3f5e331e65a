"""What each figure of messages must be, by what stands on the topics.

`FIGURES` has every metric of ours that counts messages, by process and name; whatever
else a process tells stands in `OTHER`, with what it counts instead.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiokafka import ConsumerRecord

from ibroker.metrics.watch import WatchMeter
from ibroker.settings import Settings
from ibroker.watch.tabellen import load_watch_tables
from ibroker.watch.werk import Kanalen, Werk
from tests.prometheus.journal import Journal
from tests.watch.uninterrupted import Table

__all__ = ["FIGURES", "OTHER", "Figure", "Numbers"]

Numbers = Counter[tuple[str, ...]]
"""By the values of the labels that are compared."""

IN, EVENTS, FACTS = "ggk.aanlevering", "ggk.gebeurtenissen", "ggk.intern.wlz.feiten"
SIGNALS, DEAD = "ggk.wlz.signalen", "ggk.onbestelbaar"
ROUTE, WLZ, WATCH = "ibroker.route", "ibroker.wlz", "ibroker.watch"
NOT_ANSWERED = {"retour", "fout"}
REPLY = b"wlzantwoord"  # how the ce_type of an answer of the Wlz stream ends


@dataclass(frozen=True, slots=True)
class Figure:
    """What a metric must be, by these of its labels; over the others it is summed."""

    labels: tuple[str, ...]
    count: Callable[[Journal], Numbers]


def of_all(count: Callable[[Journal], int]) -> Figure:
    """A metric that is one number."""
    return Figure((), lambda journal: Counter({(): count(journal)}))


def outcomes(journal: Journal) -> Numbers:
    """One event for each record that was routed."""
    return Counter(map(kind, journal.written(EVENTS)))


def kept_outcomes(journal: Journal) -> Numbers:
    """The same of all events ever; each lies where its input lay."""
    return Counter((*kind(one), str(one.partition)) for one in journal.ever(EVENTS))


def output(source: str, own: tuple[str, ...], journal: Journal) -> Numbers:
    """What a process wrote: what bears its name, and all on topics of its own."""
    mark = f"urn:ibroker:{source}".encode()
    return Counter(
        (word(one.topic),)
        for one in journal.written("ggk.")
        if one.topic in own or header(one, "ce_source") == mark
    )


def taken(topic: str, group: str) -> Figure:
    """What a process took in, and was done with."""
    return of_all(lambda journal: len([*journal.taken(topic, group)]))


def taken_post(topic: str, group: str) -> Figure:
    """The same without heartbeats."""
    return of_all(
        lambda journal: sum(not is_beat(one) for one in journal.taken(topic, group))
    )


def is_beat(record: ConsumerRecord) -> bool:
    """Whether it is a heartbeat, as what comes in, as a fact, or as an event."""
    return record.key == b"GGK" or (
        record.topic == EVENTS and kind(record) == ("bezorgd", "HARTSLAG")
    )


def wlz_outcomes(journal: Journal) -> Numbers:
    """What came of each fact since."""
    return of_facts(
        journal.taken(FACTS, WLZ),
        journal.written(SIGNALS),
        journal.written("ggk.gemeente."),
    )


def wlz_kept(journal: Journal) -> Numbers:
    """What came of each fact ever."""
    return of_facts(
        journal.ever(FACTS), journal.ever(SIGNALS), journal.ever("ggk.gemeente.")
    )


def of_facts(
    facts: Iterable[ConsumerRecord],
    signals: Iterable[ConsumerRecord],
    post: Iterable[ConsumerRecord],
) -> Numbers:
    """What came of facts; a bericht of the sample gives occasion to one signal."""
    given = sum(data(one)["topic"] is not None for one in signals)
    replied = sum(
        (header(one, "ce_type") or b"").lower().endswith(REPLY)
        and header(one, "ce_source") == b"urn:ibroker:wlz"
        for one in post
    )
    told = Counter(map(is_beat, facts))
    return Counter(
        {
            ("signaal",): given,
            ("antwoord",): replied,
            ("niets",): told[False] - given - replied,
            ("doorgegeven",): told[True],
        }
    )


def due(journal: Journal) -> int:
    """The signals that no bericht gave occasion to came of time."""
    return sum(data(one)["aanleiding"] is None for one in journal.written(SIGNALS))


def rejects(journal: Journal) -> Numbers:
    """Each rule that was broken, of what was turned down."""
    return Counter(
        (kind(one)[1], regel)
        for one in journal.taken(EVENTS, WATCH)
        if kind(one)[0] in NOT_ANSWERED
        for regel in data(one)["regels"]
    )


def answers(journal: Journal) -> Numbers:
    """The answers that came since, by the core of the watch over all events."""
    new = {(one.partition, one.offset) for one in journal.taken(EVENTS, WATCH)}
    events = [*journal.ever(EVENTS)]
    old = [one for one in events if (one.partition, one.offset) not in new]
    return watched(events)[1] - watched(old)[1]


def waited_for(which: int, journal: Journal) -> Numbers:
    """The answers that are waited for, or of those the ones that are late."""
    open_ones = watched(journal.ever(EVENTS))[0].open()
    return Counter({pair: numbers[which] for pair, numbers in open_ones.items()})


def watched(events: Iterable[ConsumerRecord]) -> tuple[Werk, Numbers]:
    """A watch that saw these, and the answers that it counted."""
    draden, weken = Table(), Table()
    sent: list[tuple[bytes, bytes]] = []
    meter = WatchMeter([], [], [])
    kanalen = Kanalen(draden, weken, lambda key, value: sent.append((key, value)))
    werk = Werk(load_watch_tables(Settings()), kanalen, meter)
    for one in events:
        werk.lees(one.partition, one.offset, one.value)
    for key, value in sent:
        werk.volg(0, key, value)
    return werk, Counter(
        {
            tuple(sample.labels[one] for one in ANSWER): int(sample.value)
            for family in meter.registry.collect()
            for sample in family.samples
            if sample.name == "ibroker_answers_total"
        }
    )


def depths(journal: Journal) -> Numbers:
    """What lies in each postvak, by offsets: marks between berichten count."""
    found: Numbers = Counter()
    for topic in {place.topic for place in journal.now.ends}:
        _, name, *code = topic.split(".")
        if name == "gemeente":
            group = f"{name}.{code[0]}"
            found[code[0],] = journal.now.ahead(topic, group)
        elif name == "zorgaanbieder":
            found[name,] = journal.now.ahead(topic, f"{name}.")
        elif name in {"cak", "svb", "ciz"}:
            found[name.upper(),] = journal.now.ahead(topic, name)
    return found


def lags(journal: Journal) -> Numbers:
    """What our own processes have not done yet; senders write without marks."""
    return Counter(
        {
            (group,): journal.now.ahead(topic, group, marks)
            for group, topic, marks in (
                (ROUTE, IN, 0),
                (WLZ, FACTS, 1),
                (WATCH, EVENTS, 1),
            )
        }
    )


def beats(journal: Journal) -> int:
    """The heartbeats that were handed in."""
    return sum(map(is_beat, journal.written(IN)))


def kind(event: ConsumerRecord) -> tuple[str, str]:
    """The uitkomst and the berichttype of an event, as labels."""
    told = json.loads(event.value)
    berichttype = told["data"]["berichttype"] or "onbekend"
    return told["type"].rpartition(".")[2], berichttype


def data(event: ConsumerRecord) -> dict[str, Any]:
    """What an event says."""
    found: dict[str, Any] = json.loads(event.value)["data"]
    return found


def word(topic: str) -> str:
    """The word for a topic: the last of a name of two parts, else the kind of it."""
    _, first, *rest = topic.split(".")
    return rest[0] if first == "wlz" else first


def header(record: ConsumerRecord, name: str) -> bytes | None:
    """A header, None where there is none of that name."""
    return next((value for key, value in record.headers if key == name), None)


ANSWER = ("antwoord", "berichttype", "result")
KIND = ("uitkomst", "berichttype")

FIGURES = {
    ("route", "ibroker_outcomes_total"): Figure(KIND, outcomes),
    ("route", "ibroker_outcomes_kept_total"): Figure(
        (*KIND, "partition"), kept_outcomes
    ),
    ("route", "ibroker_records_out_total"): Figure(
        ("bestemming",), partial(output, "route", (EVENTS, FACTS))
    ),
    ("route", "ibroker_outcomes_due_total"): of_all(lambda _: 0),
    ("wlz", "ibroker_outcomes_total"): Figure(("uitkomst",), wlz_outcomes),
    ("wlz", "ibroker_outcomes_kept_total"): Figure(("uitkomst",), wlz_kept),
    ("wlz", "ibroker_records_out_total"): Figure(
        ("bestemming",), partial(output, "wlz", (SIGNALS,))
    ),
    ("wlz", "ibroker_outcomes_due_total"): of_all(due),
    **{
        (process, f"ibroker_{name}"): taken(topic, group)
        for process, topic, group in (("route", IN, ROUTE), ("wlz", FACTS, WLZ))
        for name in ("records_in_total", "batch_records_sum")
    },
    **{
        (process, f"ibroker_{name}_seconds_count"): taken_post(topic, group)
        for process, topic, group in (("route", IN, ROUTE), ("wlz", FACTS, WLZ))
        for name in ("verdict", "end_to_end")
    },
    ("route", "ibroker_records_in_progress"): of_all(lambda _: 0),
    ("wlz", "ibroker_records_in_progress"): of_all(lambda _: 0),
    ("watch", "ibroker_watch_events_total"): taken_post(EVENTS, WATCH),
    ("watch", "ibroker_rejects_total"): Figure(("berichttype", "regel"), rejects),
    ("watch", "ibroker_answers_total"): Figure(ANSWER, answers),
    ("watch", "ibroker_answers_open"): Figure(ANSWER[:2], partial(waited_for, 0)),
    ("watch", "ibroker_answers_overdue"): Figure(ANSWER[:2], partial(waited_for, 1)),
    ("exporter", "ibroker_postvak_depth_records"): Figure(("ontvanger",), depths),
    ("exporter", "ibroker_group_lag_records"): Figure(("group",), lags),
    ("exporter", "ibroker_deadletters_records"): of_all(
        lambda journal: journal.now.ahead(DEAD, None)
    ),
    ("exporter", "ibroker_heartbeats_sent_total"): of_all(beats),
}
"""By process and sample."""

OTHER = {
    "ibroker_assignments": "times that the group was divided",
    "ibroker_broker_disk_total_bytes": "bytes",
    "ibroker_broker_disk_usable_bytes": "bytes",
    "ibroker_brokers_online": "brokers",
    "ibroker_build_info": "always 1",
    "ibroker_certificate_expiry_timestamp_seconds": "a moment",
    "ibroker_controller_known": "0 or 1",
    "ibroker_exporter_last_round_timestamp_seconds": "a moment",
    "ibroker_exporter_rounds": "rounds over the cluster",
    "ibroker_group_oldest_age_seconds": "an age",
    "ibroker_heartbeat_age_seconds": "an age",
    "ibroker_heartbeat_outstanding_seconds": "an age",
    "ibroker_heartbeat_timestamp_seconds": "a moment",
    "ibroker_lane_restarts": "times that a partition began anew",
    "ibroker_last_commit_timestamp_seconds": "a moment",
    "ibroker_last_event_timestamp_seconds": "a moment",
    "ibroker_oldest_unprocessed_age_seconds": "an age",
    "ibroker_partitions_assigned": "partitions",
    "ibroker_partitions_offline": "partitions",
    "ibroker_partitions_under_min_isr": "partitions",
    "ibroker_partitions_under_replicated": "partitions",
    "ibroker_postvak_oldest_age_seconds": "an age",
    "ibroker_restore_records": "changes of state that were read back",
    "ibroker_restore_remaining_records": "changes of state",
    "ibroker_restore_started_timestamp_seconds": "a moment",
    "ibroker_restoring_partitions": "partitions",
    "ibroker_state_disk_bytes": "bytes",
    "ibroker_transaction_seconds": "transactions",
    "ibroker_transactions": "transactions",
    "ibroker_warnings": "lines of a log",
}
"""What counts no message, by the bare name, and what it tells."""
