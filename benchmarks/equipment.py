"""What our processes are given, so that they do all that they can."""

from pathlib import Path

from ibroker.sleutels import make_persoonssleutels, make_sleutel

__all__ = ["equip"]


def equip(folder: Path) -> dict[str, str]:
    """Make keys and a place for state in a folder; gives the environment that says so.

    With the keys the router derives facts for the Wlz stream besides; with the metrics,
    each process at a port that is free, it counts what it does.
    """
    sleutels = folder / "sleutels"
    sleutels.mkdir()
    make_persoonssleutels(sleutels)
    make_sleutel(folder / "sleutel")
    return {
        "IBROKER_DATA": str(folder / "data"),
        "IBROKER_METRICS": "127.0.0.1:0",
        "IBROKER_PERSOONSSLEUTELS": str(sleutels),
        "IBROKER_VERWIJZING_SLEUTEL": str(folder / "sleutel"),
    }
