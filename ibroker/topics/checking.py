"""What the keys of topics.yaml must mean together, beyond the shape of each."""

import re
from collections.abc import Iterator, Mapping, Sequence

from ibroker.topics.model import PLACEHOLDER, Access, TopicsFile
from ibroker.topics.state import Operation

__all__ = ["Fault", "check_topics"]

Fault = tuple[tuple[str | int, ...], str]
"""Where, as the steps to a field, and what is wrong there."""

_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")  # Kafka's own bound
_PRINCIPAL = re.compile(r"[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?")  # with prefix: a CN
_SAMPLE = "0000"  # of the shape of a gemeente's code


def check_topics(file: TopicsFile) -> Iterator[Fault]:
    """Give what is wrong with a file whose every value has the right shape."""
    yield from _check_replication(file)
    for name, spec in file.topics.items():
        where = ("topics", name)
        if not name.startswith(file.prefix):
            yield where, f"begint niet met {file.prefix}"
        elif not _is_name(name, _TOPIC):
            yield where, "is geen naam voor een topic"
        if (spec.config.cleanup_policy == "compact") != (spec.retention.days is None):
            yield (
                (*where, "retention"),
                "heeft dagen, tenzij cleanup.policy alleen compact is",
            )
    for name, access in file.access.items():
        if not _is_name(name, _PRINCIPAL):
            yield (
                ("access", name),
                "is geen naam: kleine letters, cijfers en - ertussen",
            )
        yield from _check_access(file, name, access)


def _check_replication(file: TopicsFile) -> Iterator[Fault]:
    previous = 0
    for number, row in enumerate(file.replication):
        where = ("replication", number)
        if row.factor > row.brokers:
            yield (*where, "factor"), f"kan niet op {row.brokers} brokers"
        if row.min_insync > row.factor:
            yield (*where, "min.insync.replicas"), "is meer dan er exemplaren zijn"
        if row.brokers <= previous:
            yield (*where, "brokers"), "moet oplopen"
        previous = row.brokers
    if file.replication[0].brokers != 1:
        yield ("replication", 0, "brokers"), "moet 1 zijn: de kleinste eerst"


def _check_access(file: TopicsFile, name: str, access: Access) -> Iterator[Fault]:
    groups: Sequence[tuple[str, Mapping[Operation, Sequence[str]]]] = (
        ("topics", access.topics),
        ("groups", access.groups),
        ("transactional-ids", access.transactional_ids),
    )
    for kind, rights in groups:
        for operation, patterns in rights.items():
            for number, pattern in enumerate(patterns):
                where = ("access", name, kind, operation.value, number)
                if kind == "topics" and not _is_of_a_topic(file, pattern):
                    yield where, f"{pattern} is geen topic van dit bestand"
                if PLACEHOLDER in pattern and PLACEHOLDER not in name:
                    yield where, f"{PLACEHOLDER} staat niet in {name}"
                if pattern == "*":
                    yield where, "alles is te veel"


def _is_name(name: str, shape: re.Pattern[str]) -> bool:
    once = name.replace(PLACEHOLDER, _SAMPLE, 1)
    return shape.fullmatch(once) is not None


def _is_of_a_topic(file: TopicsFile, pattern: str) -> bool:
    """Whether a name, or the begin of one before `*`, is that of a topic of ours."""
    if not pattern.endswith("*"):
        return pattern in file.topics
    begin = pattern[:-1]
    return begin.startswith(file.prefix) and any(
        topic.startswith(begin) for topic in file.topics
    )
