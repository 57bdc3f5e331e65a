"""Who reads what: the parties with their post, and our own processes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ibroker.core.delivery import GGK
from ibroker.core.register import Register
from ibroker.post.partij import consumer_group

__all__ = ["Reader", "find_readers", "group_prefix", "own_readers"]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a topic, under the name that a metric gives it.

    `group` is its consumer group, or with `is_many` the begin of the names of the
    groups of all who share the topic. `has_marks` says that all on the topic is
    written in transactions, so that what lies last on a partition is the mark of one.
    """

    name: str
    group: str
    topic: str
    is_many: bool = False
    has_marks: bool = True


def find_readers(register: Register, on: date) -> Sequence[Reader]:
    """Give the parties that get post on that day; a kind that shares a topic is one."""
    return tuple(_parties(register, on))


def own_readers(inputs: Mapping[str, str], plain: str) -> Sequence[Reader]:
    """Give our own processes: of each group its input. On `plain` senders write."""
    return tuple(
        Reader(group, group, topic, has_marks=topic != plain)
        for group, topic in inputs.items()
    )


def group_prefix(readers: Sequence[Reader]) -> str:
    """Give the begin of the groups of those who share a topic, "" without any."""
    return next((one.group for one in readers if one.is_many), "")


def _parties(register: Register, on: date) -> Iterator[Reader]:
    for code in register.postvakken(on):
        partij = register.bekend[code]
        yield Reader(code, consumer_group(partij), partij.topic)
    for soort in register.soorten.values():
        if soort.has_own_topics or soort.code == GGK:
            continue
        if soort.code:
            yield Reader(soort.code, soort.code.lower(), soort.topic)
        else:
            yield Reader(soort.soort, f"{soort.soort}.", soort.topic, is_many=True)
