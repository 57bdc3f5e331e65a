"""The cluster as a doctor sees it: a port, and what is judged of what it gives.

The clock is compared without writing anything: the controller says what time it has
where it is asked how far the copies of its log are (DescribeQuorum).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ibroker.doctor.bevinding import Bevinding, fout, goed, let_op

__all__ = ["Clusterbeeld", "Klok", "Waarnemer", "check_cluster", "measure"]

_ONDERDEEL = "cluster"
_OLDEST = (4, 0)  # Kafka
_TRANSACTIONS = 2  # KIP-890: without it a transaction may get what is not of it
_OFF, _FAR_OFF = 2_000, 60_000  # ms


@dataclass(frozen=True, slots=True)
class Klok:
    """By how many ms the cluster's clock is ahead of ours, give or take `marge`."""

    verschil: float
    marge: float


@dataclass(frozen=True, slots=True)
class Clusterbeeld:
    """A cluster at one moment.

    `brokers` are their ids, `afgesloten` those of them that are down or starting.
    `controller` is None where there is none; `versie` that of Kafka, such as (4, 3);
    `transacties` the level of the feature transaction.version, and `klok` the clock of
    the controller: None where we may not know. The rest counts partitions.
    """

    brokers: tuple[int, ...]
    afgesloten: tuple[int, ...]
    controller: int | None
    versie: tuple[int, ...]
    transacties: int | None
    partities: int
    zonder_leider: int
    met_te_weinig_kopieen: int
    klok: Klok | None


class Waarnemer(Protocol):
    """Looks at a cluster."""

    def look(self) -> Clusterbeeld:
        """Give the cluster as it is now.

        Raises ClusterUnreachable where no broker answers, LogError where one refuses.
        """
        ...


def measure(before: float, theirs: float, after: float) -> Klok:
    """Compare clocks: it answered `theirs` between two moments of ours, all in ms."""
    return Klok(theirs - (before + after) / 2, (after - before) / 2)


def check_cluster(beeld: Clusterbeeld) -> Iterator[Bevinding]:
    """Judge a cluster."""
    yield _check_brokers(beeld)
    if beeld.controller is None:
        yield fout(_ONDERDEEL, "controller", "er is er geen")
    else:
        yield goed(_ONDERDEEL, "controller", f"node {beeld.controller}")
    versie = ".".join(map(str, beeld.versie))
    if beeld.versie < _OLDEST:
        yield fout(_ONDERDEEL, "versie", f"Kafka {versie}: 4.0 of nieuwer is nodig")
    else:
        yield goed(_ONDERDEEL, "versie", f"Kafka {versie}")
    if beeld.transacties is not None and beeld.transacties < _TRANSACTIONS:
        tekst = f"transaction.version is {beeld.transacties}: 2 is nodig"
        yield fout(_ONDERDEEL, "transacties", tekst)
    yield _check_partities(beeld)
    yield _check_klok(beeld.klok)


def _check_brokers(beeld: Clusterbeeld) -> Bevinding:
    up = len(beeld.brokers) - len(beeld.afgesloten)
    tekst = f"{up} van {len(beeld.brokers)}"
    if beeld.afgesloten:
        gone = ", ".join(map(str, beeld.afgesloten))
        return fout(_ONDERDEEL, "brokers", f"{tekst}; niet bereikbaar: {gone}")
    if up == 1:
        tekst = "1: om te proberen; valt hij uit, dan ligt alles stil"
        return let_op(_ONDERDEEL, "brokers", tekst)
    return goed(_ONDERDEEL, "brokers", tekst)


def _check_partities(beeld: Clusterbeeld) -> Bevinding:
    naam = "partities"
    if beeld.zonder_leider:
        tekst = f"{beeld.zonder_leider} van {beeld.partities} zonder leider"
        return fout(_ONDERDEEL, naam, tekst)
    if beeld.met_te_weinig_kopieen:
        tekst = f"{beeld.met_te_weinig_kopieen} van {beeld.partities} lopen achter"
        return fout(_ONDERDEEL, naam, f"{tekst} met hun kopieën")
    return goed(_ONDERDEEL, naam, f"{beeld.partities}, alle met leider en kopieën")


def _check_klok(klok: Klok | None) -> Bevinding:
    if klok is None:
        return let_op(_ONDERDEEL, "klok", "het cluster zegt niet hoe laat het is")
    way = "achter" if klok.verschil > 0 else "voor"
    tekst = (
        f"onze klok loopt {abs(klok.verschil) / 1000:.1f} s {way}"
        f" (± {klok.marge / 1000:.1f} s)"
    )
    surely = max(0.0, abs(klok.verschil) - klok.marge)
    if surely > _FAR_OFF:
        return fout(_ONDERDEEL, "klok", tekst)
    if surely > _OFF:
        return let_op(_ONDERDEEL, "klok", tekst)
    return goed(_ONDERDEEL, "klok", tekst)
