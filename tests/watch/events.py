"""Made-up traffic as events: questions with and without answers, late ones, rejects.

Everything is a function of the seed. Events stand in the partition and the order in
which the log has them; an answer may come before its question, in another partition.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

__all__ = ["PARTITIONS", "Gebeurd", "make_events"]

PARTITIONS = 12
_DAY = 86_400.0
_GEMEENTEN, _AANBIEDERS = ("0344", "0363", "0599", "0772"), ("12345678", "87654321")


@dataclass(frozen=True, slots=True)
class Gebeurd:
    """One event: where it stands, and as the log has it."""

    partition: int
    key: bytes
    value: bytes


def make_events(
    number: int, *, seed: int = 1, until: datetime, days: float = 60.0
) -> list[Gebeurd]:
    """Make about so many events of the days before `until`, in order of time."""
    random = Random(seed)  # noqa: S311 - no secret
    begin = until - timedelta(days=days)
    made: list[tuple[float, Gebeurd]] = []
    while len(made) < number:
        at = random.random() * days * _DAY
        for offset, event in _conversation(random):
            moment = at + offset
            if moment < days * _DAY:
                made.append((moment, _event(random, begin, moment, event)))
    made.sort(key=lambda one: one[0])
    return [event for _, event in made[:number]]


def _conversation(random: Random) -> Iterator[tuple[float, dict[str, object]]]:
    """Give one conversation: seconds from its begin, and the data of an event."""
    gemeente, aanbieder = random.choice(_GEMEENTEN), random.choice(_AANBIEDERS)
    naam = random.choice(("WMO", "JW"))
    kind = random.random()
    heen = f"{random.getrandbits(64):016x}"
    link = {"soort": "Heenbericht", "waarde": heen}
    up = {"zender": aanbieder, "ontvanger": gemeente}
    down = {"zender": gemeente, "ontvanger": aanbieder}
    if kind < 0.1:
        regels = random.sample(("TR006", "TR018", "CS002", "XSD"), random.randint(1, 2))
        yield (
            0.0,
            {
                "type": random.choice(("retour", "fout")),
                "berichttype": f"{naam}305",
                "regels": regels,
                "verwijzingen": [link],
                "zender": aanbieder,
                "ontvanger": aanbieder,
            },
        )
        return
    if kind < 0.3:
        ref = {
            "soort": "DeclaratieIdentificatie",
            "waarde": f"{random.getrandbits(64):016x}",
        }
        yield 0.0, {"berichttype": f"{naam}323", "verwijzingen": [ref], **up}
        if random.random() < 0.8:
            after = random.expovariate(1 / (8 * _DAY))
            yield after, {"berichttype": f"{naam}325", "verwijzingen": [ref], **down}
        return
    if kind < 0.5:
        refs = [
            {
                "soort": "ReferentieAanbieder",
                "waarde": f"{random.getrandbits(64):016x}",
            }
            for _ in range(random.randint(1, 3))
        ]
        both = [link, *refs]
        yield 0.0, {"berichttype": f"{naam}315", "verwijzingen": both, **up}
        after = random.expovariate(1 / (5 * _DAY))
        other = {"soort": "Heenbericht", "waarde": f"{random.getrandbits(64):016x}"}
        answered = [other, *refs[: random.randint(0, len(refs))]]
        soort = random.choice(("301", "319"))
        yield after, {"berichttype": naam + soort, "verwijzingen": answered, **down}
        yield (
            random.expovariate(1 / (2 * _DAY)),
            {"berichttype": f"{naam}316", "verwijzingen": [link], **down},
        )
        return
    yield 0.0, {"berichttype": f"{naam}305", "verwijzingen": [link], **up}
    if random.random() < 0.85:
        after = random.expovariate(1 / (2 * _DAY))
        yield after, {"berichttype": f"{naam}306", "verwijzingen": [link], **down}


def _event(
    random: Random, begin: datetime, moment: float, event: dict[str, object]
) -> Gebeurd:
    name = str(UUID(int=random.getrandbits(128), version=4))
    kind = event.pop("type", "bezorgd")
    time = (begin + timedelta(seconds=moment)).astimezone(UTC)
    data = {
        "identificatie": None,
        "dagtekening": None,
        "kenmerk": None,
        "sha256": None,
        "grootte": 1,
        "niveau": None,
        "regels": [],
        "topic": None,
        "partition": None,
        "offset": None,
        **event,
    }
    value = {
        "specversion": "1.0",
        "id": name,
        "source": "urn:ibroker/gebeurtenissen",
        "type": f"nl.ggk.bericht.{kind}",
        "time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": data,
    }
    return Gebeurd(
        random.randrange(PARTITIONS), name.encode(), json.dumps(value).encode()
    )
