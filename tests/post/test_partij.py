"""Who someone at the command line is."""

import pytest

from ibroker.errors import ConfigError
from ibroker.post.partij import consumer_group, find_partij, own_key
from ibroker.register import load_register

REGISTER = load_register(None)


@pytest.mark.parametrize(
    "code,topic,group,key",
    [
        ("0344", "ggk.gemeente.0344", "gemeente.0344", None),
        ("01234567", "ggk.zorgaanbieder", "zorgaanbieder.01234567", b"01234567"),
        ("CAK", "ggk.cak", "cak", None),
        ("SVB", "ggk.svb", "svb", None),
        ("CIZ", "ggk.ciz", "ciz", None),
    ],
)
def test_names_of_the_interface(
    code: str, topic: str, group: str, key: bytes | None
) -> None:
    """Topic and consumer group are those of interface.md; a shared topic has a key."""
    partij = find_partij(REGISTER, code)

    assert topic == partij.topic
    assert group == consumer_group(partij)
    assert key == own_key(partij)


@pytest.mark.parametrize(
    "code", ["", "9999", "344", "GGK", "cak", "0123456", "999990019", "ZZZ", "0344\n"]
)
def test_no_one_else(code: str) -> None:
    """What is no code, no gemeente, or ibroker itself is refused, and not repeated."""
    with pytest.raises(ConfigError) as told:
        find_partij(REGISTER, code)

    assert not code or code not in str(told.value)
