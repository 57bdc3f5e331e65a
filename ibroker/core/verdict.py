"""The verdict on a bericht: bytes in, verdict out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from ibroker.core.catalogue import Berichttype, Catalogue, parse_catalogue
from ibroker.core.dubbel import Uniek, parse_uniek
from ibroker.core.fo01 import Foutcodes, load_fo01
from ibroker.core.fout import Fout, Niveau, Regel, Uitkomst
from ibroker.core.header import Header, read_header
from ibroker.core.location import Locator
from ibroker.core.reading import (
    Limits,
    Refusal,
    drop_comments,
    has_include,
    has_stretch,
    may_hold_comments,
    parse_bericht,
    values_with_comment,
)
from ibroker.core.rules.table import RuleTable, parse_rules
from ibroker.core.schema import Schema, Schemas, parse_schemas
from ibroker.core.verwijzing import Verwijzing, read_verwijzingen
from ibroker.errors import SchemaError

__all__ = [
    "Limits",
    "Standards",
    "Verdict",
    "build_standards",
    "judge_bericht",
    "validate_bericht",
]

_MOST_XSD = 100
_DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one bericht.

    `niveau` is the level that failed (0 reading, 1 XSD, 2 rules, 3 earlier berichten),
    None where it is valid. `berichttype` and `header` are None where they could not be
    read. `verwijzingen` is what links it to other berichten, read where it is
    schema-valid.
    """

    uitkomst: Uitkomst
    niveau: int | None
    berichttype: Berichttype | None
    header: Header | None
    fouten: tuple[Fout, ...]
    verwijzingen: tuple[Verwijzing, ...] = field(default=(), repr=False)

    @property
    def gelezen(self) -> tuple[Berichttype, Header] | None:
        """Type and header of a schema-valid bericht; those of another may say anything.

        So None for what failed level 0 or 1.
        """
        if self.niveau in (Niveau.LEZEN, Niveau.XSD):
            return None
        if self.berichttype is None or self.header is None:
            return None
        return self.berichttype, self.header


@dataclass(frozen=True, slots=True)
class Standards:
    """All that is known of the standards: catalogue, XSDs, rules, codes and texts."""

    catalogue: Catalogue
    schemas: Schemas
    rules: RuleTable
    foutcodes: Foutcodes
    teksten0: Mapping[str, str]
    teksten1: Mapping[str, str]
    uniek: Uniek


def build_standards(
    catalogus: Mapping[str, Any],
    regels: Mapping[str, Any],
    fo01: Mapping[str, Any],
    xsds: Mapping[str, bytes],
) -> Standards:
    """Build the standards from the parsed tables and the XSDs by file name.

    Raises a ConfigError that says which file is not usable.
    """
    catalogue = parse_catalogue(catalogus)
    return Standards(
        catalogue=catalogue,
        schemas=parse_schemas(xsds),
        rules=parse_rules(regels, catalogue),
        foutcodes=load_fo01(fo01),
        teksten0=regels["niveau0"],
        teksten1=regels["niveau1"],
        uniek=parse_uniek(regels, catalogue),
    )


def validate_bericht(
    data: bytes, standards: Standards, limits: Limits = _DEFAULT_LIMITS
) -> Verdict:
    """Judge a bericht as the standard does: reading, XSD, rules. Never raises for it.

    The verdict depends on the bytes alone: none of these levels looks at today
    (TR135, the dagtekening in the future, is level 4).
    """
    return judge_bericht(data, standards, limits)[0]


def judge_bericht(
    data: bytes, standards: Standards, limits: Limits = _DEFAULT_LIMITS
) -> tuple[Verdict, etree._Element | None]:
    """Judge as `validate_bericht`, and give the tree too, for who reads on in it.

    The tree is without comments where any could stand in a value; of what cannot be
    read there is none.
    """
    root = parse_bericht(data, limits)
    if isinstance(root, Refusal):
        return _refused(standards, root), None
    return _judge(data, root, standards, limits), root


