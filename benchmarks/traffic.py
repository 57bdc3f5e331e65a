"""The traffic of the benchmarks: berichten of all types, good and bad, by seed.

They are the samples of our tests with other parties and another Identificatie, as
`mix.toml` says. The same seed, number and parties give the same berichten.
"""

import random
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any, Self

from ibroker.core.catalogue import Berichttype
from ibroker.core.fout import Uitkomst
from ibroker.core.verdict import Standards, validate_bericht

__all__ = ["Mal", "Mix", "Post", "load_mix"]

SAMPLES = Path(__file__).parent.parent / "tests" / "berichten"
MIX = Path(__file__).parent / "mix.toml"
NOBODY = "9999"  # a code that no gemeente has
AGB = "98{:06}"  # codes that no zorgaanbieder has
ROUND = 10_000  # berichten that are drawn at a time
CUT = 20  # bytes that one that is broken off lacks
SLOT = re.compile(rb"<(?:\w+:)?(Afzender|Ontvanger|Identificatie)>([^<]*)")


@dataclass(frozen=True, slots=True)
class Post:
    """One bericht on its way in, and the end of the event type that it must get."""

    zender: str
    value: bytes
    uitkomst: str


@dataclass(frozen=True, slots=True)
class Mal:
    """A sample in pieces, between which the values of one bericht go."""

    van: str
    naar: str
    uitkomst: str
    pieces: tuple[bytes, ...]
    slots: tuple[str, ...]

    @classmethod
    def cut(cls, data: bytes, berichttype: Berichttype, uitkomst: str) -> Self:
        """Cut a sample at the values of its header that are to be replaced."""
        elements = {
            berichttype.van_element: "van",
            berichttype.naar_element: "naar",
            "Identificatie": "identificatie",
        }
        pieces, slots, start = [], [], 0
        for match in SLOT.finditer(data):
            slot = elements.get(match[1].decode())
            # Later ones are of the bericht that this one answers.
            if slot is not None and slot not in slots:
                pieces.append(data[start : match.start(2)])
                slots.append(slot)
                start = match.end(2)
        pieces.append(data[start:])
        return cls(
            berichttype.van, berichttype.naar, uitkomst, tuple(pieces), tuple(slots)
        )

    def fill(self, van: str, naar: str, identificatie: str) -> bytes:
        """Make a bericht of it."""
        values = {"van": van, "naar": naar, "identificatie": identificatie}
        filled = [self.pieces[0]]
        for slot, piece in zip(self.slots, self.pieces[1:], strict=True):
            filled += (values[slot].encode(), piece)
        return b"".join(filled)


@dataclass(frozen=True, slots=True)
class Mix:
    """The kinds of bericht with their weights, and the parties with theirs."""

    goed: tuple[tuple[Mal, float], ...]
    fout: tuple[tuple[str, tuple[Mal, ...], float], ...]
    gemeenten: tuple[str, ...]
    zorgaanbieders: tuple[str, ...]
    zipf: float

    def post(self, count: int, seed: int, series: int | None = None) -> Iterator[Post]:
        """Give so many berichten, no two alike; another seed gives others.

        Another series gives the same under other names: who had the one does not know
        the other again. Without it that of the seed.
        """
        series = seed if series is None else series
        chance = random.Random(seed)  # noqa: S311 - it must be repeatable
        parties = {
            "gemeente": self._spread(self.gemeenten, chance),
            "zorgaanbieder": self._spread(self.zorgaanbieders, chance),
        }
        kinds: list[tuple[str, tuple[Mal, ...], float]] = [
            ("goed", (mal,), weight) for mal, weight in self.goed
        ]
        kinds += self.fout
        weights = list(accumulate(weight for *_, weight in kinds))
        for start in range(0, count, ROUND):
            size = min(ROUND, count - start)
            drawn = {
                soort: chance.choices(codes, cum_weights=spread, k=size)
                for soort, (codes, spread) in parties.items()
            }
            chosen = chance.choices(kinds, cum_weights=weights, k=size)
            for number, (kind, mallen, _) in enumerate(chosen):
                mal = mallen[(start + number) % len(mallen)]
                van = drawn[mal.van][number] if mal.van in drawn else mal.van
                naar = drawn[mal.naar][number] if mal.naar in drawn else mal.naar
                if kind == "onbekend":
                    naar = NOBODY
                data = mal.fill(van, naar, f"{series:05X}{start + number:07X}")
                if kind == "afgebroken":
                    data = data[:-CUT]
                yield Post(van, data, mal.uitkomst)

    def towards(self, soort: str) -> Self:
        """The part of it that is for receivers of one kind."""
        fout = (
            (name, tuple(mal for mal in mallen if mal.naar == soort), weight)
            for name, mallen, weight in self.fout
        )
        return replace(
            self,
            goed=tuple(pair for pair in self.goed if pair[0].naar == soort),
            fout=tuple(kind for kind in fout if kind[1]),
        )

    def _spread(
        self, codes: Sequence[str], chance: random.Random
    ) -> tuple[list[str], list[float]]:
        """The codes in an order of their own, and their cumulative weights."""
        order = chance.sample(codes, len(codes))
        ranks = range(1, len(codes) + 1)
        return order, list(accumulate(rank**-self.zipf for rank in ranks))


def load_mix(standards: Standards, gemeenten: Sequence[str]) -> Mix:
    """Read the mix. `gemeenten` are the codes of those that exist today."""
    table = tomllib.loads(MIX.read_text(encoding="utf-8"))
    share = table["fout"]
    goed = {
        name: _read(SAMPLES / "goed" / f"{name}.xml", standards)
        for name in table["goed"]
    }
    total = sum(table["goed"].values()) / (1 - sum(share.values()))
    bad = [_read(path, standards) for path in sorted(SAMPLES.glob("fout/*.xml"))]
    to_gemeente = tuple(
        Mal.cut(data, berichttype, "fout")
        for data, berichttype, _ in goed.values()
        if berichttype is not None and berichttype.naar == "gemeente"
        if berichttype.naar_element is not None
    )
    kinds: dict[str, tuple[Mal, ...]] = {
        "regels": tuple(
            Mal.cut(data, berichttype, "retour")
            for data, berichttype, uitkomst in bad
            if uitkomst is Uitkomst.AFGEKEURD
            if berichttype is not None and berichttype.retour is not None
        ),
        "xsd": tuple(
            Mal.cut(data, berichttype, "fout")
            for data, berichttype, uitkomst in bad
            if uitkomst is Uitkomst.ONGELDIG and berichttype is not None
        ),
        "afgebroken": to_gemeente,
        "onbekend": to_gemeente,
    }
    return Mix(
        tuple(
            (Mal.cut(data, berichttype, "bezorgd"), table["goed"][name] / total)
            for name, (data, berichttype, _) in goed.items()
            if berichttype is not None
        ),
        tuple((name, kinds[name], share[name]) for name in share),
        tuple(gemeenten),
        tuple(AGB.format(n) for n in range(table["partijen"]["zorgaanbieders"])),
        table["partijen"]["zipf"],
    )


def _read(path: Path, standards: Standards) -> tuple[bytes, Any, Uitkomst]:
    data = path.read_bytes()
    verdict = validate_bericht(data, standards)
    return data, verdict.berichttype, verdict.uitkomst
