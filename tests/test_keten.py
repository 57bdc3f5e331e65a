"""Router and Wlz stream together: XML in by any party, signals out at the gemeente."""

import asyncio
import random
from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ibroker.core.record import Record
from ibroker.demo.verhaal import Verhaal, read_verhalen
from ibroker.demo.verkeer import rename
from tests.core.routed import ROOT, sample
from tests.faults.town import GEMEENTEN
from tests.faults.wlz_post import draw_post
from tests.keten import Keten, type_of

VERHALEN = read_verhalen(ROOT / "tests" / "berichten" / "wlz.toml")
GEMEENTE, OTHERS = "0363", [code for code in GEMEENTEN if code != "0363"]
CIZ = "CIZ"


def said(one: Record, name: str) -> str | None:
    """Give the text of an element of what was delivered."""
    return etree.fromstring(one.value or b"").findtext(f".//{{*}}{name}")


def words(one: Record) -> str:
    """Give what a gemeente hears: the reden of a signal, the status in an answer."""
    return said(one, "Reden") or said(one, "WlzStatus") or type_of(one)


async def hear(keten: Keten, zender: str, value: bytes) -> list[Record]:
    """Hand in a bericht; give what the gemeente hears of it, and nobody else does."""
    keten.hand_in(zender, value)
    await keten.settle()
    assert [] == [one for code in OTHERS for one in keten.hear(code)]
    return keten.hear(GEMEENTE)


@pytest.mark.parametrize("verhaal", VERHALEN, ids=lambda one: one.titel)
async def test_a_story_goes_as_it_is_told(verhaal: Verhaal) -> None:
    """In both orders of arrival; a second time all is dubbel and says nothing."""
    keten = Keten()
    berichten = [
        (stap.zending.zender, rename(stap.zending.path.read_bytes(), str(number)))
        for number, stap in enumerate(verhaal.stappen)
    ]
    for (zender, value), stap in zip(berichten, verhaal.stappen, strict=True):
        heard = await hear(keten, zender, value)
        assert stap.hoort == ", ".join(words(one) for one in heard)
    assert {"bezorgd": len(berichten)} == keten.outcomes()

    for zender, value in berichten:
        assert [] == await hear(keten, zender, value)
    assert {"bezorgd": len(berichten), "dubbel": len(berichten)} == keten.outcomes()


async def test_a_recall_names_the_signal_that_it_recalls() -> None:
    """What was told of a toewijzing is taken back when that is withdrawn."""
    keten = Keten()
    assert [] == await hear(keten, CIZ, sample("IO31"))
    (given_,) = await hear(keten, GEMEENTE, sample("WMO301"))
    ingetrokken = ROOT / "tests" / "berichten" / "wlz" / "WMO301-ingetrokken.xml"
    (recall,) = await hear(keten, GEMEENTE, ingetrokken.read_bytes())

    assert ("gegeven", "ingetrokken") == (words(given_), words(recall))
    assert said(given_, "SignaalId") == said(recall, "Herroept")


async def test_a_question_is_answered_to_who_asks() -> None:
    """It names the question; a number that is none gets no status at all."""
    keten = Keten()
    await hear(keten, CIZ, sample("IO31"))
    (answer,) = await hear(keten, GEMEENTE, sample("WLZVRAAG"))
    (wrong,) = await hear(keten, GEMEENTE, sample("afgekeurd-WLZVRAAG-CS002"))

    assert ("nl.ggk.wlzantwoord", "nl.stuf.fo01") == (type_of(answer), type_of(wrong))
    assert ("Ja", None) == (said(answer, "WlzStatus"), said(wrong, "WlzStatus"))
    assert "WV-0001" == said(answer, "VraagIdentificatie")
    assert "999901102" == said(answer, "Bsn")


KILLED = st.tuples(
    st.integers(0, 12),  # berichten before it
    st.sampled_from(["router", "wlz"]),
    st.integers(0, 60),  # turns of the event loop that it gets
    st.booleans(),  # whether it loses its disk
)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 999),
    order=st.randoms(use_true_random=False),
    kills=st.lists(KILLED, max_size=6),
)
def test_any_order_and_any_crash_come_to_the_same(
    seed: int, order: random.Random, kills: list[tuple[int, str, int, bool]]
) -> None:
    """What stands at the end is what the oracle says, and nothing is told twice.

    Berichten come in any order, some of them again, bad, or under a name that another
    has; the two processes are killed at any moment, and some lose their disk.
    """
    post = draw_post(4, seed, GEMEENTEN)
    expected = Counter(brief.uitkomst for brief in post)
    order.shuffle(post)
    keten = Keten()

    async def run() -> None:
        briefs = iter(post)
        for hand, name, turns, is_wiped in kills:
            for brief in islice(briefs, hand):
                keten.hand_in(brief.zender, brief.value)
            process = keten.router if name == "router" else keten.wlz
            process.start()
            for _ in range(turns):
                await asyncio.sleep(0)
            await process.kill()
            if is_wiped:
                process.disk.kept.clear()
        for brief in briefs:
            keten.hand_in(brief.zender, brief.value)
        await keten.settle()

    asyncio.run(run())

    assert expected == keten.outcomes()
    account = keten.account(post)
    assert [] == account.faults
