"""The events of the benchmark of the watch: conversations of some weeks, by seed.

They come in order of time, as the router writes them: a question, its retour, and later
what it asks for. Some are never answered, some late, and some are turned down.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Final
from uuid import UUID

from ibroker.core.delivery import Stempel
from ibroker.core.gebeurtenis import Gebeurtenis, Uitkomsttype, build_event
from ibroker.core.record import Position

__all__ = ["KINDS", "PARTITIONS", "Conversations"]

KINDS: Final = {"melding": 0.5, "declaratie": 0.25, "verzoek": 0.2, "afkeur": 0.05}
"""Which conversations there are, and the share of each."""
PARTITIONS: Final = 12
TOPIC: Final = "ggk.gebeurtenissen"
NAMES: Final = ("WMO", "WMO", "WMO", "JW")
ANSWERED: Final = 0.95  # of all questions
EACH: Final = 2.1  # events of a conversation, on average
HOUR: Final = 3600.0  # s
RETOUR: Final = 12 * HOUR  # on average
ANTWOORD: Final = 120 * HOUR  # idem, for what was asked
REGELS: Final = ("TR006", "TR018", "CS002", "XSD")

_Event = tuple[float, int, Gebeurtenis]  # when, in s since the first; its number


@dataclass(frozen=True, slots=True)
class Conversations:
    """About so many events of the `days` before `end`. One seed gives the same ones."""

    count: int
    end: datetime
    seed: int
    days: float = 60.0

    def events(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Give each as partition, key and value, in order of time."""
        random = Random(self.seed)  # noqa: S311 - it must be repeatable
        begin = self.end - timedelta(days=self.days)
        waiting: list[_Event] = []
        given = number = 0
        at = 0.0
        while given < self.count:
            while not waiting or waiting[0][0] > at:
                at += self.days * 24 * HOUR / self.count * EACH
                for after, gebeurtenis in _conversation(random):
                    number += 1
                    heappush(waiting, (at + after, number, gebeurtenis))
            moment, _, gebeurtenis = heappop(waiting)
            yield _write(gebeurtenis, begin + timedelta(seconds=moment), given)
            given += 1


def _conversation(random: Random) -> Iterator[tuple[float, Gebeurtenis]]:
    """Give one: how many seconds after its begin each comes, and the event."""
    naam = random.choice(NAMES)
    gemeente = f"{random.randrange(10_000):04}"
    aanbieder = f"{random.randrange(10**8):08}"
    (kind,) = random.choices(tuple(KINDS), tuple(KINDS.values()))
    up = replace(_event(random), zender=aanbieder, ontvanger=gemeente)
    heen, other = _reference(random, "Heenbericht"), _reference(random, "Heenbericht")
    match kind:
        case "melding":
            yield from _asked(random, up, f"{naam}305", f"{naam}306", (heen,))
        case "declaratie":
            ref = _reference(random, "DeclaratieIdentificatie")
            yield from _asked(random, up, f"{naam}323", f"{naam}325", (ref,))
        case "verzoek":
            refs = [
                _reference(random, "ReferentieAanbieder")
                for _ in range(random.randint(1, 3))
            ]
            both = (heen, *refs)
            yield from _asked(random, up, f"{naam}315", f"{naam}316", both)
            if random.random() < ANSWERED:
                down = replace(_event(random), zender=gemeente, ontvanger=aanbieder)
                answer = replace(
                    down, berichttype=f"{naam}301", verwijzingen=(other, *refs)
                )
                yield random.expovariate(1 / ANTWOORD), answer
        case _:
            yield (
                0.0,
                replace(
                    up,
                    type=Uitkomsttype.RETOUR,
                    berichttype=f"{naam}305",
                    ontvanger=aanbieder,
                    niveau=2,
                    regels=(random.choice(REGELS),),
                    verwijzingen=(heen,),
                ),
            )


def _asked(
    random: Random,
    vraag: Gebeurtenis,
    berichttype: str,
    antwoord: str,
    verwijzingen: tuple[tuple[str, str], ...],
) -> Iterator[tuple[float, Gebeurtenis]]:
    """Give a question, and its answer where it gets one: by the first reference."""
    yield 0.0, replace(vraag, berichttype=berichttype, verwijzingen=verwijzingen)
    if random.random() < ANSWERED:
        answer = replace(
            _event(random),
            berichttype=antwoord,
            zender=vraag.ontvanger,
            ontvanger=vraag.zender,
            verwijzingen=verwijzingen[:1],
        )
        yield random.expovariate(1 / RETOUR), answer


def _event(random: Random) -> Gebeurtenis:
    """Give what every event has; where and when is filled in as it is written."""
    partition = random.randrange(PARTITIONS)
    return Gebeurtenis(
        type=Uitkomsttype.BEZORGD,
        stempel=Stempel(
            UUID(int=random.getrandbits(128), version=4),
            "",
            partition,
            "urn:ibroker",
            "",
        ),
        zender=None,
        kenmerk=None,
        sha256=f"{random.getrandbits(256):064x}",
        grootte=random.randint(1_000, 4_000),
        identificatie=f"{random.randrange(10**12):012}",
        dagtekening="2026-11-24",
    )


def _reference(random: Random, soort: str) -> tuple[str, str]:
    return soort, f"{random.getrandbits(64):016x}"


def _write(
    gebeurtenis: Gebeurtenis, moment: datetime, offset: int
) -> tuple[int, bytes, bytes]:
    """Write one that came in at a moment in UTC."""
    tijd = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    stempel = replace(gebeurtenis.stempel, tijd=tijd)
    delivered = Position(f"ggk.gemeente.{gebeurtenis.ontvanger}", 0, offset)
    made = build_event(replace(gebeurtenis, stempel=stempel), delivered, TOPIC)
    return stempel.partition, made.key or b"", made.value or b""
