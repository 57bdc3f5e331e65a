"""The step of the router: what is answered, and how."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from ibroker.core.delivery import antwoord_id
from ibroker.core.step import step
from ibroker.core.verdict import validate_bericht
from tests.core.routed import (
    AANBIEDER,
    FOUT,
    GEMEENTE,
    TIJD,
    event_of,
    headers_of,
    record_of,
    routed,
    sample,
    sender_of_sample,
    tables,
)
from tests.core.stepped import (
    BEZORGD,
    FOUT_TYPE,
    ID,
    RETOUR,
    TOPICS,
    fo01_code,
    what_became,
)
from tests.core.wlz.keys import with_stream
from tests.loaded import standards


@pytest.mark.parametrize("path", FOUT, ids=lambda path: path.stem)
def test_a_bad_bericht_has_the_outcome_of_its_name(path: Path) -> None:
    """Refused or not schema-valid: a Fo01. A rule broken: what the standard says."""
    uitkomst, name, regel = path.stem.split("-")
    data = path.read_bytes()
    zender = sender_of_sample(data)
    berichttype = standards().catalogue.by_type.get(name)
    expected = FOUT_TYPE
    if uitkomst == "afgekeurd" and berichttype is not None:
        has_answer = standards().catalogue.answer_to(berichttype) is not None
        expected = (
            BEZORGD if berichttype.is_retour else RETOUR if has_answer else FOUT_TYPE
        )

    outcome = step(record_of(data, zender), with_stream())

    kind, topic, regels = what_became(outcome)
    niveau = {"geweigerd": 0, "ongeldig": 1, "afgekeurd": 2}[uitkomst]
    data_of_event = event_of(outcome)["data"]
    assert (expected, regel, niveau) == (kind, regels[0], data_of_event["niveau"])
    assert len(regels) == len(set(regels))
    if kind != BEZORGD:
        soort = {GEMEENTE: "gemeente", AANBIEDER: "zorgaanbieder"}.get(zender, zender)
        assert TOPICS[soort] == topic
        assert zender == headers_of(outcome)["ce_ontvanger"]


@pytest.mark.parametrize(
    "name,answer",
    [
        ("afgekeurd-WMO301-CS002", "WMO302"),
        ("afgekeurd-JW317-CS003", "JW318"),
        ("afgekeurd-JW319-TR377", "JW320"),
        ("afgekeurd-WMO307-TR018", "WMO308"),
        ("afgekeurd-WMO323-TR358", "WMO325"),
    ],
)
def test_a_broken_rule_is_answered_with_a_good_retour(name: str, answer: str) -> None:
    """The retour or 325 is itself geldig, and goes to who sent what it answers."""
    data = sample(name)
    zender = sender_of_sample(data)

    outcome = routed(data, zender, kenmerk=b"abc-1")

    (outgoing,) = outcome.outgoing
    verdict = validate_bericht(outgoing.value, standards())
    assert (None, answer) == (
        verdict.niveau,
        verdict.berichttype and verdict.berichttype.type,
    )
    assert {
        "ce_specversion": "1.0",
        "ce_id": str(antwoord_id(ID)),
        "ce_source": "urn:test:ggk",
        "ce_type": f"nl.istandaarden.{answer.lower()}",
        "ce_time": TIJD,
        "ce_zender": "GGK",
        "ce_ontvanger": zender,
        "ce_sha256": hashlib.sha256(outgoing.value).hexdigest(),
        "content-type": "application/xml",
        "kenmerk": "abc-1",
        "ce_inreplyto": str(ID),
    } == headers_of(outcome)
    assert (b"GGK" if zender == GEMEENTE else zender.encode()) == outgoing.key
    event = event_of(outcome)["data"]
    assert (name.split("-")[1], zender) == (event["berichttype"], event["ontvanger"])
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (
        event["sha256"],
        event["grootte"],
    )


@pytest.mark.parametrize(
    "name",
    ["geweigerd-onbekend-BOM", "ongeldig-WMO305-XSD", "afgekeurd-WMO325-TR342"],
)
def test_a_refusal_is_a_fo01_to_the_sender(name: str) -> None:
    """A Fo01 names the bericht by its message id, and bears the time in Dutch."""
    zender = sender_of_sample(sample(name))

    outcome = routed(sample(name), zender)

    headers = headers_of(outcome)
    root = etree.fromstring(outcome.outgoing[0].value)
    assert ("nl.stuf.fo01", "GGK", str(ID)) == (
        headers["ce_type"],
        headers["ce_zender"],
        headers["ce_inreplyto"],
    )
    assert str(ID) == root.findtext(".//{*}crossRefnummer")
    assert zender == root.findtext(".//{*}ontvanger/{*}organisatie")
    assert "20261124111112" == root.findtext(".//{*}tijdstipBericht")
    assert name.split("-")[2] in (root.findtext(".//{*}omschrijving") or "")


@pytest.mark.parametrize(
    "timestamp,expected",
    [(1_767_221_999_999, "2025-12-31"), (1_767_222_000_000, "2026-01-01")],
)
def test_an_answer_bears_the_dutch_date(timestamp: int, expected: str) -> None:
    """The day of a retour is that in the Netherlands when the bericht came in."""
    outcome = routed(sample("afgekeurd-WMO301-CS002"), GEMEENTE, timestamp=timestamp)

    root = etree.fromstring(outcome.outgoing[0].value)
    assert expected == root.findtext(".//{*}DagtekeningRetour")


def test_a_bericht_over_the_limit_is_answered() -> None:
    """What is larger than a bericht may be has its own code; its sender hears of it."""
    small = replace(tables(), limits=replace(tables().limits, max_bytes=1_000))

    outcome = step(record_of(sample("WMO301"), GEMEENTE), small)

    assert (FOUT_TYPE, ["GROOTTE"]) == what_became(outcome)[::2]
    assert "IB003" == fo01_code(outcome)
