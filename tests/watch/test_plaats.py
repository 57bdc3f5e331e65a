"""Where a watch keeps its state: its own place, which is trusted after a good end."""

from pathlib import Path

import pytest

from ibroker.watch.plaats import clear_places, open_place


def test_what_ended_well_is_kept(tmp_path: Path) -> None:
    """The next one finds what the former left."""
    with open_place(tmp_path / "w") as place:
        (place / "x").write_text("x", encoding="ascii")
    with open_place(tmp_path / "w") as again:
        assert place == again
        assert (again / "x").exists()


def test_what_crashed_is_thrown_away(tmp_path: Path) -> None:
    """What it held may never have come to its changelog."""

    def crash() -> None:
        with open_place(tmp_path / "w") as place:
            (place / "x").write_text("x", encoding="ascii")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        crash()
    with open_place(tmp_path / "w") as again:
        assert [] == list(again.iterdir())


def test_two_have_two_places(tmp_path: Path) -> None:
    """And clearing away leaves alone what is held."""
    folder = tmp_path / "w"
    with open_place(folder) as one, open_place(folder) as other:
        assert one != other
        (one / "x").write_text("x", encoding="ascii")
        clear_places(folder)
        assert (one / "x").exists()
    clear_places(folder)
    assert not (one / "x").exists()
