"""Every message of the corpus gets the verdict of the official XSD and rule sheet.

What ibroker judges in another way on purpose stands at the head of the corpus's
contradictions.md, (a) to (d), and for unknown namespaces in interface.md. Here each is
told from the bytes of the message, as another parser reads them; there is no other
exception.
"""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from ibroker.core.answer import AnswerTables, build_answer
from ibroker.core.fout import Fout, Uitkomst
from ibroker.core.verdict import Limits, Standards, Verdict, validate_bericht
from ibroker.standards import load_standards
from tests.core.corpus import CORPUS, OFFICIAL, SAMPLES, Case, Reading, cases

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no ../shared/corpus")

NUMBERS = {"A": 289, "B": 1293, "C": 1956, "D": 73}
NIVEAUS = {
    Uitkomst.GELDIG: None,
    Uitkomst.AFGEKEURD: 2,
    Uitkomst.ONGELDIG: 1,
    Uitkomst.GEWEIGERD: 0,
}
LIMITS = pytest.mark.parametrize(
    "limits", [Limits(), Limits(stream_tags=0)], ids=["tree", "while parsing"]
)
DUTCH = re.compile(
    r"\b(?:de|het|een|geen|of|en|is|bij|moeten|mag|niet|deze|alleen|vul)\b",
    re.IGNORECASE,
)

# Rows 14 to 17 of contradictions.md: where the sheet reads a value in its own way, the
# text names that. Per row: its rules, how to write the values plainly, and the cause.
DATE = rb"-?\d{4,}-\d\d-\d\d"
MISREADINGS = (
    (
        {"CS003", "CS139", "CS337", "CS340"}
        | {"TR002", "TR018", "TR134", "TR137", "TR319"},
        (rb">\s*(%b)\s*</" % DATE, rb">\1</"),
        "witruimte rond een datum",
    ),
    (
        {"TR342", "TR358"},
        (rb"Bedrag>\s*\+?0*(\d+)\s*</", rb"Bedrag>\1</"),
        "plusteken of voorloopnul in een bedrag",
    ),
)


@pytest.fixture(
    scope="module", params=[None, OFFICIAL], ids=["our XSDs", "official XSDs"]
)
def standards(request: pytest.FixtureRequest) -> Standards:
    """Load the standards, with our XSDs and with the official ones dropped in."""
    extra: Path | None = request.param
    return load_standards(extra)


@cache
def ours() -> Standards:
    """Load the standards with our own XSDs, once."""
    return load_standards()


def uitkomst(xsd_valid: bool | None, rules: Counter[str]) -> Uitkomst:  # noqa: FBT001
    """Give the word for the verdict of the XSD and the sheet."""
    if not xsd_valid:
        return Uitkomst.ONGELDIG
    return Uitkomst.AFGEKEURD if rules else Uitkomst.GELDIG


def refused_for(data: bytes, known: Iterable[str]) -> str | None:
    """Tell by the bytes for which agreed difference a message is refused, if any."""
    reading = Reading(data)
    if data.startswith(b"\xef\xbb\xbf"):
        return "BOM"
    if (reading.encoding or "UTF-8").upper() != "UTF-8" or b"\0" in data[:4]:
        return "CODERING"
    if reading.namespace not in known:
        return "BERICHTTYPE"
    if any(one.has_comment and not one.children for one in reading.root.below()):
        return "COMMENTAAR"
    return None


def shown(verdict: Verdict) -> str:
    """Show a verdict in the report of a failure."""
    return f"{verdict.uitkomst} {[(one.regel, one.locaties) for one in verdict.fouten]}"


def difference(case: Case, verdict: Verdict, known: Iterable[str]) -> str | None:
    """Say in what a verdict differs from that of the corpus, if it does."""
    refusal = refused_for(case.data, known)
    if refusal is not None:
        expected = f"{Uitkomst.GEWEIGERD} {[(refusal,)]}"
        got = f"{verdict.uitkomst} {[(one.regel,) for one in verdict.fouten]}"
    else:
        expected = (
            f"{uitkomst(case.xsd_valid, case.rules)} {sorted(case.rules.items())}"
        )
        rules = Counter(one.regel for one in verdict.fouten if one.regel != "XSD")
        got = f"{verdict.uitkomst} {sorted(rules.items())}"
    if expected != got:
        return f"expected {expected}, got {shown(verdict)}"
    places = Counter((one.regel, p) for one in verdict.fouten for p in one.locaties)
    if verdict.uitkomst is Uitkomst.AFGEKEURD and case.locations != places:
        missing, extra = case.locations - places, places - case.locations
        return f"missing places {dict(missing)}, extra places {dict(extra)}"
    return None


def test_corpus_is_complete() -> None:
    """There are as many messages of each kind as the corpus says, and 21 samples."""
    assert NUMBERS == {kind: len(cases(kind)) for kind in NUMBERS}
    assert 21 == len(list(SAMPLES.glob("*/*.xml")))


@LIMITS
@pytest.mark.parametrize("kind", ["A", "B", "C"])
def test_same_verdict(standards: Standards, kind: str, limits: Limits) -> None:
    """A message has the verdict, rules, counts and places of the official material."""
    known = standards.catalogue.by_namespace
    wrong = []
    for case in cases(kind):
        verdict = validate_bericht(case.data, standards, limits)
        problem = difference(case, verdict, known)
        if problem is not None:
            wrong.append(f"{case.id}: {problem}")

    assert [] == wrong, "\n".join(wrong)


