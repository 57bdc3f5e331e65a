"""What a sender writes never comes back, in no verdict, explanation, log or answer."""

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from ibroker.cli import main
from ibroker.core.answer import AnswerTables, build_answer
from ibroker.core.explain import explain_xsd
from ibroker.core.verdict import Verdict, validate_bericht
from tests.loaded import standards

GOED = sorted(Path(__file__).parents[1].glob("berichten/goed/*.xml"))
BSN = "999988001"  # passes the 11-proef, in no sample
WRONG_BSN = "999988002"  # fails it, so that CS002 speaks of it
WORD = "KANARIE"  # short enough to be allowed in many a value
CANARIES = (BSN, WRONG_BSN, WORD)
TIJDSTIP = datetime(2026, 4, 2, tzinfo=UTC)
# What an answer copies from the header by design, as the standard demands.
COPIED = frozenset(
    {
        "Afzender",
        "Ontvanger",
        "Identificatie",
        "Dagtekening",
        "BasisschemaXsdVersie",
        "BerichtXsdVersie",
    }
)
EVERY_TYPE = pytest.mark.parametrize("path", GOED, ids=lambda path: path.stem)


def written(root: etree._Element) -> bytes:
    """Write a bericht with the usual declaration, which is read the fast way."""
    body: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body


def in_values(root: etree._Element) -> Iterator[bytes]:
    """Put each canary in each value in turn: alone, and where it is too much."""
    for leaf in [one for one in root.iter("*") if not len(one)]:
        text = leaf.text
        for value in (*CANARIES, f"{text}{WORD}", f"{BSN} {WORD}" * 20):
            leaf.text = value
            yield written(root)
        leaf.text = text


def in_markup(root: etree._Element) -> Iterator[bytes]:
    """Put the canary at each element in turn in all that is not a value."""
    for element in list(root.iter("*")):
        tag = element.tag
        for name in (WORD, f"{{{WORD}}}a", "{http://www.w3.org/2001/XMLSchema}a"):
            element.set(name, BSN)
            yield written(root)
            del element.attrib[name]
        element.tag = f"{{{etree.QName(element).namespace}}}{WORD}"
        yield written(root)
        element.tag = f"{{{WORD}}}{etree.QName(element).localname}"
        yield written(root)
        element.tag = tag
        for extra in (
            etree.Comment(f"{WORD} {BSN}"),
            etree.ProcessingInstruction(WORD, BSN),
            etree.Element(f"{{{WORD}}}{WORD}", {WORD: BSN}, nsmap={WORD: WORD}),
        ):
            extra.tail = BSN if len(element) else None
            element.append(extra)
            yield written(root)
            element.remove(extra)


def in_unreadable(data: bytes) -> Iterator[bytes]:
    """Put the canary where the parser fails, and in what is refused before that."""
    declaration, _, body = data.partition(b"\n")
    word, bsn = WORD.encode(), BSN.encode()
    for doctype in (b"%b", b'%b SYSTEM "%b"', b'x [<!ENTITY %b "%b">]'):
        filled = doctype.replace(b"%b", word)
        yield declaration + b"<!DOCTYPE " + filled + b">" + body
    yield declaration.replace(b"UTF-8", word) + body
    yield data.replace(b"UTF-8", word).decode().encode("utf-16")
    yield b"\xef\xbb\xbf" + data.replace(b">", b">" + word, 3)
    yield data + word + bsn
    start = data.index(b"Bericht>", data.index(b"</"))
    for broken in (
        b"<%b>" % word,
        b"</%b>" % word,
        b"&%b;" % word,
        b"<%b:a/>" % word,
        b"<a %b='1' %b='2'/>" % (word, word),
        b"<a %b=%b/>" % (word, bsn),
        b"<?xml %b?>" % word,
        b"<![CDATA[%b" % word,
        b"<!-- %b -- %b -->" % (word, bsn),
        word + b"\xff" + bsn,
    ):
        yield data[: start - 10] + broken + data[start - 10 :]


