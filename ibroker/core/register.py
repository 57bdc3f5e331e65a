"""The register: which parties there are, from when until when, who acts for whom."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, TypeVar

from ibroker.core.partijtabel import (
    Inschrijving,
    Machtiging,
    Sleutel,
    Soort,
    Topics,
    read_rows,
)
from ibroker.errors import RegisterError

__all__ = ["Partij", "Register", "Topics", "parse_register"]

_K = TypeVar("_K")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Partij:
    """An organisation that sends or receives.

    `soort` is the kind that the catalogue names in `van` and `naar`; `topic` is where
    its post goes, and `sleutel` says whose code is the key of a record there. Without
    a topic it is ibroker itself, and gets the facts of what is addressed to it.
    """

    code: str
    soort: str
    topic: str
    sleutel: Sleutel


@dataclass(frozen=True, slots=True)
class Register:
    """All parties; `parse_register` makes one.

    A party is named by its code in the standard: CBS for a gemeente, AGB for a
    zorgaanbieder, a name for the others. A day is the Dutch date of the moment at
    which a bericht came in.
    """

    topics: Topics
    soorten: Mapping[str, Soort]
    bekend: Mapping[str, Partij] = field(repr=False)
    inschrijvingen: Mapping[str, Inschrijving] = field(repr=False)
    patronen: tuple[tuple[re.Pattern[str], Soort], ...] = field(repr=False)
    machtigingen: Mapping[tuple[str, str], date] = field(repr=False)

    def partij(self, code: str) -> Partij | None:
        """Give the party with that code: of today, of the past or still to come."""
        partij = self.bekend.get(code)
        if partij is None:
            for patroon, soort in self.patronen:
                if patroon.fullmatch(code):
                    return _make_partij(soort, code)
        return partij

    def is_geldig(self, partij: Partij, on: date) -> bool:
        """Whether a party exists on that day."""
        inschrijving = self.inschrijvingen.get(partij.code)
        return inschrijving is None or inschrijving.is_geldig(on)

    def opvolger(self, partij: Partij, on: date) -> Partij | None:
        """Give who gets the post of a party on that day: itself as long as it exists.

        After that who took its place, or the place of that one. None where the party
        is still to begin, or was divided over others.
        """
        # No endless loop: parse_register lets no opvolger end earlier.
        while not self.is_geldig(partij, on):
            inschrijving = self.inschrijvingen[partij.code]
            if on < inschrijving.vanaf or not inschrijving.opvolger:
                return None
            partij = self.bekend[inschrijving.opvolger]
        return partij

    def opvolgers(self) -> Mapping[str, tuple[str, ...]]:
        """Give who took the place of each party that ended, one after the other."""
        found: dict[str, tuple[str, ...]] = {}
        for code, inschrijving in self.inschrijvingen.items():
            chain: list[str] = []
            after = inschrijving.opvolger
            # No endless loop, as in `opvolger`.
            while after:
                chain.append(after)
                after = self.inschrijvingen[after].opvolger
            if chain:
                found[code] = tuple(chain)
        return found

    def mag_namens(self, zender: Partij, voor: str, on: date) -> bool:
        """Whether `zender` may send a bericht that names `voor` as its sender.

        It may for itself, for whoever it took the place of, and, until and including
        the last day of a machtiging, for whoever gave that.
        """
        if zender.code == voor or self._is_gemachtigd(zender.code, voor, on):
            return True
        genoemd = self.partij(voor)
        nu = None if genoemd is None else self.opvolger(genoemd, on)
        return nu is not None and (
            zender.code == nu.code or self._is_gemachtigd(zender.code, nu.code, on)
        )

    def postvakken(self, on: date) -> tuple[str, ...]:
        """Give the codes that have a topic of their own on that day, sorted.

        Who ended before that day has none any more; who is still to begin has.
        """
        return tuple(
            sorted(
                code
                for code, inschrijving in self.inschrijvingen.items()
                if self.soorten[self.bekend[code].soort].has_own_topics
                and on <= inschrijving.tot
            )
        )

    def recipient_topics(self, on: date) -> tuple[str, ...]:
        """Give every topic to which a bericht can be delivered on that day, sorted."""
        shared = {
            soort.topic
            for soort in self.soorten.values()
            if not soort.has_own_topics and not soort.feiten
        }
        return tuple(sorted(shared | set(self.postvak_topics(on))))

    def postvak_topics(self, on: date) -> tuple[str, ...]:
        """Give the topics that are of one party alone on that day, sorted."""
        return tuple(sorted(self.bekend[code].topic for code in self.postvakken(on)))

    def onbekend(self, soort: str) -> str:
        """Give the rule that is broken where a receiver of that kind is not known."""
        return self.soorten[soort].onbekend

    def _is_gemachtigd(self, zender: str, voor: str, on: date) -> bool:
        tot = self.machtigingen.get((zender, voor))
        return tot is not None and on <= tot


def parse_register(
    partijen: Mapping[str, Any],
    gemeenten: Mapping[str, Any],
    zorgaanbieders: Mapping[str, Any],
    machtigingen: Mapping[str, Any],
) -> Register:
    """Build the register from the parsed tables of those names.

    Raises RegisterError that names the file and the row that is not usable.
    """
    topics_rows = read_rows(Topics, [partijen.get("topics")], f"{_PARTIJEN}: topics")
    topics = next(iter(topics_rows.values()))
    soorten: dict[str, Soort] = {}
    bekend: dict[str, Partij] = {}
    rows = read_rows(Soort, partijen.get("soort"), f"{_PARTIJEN}: soort")
    for where, soort in rows.items():
        _add(soorten, soort.soort, soort, where)
        if soort.code:
            _add(bekend, soort.code, _make_partij(soort, soort.code), where)
    lists = {"gemeenten.toml": gemeenten, "zorgaanbieders.toml": zorgaanbieders}
    inschrijvingen: dict[str, Inschrijving] = {}
    for file, table in lists.items():
        for name, listed in table.items():
            read = read_rows(Inschrijving, listed, f"{file}: {name}")
            inschrijvingen |= _inschrijven(read, soorten.get(name), bekend, file)
    with_list = {bekend[code].soort for code in inschrijvingen}
    for soort in soorten.values():
        if soort.lijst and soort.soort not in with_list:
            raise RegisterError(f"{_PARTIJEN}: {soort.soort}: no table lists any")
    register = Register(
        topics=topics,
        soorten=MappingProxyType(soorten),
        bekend=MappingProxyType(bekend),
        inschrijvingen=MappingProxyType(inschrijvingen),
        patronen=tuple(
            (re.compile(soort.patroon), soort)
            for soort in soorten.values()
            if soort.patroon and soort.soort not in with_list
        ),
        machtigingen=MappingProxyType({}),
    )
    return replace(register, machtigingen=_read_machtigingen(machtigingen, register))


_PARTIJEN = "partijen.toml"
_DAY = timedelta(days=1)


def _make_partij(soort: Soort, code: str) -> Partij:
    return Partij(code, soort.soort, soort.topic_of(code), soort.sleutel)


def _add(table: dict[_K, _T], key: _K, value: _T, where: str) -> None:
    if key in table:
        raise RegisterError(f"{where}: {key} stands twice")
    table[key] = value


def _inschrijven(
    rows: Mapping[str, Inschrijving],
    soort: Soort | None,
    bekend: dict[str, Partij],
    file: str,
) -> Mapping[str, Inschrijving]:
    """Add the parties of one list to `bekend`, and give their rows by code."""
    if soort is None or not soort.patroon:
        raise RegisterError(f"{file}: a list of a kind that {_PARTIJEN} does not have")
    for where, row in rows.items():
        if not re.fullmatch(soort.patroon, row.code):
            raise RegisterError(f"{where}: {row.code} is no code of {soort.soort}")
        _add(bekend, row.code, _make_partij(soort, row.code), where)
    listed = {row.code: row for row in rows.values()}
    for where, row in rows.items():
        _check_opvolger(row, listed, where)
    return listed


def _check_opvolger(
    row: Inschrijving, listed: Mapping[str, Inschrijving], where: str
) -> None:
    """Refuse an opvolger that is not there the day after, or ends no later.

    So each step along a chain of them ends later than the one before: no chain is a
    ring.
    """
    if not row.opvolger:
        return
    opvolger = listed.get(row.opvolger)
    if opvolger is None:
        raise RegisterError(f"{where}: opvolger {row.opvolger} is not in the list")
    if opvolger.vanaf > row.tot + _DAY or opvolger.tot <= row.tot:
        raise RegisterError(f"{where}: opvolger {row.opvolger} does not follow on it")


def _read_machtigingen(
    table: Mapping[str, Any], register: Register
) -> Mapping[tuple[str, str], date]:
    file = "machtigingen.toml"
    found: dict[tuple[str, str], date] = {}
    rows = read_rows(Machtiging, table.get("machtiging", []), f"{file}: machtiging")
    for where, row in rows.items():
        zender, voor = register.partij(row.zender), register.partij(row.voor)
        if zender is None or voor is None or zender.soort != voor.soort:
            raise RegisterError(f"{where}: zender and voor are not two of one kind")
        _add(found, (row.zender, row.voor), row.tot, where)
    return MappingProxyType(found)
