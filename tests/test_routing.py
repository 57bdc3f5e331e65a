"""What an installation must set for the router, and what it takes for granted."""

from pathlib import Path

import pytest

from ibroker.errors import ConfigError
from ibroker.register import load_register
from ibroker.sleutels import make_sleutel, read_sleutel
from ibroker.topics.reading import load_topics


def test_a_key_is_made_once(tmp_path: Path) -> None:
    """A new key is long enough and for its owner alone; one that is there stays."""
    path = tmp_path / "sub" / "sleutel"
    make_sleutel(path)
    first = read_sleutel(path)
    make_sleutel(path)

    assert 32 == len(first)
    assert first == read_sleutel(path)
    assert 0o600 == path.stat().st_mode & 0o777


@pytest.mark.parametrize("content", [None, b"", b"x" * 31])
def test_without_a_good_key_nothing_begins(
    tmp_path: Path, content: bytes | None
) -> None:
    """A key that is not there, or too short to hide anything, is said at the start."""
    path = tmp_path / "sleutel"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match="IBROKER_VERWIJZING_SLEUTEL"):
        read_sleutel(path)
    with pytest.raises(ConfigError, match="IBROKER_VERWIJZING_SLEUTEL"):
        read_sleutel(None)


def test_events_have_the_partitions_of_the_input() -> None:
    """An event goes to the partition of its input, so there must be such a one."""
    topics = load_topics(None).topics
    names = load_register().topics

    assert (
        topics[names.aanlevering].partitions == topics[names.gebeurtenissen].partitions
    )
