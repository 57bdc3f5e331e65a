"""Whom a fact is about: a keyed hash to find him by, and his BSN for who must know it.

The hash is an HMAC-SHA-256 of the BSN. There are so few BSNs that a hash without a key
would hide nothing. The BSN itself is encrypted with AES-256-GCM, for the one moment at
which it must stand in a signal; the pseudoniem and the id of the key are authenticated
with it, so that what is of one person cannot be put in place of another's.

A step is a function of its record, so the nonce is not drawn but derived: an HMAC, with
a key of its own, of the message id, the number of the part and the pseudoniem. GCM
fails where one nonce is used for two texts. The pseudoniem is in the HMAC, so equal
nonces mean the same person and the same text, also where two installations share keys
and thereby message ids; that different ones meet is a matter of 96 random bits: with
2^32 facts under one key the chance is below 2^-32, the bound that NIST SP 800-38D sets.

Rotation. Every process is given a new key among its `andere` first; once all have it,
it becomes `huidig`, and the former one of the `andere`. From then on, until the former
key is taken away:

- a fact is about `rehide(persoon)`: whatever key it was made with, the reducer sees
  the current one, and no reducer ever sees two pseudonyms of one person;
- his stand is under one of `stand_keys(persoon)`, the current key first. Where it is
  under another, it moves: the caller deletes it there and writes it under the current
  key, in the same transaction. So there is one stand for a person at any time;
- what no fact touches is moved by going through all keys of the state, since a stand
  bears its persoon. Only when none is left under the former key may that be taken away.

All of this is in one partition, since `distribution_key` does not follow the rotation:
it is all that the place of a fact depends on. Its secret therefore stays. What it gives
is cut down to two bytes, which some 270 of 17 million people share.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ibroker.core.wlz.feit import Oorzaak, Persoon
from ibroker.errors import SleutelError

__all__ = [
    "Persoonssleutel",
    "Persoonssleutels",
    "build_sleutel",
    "build_sleutels",
    "distribution_key",
    "hide_bsn",
    "rehide",
    "show_bsn",
    "stand_keys",
]

_SHORTEST: Final = 32  # bytes of a secret
_NONCE: Final = 12  # bytes, what GCM is made for
_BUCKET: Final = 2  # bytes


@dataclass(frozen=True, slots=True)
class Persoonssleutel:
    """One key by its id, as the three that are derived of it (HKDF-SHA-256)."""

    id: str
    pseudoniem: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    cipher: AESGCM = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Persoonssleutels:
    """The key that new facts are made with, the others that count, and the fixed one.

    `by_id` holds all of them, `huidig` too and first.
    """

    huidig: Persoonssleutel
    by_id: Mapping[str, Persoonssleutel]
    verdeling: bytes = field(repr=False)


def build_sleutel(naam: str, geheim: bytes) -> Persoonssleutel:
    """Derive a key from its secret, of at least 32 random bytes.

    Raises SleutelError where the secret is shorter, or the key has no id.
    """
    if not naam or len(geheim) < _SHORTEST:
        raise SleutelError(f"sleutel {naam!r}: een id en {_SHORTEST} bytes zijn nodig")
    return Persoonssleutel(
        naam,
        pseudoniem=_derive(geheim, b"pseudoniem"),
        nonce=_derive(geheim, b"nonce"),
        cipher=AESGCM(_derive(geheim, b"bsn")),
    )


def build_sleutels(
    huidig: Persoonssleutel, andere: tuple[Persoonssleutel, ...], verdeling: bytes
) -> Persoonssleutels:
    """Put the keys together; `verdeling` is a secret too.

    Raises SleutelError where two have one id, or that secret is too short.
    """
    by_id = {sleutel.id: sleutel for sleutel in (huidig, *andere)}
    if len(by_id) <= len(andere):
        raise SleutelError("twee sleutels hebben hetzelfde id")
    if len(verdeling) < _SHORTEST:
        raise SleutelError(f"de verdeelsleutel heeft minder dan {_SHORTEST} bytes")
    return Persoonssleutels(huidig, by_id, _derive(verdeling, b"verdeling"))


def hide_bsn(bsn: str, oorzaak: Oorzaak, sleutels: Persoonssleutels) -> Persoon:
    """Make of a BSN, nine digits, the person that a fact is about."""
    return _hide(bsn, f"{oorzaak.bericht}/{oorzaak.deel}", sleutels.huidig)


def show_bsn(persoon: Persoon, sleutels: Persoonssleutels) -> str:
    """Give the BSN back.

    Raises SleutelError where its key is not there or is another of that id.
    """
    sleutel = sleutels.by_id.get(persoon.sleutel_id)
    if sleutel is None:
        raise SleutelError(f"sleutel {persoon.sleutel_id!r} ontbreekt")
    nonce, text = persoon.bsn[:_NONCE], persoon.bsn[_NONCE:]
    try:
        bound = _bound(persoon.pseudoniem, persoon.sleutel_id)
        return sleutel.cipher.decrypt(nonce, text, bound).decode()
    except (InvalidTag, ValueError):
        raise SleutelError(f"sleutel {sleutel.id!r} past niet op een feit") from None


def rehide(persoon: Persoon, sleutels: Persoonssleutels) -> Persoon:
    """Give the same person under the current key. Raises SleutelError as `show_bsn`."""
    if persoon.sleutel_id == sleutels.huidig.id:
        return persoon
    # Of all that was ever hidden for him this text is the same, and so is the nonce.
    return _hide(show_bsn(persoon, sleutels), "omgezet", sleutels.huidig)


def stand_keys(persoon: Persoon, sleutels: Persoonssleutels) -> tuple[bytes, ...]:
    """Give the keys that his stand may be under: the current one, then the others.

    The first is where it must come to be. Raises SleutelError as `show_bsn`; nothing
    is decrypted while there is one key only.
    """
    if len(sleutels.by_id) == 1 and persoon.sleutel_id == sleutels.huidig.id:
        return (persoon.pseudoniem,)
    bsn = show_bsn(persoon, sleutels)
    return tuple([_pseudonym(bsn, sleutel) for sleutel in sleutels.by_id.values()])


def distribution_key(bsn: str, sleutels: Persoonssleutels) -> bytes:
    """Give the key of the record of a fact: equal for all facts of a person."""
    return hmac.digest(sleutels.verdeling, bsn.encode(), "sha256")[:_BUCKET]


def _hide(bsn: str, place: str, sleutel: Persoonssleutel) -> Persoon:
    pseudoniem = _pseudonym(bsn, sleutel)
    seed = place.encode() + b"\0" + pseudoniem
    nonce = hmac.digest(sleutel.nonce, seed, "sha256")[:_NONCE]
    text = sleutel.cipher.encrypt(nonce, bsn.encode(), _bound(pseudoniem, sleutel.id))
    return Persoon(sleutel.id, pseudoniem, nonce + text)


def _pseudonym(bsn: str, sleutel: Persoonssleutel) -> bytes:
    return hmac.digest(sleutel.pseudoniem, bsn.encode(), "sha256")


def _bound(pseudoniem: bytes, sleutel_id: str) -> bytes:
    """Give what is authenticated with the BSN. The pseudoniem is of a fixed length."""
    return pseudoniem + sleutel_id.encode()


def _derive(geheim: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"ibroker wlz " + purpose).derive(geheim)
