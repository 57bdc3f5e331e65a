"""The ledger: what went in, what came of it, and whether the two agree."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ibroker.core.delivery import message_id

PREFIX = "nl.ggk.bericht."
INPUT = "ggk.aanlevering"
EVENTS = "ggk.gebeurtenissen"
ASIDE = "ggk.onbestelbaar"
FACTS = "ggk.intern.wlz.feiten"
TOO_LARGE = "TE_GROOT"
DOUBLE = "dubbel"
# What the Wlz stream sends of its own accord: it has an account of its own.
OF_WLZ = frozenset({"nl.ggk.wlzsignaal", "nl.ggk.wlzantwoord"})

Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Sent:
    """One record of the input; `sha256` is None where no one can read it."""

    partition: int
    offset: int
    zender: str
    sha256: str | None
    uitkomst: str

    @property
    def id(self) -> str:
        """The message id that it must have."""
        return str(message_id(INPUT, self.partition, self.offset))


@dataclass(frozen=True, slots=True)
class Seen:
    """One committed record of an output; `sha256` is of the value as it was read.

    `soort` is its ce_type. A fact has for `id` that of its bericht, and `deel` says the
    how manieth of it.
    """

    place: Place
    id: str
    inreplyto: str | None
    sha256: str
    said_sha256: str | None
    event: Mapping[str, Any] | None = None
    soort: str = ""
    deel: int = 0


@dataclass(slots=True)
class Account:
    """What the ledger comes to; without `faults` it agrees.

    `doubled` are the inputs that were handled more than once, each time as it should.
    """

    inputs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """All that must not be."""
        return [*self.wrong, *self.doubled]

    def __str__(self) -> str:
        """The ledger on one line."""
        parts = " + ".join(f"{n} {name}" for name, n in sorted(self.outcomes.items()))
        return (
            f"{self.inputs} in = {parts};"
            f" {len(self.doubled)} doubled, {len(self.wrong)} wrong"
        )


def settle(sent: Sequence[Sent], seen: Iterable[Seen]) -> Account:
    """Hold every input against its event, and every delivery against both."""
    account = Account(inputs=len(sent))
    inputs = {one.id: one for one in sent}
    outputs = [one for one in seen if one.soort not in OF_WLZ]
    events = _events(outputs)
    facts = {one.place: one for one in outputs if one.place[0] == FACTS}
    deliveries = {
        one.place: one
        for one in outputs
        if one.event is None and one.place not in facts
    }
    if len(inputs) != len(sent):
        account.wrong.append("an input is counted twice")
    account.wrong += [f"no outcome for {one}" for one in inputs.keys() - events.keys()]
    account.wrong += [f"an outcome for {one}" for one in events.keys() - inputs.keys()]
    claimed: Counter[Place] = Counter()
    for identity, found in events.items():
        if identity in inputs:
            for event in found:
                place = _check(inputs[identity], event, deliveries | facts, account)
                claimed.update(() if place is None else (place,))
    account.doubled += [
        f"{len(found)} outcomes for {one}"
        for one, found in events.items()
        if len(found) > 1
    ]
    account.wrong += [
        f"{place} is claimed {claimed[place]} times"
        for place in deliveries.keys() | claimed.keys()
        if claimed[place] != 1
    ]
    once = {one for one, found in events.items() if len(found) == 1}
    _check_facts(facts.values(), once, account)
    _check_order(inputs, deliveries, once, account)
    return account


def _events(outputs: list[Seen]) -> dict[str, list[Mapping[str, Any]]]:
    events: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for one in outputs:
        if one.event is not None:
            events[one.id].append(one.event)
    return events


def _check(
    one: Sent,
    event: Mapping[str, Any],
    deliveries: Mapping[Place, Seen],
    account: Account,
) -> Place | None:
    """Check one outcome, and tell what place it says that was written for it.

    For what came a second time nothing is written.
    """
    data = event["data"]
    uitkomst = str(event["type"]).removeprefix(PREFIX)
    place = (data["topic"], data["partition"], data["offset"])
    account.outcomes[uitkomst] += 1
    is_refused = TOO_LARGE in data["regels"]
    account.refused += is_refused
    if uitkomst != ("onbestelbaar" if is_refused else one.uitkomst):
        account.wrong.append(f"{one.id} is {uitkomst}, not {one.uitkomst}")
    if one.sha256 is not None and data["sha256"] != one.sha256:
        account.wrong.append(f"the event of {one.id} is of other bytes")
    if uitkomst == DOUBLE and place == (None, None, None):
        return None
    delivery = deliveries.get(place)
    if delivery is None:
        account.wrong.append(f"nothing of {one.id} at {place}")
        return place
    _check_delivery(one, uitkomst, delivery, account)
    return place


def _check_delivery(one: Sent, uitkomst: str, delivery: Seen, account: Account) -> None:
    place = delivery.place
    if delivery.sha256 != delivery.said_sha256:
        account.wrong.append(f"{place} is not what it says to be")
    if (place[0] == ASIDE) != (uitkomst == "onbestelbaar"):
        account.wrong.append(f"{one.id} is {uitkomst} and at {place}")
    is_answer = uitkomst in {"retour", "fout"}
    if one.id != (delivery.inreplyto if is_answer else delivery.id):
        account.wrong.append(f"{place} is of another bericht than {one.id}")
    if place[0] == FACTS:
        if uitkomst != "bezorgd" or delivery.deel:
            account.wrong.append(f"{place} is not the first fact of {one.id}")
    elif uitkomst == "bezorgd" and delivery.sha256 != one.sha256:
        account.wrong.append(f"{one.id} was delivered with other bytes")


def _check_facts(facts: Iterable[Seen], once: set[str], account: Account) -> None:
    """No part of a bericht is told twice; which facts there must be others know."""
    told = Counter((one.id, one.deel) for one in facts)
    account.wrong += [
        f"part {deel} of {one} is told {number} times"
        for (one, deel), number in told.items()
        if number != 1 and one in once
    ]


def _check_order(
    inputs: Mapping[str, Sent],
    deliveries: Mapping[Place, Seen],
    once: set[str],
    account: Account,
) -> None:
    """What one sender sent stands in that order wherever more of it stands.

    That is for what he sent to one partition, as his key does; poison goes elsewhere.
    """
    latest: dict[tuple[str, int, str, int], int] = defaultdict(lambda: -1)
    for place in sorted(deliveries):
        delivery = deliveries[place]
        one = inputs.get(delivery.inreplyto or delivery.id)
        if one is None or place[0] == ASIDE or one.id not in once:
            continue
        queue = (one.zender, one.partition, *place[:2])
        if one.offset <= latest[queue]:
            account.wrong.append(f"{place} comes too late")
        latest[queue] = one.offset
