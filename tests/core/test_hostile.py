"""Hostile input is judged for the right reason, and nothing is fetched.

What would take for ever is stopped by the time that any test may take; what each costs
is measured by the benchmark of the core.
"""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from ibroker.core.verdict import Limits, Standards, Verdict, validate_bericht
from ibroker.standards import load_standards
from tests.core.guard import Guard, guarded
from tests.core.hostile import BOUND, good, in_name, repeated
from tests.core.hostile_input import hostile_input
from tests.core.many import MANY, Many

BERICHTEN = sorted(Path(__file__).parents[1].glob("berichten/*/*.xml"))

WAITING = 60  # s for what takes one; it would wait for ever
NUMBER, OLDER = "iwmo:ReferentieNummer", "iwmo:VorigReferentieNummer"
AGAIN = f"P</{NUMBER}><{OLDER}>P</{OLDER}>"
JUDGE_STDIN = """
import sys
from ibroker.core.verdict import Limits, Standards, Verdict, validate_bericht
from ibroker.standards import load_standards
print(validate_bericht(sys.stdin.buffer.read(), load_standards()).fouten[0].regel)
"""


@cache
def standards() -> Standards:
    """Load the standards, once, and compile the XSDs in use here."""
    known = load_standards()
    for name in ("WMO301", "WMO315", "JW315", "WMO323", "JW323"):
        validate_bericht(good(name), known)
    return known


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guard]:
    """Watch a folder, an address and Python's own audit events."""
    standards()
    with guarded(tmp_path_factory.mktemp("doel")) as guard:
        yield guard


def regels(data: bytes) -> str:
    """Give the regels of a bericht, once each."""
    verdict = validate_bericht(data, standards())
    return " ".join(sorted({fout.regel for fout in verdict.fouten}))


def test_hostile_input(guard: Guard) -> None:
    """Each input gets its own regel; nothing is opened or connected."""
    wrong = []
    names = set()
    for name, regel, make in hostile_input(guard.folder, guard.url):
        data = make()
        names.add(name)
        with guard.watching() as seen:
            found = regels(data)
        if (regel, []) != (found, seen.events):
            wrong.append(f"{name}: {found or 'geldig'} {seen.events}")

    assert [] == wrong, "\n".join(wrong)
    assert len(names) > 200


def test_the_guard_sees(guard: Guard) -> None:
    """The guard sees a file that Python or libxml2 opens, and a connection."""
    address = ("127.0.0.1", int(guard.url.split(":")[2].split("/")[0]))
    with guard.watching() as python:
        (guard.folder / "geheim.txt").read_text()
    with guard.watching() as libxml2:
        etree.parse(guard.folder / "geheim.xml")
    with guard.watching() as network, socket.create_connection(address):
        pass

    assert {"open", "a file was opened"} <= set(python.events)
    assert "a file was opened" in libxml2.events
    assert "a connection was made" in network.events


@pytest.mark.parametrize("many", MANY, ids=lambda many: many.name)
def test_many_equal_elements(many: Many) -> None:
    """Rules that compare elements with each other say the same of many thousands."""
    data = many.make(many.times)
    assert len(data) < BOUND

    assert many.regels == regels(data)


@pytest.mark.parametrize(
    "value,regel",
    [
        (b"<![CDATA[x]]>" * 600_000, "XSD"),
        (b"a<![CDATA[x]]>" * 600_000, "XSD"),
        (b"abcdef<!---->" * 600_000, "COMMENTAAR"),
        (b"abcdef<?x y?>" * 600_000, "COMMENTAAR"),
        (b"a&amp;&#x42;" * 600_000, "XSD"),
        (b"a&amp;" * 600_000 + b"<x/>" * 21_000, "XSD"),
    ],
    ids=["CDATA", "text, CDATA", "comments", "instructions", "references", "large"],
)
def test_a_value_in_many_pieces(value: bytes, regel: str) -> None:
    """A value in very many pieces is refused, or judged as one in one piece."""
    assert regels(in_name(value)) in {regel, "GROOTTE"}


