"""Mangled berichten: whatever comes in, out comes a verdict that is right."""

import re
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from xml.parsers import expat
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ibroker.core.answer import AnswerTables, build_answer
from ibroker.core.catalogue import Berichttype
from ibroker.core.fout import Niveau, Uitkomst
from ibroker.core.verdict import Limits, Verdict, validate_bericht
from tests.loaded import standards
from tests.property.mutator import KINDS, mutant, sources
from tests.property.odd_values import CANARY

ROOT = Path(__file__).parents[2]
OFFICIAL = ROOT.parent / "shared" / "reference" / "xsd"
WARM = 0.2  # the part of a run after which memory is there to stay
MORE_KB = 150_000  # that memory may still grow after it
REPORT = 2_000  # mutants for each line of progress
# The bound on long values is for large berichten only, and a mutant is a small one.
WHILE_PARSING = Limits(stream_tags=0, max_stretch=Limits().max_bytes)
LEAF = re.compile(rb"<[^<>?!/][^<>]*>([^<>]*)</")
TIJDSTIP = datetime(2026, 4, 2, tzinfo=UTC)
NIVEAUS = {
    Uitkomst.GELDIG: None,
    Uitkomst.AFGEKEURD: Niveau.REGELS,
    Uitkomst.ONGELDIG: Niveau.XSD,
    Uitkomst.GEWEIGERD: Niveau.LEZEN,
}


@cache
def independent_schema(berichttype: Berichttype) -> etree.XMLSchema:
    """Compile the official XSD of a type, where it is not at hand our own."""
    name = f"{berichttype.standaard.map}/{berichttype.type}.xsd"
    derived = name.replace("/", "-afgeleid/")
    paths = (OFFICIAL / name, OFFICIAL / derived, ROOT / "schemas" / name)
    return etree.XMLSchema(etree.parse(next(path for path in paths if path.is_file())))


def problems(data: bytes) -> tuple[str, list[str]]:
    """Judge and answer a bericht; give the uitkomst and what is not as it should be."""
    verdict = validate_bericht(data, standards())
    return verdict.uitkomst.value, [
        *inconsistent(verdict),
        *against_the_xsd(data, verdict),
        *while_parsing(data, verdict),
        *wrong_answer(data, verdict),
        *(["shows a value"] if CANARY in shown(verdict) else []),
    ]


def shown(verdict: Verdict) -> bytes:
    """Give all that a verdict says of what is wrong."""
    return repr([(str(fout), fout) for fout in verdict.fouten]).encode()


def inconsistent(verdict: Verdict) -> list[str]:
    """Hold the parts of a verdict against each other."""
    wrong = []
    niveau = NIVEAUS[verdict.uitkomst]
    if verdict.niveau != niveau:
        wrong.append(f"{verdict.uitkomst} at niveau {verdict.niveau}")
    if (verdict.fouten == ()) != (niveau is None):
        wrong.append(f"{verdict.uitkomst} with {len(verdict.fouten)} fouten")
    if niveau != Niveau.LEZEN and None in (verdict.berichttype, verdict.header):
        wrong.append("read, but without a type or a header")
    codes = set(standards().foutcodes.regels)
    names = {fout.regel for fout in verdict.fouten}
    if niveau == Niveau.REGELS and names & codes:
        wrong.append(f"a rule at niveau 2 is named {names & codes}")
    if niveau == Niveau.XSD and names != {"XSD"}:
        wrong.append(f"at niveau 1 {names}")
    if niveau == Niveau.LEZEN and (len(verdict.fouten) != 1 or not names < codes):
        wrong.append(f"at niveau 0 {names}")
    return wrong


def against_the_xsd(data: bytes, verdict: Verdict) -> list[str]:
    """Validate what was read once more, by other parsers and the official XSD."""
    if verdict.niveau == Niveau.LEZEN or verdict.berichttype is None:
        return []
    wrong = []
    # Two equal xml:id are no fault of form; the XSD allows no xml:id at all.
    root = etree.fromstring(data, etree.XMLParser(collect_ids=False))
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(data, True)
    except expat.ExpatError as error:
        # Of names outside ASCII expat knows fewer; the XSD has none of them.
        if verdict.niveau != Niveau.XSD or not has_name_outside_ascii(root):
            wrong.append(f"expat: {error}")
    if verdict.berichttype.namespace != etree.QName(root).namespace:
        wrong.append("another namespace")
    schema = independent_schema(verdict.berichttype)
    if schema.validate(root) != (verdict.niveau != Niveau.XSD):
        wrong.append(f"{verdict.uitkomst}, the XSD says {schema.error_log}")
    return wrong


def has_name_outside_ascii(root: etree._Element) -> bool:
    """Look at the names of elements and attributes, without their namespaces."""
    names = [name for one in root.iter("*") for name in (one.tag, *one.attrib)]
    return any(not etree.QName(name).localname.isascii() for name in names)


