"""The files with keys and certificates: who can read them, and whether they will do.

Of a key nothing is shown but how many bytes it has, and of those that hide people the
id, which facts bear in clear as well.
"""

import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from ibroker.doctor.bevinding import Bevinding, Gevolg, fout, goed, let_op
from ibroker.errors import ConfigError
from ibroker.settings import Settings, variable_of
from ibroker.sleutels import read_persoonssleutels, read_sleutel

__all__ = ["check_sleutels"]

_ONDERDEEL = "sleutels"
_SOON = timedelta(days=30)


def check_sleutels(settings: Settings, now: datetime) -> Iterator[Bevinding]:
    """Look at each key and certificate that is set; `now` bears a time zone."""
    yield from _check_verwijzing(settings.verwijzing_sleutel)
    yield from _check_persoonssleutels(settings.persoonssleutels)
    for name in ("tls_ca", "tls_cert"):
        yield from _check_certificate(name, getattr(settings, name), now)
    if settings.tls_key is not None:
        yield from _check_mode(variable_of("tls_key"), settings.tls_key)


def _check_verwijzing(path: Path | None) -> Iterator[Bevinding]:
    naam = variable_of("verwijzing_sleutel")
    if path is None:
        yield let_op(_ONDERDEEL, naam, "niet ingesteld: ibroker route start niet")
        return
    try:
        sleutel = read_sleutel(path)
    except ConfigError as error:
        yield fout(_ONDERDEEL, naam, str(error), Gevolg.CONFIGURATIE)
        return
    yield goed(_ONDERDEEL, naam, f"{len(sleutel)} bytes")
    yield from _check_mode(naam, path)


def _check_persoonssleutels(folder: Path | None) -> Iterator[Bevinding]:
    naam = variable_of("persoonssleutels")
    if folder is None:
        tekst = "niet ingesteld: ibroker wlz start niet, en ibroker route zwijgt erover"
        yield let_op(_ONDERDEEL, naam, tekst)
        return
    try:
        sleutels = read_persoonssleutels(folder)
    except ConfigError as error:
        yield fout(_ONDERDEEL, naam, str(error), Gevolg.CONFIGURATIE)
        return
    ids = ", ".join(sorted(sleutels.by_id))
    yield goed(_ONDERDEEL, naam, f"huidig {sleutels.huidig.id}; sleutels {ids}")
    for path in sorted(folder.iterdir()):
        if path.suffix == ".sleutel" or path.name == "verdeling":
            yield from _check_mode(f"{naam}/{path.name}", path)


def _check_mode(naam: str, path: Path) -> Iterator[Bevinding]:
    """Say where others than the owner and his group may read or change a key."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        yield fout(
            _ONDERDEEL, naam, error.strerror or "onleesbaar", Gevolg.CONFIGURATIE
        )
        return
    rights = stat.filemode(mode)
    if mode & (stat.S_IRWXO | stat.S_IWGRP):
        yield fout(
            _ONDERDEEL,
            naam,
            f"{rights}: anderen kunnen erbij; chmod 0600",
            Gevolg.CONFIGURATIE,
        )
    else:
        yield goed(_ONDERDEEL, naam, f"{rights}, {path.stat().st_size} bytes")


def _check_certificate(
    name: str, path: Path | None, now: datetime
) -> Iterator[Bevinding]:
    if path is None:
        return
    naam = variable_of(name)
    try:
        ends = [
            one.not_valid_after_utc
            for one in x509.load_pem_x509_certificates(path.read_bytes())
        ]
    except OSError as error:
        reason = error.strerror or "onleesbaar"
        yield fout(_ONDERDEEL, naam, reason, Gevolg.CONFIGURATIE)
        return
    except ValueError:
        yield fout(_ONDERDEEL, naam, "geen certificaat (PEM)", Gevolg.CONFIGURATIE)
        return
    # A file may hold a chain, or several authorities: the first to end counts.
    end = min(ends)
    tekst = f"geldig tot en met {end.date().isoformat()}"
    if end <= now:
        verlopen = f"verlopen op {end.date().isoformat()}"
        yield fout(_ONDERDEEL, naam, verlopen, Gevolg.CONFIGURATIE)
    elif end <= now + _SOON:
        yield let_op(_ONDERDEEL, naam, tekst)
    else:
        yield goed(_ONDERDEEL, naam, tekst)