@pytest.mark.parametrize(
    "doctype",
    [b'x SYSTEM "%b"', b'x PUBLIC "p" "%b"', b'x [<!ENTITY %% p SYSTEM "%b"> %%p;]'],
    ids=["DTD", "public DTD", "parameter entity"],
)
def test_nobody_can_make_us_wait_for_a_file(tmp_path: Path, doctype: bytes) -> None:
    """A DOCTYPE that names a pipe, which never ends, is refused without opening it."""
    pipe = tmp_path / "pijp"
    os.mkfifo(pipe)
    data = b"<!DOCTYPE " + doctype % os.fsencode(pipe) + b"><x/>"

    try:
        done = subprocess.run(
            (sys.executable, "-c", JUDGE_STDIN),
            input=data,
            capture_output=True,
            check=False,
            timeout=WAITING,
        )
    except subprocess.TimeoutExpired:
        pytest.fail("judging waits for a file that the bericht names")

    assert b"DOCTYPE\n" == done.stdout


@pytest.mark.parametrize(
    "name,element,times,old,new",
    [
        ("WMO323", "Prestatie", 20_000, f"P-0001</{NUMBER}>", AGAIN),
        ("WMO315", "AangevraagdProduct", 10_000, "verzoek-0001", "verzoek"),
    ],
    ids=["20,000 prestaties", "10,000 products"],
)
def test_many_break_what_few_break(
    name: str, element: str, times: int, old: str, new: str
) -> None:
    """Every rule that three equal elements break, thousands break too."""
    few = regels(repeated(name, element, 3, old=old, new=new))

    assert few == regels(repeated(name, element, times, old=old, new=new))


@pytest.mark.parametrize(
    "value,expected",
    [(b"x", ""), (b".", ""), (b"x ", ""), (b". ", ""), (b" ", "XSD"), (b"\n", "XSD")],
)
def test_long_commentaar(value: bytes, expected: str) -> None:
    """9 MB of a Commentaar, whose pattern can match in many ways, are read."""
    commentaar = value * (9_000_000 // len(value))
    end = b"</wmo301:Omvang>"
    tag = b"wmo301:Commentaar>"
    data = good("WMO301").replace(end, end + b"<" + tag + commentaar + b"</" + tag)

    assert expected == regels(data)


def with_comments(data: bytes) -> bytes:
    """Put a comment and a processing instruction between all elements."""
    return re.sub(rb">(\s+)<(?![!?])", rb">\1<!-- a --><?b c?>\1<", data)


def with_cdata(data: bytes) -> bytes:
    """Write every value as CDATA."""
    return re.sub(rb">([^<>&\s][^<>&]*)</", rb"><![CDATA[\1]]></", data)


def with_prefixes(data: bytes) -> bytes:
    """Give every prefix another name."""
    return re.sub(rb"(</?|xmlns:)(\w+)(?=[:=])", rb"\1anders-\2", data)


def with_default_namespace(data: bytes) -> bytes:
    """Write the namespace of the root as the default one."""
    root = re.search(rb"<(\w+):", data)
    if root is None:
        return data
    plain = re.sub(rb"(</?)%b:" % root[1], rb"\1", data)
    return plain.replace(b"xmlns:%b=" % root[1], b"xmlns=")


def without_space(data: bytes) -> bytes:
    """Take the white space between elements out."""
    return re.sub(rb">\s+<", b"><", data)


def with_space(data: bytes) -> bytes:
    """Put much white space of all kinds between elements."""
    return re.sub(rb">\s+<(?![!?])", b">\r\n\t \n\n<", data)


def told(verdict: Verdict) -> tuple[object, ...]:
    """Tell a verdict without the lines, which white space shifts."""
    places = [(one.regel, one.locaties, one.tekst) for one in verdict.fouten]
    return verdict.uitkomst, verdict.niveau, verdict.berichttype, verdict.header, places


@pytest.mark.parametrize("limits", [Limits(), Limits(stream_tags=0)], ids=["", "large"])
@pytest.mark.parametrize(
    "rewrite",
    [
        with_comments,
        with_cdata,
        with_prefixes,
        with_default_namespace,
        without_space,
        with_space,
    ],
)
def test_writing_it_otherwise_changes_nothing(
    rewrite: Callable[[bytes], bytes], limits: Limits
) -> None:
    """The same bericht in other XML gets the same verdict, rules and locations."""
    wrong, changed = [], 0
    for path in BERICHTEN:
        data = path.read_bytes()
        expected = told(validate_bericht(data, standards(), limits))
        other = rewrite(data)
        changed += other != data
        found = told(validate_bericht(other, standards(), limits))
        if expected != found:
            wrong.append(f"{path.name}: {found} for {expected}")

    assert [] == wrong, "\n".join(wrong)
    assert changed > 50
