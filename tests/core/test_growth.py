"""What a verdict takes grows no faster than the bericht: counted, not timed."""

import sys
from types import FrameType
from typing import TYPE_CHECKING

import pytest

from ibroker.core.verdict import Limits, validate_bericht
from tests.core.many import MANY, Many
from tests.loaded import standards

if TYPE_CHECKING:
    from _typeshed import TraceFunction

FEW = 200
LIMITS = Limits(max_places=50)  # else pairs are named, and there are more of those
SPARE = 1.01  # a dict that grows is not copied at each step


def instructions(data: bytes) -> int:
    """How many instructions of Python's machine a verdict takes.

    The same on any machine, busy or not. What libxml2 and Python's own C code do is not
    counted; the benchmark of the core times that too.
    """
    count = 0

    def count_one(frame: FrameType, event: str, _: object) -> "TraceFunction":
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return count_one

    before = sys.gettrace()
    sys.settrace(count_one)
    try:
        validate_bericht(data, standards(), LIMITS)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("many", MANY, ids=lambda many: many.name)
def test_each_of_many_costs_no_more(many: Many) -> None:
    """The next 2,400 elements take four times as much as the 600 before them."""
    validate_bericht(many.make(FEW), standards(), LIMITS)  # what is kept once

    few, more, most = (instructions(many.make(FEW * times)) for times in (1, 4, 16))

    assert 0 < most - more < 4 * SPARE * (more - few)
