"""What an installation must set for the Wlz stream: its keys, and where state lies."""

from pathlib import Path

import pytest

from ibroker.core.record import Record, Unreadable
from ibroker.core.wlz.feit import Hartslag, Oorzaak, encode_feit
from ibroker.errors import ConfigError, FeitError
from ibroker.feiten import load_feiten_topic
from ibroker.settings import Settings
from ibroker.sleutels import make_persoonssleutels, read_persoonssleutels
from ibroker.states import changelog_of
from ibroker.topics.reading import load_topics
from ibroker.wlz import WlzSteps, load_wlz_tables, wlz_kinds
from tests.core.wlz.stroom import Stroom, fact, message_of, tables_of
from tests.core.wlz.verhaal import indicatie, toewijzing, vraag


def test_keys_are_made_once(tmp_path: Path) -> None:
    """A first set is for the owner's eyes only, and what is there stays."""
    folder = tmp_path / "personen"
    make_persoonssleutels(folder)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    make_persoonssleutels(folder)

    assert {"1.sleutel", "huidig", "verdeling"} == set(first)
    assert first == {path.name: path.read_bytes() for path in folder.iterdir()}
    for name in ("1.sleutel", "verdeling"):
        assert 0o600 == (folder / name).stat().st_mode & 0o777
    assert "1" == read_persoonssleutels(folder).huidig.id


def test_a_key_is_changed_in_steps(tmp_path: Path) -> None:
    """A second key counts once it is there, and is current once it is named."""
    make_persoonssleutels(tmp_path)
    (tmp_path / "2.sleutel").write_bytes(b"2" * 32)
    assert ["1", "2"] == list(read_persoonssleutels(tmp_path).by_id)

    (tmp_path / "huidig").write_text("2\n")
    assert ["2", "1"] == list(read_persoonssleutels(tmp_path).by_id)

    (tmp_path / "1.sleutel").unlink()
    assert ["2"] == list(read_persoonssleutels(tmp_path).by_id)


@pytest.mark.parametrize(
    "name,content",
    [
        ("huidig", None),
        ("huidig", b"3\n"),
        ("huidig", b"\xff"),
        ("verdeling", None),
        ("verdeling", b"x" * 31),
        ("1.sleutel", None),
        ("1.sleutel", b"x" * 31),
    ],
)
def test_without_good_keys_nothing_begins(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    """What is missing or too short is said at the start, and no secret with it."""
    make_persoonssleutels(tmp_path)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(ConfigError) as error:
        read_persoonssleutels(tmp_path)

    assert "xxxx" not in str(error.value)


def test_without_a_folder_of_keys() -> None:
    """The setting is named."""
    with pytest.raises(ConfigError, match="IBROKER_PERSOONSSLEUTELS"):
        load_wlz_tables(Settings())


def test_changelogs_have_the_partitions_of_their_input() -> None:
    """Each process has a changelog in topics.yaml, of as many partitions."""
    topics = load_topics(None).topics

    for app, source in (
        ("ibroker.route", "ggk.aanlevering"),
        ("ibroker.wlz", load_feiten_topic()),
    ):
        stand = topics[changelog_of(app)]
        assert topics[source].partitions == stand.partitions


def test_what_cannot_be_handled_stops_the_stream() -> None:
    """Without a fact a signal may be missed: it says where that stands, and stops."""
    steps = WlzSteps(tables_of())
    lost = Unreadable("feiten", 3, 41, 0, b"999988001")
    refused = Record("feiten", 3, 42, 0, b"k", b"999988001")

    with pytest.raises(FeitError, match="feiten/3/41") as first:
        steps.set_aside_unreadable(lost)
    with pytest.raises(FeitError, match="feiten/3/42") as second:
        steps.set_aside_refused(refused)

    assert "999988001" not in f"{first.value}{second.value}"


def test_kinds_of_outcome() -> None:
    """Operators see whether a fact gave a signal, to anyone, an answer or nothing."""
    stroom = Stroom()
    kinds = wlz_kinds(Settings())
    steps = WlzSteps(stroom.tables)
    seen = []
    divided = toewijzing(0, gemeente="9993")
    for feit in (toewijzing(0), indicatie(5, None, "755"), vraag(), divided):
        handled = steps.step(stroom.record(fact(feit), 0), stroom.state)
        stroom.state.apply(handled.changes)
        seen.append(kinds.of(handled))

    beat = encode_feit(Hartslag(Oorzaak(message_of("beat"), 0, "x"), "hartslag-1"))
    handled = steps.step(stroom.record(beat, 0), stroom.state)

    uitkomsten = "niets", "signaal", "antwoord", "onbestelbaar"
    assert [(name, None) for name in uitkomsten] == seen
    assert ("doorgegeven", "HARTSLAG") == kinds.of(handled) == steps.kind_of(handled)
    assert kinds.is_hartslag(handled)
    assert {*uitkomsten, "doorgegeven"} == set(kinds.uitkomsten)