def berichten(path: Path) -> Iterator[bytes]:
    """Give a valid bericht with the canaries in every place in turn."""
    data = path.read_bytes()
    root = etree.fromstring(data)
    yield from in_values(root)
    yield from in_markup(root)
    yield from in_unreadable(data)
    # The same with a rule broken, so that more values reach an answer.
    for bsn in root.iterfind(".//{*}Bsn"):
        bsn.text = WRONG_BSN
    yield from in_values(root)


def seen_in(text: str) -> list[str]:
    """List the canaries in a text, also where it is broken off in lines."""
    joined = re.sub(r"\s", "", text)
    return [canary for canary in CANARIES if canary in joined]


def answer_to(data: bytes, verdict: Verdict) -> str:
    """Give the answer to a bericht without what it copies from the header."""
    tables = AnswerTables(standards().catalogue, standards().foutcodes)
    answer = build_answer(data, verdict, tables, tijdstip=TIJDSTIP)
    if answer is None:
        return ""
    root = etree.fromstring(answer.data)
    for element in root.iter("*"):
        if etree.QName(element).localname in COPIED:
            element.text = None
    return f"{answer.kind} {answer.type} {etree.tostring(root, encoding='unicode')}"


def leaks(data: bytes, verdict: Verdict) -> list[str]:
    """Name what is made of a bericht, judged so, that shows a canary."""
    berichttype = verdict.berichttype
    uitleg = (
        () if berichttype is None else (explain_xsd(data, berichttype, standards()))
    )
    made = {
        "verdict": repr(replace(verdict, header=None)),
        "fouten": repr([(str(fout), fout) for fout in verdict.fouten]),
        "explanation": repr(uitleg),
        "answer": answer_to(data, verdict),
    }
    return [f"{what}: {seen_in(text)}" for what, text in made.items() if seen_in(text)]


@EVERY_TYPE
def test_nothing_that_is_made_shows_a_value(
    path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Verdict, Fout, explanation, answer and logs are free of what a sender wrote."""
    caplog.set_level(logging.NOTSET)
    wrong, refused = [], 0
    for number, data in enumerate(berichten(path)):
        verdict = validate_bericht(data, standards())
        found = leaks(data, verdict)
        refused += verdict.niveau is not None
        wrong += [f"{number}: {leak} by {data[:4000]!r}" for leak in found]

    assert [] == wrong, "\n".join(wrong)
    assert refused > 50
    assert "" == caplog.text
    assert ("", "") == tuple(capfd.readouterr())


@pytest.mark.parametrize("output", ["json", "table"])
@EVERY_TYPE
def test_the_command_line_shows_no_value(
    path: Path,
    output: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Of thousands of canaries none comes out on stdout or stderr, in either form."""
    monkeypatch.setenv("COLUMNS", "1000")
    packed = io.BytesIO()
    count = 0
    with zipfile.ZipFile(packed, "w") as berichten_zip:
        for data in berichten(path):
            berichten_zip.writestr(f"{count}.xml", data)
            count += 1
    (tmp_path / "uit.zip").write_bytes(packed.getvalue())
    arguments = ["validate", str(tmp_path / "uit.zip"), "--explain"]
    arguments += ["--format", output, "--jobs", "1"]
    monkeypatch.setattr("sys.argv", ["ibroker", *arguments])

    with pytest.raises(SystemExit) as end:
        main()

    shown = capfd.readouterr()
    assert 1 == end.value.code
    assert [] == seen_in(shown.out)
    assert "" == shown.err
    assert shown.out.count("\n") >= (count if output == "json" else 1)


def test_the_canaries_would_be_seen() -> None:
    """A canary is found in a text that holds one, also broken off in lines."""
    assert [BSN, WORD] == seen_in(f"x {BSN[:4]}\n  {BSN[4:]} {WORD}.")
