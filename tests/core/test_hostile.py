"""Hostile input is judged quickly and for the right reason, and nothing is fetched."""

import socket
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from ibroker.core.verdict import Standards, validate_bericht
from ibroker.standards import load_standards
from tests.core.guard import Guard, guarded
from tests.core.hostile import good, hostile_input

BUDGET = 5.0  # seconds for one input: a guard against hangs, not a measure of speed
BERICHTEN = sorted(Path(__file__).parents[1].glob("berichten/*/*.xml"))


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
    start = time.perf_counter()
    verdict = validate_bericht(data, standards())
    took = time.perf_counter() - start
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
    """The guard sees a file opened by Python, one opened by libxml2, and a connection."""
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
