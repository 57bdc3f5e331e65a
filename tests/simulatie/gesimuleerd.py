"""What the tests of the simulation share: a simulation, and the real router on it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache

from ibroker.core.step import Outcome, RouteTables
from ibroker.register import load_register
from ibroker.simulatie.blok import Blok, Opdracht, Simulatie, make_blok
from ibroker.simulatie.laden import Tabellen, load_simulatie
from ibroker.simulatie.levensloop import Periode
from ibroker.simulatie.waarheid import Gevolg, Lot
from tests.core.kept import Router
from tests.core.routed import record_of, tables
from tests.core.wlz.keys import afleiding

__all__ = ["PERIODE", "blokken", "opdracht", "route", "route_tables", "simulatie"]

PERIODE = Periode(date(2026, 1, 1), date(2026, 12, 31))


@cache
def simulatie(deel: float = 0.0) -> Simulatie:
    """Load the simulation as it ships."""
    return load_simulatie(Tabellen(), PERIODE, deel, {})


def opdracht(personen: int, seed: int = 1, levens: int = 1) -> Opdracht:
    """Ask for so many people."""
    return Opdracht(seed, PERIODE, 0, personen, levens)


def blokken(
    asked: Opdracht, deel: float = 0.0, made: Simulatie | None = None
) -> list[Blok]:
    """Make all of it in this process."""
    made = simulatie(deel) if made is None else made
    return [make_blok(made, asked, nummer) for nummer in range(asked.blokken)]


@cache
def route_tables() -> RouteTables:
    """Give a router with the register as it ships, that also derives facts."""
    return replace(tables(), register=load_register(), afleiding=afleiding())


def route(loten: Iterable[Lot]) -> Iterator[tuple[Lot, Gevolg, Outcome]]:
    """Hand all in, one after the other, and see what follows as anyone may."""
    router = Router(route_tables())
    for offset, lot in enumerate(loten):
        vorm = lot.vorm
        record = record_of(
            vorm.data, vorm.zender, kenmerk=vorm.kenmerk.encode(), offset=offset
        )
        outcome = router.route(record)
        yield lot, _seen(outcome), outcome


def _seen(outcome: Outcome) -> Gevolg:
    gebeurtenis = outcome.gebeurtenis
    topic = soort = None
    if outcome.outgoing:
        first = outcome.outgoing[0]
        headers: Mapping[str, bytes | None] = dict(first.headers)
        topic = first.topic
        if (ce_type := headers.get("ce_type")) is not None:
            soort = ce_type.decode()
    return Gevolg(
        uitkomst=gebeurtenis.type.rpartition(".")[2],
        niveau=gebeurtenis.niveau,
        regels=tuple(sorted(gebeurtenis.regels)),
        topic=topic,
        soort=soort,
    )
