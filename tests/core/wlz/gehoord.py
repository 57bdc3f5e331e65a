"""A Wlz-signaal as its gemeente reads it: by the XML, and nothing else."""

from dataclasses import dataclass

from lxml import etree

from tests.core.wlz.orakel import Staat

__all__ = ["Told", "read_signal"]

Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Told:
    """One signal as it stands on the topic of a gemeente."""

    place: Place
    said_id: str
    id: str
    bsn: str
    reden: str
    herroept: str | None
    staat: Staat


def read_signal(place: Place, said_id: str, value: bytes) -> Told:
    """Read the XML of a signal, knowing no more of it than its gemeente does."""
    root = etree.fromstring(value)
    signaal = root.find(".//{*}Signaal")
    assert signaal is not None
    text = {str(etree.QName(one).localname): one.text or "" for one in signaal}
    nummers = tuple(
        int(one.text or "") for one in signaal.iterfind(".//{*}ToewijzingNummer")
    )
    staat = (
        *(root.findtext(".//{*}Ontvanger") or "", text["WlzStatus"]),
        *(text["Afgiftedatum"], text["Ingangsdatum"], text.get("Einddatum"), nummers),
    )
    bsn = root.findtext(".//{*}Bsn") or ""
    herroept = text.get("Herroept")
    return Told(place, said_id, text["SignaalId"], bsn, text["Reden"], herroept, staat)