def test_agreed_differences() -> None:
    """The agreed differences are as many as they were: none hides another one."""
    refused = Counter(
        (refused_for(case.data, ours().catalogue.by_namespace), case.xsd_valid)
        for kind in "ABC"
        for case in cases(kind)
    )

    assert {
        ("BERICHTTYPE", False): 140,
        ("BOM", True): 28,
        ("CODERING", True): 28,
        ("COMMENTAAR", True): 30,
    } == {key: count for key, count in refused.items() if key[0] is not None}


@LIMITS
def test_hostile(standards: Standards, limits: Limits) -> None:
    """What must be refused is refused, and what must be ignored makes no difference."""
    wrong = []
    for case in cases("D"):
        verdict = validate_bericht(case.data, standards, limits)
        if case.verwacht == "genegeerd":
            problem = difference(case, verdict, standards.catalogue.by_namespace)
        else:
            assert case.verwacht in {"niet welgevormd", "geweigerd"}
            is_refused = verdict.uitkomst is Uitkomst.GEWEIGERD
            problem = None if is_refused else f"not refused: {shown(verdict)}"
        if problem:
            wrong.append(f"{case.id}: {problem}")

    assert [] == wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*/*.xml")), ids=lambda p: p.stem)
def test_official_samples(standards: Standards, path: Path) -> None:
    """The official samples have the verdicts that the official material gives them."""
    expected = {
        "WMO317": (Uitkomst.AFGEKEURD, {"TR380"}),
        "JW317": (Uitkomst.AFGEKEURD, {"CS003"}),
        "JW323": (Uitkomst.AFGEKEURD, {"TR101"}),
        "JW315": (Uitkomst.ONGELDIG, {"XSD"}),
        "JW318": (Uitkomst.ONGELDIG, {"XSD"}),
    }

    verdict = validate_bericht(path.read_bytes(), standards)

    rules = {fout.regel for fout in verdict.fouten}
    assert expected.get(path.stem, (Uitkomst.GELDIG, set())) == (
        verdict.uitkomst,
        rules,
    )


def flaws(case: Case, verdict: Verdict) -> list[str]:
    """List what is wrong with how the fouten of a verdict are given."""
    found = []
    lines = case.data.count(b"\n") + 1
    is_read = verdict.uitkomst in {Uitkomst.AFGEKEURD, Uitkomst.ONGELDIG}
    elements = dict(Reading(case.data).root.paths()) if is_read else {}
    for fout in verdict.fouten:
        line = fout.regelnummer
        element = elements.get(fout.locaties[0]) if fout.locaties else None
        # Of what is refused before it was read no line can be told.
        if line is None and is_read:
            found.append(f"{fout.regel} has no regelnummer")
        elif line is not None and not 1 <= line <= lines:
            found.append(f"{fout.regel} at line {line} of {lines}")
        elif element and line and not element.first <= line <= element.last:
            found.append(f"{fout.regel} at {line}, element at {element.first}")
        elif verdict.niveau == 2 and element is None:
            found.append(f"{fout.regel} at {fout.locaties}, where no element is")
        found += text_flaws(fout, verdict.niveau)
    return found


def text_flaws(fout: Fout, niveau: int | None) -> list[str]:
    """List what is wrong with the words and codes of a fout."""
    found = []
    if not DUTCH.search(fout.tekst) or not fout.tekst.endswith("."):
        found.append(f"{fout.regel}: no Dutch sentence: {fout.tekst!r}")
    if (fout.retourcode == "0001") != (niveau == 2) or not fout.retourcode:
        found.append(f"{fout.regel}: retourcode {fout.retourcode} at level {niveau}")
    return found


@pytest.mark.parametrize("kind", NUMBERS)
def test_fouten_are_usable(kind: str) -> None:
    """Every fout has a Dutch text, its code, and the line where its first place is."""
    wrong = []
    for case in cases(kind):
        verdict = validate_bericht(case.data, ours())
        assert NIVEAUS[verdict.uitkomst] == verdict.niveau, case.id
        wrong += [f"{case.id}: {flaw}" for flaw in flaws(case, verdict)]

    assert [] == wrong, "\n".join(wrong)


def places(verdict: Verdict) -> Counter[tuple[str, tuple[str, ...]]]:
    """Count what a verdict reports where."""
    return Counter((fout.regel, fout.locaties) for fout in verdict.fouten)


@pytest.mark.parametrize(
    "rules,plain,cause", MISREADINGS, ids=["rows 14 and 15", "rows 16 and 17"]
)
def test_the_true_cause_is_named(
    rules: set[str], plain: tuple[bytes, bytes], cause: str
) -> None:
    """(c) A fout that goes away when values are written plainly, says it is that."""
    wrong, count = [], 0
    for case in cases("C"):
        verdict = validate_bericht(case.data, ours())
        data = re.sub(plain[0], plain[1], case.data)
        if not rules & {fout.regel for fout in verdict.fouten} or data == case.data:
            continue
        gone = places(verdict) - places(validate_bericht(data, ours()))
        for fout in verdict.fouten:
            if fout.regel in rules and (fout.regel, fout.locaties) in gone:
                count += 1
                if cause not in fout.tekst:
                    wrong.append(f"{case.id}: {fout.regel} {fout.tekst}")

    assert [] == wrong, "\n".join(wrong)
    assert count > 5


def test_a_retour_is_never_answered() -> None:
    """(d) A retour that breaks a rule is afgekeurd, but no answer is made to it."""
    tables = AnswerTables(ours().catalogue, ours().foutcodes)
    count = 0
    for case in cases("C"):
        verdict = validate_bericht(case.data, ours())
        berichttype = verdict.berichttype
        if verdict.niveau != 2 or berichttype is None or not berichttype.is_retour:
            continue
        count += 1
        answer = build_answer(
            case.data, verdict, tables, tijdstip=datetime(2026, 4, 2, tzinfo=UTC)
        )
        assert answer is None, case.id

    assert count > 50