def _judge(
    data: bytes, root: etree._Element, standards: Standards, limits: Limits
) -> Verdict:
    berichttype = _type_of(str(root.tag), standards)
    if berichttype is None:
        return _refused(standards, Refusal(Regel.BERICHTTYPE, root.sourceline))
    schema = standards.schemas.get(berichttype.namespace)
    if may_hold_comments(data):
        plain = _without_comments(data, root, schema, limits)
        if isinstance(plain, Refusal):
            return _refused(standards, plain, berichttype)
        data = plain
    header, dagtekening = read_header(root, schema.header_tags)
    fouten = _check_xsd(data, root, schema, standards, limits)
    if fouten and has_include(root):
        return _refused(standards, Refusal(Regel.DOCTYPE), berichttype)
    if fouten:
        return Verdict(Uitkomst.ONGELDIG, Niveau.XSD, berichttype, header, fouten)
    if dagtekening is None:
        message = f"the XSD of {berichttype.type} has no Dagtekening in its header"
        raise SchemaError(message)
    fouten = standards.rules.check(
        berichttype.type, schema, root, dagtekening, limits.max_places
    )
    paden = berichttype.verwijzingen
    verwijzingen = read_verwijzingen(root, schema.namespace, paden) if paden else ()
    uitkomst, niveau = _LEVEL2 if fouten else _VALID
    return Verdict(uitkomst, niveau, berichttype, header, fouten, verwijzingen)


_LEVEL2 = Uitkomst.AFGEKEURD, Niveau.REGELS
_VALID = Uitkomst.GELDIG, None


def _type_of(tag: str, standards: Standards) -> Berichttype | None:
    return standards.catalogue.by_namespace.get(tag.rpartition("}")[0][1:])


def _check_xsd(
    data: bytes,
    root: etree._Element,
    schema: Schema,
    standards: Standards,
    limits: Limits,
) -> tuple[Fout, ...]:
    """Level 1: what the XSD does not allow, nothing where the bericht is valid.

    Of a large bericht with very many faults the places are not looked up: that would
    cost more than anyone wins by it.
    """
    if not limits.is_large(data):
        if schema.is_valid(root):
            return ()
        return _places(schema, root, standards)
    soorten = schema.stream_faults(data)
    if 0 < len(soorten) < _MOST_XSD and not schema.is_valid(root):
        return _places(schema, root, standards)
    return tuple(_xsd_fout(standards, soort) for soort in sorted(set(soorten)))


def _without_comments(
    data: bytes, root: etree._Element, schema: Schema, limits: Limits
) -> bytes | Refusal:
    """Rid the tree of comments and give the bericht as it is then, or why not.

    A large one is written anew: comments and CDATA no longer hide how long a value is.
    """
    values = values_with_comment(root, schema.klassen)
    drop_comments(root)
    if values:
        locator = Locator(schema.tags)
        paths = tuple(locator.path(value) for value in values[:_MOST_XSD])
        return Refusal(Regel.COMMENTAAR, values[0].sourceline, paths)
    if not limits.is_large(data):
        return data
    plain: bytes = etree.tostring(root, encoding="UTF-8")
    if has_stretch(plain, limits.max_stretch):
        return Refusal(Regel.GROOTTE)
    return plain


def _refused(
    standards: Standards,
    refusal: Refusal,
    berichttype: Berichttype | None = None,
) -> Verdict:
    regel = refusal.regel.value
    fout = Fout(
        regel=regel,
        retourcode=standards.foutcodes.code_for(regel),
        locaties=refusal.locaties,
        regelnummer=refusal.regelnummer,
        tekst=standards.teksten0[regel],
    )
    return Verdict(Uitkomst.GEWEIGERD, Niveau.LEZEN, berichttype, None, (fout,))


def _places(
    schema: Schema, root: etree._Element, standards: Standards
) -> tuple[Fout, ...]:
    """What is wrong with the bericht that was just found invalid, place by place."""
    return tuple(
        _xsd_fout(standards, fout.soort, (fout.locatie,), fout.regelnummer)
        for fout in schema.faults(root, _MOST_XSD)
    )


def _xsd_fout(
    standards: Standards,
    soort: str,
    locaties: tuple[str, ...] = (),
    regelnummer: int | None = None,
) -> Fout:
    return Fout(
        regel=Regel.XSD.value,
        retourcode=standards.foutcodes.code_for(Regel.XSD.value),
        locaties=locaties,
        regelnummer=regelnummer,
        tekst=standards.teksten1.get(soort, standards.teksten1["anders"]),
    )
