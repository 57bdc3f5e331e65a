"""Derives from a delivered bericht the facts that the Wlz stream is made of.

Which berichten give which facts, and where the values stand, is data
(schemas/feiten.toml). Paths are compiled once for each type, for this is done for
every 301; values are read by the tags of the XSD, in one pass over each part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from lxml import etree

from ibroker.core.catalogue import Berichttype, Catalogue
from ibroker.core.delivery import GGK
from ibroker.core.header import Header
from ibroker.core.record import Headers, Outgoing
from ibroker.core.schema import Schema, Schemas
from ibroker.core.structure import Structure
from ibroker.core.wlz.feit import Hartslag, Oorzaak, Profiel, encode_feit
from ibroker.core.wlz.feitsoort import SOORTEN, Feitsoort, read_datum
from ibroker.core.wlz.persoon import Persoonssleutels, distribution_key, hide_bsn
from ibroker.errors import WlzTableError

__all__ = ["Afkomst", "Afleiding", "parse_afleiding"]

_HEADERS: Final[Headers] = (("content-type", b"application/json"),)
# By the tag of a child: the field that it is, or what its own children are.
_Names: TypeAlias = dict[str, "str | _Names"]


@dataclass(frozen=True, slots=True)
class Afkomst:
    """Where a bericht comes from: its message id, when it came in, and its kenmerk."""

    bericht: str
    moment: str
    kenmerk: str | None


@dataclass(frozen=True, slots=True)
class _Rij:
    """One row of the table."""

    bericht: str
    soort: str
    client: str
    bsn: str
    deel: str = ""
    header: Mapping[str, str] = field(default_factory=dict)
    velden: Mapping[str, str] = field(default_factory=dict)
    profielen: str = ""
    profiel: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Lezer:
    """A row, tied to the tags of its XSD.

    `header` are its fields that are attributes of a `Header`; `optional` those that a
    fact must have and the XSD need not. `always` says that each bericht gives a fact.
    """

    soort: Feitsoort
    header: tuple[tuple[str, str], ...]
    optional: frozenset[str]
    clients: etree.XPath
    bsn: str
    delen: etree.XPath
    namen: _Names
    profielen: etree.XPath | None
    profiel: tuple[str, ...]
    always: bool


@dataclass(frozen=True, slots=True)
class Afleiding:
    """Derives facts; `parse_afleiding` makes one. They go to `topic`."""

    topic: str
    sleutels: Persoonssleutels = field(repr=False)
    _rijen: Mapping[str, tuple[_Rij, ...]]
    _schemas: Schemas = field(repr=False)
    _lezers: dict[str, tuple[_Lezer, ...]] = field(default_factory=dict, repr=False)

    @property
    def berichten(self) -> frozenset[str]:
        """The names of the types that give facts."""
        return frozenset(self._rijen)

    def derive(
        self,
        berichttype: Berichttype,
        header: Header,
        root: etree._Element,
        afkomst: Afkomst,
    ) -> tuple[Outgoing, ...]:
        """Give the facts of a schema-valid bericht as records, in document order.

        `root` is its tree without comments. Each fact has the number of its part in
        the bericht, and for key what keeps all facts of a person together.
        """
        rijen = self._rijen.get(berichttype.type)
        if rijen is None:
            return ()
        lezers = self._lezers.get(berichttype.type)
        if lezers is None:
            lezers = self.compile(berichttype, rijen)
        found: list[Outgoing] = []
        for lezer in lezers:
            self._collect(lezer, header, root, afkomst, found)
        return tuple(found)

    def pass_hartslag(self, afkomst: Afkomst, partition: int) -> Outgoing:
        """Give the fact of a heartbeat, for the partition that its bericht came in on.

        So each partition of the input shows in one of the facts, which has as many.
        """
        feit = Hartslag(
            Oorzaak(afkomst.bericht, 0, afkomst.moment), afkomst.kenmerk or ""
        )
        value = encode_feit(feit)
        return Outgoing(self.topic, GGK.encode(), value, _HEADERS, partition)

    def compile(
        self, berichttype: Berichttype, rijen: tuple[_Rij, ...]
    ) -> tuple[_Lezer, ...]:
        """Tie the rows of a type to its XSD, and keep that.

        Raises WlzTableError where a path leads nowhere.
        """
        schema = self._schemas.get(berichttype.namespace)
        lezers = tuple(_build_lezer(rij, schema) for rij in rijen)
        self._lezers[berichttype.type] = lezers
        return lezers

    def check(self, catalogue: Catalogue, altijd: frozenset[str] = frozenset()) -> None:
        """Tie all rows to their XSDs, and look into the types that must give a fact.

        `altijd` are the kinds of party that get nothing but facts. Raises WlzTableError
        where a path is wrong, or the XSD lets a bericht to such a party have no fact.
        """
        for name, rijen in self._rijen.items():
            self.compile(catalogue.by_type[name], rijen)
        for name, berichttype in catalogue.by_type.items():
            lezers = self._lezers.get(name, ())
            must = berichttype.naar in altijd and not berichttype.hartslag
            if must and not any(one.always for one in lezers):
                raise WlzTableError(f"feiten.toml: {name} kan zonder feit zijn")

    def _collect(
        self,
        lezer: _Lezer,
        header: Header,
        root: etree._Element,
        afkomst: Afkomst,
        found: list[Outgoing],
    ) -> None:
        base = {name: getattr(header, where) for name, where in lezer.header}
        if afkomst.kenmerk is not None:
            base["kenmerk"] = afkomst.kenmerk
        soort, number = lezer.soort, -1
        for client in lezer.clients(root):
            (element,) = client.iterchildren(lezer.bsn)
            bsn = element.text
            key = distribution_key(bsn, self.sleutels)
            for deel in lezer.delen(client):
                number += 1
                waarden = base.copy()
                _read(deel, lezer.namen, waarden)
                if lezer.optional and not lezer.optional <= waarden.keys():
                    continue
                oorzaak = Oorzaak(afkomst.bericht, number, afkomst.moment)
                persoon = hide_bsn(bsn, oorzaak, self.sleutels)
                profielen = _read_profielen(lezer, deel) if soort.profielen else ()
                feit = soort.make(oorzaak, persoon, waarden, profielen)
                found.append(Outgoing(self.topic, key, encode_feit(feit), _HEADERS))


def parse_afleiding(
    table: Mapping[str, Any],
    catalogue: Catalogue,
    schemas: Schemas,
    sleutels: Persoonssleutels,
) -> Afleiding:
    """Build the derivation from the parsed feiten.toml, and the keys that hide people.

    Raises WlzTableError that names the row that is not usable.
    """
    rijen: dict[str, tuple[_Rij, ...]] = {}
    for row in table.get("feit", ()):
        try:
            rij = _Rij(**row)
        except TypeError as error:
            raise WlzTableError(f"feiten.toml: {error}") from error
        _check(rij, catalogue)
        rijen[rij.bericht] = (*rijen.get(rij.bericht, ()), rij)
    topic = table.get("topic")
    if not isinstance(topic, str) or not rijen:
        raise WlzTableError("feiten.toml: topic of [[feit]] ontbreekt")
    return Afleiding(topic, sleutels, MappingProxyType(rijen), schemas)


_HEADER: Final = frozenset({"Afzender", "Ontvanger", "Identificatie"})
_PROFIEL: Final = 3  # ZZP code, begin, end


def _check(rij: _Rij, catalogue: Catalogue) -> None:
    where = f"feiten.toml: {rij.bericht}"
    soort = SOORTEN.get(rij.soort)
    if rij.bericht not in catalogue.by_type or soort is None:
        raise WlzTableError(f"{where}: onbekend type of soort {rij.soort}")
    fields = {*rij.header, *rij.velden}
    if not soort.moet <= fields <= soort.moet | soort.mag:
        wrong = sorted((soort.moet - fields) | (fields - soort.moet - soort.mag))
        raise WlzTableError(f"{where}: velden ontbreken of zijn te veel: {wrong}")
    if not _HEADER.issuperset(rij.header.values()):
        raise WlzTableError(f"{where}: header kent alleen {sorted(_HEADER)}")
    if bool(rij.profielen) > soort.profielen or len(rij.profiel) not in (0, _PROFIEL):
        raise WlzTableError(f"{where}: profielen of profiel klopt niet")
    if bool(rij.profielen) != bool(rij.profiel):
        raise WlzTableError(f"{where}: profielen en profiel horen bij elkaar")


def _build_lezer(rij: _Rij, schema: Schema) -> _Lezer:
    client = _follow(schema.structure, rij.client, rij)
    deel = _follow(client[-1], rij.deel, rij)
    part = deel[-1] if deel else client[-1]
    namen: _Names = {}
    soort = SOORTEN[rij.soort]
    optional: set[str] = set()
    for name, path in rij.velden.items():
        *above, leaf = steps = _follow(part, path, rij)
        if name in soort.moet and any(step.optional for step in steps):
            optional.add(name)
        inner = namen
        for one in above:
            inner = inner.setdefault(one.tag, {})  # type: ignore[assignment]
        inner[leaf.tag] = name
    profielen = _follow(part, rij.profielen, rij)
    return _Lezer(
        soort=soort,
        header=tuple((name, where.lower()) for name, where in rij.header.items()),
        optional=frozenset(optional),
        clients=_xpath(client),
        bsn=_follow(client[-1], rij.bsn, rij)[-1].tag,
        delen=_xpath(deel),
        namen=namen,
        profielen=_xpath(profielen) if profielen else None,
        profiel=tuple(_follow(profielen[-1], n, rij)[-1].tag for n in rij.profiel),
        always=not optional and not any(one.optional for one in (*client, *deel)),
    )


def _follow(structure: Structure, path: str, rij: _Rij) -> list[Structure]:
    """Give the elements on a path of names, from below `structure`."""
    found: list[Structure] = []
    for name in path.split("/") if path else ():
        child = next((one for one in structure.children if one.name == name), None)
        if child is None:
            raise WlzTableError(f"feiten.toml: {rij.bericht}: geen element {path}")
        found.append(child)
        structure = child
    return found


def _xpath(steps: Sequence[Structure]) -> etree.XPath:
    namespaces: dict[str, str] = {}
    parts = ["."]
    for number, step in enumerate(steps):
        namespace, _, name = step.tag[1:].partition("}")
        namespaces[f"n{number}"] = namespace
        parts.append(f"n{number}:{name}")
    return etree.XPath("/".join(parts), namespaces=namespaces, smart_strings=False)


def _read(element: etree._Element, names: _Names, found: dict[str, str]) -> None:
    for child in element:
        name = names.get(child.tag)  # type: ignore[arg-type] # a str
        if isinstance(name, str):
            found[name] = child.text or ""
        elif name is not None:
            _read(child, name, found)


def _read_profielen(lezer: _Lezer, deel: etree._Element) -> tuple[Profiel, ...]:
    if lezer.profielen is None:
        return ()
    found: list[Profiel] = []
    for one in lezer.profielen(deel):
        code, begin, einde = (one.findtext(tag) for tag in lezer.profiel)
        end = None if einde is None else read_datum(einde)
        found.append((code or "", read_datum(begin or ""), end))
    return tuple(found)
