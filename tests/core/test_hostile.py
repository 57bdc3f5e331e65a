"""Hostile input is judged quickly and for the right reason, and nothing is fetched."""

import os
import re
import socket
import subprocess
import sys
import time
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

BUDGET = 5.0  # CPU seconds for one input: a guard against hangs, not a measure of speed
MANY_BUDGET = 10.0  # idem, for a bericht of megabytes that is read to the end
BERICHTEN = sorted(Path(__file__).parents[1].glob("berichten/*/*.xml"))

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


def regels(data: bytes) -> tuple[str, float]:
    """Give the regels of a bericht, once each, and how long that took."""
    start = time.process_time()
    verdict = validate_bericht(data, standards())
    took = time.process_time() - start
    return " ".join(sorted({fout.regel for fout in verdict.fouten})), took


def test_hostile_input(guard: Guard) -> None:
    """Each input gets its own regel within seconds; nothing is opened or connected."""
    wrong = []
    names = set()
    for name, regel, make in hostile_input(guard.folder, guard.url):
        data = make()
        names.add(name)
        with guard.watching() as seen:
            found, took = regels(data)
        if (regel, []) != (found, seen.events) or took > BUDGET:
            wrong.append(f"{name}: {found or 'geldig'} {seen.events} {took:.1f} s")

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


def vorige(standaard: str, eigen: str, vorig: str) -> bytes:
    """Give a 323 with 25,000 prestaties that each name one before them."""
    old = f"P-0001</{standaard}:ReferentieNummer>"
    new = (
        f"{eigen}</{standaard}:ReferentieNummer>"
        f"<{standaard}:VorigReferentieNummer>{vorig}</{standaard}:VorigReferentieNummer>"
    )
    name = {"iwmo": "WMO323", "ijw": "JW323"}[standaard]
    return repeated(name, "Prestatie", 25_000, old, new)


@pytest.mark.parametrize(
    "regel,make",
    [
        ("TR101 TR358 TR416", lambda: repeated("WMO323", "Prestatie", 30_000)),
        ("TR101 TR358 TR416", lambda: repeated("JW323", "Prestatie", 30_000)),
        ("CD060 TR101 TR315 TR358 TR416", lambda: vorige("iwmo", "P-0001", "P-0000")),
        ("CD060 TR315 TR358 TR416", lambda: vorige("ijw", "P-{0}", "P-0000")),
        ("CD060 TR358 TR416", lambda: vorige("iwmo", "P-{0}", "Q-{0}")),
        ("TR101 TR358", lambda: repeated("WMO323", "Client", 20_000)),
        ("TR101 TR383 TR386", lambda: repeated("WMO315", "AangevraagdProduct", 20_000)),
        ("TR101 TR383 TR386", lambda: repeated("JW315", "AangevraagdProduct", 20_000)),
        (
            "TR386",
            lambda: repeated(
                "WMO315", "AangevraagdProduct", 20_000, "verzoek-0001", "v{}"
            ),
        ),
        ("TR101 TR302", lambda: repeated("WMO301", "ToegewezenProduct", 20_000)),
        ("TR101", lambda: repeated("WMO301", "Contact", 60_000)),
    ],
)
def test_many_equal_elements(regel: str, make: Callable[[], bytes]) -> None:
    """Rules that compare elements with each other take seconds for many thousands."""
    data = make()
    assert len(data) < BOUND

    found, took = regels(data)

    assert regel == found
    assert took < MANY_BUDGET


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
    """A value in very many pieces is refused, or judged as fast as one in one piece."""
    found, took = regels(in_name(value))

    assert found in {regel, "GROOTTE"}
    assert took < BUDGET


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
            timeout=MANY_BUDGET,
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
    """Every rule that three equal elements break, thousands break too, in seconds."""
    few, _ = regels(repeated(name, element, 3, old=old, new=new))
    found, took = regels(repeated(name, element, times, old=old, new=new))

    assert few == found
    assert took < MANY_BUDGET


@pytest.mark.parametrize(
    "value,expected",
    [(b"x", ""), (b".", ""), (b"x ", ""), (b". ", ""), (b" ", "XSD"), (b"\n", "XSD")],
)
def test_long_commentaar(value: bytes, expected: str) -> None:
    """9 MB of a Commentaar, whose pattern can match in many ways, take seconds."""
    commentaar = value * (9_000_000 // len(value))
    end = b"</wmo301:Omvang>"
    tag = b"wmo301:Commentaar>"
    data = good("WMO301").replace(end, end + b"<" + tag + commentaar + b"</" + tag)

    found, took = regels(data)

    assert expected == found
    assert took < MANY_BUDGET


def test_half_a_million_empty_elements() -> None:
    """500,000 Contact elements that lack everything are ongeldig, in seconds."""
    contact = b"<wmo301:Contact>"
    data = good("WMO301").replace(contact, b"<wmo301:Contact/>" * 500_000 + contact)

    found, took = regels(data)

    assert "XSD" == found
    assert took < MANY_BUDGET


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
