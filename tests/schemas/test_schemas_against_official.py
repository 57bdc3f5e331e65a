"""Our XSDs say the same as the official ones, element by element."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from xmlschema import validators

ROOT = Path(__file__).parents[2]
OURS = ROOT / "schemas"
OFFICIAL = ROOT / ".." / "shared" / "reference" / "xsd"

HEENBERICHTEN = ("301", "305", "307", "315", "317", "319", "323")
RETOUREN = ("302", "306", "308", "316", "318", "320", "325")
PAIRS = [
    *((f"iwmo-3.2/WMO{n}.xsd", f"iwmo-3.2/WMO{n}.xsd") for n in HEENBERICHTEN),
    # No official XSD of these was at hand: theirs were derived from those of iJw.
    *((f"iwmo-3.2/WMO{n}.xsd", f"iwmo-3.2-afgeleid/WMO{n}.xsd") for n in RETOUREN),
    *((f"ijw-3.2/JW{n}.xsd",) * 2 for n in (*HEENBERICHTEN, *RETOUREN)),
    ("iwlz-2.2/IO31.xsd", "iwlz-2.2/IO31.xsd"),
]

XSD = "{http://www.w3.org/2001/XMLSchema}"
# How the values of one facet combine along a derivation; the others: all must hold.
LOWER_BOUNDS = ("minLength", "minInclusive", "minExclusive")
UPPER_BOUNDS = ("maxLength", "maxInclusive", "maxExclusive")


def facets_of(simple: Any) -> dict[str, object]:  # noqa: ANN401
    """Return all that a simple type demands, whatever the way it was derived.

    Of the patterns of one step one must match, of all steps each.
    """
    found: dict[str, Any] = {"whitespace": simple.white_space}
    patterns: set[frozenset[str]] = set()
    while not isinstance(simple, validators.XsdAtomicBuiltin):
        assert isinstance(simple, validators.XsdAtomicRestriction), simple
        step = next(simple.elem.iter(f"{XSD}restriction"))
        own: dict[str, list[str]] = {}
        for facet in step:
            if facet.tag.startswith(XSD) and "value" in facet.attrib:
                own.setdefault(facet.tag[len(XSD) :], []).append(facet.attrib["value"])
        patterns |= {frozenset(own.pop("pattern"))} if "pattern" in own else set()
        own.pop("whiteSpace", None)  # the effective one is asked for above
        for name, values in own.items():
            if name == "enumeration":
                found[name] = found.get(name, set(values)) & set(values)
            elif name in LOWER_BOUNDS:
                found[name] = max(int(values[0]), found.get(name, int(values[0])))
            elif name in UPPER_BOUNDS:
                found[name] = min(int(values[0]), found.get(name, int(values[0])))
            else:
                found.setdefault(name, set()).update(values)
        simple = simple.base_type
    steps = {" or ".join(sorted(one)) for one in patterns}
    return {"base": simple.local_name, **found, "patterns": steps}


def label(particle: Any) -> str:  # noqa: ANN401
    """Name a particle: the full name of an element, the model of a group."""
    if isinstance(particle, validators.XsdElement):
        return str(particle.name)
    return f"({getattr(particle, 'model', 'any')})"


def differ(path: str, what: str, ours: object, theirs: object) -> Iterator[str]:
    """Give one readable line where two values differ."""
    if ours != theirs:
        yield f"{path}: {what}: ours {ours!r}, official {theirs!r}"


def compare_facets(path: str, ours: Any, theirs: Any) -> Iterator[str]:  # noqa: ANN401
    """Give the differences between two simple types."""
    our_facets, their_facets = facets_of(ours), facets_of(theirs)
    for name in sorted({*our_facets, *their_facets}):
        mine, other = our_facets.get(name), their_facets.get(name)
        if isinstance(mine, set) and isinstance(other, set):  # tell no whole lists
            yield from differ(path, name, sorted(mine - other), sorted(other - mine))
        else:
            yield from differ(path, name, mine, other)


def attributes_of(kind: Any) -> dict[str, tuple[object, ...]]:  # noqa: ANN401
    """Return the attributes of a complex type with their use and type."""
    return {
        str(name): (getattr(one, "use", None), str(getattr(one, "type", None)))
        for name, one in kind.attributes.items()
    }


def compare_group(path: str, ours: Any, theirs: Any) -> Iterator[str]:  # noqa: ANN401
    """Give the differences between two model groups and all that stands below."""
    yield from differ(path, "model", ours.model, theirs.model)
    our_names = [label(one) for one in ours]
    their_names = [label(one) for one in theirs]
    yield from differ(path, "content", our_names, their_names)
    partners = {label(one): one for one in theirs}
    for one in ours:
        other = partners.get(label(one))
        if other is None:
            continue  # told above, as a difference in content
        below = f"{path}/{label(one).rpartition('}')[2]}"
        yield from differ(below, "occurs", tuple(one.occurs), tuple(other.occurs))
        if isinstance(one, validators.XsdGroup):
            yield from compare_group(below, one, other)
        elif isinstance(one, validators.XsdElement):
            yield from compare_element(below, one, other)


def compare_element(path: str, ours: Any, theirs: Any) -> Iterator[str]:  # noqa: ANN401
    """Give the differences between two elements and all that stands below."""
    for what in ("nillable", "abstract", "default", "fixed", "substitution_group"):
        yield from differ(path, what, getattr(ours, what), getattr(theirs, what))
    yield from differ(path, "keys", len(ours.identities), len(theirs.identities))
    mine, other = ours.type, theirs.type
    complex_ = mine.is_complex()
    if complex_ != other.is_complex():
        yield from differ(path, "complex type", complex_, other.is_complex())
        return
    if not complex_:
        yield from compare_facets(path, mine, other)
        return
    yield from differ(path, "mixed", mine.mixed, other.mixed)
    yield from differ(path, "attributes", attributes_of(mine), attributes_of(other))
    yield from differ(
        path, "element content", mine.has_complex_content(), other.has_complex_content()
    )
    if mine.has_complex_content() and other.has_complex_content():
        yield from compare_group(path, mine.content, other.content)


def differences(ours: Path, theirs: Path) -> list[str]:
    """Walk two message XSDs in parallel from their root elements."""
    mine, other = xmlschema.XMLSchema10(ours), xmlschema.XMLSchema10(theirs)
    return [
        *differ("/", "namespace", mine.target_namespace, other.target_namespace),
        *differ("/", "roots", sorted(mine.elements), sorted(other.elements)),
        *compare_element(
            "/Bericht", mine.elements["Bericht"], other.elements["Bericht"]
        ),
    ]


@pytest.mark.parametrize("ours,theirs", PAIRS, ids=[ours for ours, _ in PAIRS])
def test_ours_equals_official(ours: str, theirs: str) -> None:
    """Our XSD of a message demands exactly what the official one demands."""
    if not OFFICIAL.is_dir():
        pytest.skip("the official XSDs are not at hand")

    assert [] == differences(OURS / ours, OFFICIAL / theirs)


BASIS = "basisschema.xsd"
WMO301 = "WMO301.xsd"
BSN = '<xs:element name="Bsn" type="basis:LDT_BurgerServicenummer"/>'
GEBOREN = '<xs:element name="Geboortedatum" type="basis:CDT_Geboortedatum"/>'
TOEGEWEZEN = 'name="ToegewezenProduct" type="ToegewezenProduct"'
NAMESPACE = "{http://www.istandaarden.nl/iwmo/3_2/wmo301/schema}"
# What we change in our own WMO301 or basisschema, and how the line that tells it goes
# on after the path of Client, or where it begins with a *, of ToegewezenProduct.
CHANGES = {
    "enumeration": (
        BASIS,
        '<xs:enumeration value="WW"/>',
        "",
        "/Relaties/Relatie/Contact/Adres/Huis/AanduidingWoonadres: enumeration: ",
    ),
    "maximum": (
        WMO301,
        f'{TOEGEWEZEN} maxOccurs="unbounded"',
        f'{TOEGEWEZEN} maxOccurs="2"',
        "*: occurs: ours (1, 2), official (1, None)",
    ),
    "minimum": (
        WMO301,
        BSN,
        BSN.replace("/>", ' minOccurs="0"/>'),
        "/Bsn: occurs: ours (0, 1), official (1, 1)",
    ),
    "order": (
        WMO301,
        f"{BSN}\n      {GEBOREN}",
        f"{GEBOREN}\n      {BSN}",
        f": content: ours ['{NAMESPACE}Geboortedatum', '{NAMESPACE}Bsn',",
    ),
    "pattern": (
        BASIS,
        '"[0-9]{9}"',
        '"[0-9]*"',
        "/Bsn: patterns: ours ['[0-9]*'], official ['[0-9]{9}']",
    ),
    "second-pattern": (
        BASIS,
        '<xs:pattern value="[0-9]{9}"/>',
        '<xs:pattern value="[0-9]{9}"/><xs:pattern value="x"/>',
        "/Bsn: patterns: ours ['[0-9]{9} or x'], official ['[0-9]{9}']",
    ),
    "no-pattern": (
        BASIS,
        '<xs:pattern value="[^Z+-]+"/>',
        "",
        "*/Toewijzingstijd: patterns: ours [], official ['[^Z+-]+']",
    ),
    "extra-element": (
        WMO301,
        BSN,
        f'{BSN}<xs:element name="Bij" type="xs:string" minOccurs="0"/>',
        f": content: ours ['{NAMESPACE}Bsn', '{NAMESPACE}Bij',",
    ),
    "length": (
        BASIS,
        '<xs:maxLength value="80"/>',
        '<xs:maxLength value="81"/>',
        "/Contactgegevens/Contact/Emailadres: maxLength: ours 81, official 80",
    ),
    "bound": (
        BASIS,
        '"99999"',
        '"99998"',
        "/Contactgegevens/Contact/Adres/Huis/Huisnummer: maxInclusive: ours 99998,",
    ),
    "base": (
        BASIS,
        'base="xs:time"',
        'base="xs:token"',
        "*/Toewijzingstijd: base: ours 'token', official 'time'",
    ),
    "whitespace": (
        BASIS,
        'base="xs:time"',
        'base="xs:string"',
        "*/Toewijzingstijd: whitespace: ours 'preserve', official 'collapse'",
    ),
    "nillable": (
        WMO301,
        BSN,
        BSN.replace("/>", ' nillable="true"/>'),
        "/Bsn: nillable: ours True, official False",
    ),
    "mixed": (
        WMO301,
        'name="Client">',
        'name="Client" mixed="true">',
        ": mixed: ours True, official False",
    ),
    "attribute": (
        BASIS,
        "    </xs:sequence>\n",
        '    </xs:sequence>\n    <xs:attribute name="a"/>\n',
        "/Naam: attributes: ours {'a': ('optional',",
    ),
    "form": (
        WMO301,
        GEBOREN,
        GEBOREN.replace("/>", ' form="unqualified"/>'),
        f": content: ours ['{NAMESPACE}Bsn', 'Geboortedatum',",
    ),
    "choice": (
        BASIS,
        "xs:sequence>",
        "xs:choice>",
        "*/Product: model: ours 'choice', official 'sequence'",
    ),
    "group": (
        WMO301,
        BSN,
        f"<xs:sequence>{BSN}</xs:sequence>",
        f": content: ours ['(sequence)', '{NAMESPACE}Geboortedatum',",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_comparison_sees_a_change(change: str, tmp_path: Path) -> None:
    """The comparison tells every kind of difference that it exists to find."""
    file, old, new, told = CHANGES[change]
    product = "/Bericht/Client/ToegewezenProducten/ToegewezenProduct"
    expected = product + told[1:] if told[0] == "*" else f"/Bericht/Client{told}"
    changed = shutil.copytree(OURS / "iwmo-3.2", tmp_path / "iwmo-3.2")
    text = (changed / file).read_text(encoding="utf-8")
    assert old in text
    (changed / file).write_text(text.replace(old, new), encoding="utf-8")

    found = differences(changed / "WMO301.xsd", OURS / "iwmo-3.2" / "WMO301.xsd")

    assert [expected] == [line[: len(expected)] for line in found if expected in line]


def test_comparison_is_silent_about_equals() -> None:
    """The comparison of an XSD with itself finds nothing."""
    same = OURS / "iwmo-3.2" / "WMO302.xsd"

    assert [] == differences(same, same)
