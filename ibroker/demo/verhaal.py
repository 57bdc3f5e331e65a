"""Stories of the Wlz stream: berichten about one person, and what a gemeente hears."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer
from lxml import etree

from ibroker.core.register import Topics
from ibroker.demo.tracking import Spoor, follow
from ibroker.demo.verkeer import Zending, rename
from ibroker.errors import ConfigError, LogError
from ibroker.kafka.lane import record_of
from ibroker.post.delivered import Delivered, read_delivered
from ibroker.standards import read_toml

__all__ = [
    "Gehoord",
    "Stap",
    "Verhaal",
    "follow_verhalen",
    "hoort",
    "make_bsn",
    "read_verhalen",
]

_PATIENCE = 60.0  # s; for what a gemeente must hear of one bericht
_BSN = re.compile(rb"(<(?:\w+:)?Bsn>)\d{9}(</)")
_FIRST, _MANY = 5000, 5000  # the digits after 9999 that no sample has
_WEIGHTS = range(9, 1, -1)
_APART = 10  # numbers between two people of a run


@dataclass(frozen=True, slots=True)
class Stap:
    """A bericht of a story; `hoort` is what the gemeente must hear of it, or empty."""

    zending: Zending
    hoort: str


@dataclass(frozen=True, slots=True)
class Verhaal:
    """Berichten about one person; the last one is a question."""

    titel: str
    stappen: tuple[Stap, ...]


@dataclass(frozen=True, slots=True)
class Gehoord:
    """What became of a step, and what the gemeente heard of it.

    `uitleg` are the events that explain its signals, by their ids. `hoort` is what it
    heard: the reden of each signal, or the status in an answer.
    """

    stap: Stap
    spoor: Spoor
    post: tuple[Delivered, ...]
    uitleg: Mapping[str, Mapping[str, Any]] = field(repr=False)

    @property
    def hoort(self) -> str:
        """In the words of the table."""
        return ", ".join(hoort(one) for one in self.post)

    @property
    def is_goed(self) -> bool:
        """Whether it went as the table says."""
        return self.spoor.uitkomst == "bezorgd" and self.hoort == self.stap.hoort


def read_verhalen(path: Path) -> tuple[Verhaal, ...]:
    """Read the table of stories; its files stand beside it.

    Raises ConfigError where it is not usable.
    """
    table = read_toml(path)
    try:
        return tuple(
            Verhaal(
                row["titel"],
                tuple(
                    Stap(Zending(bestand, path.parent / bestand, zender, ""), hoort)
                    for bestand, zender, hoort in row["stappen"]
                ),
            )
            for row in table["verhaal"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{path}: verwacht [[verhaal]] met titel en"
            " stappen = [[bestand, zender, hoort], ...]"
        ) from error


def make_bsn(number: int) -> str:
    """Give an invented number of a person that passes the 11-proef.

    Numbers that lie ten apart, less than five thousand in all, give different ones.
    """
    while True:
        digits = f"9999{_FIRST + number % _MANY}"
        last = sum(w * int(d) for w, d in zip(_WEIGHTS, digits, strict=True)) % 11
        if last < 10:  # noqa: PLR2004 - one digit
            return f"{digits}{last}"
        number += 1


async def follow_verhalen(
    verhalen: Sequence[Verhaal],
    number: int,
    connection: Mapping[str, Any],
    topics: Topics,
    postvakken: Sequence[str],
) -> AsyncGenerator[tuple[Verhaal, list[Gehoord]], None]:
    """Play stories one by one, each about someone new, and tell what was heard.

    `number` is that of the run (`count_events`); `postvakken` are the topics of the
    gemeenten and that of the events that explain. A step is sent once the one before
    it has its outcome. Raises LogError where what must come does not within a minute.
    """
    async with AIOKafkaConsumer(
        *postvakken,
        **connection,
        isolation_level="read_committed",
        auto_offset_reset="latest",
    ) as consumer:
        await consumer.seek_to_end()
        heard = _Heard(consumer)
        for place, verhaal in enumerate(verhalen):
            bsn = make_bsn(number + _APART * place)
            sporen: list[Spoor] = []
            for step, stap in enumerate(verhaal.stappen):
                run = f"{number}/{place}/{step}"
                data = _about(rename(stap.zending.read(), run), bsn)
                (spoor,) = await follow([(stap.zending, data)], connection, topics)
                sporen.append(spoor)
                if stap.hoort:
                    await heard.wait(spoor.receipt.id)
            yield (
                verhaal,
                [heard.tell(*one) for one in zip(verhaal.stappen, sporen, strict=True)],
            )


def _about(data: bytes, bsn: str) -> bytes:
    return _BSN.sub(rb"\g<1>" + bsn.encode() + rb"\g<2>", data)


class _Heard:
    """What came so far: post by what it answers, events by the signal they explain."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._post: dict[str, list[Delivered]] = {}
        self._uitleg: dict[str, Mapping[str, Any]] = {}

    async def wait(self, name: str) -> None:
        """Wait until there is post that answers `name`, and it is explained."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while not self._is_whole(name):
                    fetched = await self._consumer.getmany(timeout_ms=500)
                    for one in chain.from_iterable(fetched.values()):
                        self._take(one)
        except TimeoutError:
            raise LogError(
                f"bericht {name}: na {_PATIENCE:.0f} s nog niets van de Wlz-stroom"
            ) from None

    def tell(self, stap: Stap, spoor: Spoor) -> Gehoord:
        """What was heard of a step."""
        post = tuple(self._post.get(spoor.receipt.id, ()))
        return Gehoord(stap, spoor, post, self._uitleg)

    def _take(self, one: Any) -> None:  # noqa: ANN401 - a record of aiokafka
        found = read_delivered(record_of(one))
        if isinstance(found, Delivered):
            if found.inreplyto is not None:
                self._post.setdefault(found.inreplyto, []).append(found)
        else:
            event = json.loads(one.value)
            self._uitleg[event["id"]] = event

    def _is_whole(self, name: str) -> bool:
        post = self._post.get(name, ())
        return bool(post) and all(
            one.id in self._uitleg or _text(one, "Reden") is None for one in post
        )


def hoort(one: Delivered) -> str:
    """What a gemeente hears by it, in the words of the table."""
    return _text(one, "Reden") or _text(one, "WlzStatus") or one.type


def _text(one: Delivered, name: str) -> str | None:
    found = etree.fromstring(one.data).find(f".//{{*}}{name}")
    return None if found is None else found.text
