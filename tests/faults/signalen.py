"""What gemeenten were told, read as one of them would, and held against the oracle."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Message

from tests.core.wlz.gehoord import Told, read_signal
from tests.core.wlz.orakel import Staat, what_must_stand
from tests.faults.wlz_post import Brief

__all__ = ["WlzAccount", "settle_signals", "told_in"]

SOORT = "nl.ggk.wlzsignaal"
EXPLAINED = "ggk.wlz.signalen"
_GIVEN, _CHANGED, _RECALLED = "gegeven", "gewijzigd", "ingetrokken"


@dataclass(slots=True)
class WlzAccount:
    """What the signals come to: how many there are, and what must not be."""

    persons: int = 0
    signals: int = 0
    standing: int = 0
    missed: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """All that must not be."""
        return [*self.missed, *self.doubled, *self.wrong]

    def __str__(self) -> str:
        """The account on one line."""
        return (
            f"{self.persons} persons, {self.signals} signals, {self.standing} standing;"
            f" {len(self.missed)} missed, {len(self.doubled)} doubled,"
            f" {len(self.wrong)} wrong"
        )


def told_in(message: Message) -> Told | None:
    """Read a signal; None for what is none."""
    headers: Any = message.headers() or ()
    texts = {name: (value or b"").decode() for name, value in headers}
    if texts.get("ce_type") != SOORT:
        return None
    place = message.topic() or "", message.partition() or 0, message.offset() or 0
    value: Any = message.value()
    return read_signal(place, texts["ce_id"], value)


def settle_signals(
    briefs: Iterable[Brief],
    signals: Sequence[Told],
    events: Iterable[tuple[str, bytes]],
    profielen: dict[str, str],
) -> WlzAccount:
    """Fold the signals, and hold what stands against what the berichten come to.

    `events` are key and value of those that explain.
    """
    account = WlzAccount(signals=len(signals))
    standing = _fold(signals, account)
    feiten = defaultdict(list)
    for brief in briefs:
        for bsn, feit in brief.feiten:
            feiten[bsn].append(feit)
    account.persons = len(feiten)
    account.standing = len(standing)
    stands: dict[str, list[Staat]] = defaultdict(list)
    for one in standing.values():
        stands[one.bsn].append(one.staat)
    for bsn in sorted(feiten.keys() | stands.keys()):
        must = set(what_must_stand(feiten[bsn], profielen, None))
        has = set(stands[bsn])
        account.missed += [f"{staat} of ...{bsn[-4:]}" for staat in must - has]
        account.wrong += [f"stands {staat} of ...{bsn[-4:]}" for staat in has - must]
    _explain(signals, events, account)
    return account


def _fold(signals: Sequence[Told], account: WlzAccount) -> dict[tuple[str, str], Told]:
    """Keep what stands with each gemeente on each person, in the order of its topic."""
    seen: set[str] = set()
    standing: dict[tuple[str, str], Told] = {}
    for one in sorted(signals, key=lambda one: one.place):
        if one.id in seen:
            account.doubled.append(f"{one.id} is told twice")
            continue
        seen.add(one.id)
        where = one.place[0], one.bsn
        former = standing.pop(where, None)
        if one.said_id != one.id or one.place[0] != f"ggk.gemeente.{one.staat[0]}":
            account.wrong.append(f"{one.place} says to be another")
        if one.herroept != (None if former is None else former.id):
            account.wrong.append(f"{one.id} herroept what does not stand")
        if (one.reden == _GIVEN) != (former is None):
            account.wrong.append(f"{one.id} is {one.reden}")
        if one.reden == _RECALLED:
            continue
        if former is not None and former.staat == one.staat:
            account.doubled.append(f"{one.id} says nothing new")
        if one.reden not in {_GIVEN, _CHANGED}:
            account.wrong.append(f"{one.id} is {one.reden}")
        standing[where] = one
    return standing


def _explain(
    signals: Sequence[Told], events: Iterable[tuple[str, bytes]], account: WlzAccount
) -> None:
    """Each signal has one event, which says where it stands and what it comes of."""
    places = {one.id: one.place for one in signals}
    explained: set[str] = set()
    for key, value in events:
        event = json.loads(value)
        data = event["data"]
        place = data["topic"], data["partition"], data["offset"]
        if key in explained:
            account.doubled.append(f"{key} is explained twice")
        explained.add(key)
        if key != event["id"] or places.get(key) != place:
            account.wrong.append(f"the event of {key} is of another")
        if not data["oorzaken"] or not data["regelversie"]:
            account.wrong.append(f"the event of {key} explains nothing")
    account.wrong += [f"{one} is not explained" for one in places.keys() - explained]