def while_parsing(data: bytes, verdict: Verdict) -> list[str]:
    """Compare with the verdict of the way that large berichten go."""
    other = validate_bericht(data, standards(), WHILE_PARSING)
    if verdict.niveau == Niveau.XSD:
        # There the number of fouten and their places are less precise on purpose.
        same = (other.uitkomst, other.niveau, other.berichttype, other.header) == (
            verdict.uitkomst,
            verdict.niveau,
            verdict.berichttype,
            verdict.header,
        ) and {fout.regel for fout in other.fouten} == {"XSD"}
    else:
        same = verdict == other
    if same:
        return []
    rules = Counter(fout.regel for fout in other.fouten)
    return [f"{verdict.uitkomst}, but {other.uitkomst} {rules} while parsing"]


def wrong_answer(data: bytes, verdict: Verdict) -> list[str]:
    """Build the answer that the verdict asks for, and read it."""
    tables = AnswerTables(standards().catalogue, standards().foutcodes)
    answer = build_answer(data, verdict, tables, tijdstip=TIJDSTIP)
    berichttype = verdict.berichttype
    is_retour = berichttype is not None and berichttype.is_retour
    none_due = verdict.niveau is None or (verdict.niveau == Niveau.REGELS and is_retour)
    if (answer is None) != none_due:
        return [f"{verdict.uitkomst}: answer {answer}"]
    if answer is None:
        return []
    root = etree.fromstring(answer.data)
    expected = "Bericht" if answer.kind == "retour" else "Fo01Bericht"
    if etree.QName(root).localname != expected:
        return [f"the answer is {root.tag!r}"]
    if answer.kind == "retour":
        reply = standards().catalogue.by_type[answer.type]
        schema = independent_schema(reply)
        if not schema.validate(root):
            return [f"the answer is not valid: {schema.error_log}"]
    return []


@pytest.mark.fuzz
@pytest.mark.parametrize("kind", KINDS)
def test_a_mangled_bericht_gets_a_verdict(
    kind: str, pytestconfig: pytest.Config
) -> None:
    """No mutant makes validate_bericht raise, hang, leak or give a wrong verdict."""
    seed = pytestconfig.getoption("--seed")
    count = -(-pytestconfig.getoption("--mutants") // len(KINDS))
    found: Counter[str] = Counter()
    wrong: list[str] = []
    warm_kb = 0
    print(f"\n{kind}: seed {seed}, {len(sources())} sources")  # noqa: T201 - progress
    for number in range(count):
        data = mutant(seed, kind, number)
        name = f"mutant({seed}, {kind!r}, {number})"
        try:
            uitkomst, faults = problems(data)
        except Exception as error:  # noqa: BLE001 - that nothing raises is the test
            uitkomst, faults = "raised", [f"raised {error!r}"]
        found[uitkomst] += 1
        wrong += [f"{name}: {fault}" for fault in faults]
        if number <= count * WARM:
            warm_kb = getrusage(RUSAGE_SELF).ru_maxrss
        if (number + 1) % REPORT == 0 or number + 1 == count:
            peak = getrusage(RUSAGE_SELF).ru_maxrss // 1000
            line = f"{kind}: {number + 1} mutants, {peak} MB, {dict(found)}"
            print(line, f"{len(wrong)} wrong", flush=True)  # noqa: T201

    assert [] == wrong, "\n".join(wrong[:50])
    assert getrusage(RUSAGE_SELF).ru_maxrss - warm_kb < MORE_KB


@pytest.mark.fuzz
@given(
    data=st.sampled_from(sources()),
    where=st.integers(0, 10_000),
    value=st.one_of(st.text(), st.dates().map(str), st.integers().map(str)),
)
def test_any_value_gets_a_verdict(data: bytes, where: int, value: str) -> None:
    """Whatever text stands in the place of a value, the verdict is right."""
    leaves = [match.span(1) for match in LEAF.finditer(data)] or [(0, 0)]
    start, end = leaves[where % len(leaves)]
    text = escape(value).encode("utf-8", "replace")
    changed = data[:start] + text + data[end:]

    assert [] == problems(changed)[1]


@pytest.mark.fuzz
@given(st.sampled_from(sources()), st.data())
def test_any_piece_gets_a_verdict(data: bytes, draw: st.DataObject) -> None:
    """Whatever bytes stand in the place of a piece, the verdict is right."""
    start = draw.draw(st.integers(0, len(data)))
    length = draw.draw(st.integers(0, 80))
    piece = draw.draw(st.binary(max_size=8))

    assert [] == problems(data[:start] + piece + data[start + length :])[1]


def test_a_mutant_is_made_again() -> None:
    """The same seed, kind and number give the same mutant, others mostly another."""
    made = [mutant(1, kind, number) for kind in KINDS for number in range(50)]

    assert made == [mutant(1, kind, number) for kind in KINDS for number in range(50)]
    assert len(set(made)) > 0.9 * len(made)
    assert any(CANARY in data for data in made)
    assert not any(CANARY in data for data in sources())
