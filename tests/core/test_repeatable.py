"""The core says the same of the same bytes, whenever and by whom it is asked."""

from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ibroker.core.answer import AnswerTables, build_answer
from ibroker.core.verdict import validate_bericht
from ibroker.standards import load_standards
from tests.loaded import standards
from tests.sources import ROOT

BERICHTEN = sorted((ROOT / "tests" / "berichten").glob("*/*.xml"))


def test_same_bytes_same_verdict() -> None:
    """A verdict depends on the bytes alone: not on what came before, nor on when."""
    berichten = [path.read_bytes() for path in BERICHTEN]
    fresh = load_standards()

    there = [validate_bericht(data, standards()) for data in berichten]
    back = [validate_bericht(data, fresh) for data in reversed(berichten)]

    assert there == back[::-1]


def test_same_verdict_same_answer() -> None:
    """An answer is the same bytes each time it is asked for."""
    moment = datetime(2026, 4, 2, 10, 11, 12, tzinfo=UTC)
    tables = AnswerTables(standards().catalogue, standards().foutcodes)
    answers = []
    for path in BERICHTEN:
        data = path.read_bytes()
        verdict = validate_bericht(data, standards())
        one = build_answer(data, verdict, tables, tijdstip=moment)
        assert one == build_answer(data, verdict, tables, tijdstip=moment)
        answers.append(one)

    assert {None, "retour", "fo01"} == {one and one.kind for one in answers}


@pytest.mark.parametrize("path", BERICHTEN, ids=lambda path: path.stem)
def test_another_parser_reads_the_same_header(path: Path) -> None:
    """Who reads a bericht that was not refused with another parser sees our header."""
    data = path.read_bytes()
    header = validate_bericht(data, standards()).header
    if header is None:
        return
    root = ET.fromstring(data)  # noqa: S314 - our own sample

    def first(name: str) -> str | None:
        element = root.find(f"{{*}}Header//{{*}}{name}")
        return None if element is None else element.text or ""

    assert first("Afzender") == header.afzender
    assert first("Ontvanger") == header.ontvanger
    assert first("Identificatie") == header.identificatie
    assert first("Dagtekening") == header.dagtekening
