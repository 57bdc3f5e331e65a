"""Mangled berichten: whatever comes in, out comes a verdict."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibroker.core.fout import Uitkomst
from ibroker.core.verdict import Standards, validate_bericht
from ibroker.standards import load_standards

BERICHTEN = [
    path.read_bytes()
    for path in sorted(Path(__file__).parents[1].glob("berichten/*/*.xml"))
]
PIECES = [
    b"",
    b"<",
    b">",
    b"/>",
    b"&amp;",
    b"&#0;",
    b"\xff",
    b"\x00",
    b"<!--x-->",
    b"<?x y?>",
    b"<![CDATA[x]]>",
    b"<!DOCTYPE a>",
    b"999999999999999999999",
    b"-1",
    b"\xd9\xa1",
    b" \n ",
    b"2026-02-30",
]


@cache
def standards() -> Standards:
    """Load the standards once."""
    return load_standards()


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """Replace some pieces of a sample by others, its own or odd ones."""
    data = draw(st.sampled_from(BERICHTEN))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 80)))
        other = draw(st.integers(0, len(data)))
        piece = draw(
            st.one_of(
                st.sampled_from(PIECES),
                st.binary(max_size=8),
                st.just(data[other : other + 60]),
            )
        )
        data = data[:start] + piece + data[end:]
    return data


@pytest.mark.fuzz
@given(mangled())
def test_a_mangled_bericht_gets_a_verdict(data: bytes) -> None:
    """No bericht makes validate_bericht raise, and only a valid one has no fouten."""
    verdict = validate_bericht(data, standards())

    assert (verdict.uitkomst is Uitkomst.GELDIG) == (verdict.fouten == ())
    assert (verdict.niveau is None) == (verdict.fouten == ())
